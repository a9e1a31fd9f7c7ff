"""Speed and memory of the preparation against a plain read of the same files.

::

    python scripts/benchmark_prep.py FOLDER                  make a stack of 5 GB there, measure
    python scripts/benchmark_prep.py FOLDER --lines 8000 --samples 6000 --images 12
    python scripts/benchmark_prep.py FOLDER --export EXPORT   measure an export that exists

The plain read goes through the same files in blocks of 4 MB without looking at the values. Both
are repeated; the better of two is reported. The files are taken out of the page cache before
every run (Linux), so that they come from the disk; ``--cached`` leaves them there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pystamps.config import RawExport
from pystamps.prep.blocks import Workforce
from pystamps.prep.prepare import prepare_dataset
from pystamps.processors import find_export

_CHUNK = 4 * 2**20
_LINES_AT_A_TIME = 100
_REPETITIONS = 2
_PAR = """range_samples: {samples}
azimuth_lines: {lines}
image_format: FCOMPLEX
sensor: S1A
heading: -12.6 degrees
radar_frequency: 5.405e+09 Hz
"""


def main() -> int:
    arguments = _arguments()
    folder: Path = arguments.folder
    export = arguments.export or folder / "raw"
    if not export.is_dir():
        make_export(export, arguments)
    if arguments.measure_once:
        print(json.dumps(measure(export, folder / "run", arguments)))
        return 0
    found = find_export("snap", export)
    files = [raster.path for raster in (*found.images, *found.interferograms)]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    times, runs = [], []
    for _ in range(_REPETITIONS):
        evict(files, arguments)
        times.append(read_all(files, threads=arguments.cores))
        evict(files, arguments)
        runs.append(_in_new_process())
    seconds = min(times)
    best = min(runs, key=lambda run: run["seconds"])
    print(
        f"stack          {megabytes:.0f} MB in {len(files)} files, "
        f"{found.size[0]} x {found.size[1]} pixels"
    )
    print(f"plain read     {megabytes / seconds:.0f} MB/s ({seconds:.1f} s)")
    rate = best["megabytes"] / best["seconds"]
    print(
        f"preparation    {rate:.0f} MB/s ({best['megabytes']:.0f} MB, images twice, in "
        f"{best['seconds']:.1f} s), {100 * rate * seconds / megabytes:.0f} % of a plain read"
    )
    print(f"candidates     {best['candidates']}")
    print(f"memory         {best['peak_mb']:.0f} MB more than Python with all packages loaded")
    return 0


def _in_new_process() -> dict[str, float]:
    command = [sys.executable, __file__, *sys.argv[1:], "--measure-once"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(export: Path, root: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """Prepare once and give time, volume and memory; a tiny stack before compiles the kernels."""
    tiny = root.with_name("tiny")
    shutil.rmtree(tiny, ignore_errors=True)
    size = argparse.Namespace(lines=20, samples=20, images=3)
    make_export(tiny / "raw", size)
    prepare_dataset(tiny / "run", RawExport(export=tiny / "raw"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    shutil.rmtree(root, ignore_errors=True)
    started = time.monotonic()
    raw = RawExport(export=export, patches=arguments.patches)
    workforce = Workforce(arguments.cores, arguments.memory_budget_mb)
    summary = prepare_dataset(root, raw, workforce=workforce)
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "seconds": seconds,
        "megabytes": summary.megabytes,
        "peak_mb": peak / 1024,
        "candidates": summary.candidates,
    }


def evict(files: list[Path], arguments: argparse.Namespace) -> None:
    """Take files out of the page cache."""
    if arguments.cached:
        return
    for path in files:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_all(files: list[Path], *, threads: int) -> float:
    """Read files without looking at them; seconds."""
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(_read, files))
    return time.monotonic() - started


def _read(path: Path) -> None:
    buffer = bytearray(_CHUNK)
    with path.open("rb", buffering=0) as stream:
        while stream.readinto(buffer):
            pass


def make_export(root: Path, size: argparse.Namespace) -> None:
    """Write a stack in the layout of SNAP: a tenth of the pixels is stable, the rest speckle."""
    dates = [f"2018{1 + k // 28:02d}{1 + k % 28:02d}" for k in range(size.images)]
    for name in ("rslc", "diff0", "geo"):
        (root / name).mkdir(parents=True)
    rng = np.random.default_rng(1)
    stable = rng.uniform(size=(_LINES_AT_A_TIME, size.samples)) < 0.1
    blocks = [-1] * (size.lines // _LINES_AT_A_TIME) + [size.lines % _LINES_AT_A_TIME]
    for date in dates:
        path = root / "rslc" / f"{date}.rslc"
        text = _PAR.format(samples=size.samples, lines=size.lines)
        path.with_name(f"{path.name}.par").write_text(text)
        values = rng.standard_normal((*stable.shape, 2), np.float32).view(np.complex64)[..., 0]
        values = np.where(stable, 100 + 10 * values, 40 * values).astype(">c8")
        _write(path, values, blocks)
        if date != dates[0]:
            pair = root / "diff0" / f"{dates[0]}_{date}.diff"
            _write(pair, values, blocks)
            pair.with_suffix(".base").write_text("initial_baseline(TCN): 0 10 10 m m m\n")
    for name in (f"{dates[0]}.lon", f"{dates[0]}.lat", "elevation_dem.rdc"):
        _write(root / "geo" / name, np.full(stable.shape, 40.5, ">f4"), blocks)


def _write(path: Path, values: np.ndarray, blocks: list[int]) -> None:
    with path.open("wb") as stream:
        for number, lines in enumerate(blocks):
            part = values if lines < 0 else values[:lines]
            stream.write(np.roll(part, number, axis=1).tobytes())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="scratch folder")
    parser.add_argument("--export", type=Path, help="an export of SNAP that exists")
    parser.add_argument("--lines", type=int, default=6000)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--images", type=int, default=11)
    parser.add_argument("--patches", default="auto")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory-budget-mb", type=int, default=1000)
    parser.add_argument("--cached", action="store_true", help="leave files in the page cache")
    parser.add_argument("--measure-once", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
