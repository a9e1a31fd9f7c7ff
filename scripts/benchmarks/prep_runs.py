"""The preparation against a plain read of the same files.

The plain read goes through the images and interferograms in blocks of 4 MB without looking at
the values. Before every run the files are taken out of the page cache (Linux), so that they come
from the disk, unless they shall stay there.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import records_of
from benchmarks.turns import Repeats, repeat_in_turns
from pystamps.config import RawExport
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import prepare_dataset

_CHUNK = 4 * 2**20
_LINES_AT_A_TIME = 100
_PAR = """range_samples: {samples}
azimuth_lines: {lines}
image_format: FCOMPLEX
sensor: S1A
heading: -12.6 degrees
range_pixel_spacing: 3.1 m
near_range_slc: 845000.0 m
center_range_slc: 846000.0 m
radar_frequency: 5.405e+09 Hz
prf: 486.5 Hz
sar_to_earth_center: 7069000.0 m
earth_radius_below_sensor: 6370000.0 m
"""
_BASE = """initial_baseline(TCN): 0 10 10 m m m
initial_baseline_rate: 0 0 0 m/s m/s m/s
"""


@dataclass(frozen=True, slots=True)
class PreparationTime:
    """What the preparation of an export needs.

    Attributes
    ----------
    size, files : int
        Pixels of an image; images and interferograms.
    megabytes, read_mb : float
        In the files; read by the preparation, images twice.
    repeats : int
    plain, median, fastest : float, s
        Of the plain read (median); of the preparation.
    candidates : int
    peak_mb : float
        More than Python with all packages loaded.
    """

    size: int
    files: int
    megabytes: float
    read_mb: float
    repeats: int
    plain: float
    median: float
    fastest: float
    candidates: int
    peak_mb: float

    @property
    def plain_rate(self) -> float:
        """Rate of the plain read in MB/s."""
        return self.megabytes / self.plain

    @property
    def rate(self) -> float:
        """Rate of the preparation in MB/s."""
        return self.read_mb / self.median


@dataclass(frozen=True, slots=True)
class PreparationRequest:
    """How a preparation is measured.

    Attributes
    ----------
    export : Path
        In the layout of SNAP.
    scratch : Path
    threads, memory_budget_mb : int
    patches : str
    repeats : Repeats
    is_cached : bool
        Leave the files in the page cache.
    """

    export: Path
    scratch: Path
    threads: int
    memory_budget_mb: int = 1000
    patches: str = "auto"
    repeats: Repeats = field(default_factory=Repeats)
    is_cached: bool = False


def preparation_time(request: PreparationRequest) -> PreparationTime:
    """Read the files and prepare them, in turns."""
    images = sorted((request.export / "rslc").glob("*.rslc"))
    files = [*images, *sorted((request.export / "diff0").glob("*.diff"))]
    reads: list[float] = []
    runs: list[dict[str, Any]] = []

    def measure(name: str) -> None:
        if not request.is_cached:
            evict(files)
        if name == "read":
            reads.append(read_all(files, threads=request.threads))
        else:
            runs.append(_prepared_in_child(request))

    measure("read")
    measure("prepare")
    first = {"read": reads[0], "prepare": runs[0]["seconds"]}
    repeat_in_turns(first, measure, request.repeats)
    seconds = [run["seconds"] for run in runs[1:] or runs]
    return PreparationTime(
        size=images[0].stat().st_size // 8,
        files=len(files),
        megabytes=sum(path.stat().st_size for path in files) / 1e6,
        read_mb=runs[0]["megabytes"],
        repeats=len(seconds),
        plain=statistics.median(reads[1:] or reads),
        median=statistics.median(seconds),
        fastest=min(seconds),
        candidates=runs[0]["candidates"],
        peak_mb=max(run["peak_mb"] for run in runs),
    )


def _prepared_in_child(request: PreparationRequest) -> dict[str, Any]:
    values = {
        "export": str(request.export.resolve()),
        "root": str((request.scratch / "run").resolve()),
        "threads": request.threads,
        "memory_budget_mb": request.memory_budget_mb,
        "patches": request.patches,
    }
    function = "benchmarks.prep_runs:measured_preparation"
    (record,) = records_of(function, values, threads=request.threads)
    return record


def measured_preparation(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Prepare in this process, a fresh one; a tiny stack before compiles the kernels."""
    root = Path(request["root"])
    tiny = root.with_name("tiny")
    shutil.rmtree(tiny, ignore_errors=True)
    make_export(tiny / "raw", size=400, images=3)
    prepare_dataset(tiny / "run", RawExport(export=tiny / "raw"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shutil.rmtree(root, ignore_errors=True)
    raw = RawExport(export=Path(request["export"]), patches=request["patches"])
    workforce = Workforce(request["threads"], request["memory_budget_mb"])
    started = time.perf_counter()
    summary = prepare_dataset(root, raw, workforce=workforce)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    yield {
        "seconds": seconds,
        "megabytes": summary.megabytes,
        "peak_mb": peak / 1024,
        "candidates": summary.candidates,
    }


def evict(files: Sequence[Path]) -> None:
    """Take files out of the page cache."""
    for path in files:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_all(files: Sequence[Path], *, threads: int) -> float:
    """Read files without looking at them; seconds."""
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(_read, files))
    return time.perf_counter() - started


def _read(path: Path) -> None:
    buffer = bytearray(_CHUNK)
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass


def make_export(root: Path, *, size: int, images: int) -> None:
    """Write a stack in the layout of SNAP: a tenth of the pixels is stable, the rest speckle."""
    lines = round((1.2 * size) ** 0.5)
    samples = round(size / lines)
    dates = [f"2018{1 + k // 28:02d}{1 + k % 28:02d}" for k in range(images)]
    for name in ("rslc", "diff0", "geo"):
        (root / name).mkdir(parents=True)
    rng = np.random.default_rng(1)
    stable = rng.uniform(size=(_LINES_AT_A_TIME, samples)) < 0.1
    blocks = [-1] * (lines // _LINES_AT_A_TIME) + [lines % _LINES_AT_A_TIME]
    for date in dates:
        path = root / "rslc" / f"{date}.rslc"
        text = _PAR.format(samples=samples, lines=lines)
        path.with_name(f"{path.name}.par").write_text(text)
        values = rng.standard_normal((*stable.shape, 2), np.float32).view(np.complex64)[..., 0]
        values = np.where(stable, 100 + 10 * values, 40 * values).astype(">c8")
        _write(path, values, blocks)
        if date != dates[0]:
            pair = root / "diff0" / f"{dates[0]}_{date}.diff"
            _write(pair, values, blocks)
            pair.with_suffix(".base").write_text(_BASE)
    line, sample = np.arange(lines, dtype=np.float32), np.arange(samples, dtype=np.float32)
    _write_plane(root / "geo" / f"{dates[0]}.lon", 10 + 0 * line, 1e-4 * sample)
    _write_plane(root / "geo" / f"{dates[0]}.lat", 40 + 1e-4 * line, 1e-5 * sample)
    _write_plane(root / "geo" / "elevation_dem.rdc", 100 + 0.1 * line, 0.1 * sample)


def _write(path: Path, values: np.ndarray, blocks: list[int]) -> None:
    with path.open("wb") as stream:
        for number, lines in enumerate(blocks):
            part = values if lines < 0 else values[:lines]
            stream.write(np.roll(part, number, axis=1).tobytes())


def _write_plane(path: Path, of_line: np.ndarray, of_sample: np.ndarray) -> None:
    with path.open("wb") as stream:
        for first in range(0, of_line.size, _LINES_AT_A_TIME):
            part = of_line[first : first + _LINES_AT_A_TIME, None] + of_sample
            stream.write(part.astype(">f4").tobytes())
