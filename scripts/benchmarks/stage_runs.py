"""One stage on one directory in a process of its own: time, files, memory.

What runs in that process imports nothing of the checkout that is measured but names that stay
(``pystamps.config``, ``pystamps.pipeline.stages``, the list of kernels), so that this program
can measure other versions too; only the parts of the time are those of this version.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.child import CHECKOUT, SkippedStageError, records_of
from benchmarks.compilation import compilation
from benchmarks.memory import peak_mb

if TYPE_CHECKING:
    from pystamps.config import KernelSettings, RunConfig
    from pystamps.pipeline.stages import StageDef
    from pystamps.pipeline.types import StageResult


@dataclass(frozen=True, slots=True)
class StageSettings:
    """How stages are run.

    Attributes
    ----------
    backend : str
    on_device : tuple of str
        Kernels that run on the device of the backend; none for backends of the processor.
    threads : int
    memory_budget_mb : int or None
        None: the default.
    raw_root : str
        Raw export, where the text files of the data set are stale; empty: none.
    checkout : str
        Whose code runs.
    """

    backend: str = "auto"
    on_device: tuple[str, ...] = ()
    threads: int = 1
    memory_budget_mb: int | None = None
    raw_root: str = ""
    checkout: str = str(CHECKOUT)


@dataclass(frozen=True, slots=True)
class StageRun:
    """What one stage did on one directory.

    Attributes
    ----------
    seconds : float
        The stage itself.
    cpu_seconds : float
        The same as time of the processors, threads and programs included: steadier where other
        work runs beside.
    start : float
        What the process adds: interpreter and imports.
    compile_s : float
        Part of ``seconds`` that Numba spent on compilation (0 with a warm cache).
    io_share, kernel_share : float
        Parts of ``seconds`` spent in :mod:`pystamps.io` and in kernels; 0 when not asked for.
    work : dict of str to dict
        Least work of the calls of each kernel (:class:`Work`); empty when not asked for.
    moved : float
        Bytes read from and written to files; 0 where the system does not say.
    files_mb : float
        Sizes of all artifacts that it opened; 0 when not asked for.
    peak_mb : float
        Largest resident memory of the process or of a program that it started.
    counts : dict of str to int
    """

    seconds: float
    cpu_seconds: float
    start: float
    compile_s: float
    io_share: float
    kernel_share: float
    work: dict[str, dict[str, float]]
    moved: float
    files_mb: float
    peak_mb: float
    counts: dict[str, int]


def run_in_child(
    stage: str, directory: Path, root: Path, settings: StageSettings, *, with_parts: bool = False
) -> StageRun:
    """Run one stage in a process of its own.

    Parameters
    ----------
    stage : str
    directory, root : Path
        Where it works; its data set.
    settings : StageSettings
    with_parts : bool
        Tell input and output, kernels and the rest apart, which costs a little time.

    Raises
    ------
    BenchmarkError, SkippedStageError
    """
    request = {
        "stage": stage,
        "directory": str(directory.resolve()),
        "root": str(root.resolve()),
        "with_parts": with_parts,
        "settings": asdict(settings),
    }
    started = time.perf_counter()
    (record,) = records_of(
        "benchmarks.stage_runs:measured_stage", request,
        threads=settings.threads, checkout=Path(settings.checkout),
    )  # fmt: skip
    elapsed = time.perf_counter() - started
    return StageRun(**record | {"start": elapsed - record["seconds"]})


def measured_stage(request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Run a stage in this process, which must be a fresh one.

    Raises
    ------
    SkippedStageError
        It did no work.
    """
    from pystamps.pipeline.stages import STAGE_DEFS

    settings = StageSettings(**request["settings"])
    refuse_other_checkout(settings)
    stage = next(stage for stage in STAGE_DEFS if stage.name == request["stage"])
    config = run_config(Path(request["root"]), settings)
    before, started, cpu_before = _moved_bytes(), time.time_ns(), cpu_seconds()
    with compilation() as compile_s:
        run = _stage_with_parts if request["with_parts"] else _stage_alone
        result, parts = run(stage, Path(request["directory"]), config)
    cpu = cpu_seconds() - cpu_before
    require_work(result, started)
    yield parts | {
        "seconds": result.seconds,
        "cpu_seconds": cpu,
        "compile_s": compile_s(),
        "moved": _moved_bytes() - before,
        "peak_mb": max(peak_mb(), programs_mb()),
        "counts": dict(result.counts),
    }


def _stage_alone(
    stage: StageDef, directory: Path, config: RunConfig
) -> tuple[StageResult, dict[str, Any]]:
    result = stage.run(directory, config)
    return result, {"io_share": 0.0, "kernel_share": 0.0, "work": {}, "files_mb": 0.0}


def _stage_with_parts(
    stage: StageDef, directory: Path, config: RunConfig
) -> tuple[StageResult, dict[str, Any]]:
    from benchmarks.parts import OpenedFiles, parts_of_time

    files = OpenedFiles(config.dataset)
    with parts_of_time() as parts:
        result = stage.run(directory, config)
    return result, {
        "io_share": parts.share("io"),
        "kernel_share": parts.share("kernels"),
        "work": {name: asdict(work) for name, work in parts.work.items()},
        "files_mb": files.megabytes(),
    }


def refuse_other_checkout(settings: StageSettings) -> None:
    """Stop when the code that is imported is not that of the checkout to measure."""
    import pystamps
    import pystamps_kernels

    for package in (pystamps, pystamps_kernels):
        folder = Path(package.__path__[0]).resolve()
        if Path(settings.checkout).resolve() not in folder.parents:
            raise ImportError(f"{folder} was imported, not {settings.checkout}")


def run_config(root: Path, settings: StageSettings) -> RunConfig:
    """Give the configuration of a run."""
    from pystamps.config import RunConfig, Runtime

    raw_root = Path(settings.raw_root) if settings.raw_root else None
    runtime: dict[str, Any] = {"raw_root": raw_root, "unwrap_workers": settings.threads}
    if settings.memory_budget_mb is not None:
        runtime["memory_budget_mb"] = settings.memory_budget_mb
    return RunConfig(root, runtime=Runtime(**runtime), kernels=kernel_settings(settings))


def kernel_settings(settings: StageSettings) -> KernelSettings:
    """Give the configuration of a backend; kernels that a device lacks run on Numba."""
    from pystamps.config import KernelSettings

    backend = "native" if settings.on_device else settings.backend
    overrides = dict.fromkeys(settings.on_device, settings.backend)
    return KernelSettings(backend, overrides, native_threads=settings.threads)


def idle_process(_: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Import the libraries, do nothing and give the memory that this takes."""
    import numba  # noqa: F401

    import pystamps.pipeline.stages  # noqa: F401

    yield {"peak_mb": peak_mb()}


def cpu_seconds() -> float:
    """Give the processor time of this process and of the programs that it has started."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def programs_mb() -> float:
    """Give the largest resident memory of the programs that this process has started."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


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
