"""One stage on one directory in a process of its own: time, files, memory."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType

import pystamps.io
import pystamps.stages
import pystamps_kernels
from benchmarks.counts import COUNTS, work_of
from benchmarks.kernel_runs import compilation
from benchmarks.machine import Work
from benchmarks.memory import peak_mb
from pystamps.config import KernelSettings, RunConfig, Runtime
from pystamps.io.dataset import Dataset
from pystamps.pipeline.stages import STAGE_DEFS, StageDef
from pystamps.pipeline.types import StageResult
from pystamps_kernels import BACKENDS, KERNELS, NATIVE, backends_of

_FOLDERS = {
    part: f"{Path(package.__path__[0]).resolve()}{os.sep}"
    for part, package in {
        "io": pystamps.io,
        "kernels": pystamps_kernels,
        "stages": pystamps.stages,
    }.items()
}


class SkippedStageError(Exception):
    """A stage did no work, so that its time means nothing."""


class StageFailedError(Exception):
    """A stage ended with an error."""


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How stages are run.

    Attributes
    ----------
    backend : str
    threads : int
    raw_root : Path or None
        Raw export, where the text files of the data set are stale.
    """

    backend: str = "auto"
    threads: int = 1
    raw_root: Path | None = None


@dataclass(frozen=True, slots=True)
class StageRun:
    """What one stage did on one directory.

    Attributes
    ----------
    seconds : float
        The stage itself.
    start : float
        What the process adds: imports.
    compile_s : float
        Part of ``seconds`` that Numba spent on compilation (0 with a warm cache).
    io_share, kernel_share : float
        Parts of ``seconds`` spent in :mod:`pystamps.io` and in kernels; 0 when not asked for.
    work : dict of str to dict
        Least work of the calls of each kernel (:class:`Work`); empty when not asked for.
    moved : float
        Bytes read from and written to files; 0 where the system does not say.
    peak_mb : float
        Largest resident memory of the process or of a program that it started.
    counts : dict of str to int
    """

    seconds: float
    start: float
    compile_s: float
    io_share: float
    kernel_share: float
    work: dict[str, dict[str, float]]
    moved: float
    peak_mb: float
    counts: dict[str, int]


def copy_writable(source: Path, target: Path) -> None:
    """Copy a data set that may be read-only."""
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def directories(stage: StageDef, dataset: Dataset) -> list[Path]:
    """Give the patches, or the root, that a stage works on."""
    if stage.files.scope == "merged":
        return [dataset.root]
    return [patch.directory for patch in dataset.patches]


def run_in_child(
    stage: StageDef, directory: Path, settings: StageSettings, *, with_parts: bool = False
) -> StageRun:
    """Run one stage in a process of its own.

    Parameters
    ----------
    stage : StageDef
    directory : Path
    settings : StageSettings
    with_parts : bool
        Tell input and output, kernels and the rest apart, which costs a little time.

    Raises
    ------
    StageFailedError, SkippedStageError
    """
    request = {
        "stage": stage.name,
        "directory": str(directory),
        "with_parts": with_parts,
        "settings": asdict(settings) | {"raw_root": str(settings.raw_root or "")},
    }
    environment = os.environ | thread_variables(settings.threads)
    command = [sys.executable, "-c", _CHILD, str(_SCRIPTS), json.dumps(request)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, env=environment, text=True, check=False)
    elapsed = time.perf_counter() - started
    if done.returncode == SKIPPED:
        raise SkippedStageError(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        raise StageFailedError(f"{stage.name} failed on {directory}:\n{done.stderr}")
    record = json.loads(done.stdout.splitlines()[-1])
    return StageRun(**record | {"start": elapsed - record["seconds"]})


SKIPPED = 3
"""Exit status of a process whose stage did no work."""

_SCRIPTS = Path(__file__).resolve().parent.parent
_CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from benchmarks.stage_runs import child; child(sys.argv[2])"
)


def thread_variables(threads: int) -> dict[str, str]:
    """Give the environment that limits the threads of all libraries.

    Threads of OpenBLAS sleep at once when a product is done; waiting in a loop, as they do for
    a while by default, they would slow down whatever is measured next.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return dict.fromkeys(names, str(threads)) | {"OPENBLAS_THREAD_TIMEOUT": "4"}


def child(request: str) -> None:
    """Run the stage of a request and print its numbers as one line of JSON."""
    values = json.loads(request)
    settings = values["settings"]
    settings["raw_root"] = Path(settings["raw_root"]) if settings["raw_root"] else None
    try:
        found = measure_here(
            values["stage"], Path(values["directory"]), StageSettings(**settings),
            with_parts=values["with_parts"],
        )  # fmt: skip
    except SkippedStageError as error:
        print(error, file=sys.stderr)
        sys.exit(SKIPPED)
    print(json.dumps(asdict(found)))


def measure_here(
    name: str, directory: Path, settings: StageSettings, *, with_parts: bool
) -> StageRun:
    """Run one stage in this process, which must be a fresh one.

    Raises
    ------
    SkippedStageError
        It did no work.
    """
    stage = next(stage for stage in STAGE_DEFS if stage.name == name)
    root = directory.parent if stage.files.scope == "patch" else directory
    config = RunConfig(
        root,
        runtime=Runtime(raw_root=settings.raw_root, unwrap_workers=settings.threads),
        kernels=kernel_settings(settings),
    )
    before, started = _moved_bytes(), time.time_ns()
    with compilation() as compile_s, parts_of_time(wanted=with_parts) as parts:
        result = stage.run(directory, config)
    require_work(result, started)
    programs_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return StageRun(
        seconds=result.seconds,
        start=0.0,
        compile_s=compile_s(),
        io_share=parts.share("io"),
        kernel_share=parts.share("kernels"),
        work={name: asdict(work) for name, work in parts.work.items()},
        moved=_moved_bytes() - before,
        peak_mb=max(peak_mb(), programs_mb),
        counts=dict(result.counts),
    )


def kernel_settings(settings: StageSettings) -> KernelSettings:
    """Give the configuration of a backend; kernels without one of a device run on Numba."""
    name = settings.backend
    if not BACKENDS[name].is_device:
        return KernelSettings(name, native_threads=settings.threads)
    overrides = {kernel: name for kernel in KERNELS if name in backends_of(kernel)}
    return KernelSettings(NATIVE.name, overrides, native_threads=settings.threads)


def _moved_bytes() -> float:
    """Bytes that this process has read and written so far."""
    account = Path("/proc/self/io")
    if not account.is_file():
        return 0.0
    numbers = dict(line.split(": ") for line in account.read_text().splitlines())
    return float(numbers["rchar"]) + float(numbers["wchar"])


def require_work(result: StageResult, started: int) -> None:
    """Refuse a result that stands for no work.

    Parameters
    ----------
    result : StageResult
    started : int
        Time before the stage, nanoseconds since the epoch.

    Raises
    ------
    SkippedStageError
    """
    where = f"{result.stage} {result.directory.name}"
    advice = "not reported; use a data set with pixels in every patch, and run the stage"
    if result.is_empty or not any(result.counts.values()):
        counts = ", ".join(f"{name} {number}" for name, number in result.counts.items())
        raise SkippedStageError(f"{where}: no work was done (counts: {counts or 'none'}); {advice}")
    if not result.written:
        raise SkippedStageError(f"{where}: no artifact was written; {advice}")
    for name in result.written:
        path = result.directory / name
        # file systems keep coarser times than the clock
        if not path.is_file() or path.stat().st_mtime_ns < started - 20_000_000:
            raise SkippedStageError(f"{where}: {name} is older than the run; {advice}")


@dataclass(slots=True)
class Parts:
    """Where the time of a thread goes.

    A call of a function of :mod:`pystamps.io`, of a kernel, or of the stages changes the part
    that time is added to, until it returns; all other functions belong to who called them.
    """

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_FOLDERS, 0.0))
    work: dict[str, Work] = field(default_factory=dict)
    inside: list[str] = field(default_factory=lambda: ["stages"])
    since: float = field(default_factory=time.perf_counter)

    def share(self, part: str) -> float:
        """Give a part of the time that has been noted."""
        return self.seconds[part] / max(sum(self.seconds.values()), 1e-9)

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """Follow the calls of Python functions."""
        if event not in ("call", "return"):
            return
        code = frame.f_code
        part = _part_of(code.co_filename)
        if not part:
            return
        now = time.perf_counter()
        self.seconds[self.inside[-1]] += now - self.since
        self.since = now
        if event == "return":
            if len(self.inside) > 1:
                self.inside.pop()
            return
        if part == "kernels" and self.inside[-1] != "kernels" and code.co_name in COUNTS:
            _, work = work_of(code.co_name, frame.f_locals)
            self.work[code.co_name] = self.work.get(code.co_name, Work()) + work
        self.inside.append(part)


@cache
def _part_of(file: str) -> str:
    """Give the part that a source file belongs to; nothing for libraries."""
    return next((part for part, folder in _FOLDERS.items() if file.startswith(folder)), "")


@contextmanager
def parts_of_time(*, wanted: bool = True) -> Iterator[Parts]:
    """Measure the parts of what this thread does."""
    parts = Parts()
    if not wanted:
        yield parts
        return
    sys.setprofile(parts.note)
    try:
        yield parts
    finally:
        sys.setprofile(None)
        parts.seconds[parts.inside[-1]] += time.perf_counter() - parts.since
