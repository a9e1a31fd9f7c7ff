"""Backend against backend for every stage of a data set."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine import Machine, Work
from benchmarks.stage_runs import StageRun, StageSettings, directories, run_in_child
from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.pipeline.stages import STAGE_DEFS, StageDef
from pystamps_kernels import BACKENDS

MOST_COMPILING = 3
"""Runs that may compile before one counts."""

PER_FILE_BYTE = 2
"""A byte of a file is read once and written once, from or to the memory of the system."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """What a stage needs with one backend, summed over its directories.

    Attributes
    ----------
    stage, backend : str
    candidates : int
        Of the data set.
    runs, repeats : int
        Directories; times each was run.
    median, fastest : float, s
        Without start and compilation.
    io_seconds, kernel_seconds : float, s
        Parts of the median, in the proportions of a run that told them apart.
    limit : float, s
        Least time of the kernels' work and of moving the files' bytes; NaN for CUDA. The rest of a
        stage (triangulation, unwrapping program, text) counts nothing.
    start : float, s
        What the processes add.
    peak_mb : float
        The largest process.
    counts : list of dict
        What the stage counted in each directory.
    """

    stage: str
    backend: str
    candidates: int
    runs: int
    repeats: int
    median: float
    fastest: float
    io_seconds: float
    kernel_seconds: float
    limit: float
    start: float
    peak_mb: float
    counts: list[dict[str, int]] = field(default_factory=list)

    @property
    def microseconds(self) -> float:
        """Time per candidate in microseconds."""
        return 1e6 * self.median / self.candidates

    @property
    def compute(self) -> float:
        """Time without input and output."""
        return self.median - self.io_seconds

    @property
    def ratio(self) -> float:
        """Time over limit."""
        return self.median / self.limit


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """How the stages of a data set are measured.

    Attributes
    ----------
    backends : sequence of str
        The results of the last one stay on disk.
    repeats : int
    seconds : float
        Time for all repeats of a stage on a directory; one run at least.
    threads : int
    """

    backends: Sequence[str]
    repeats: int
    seconds: float
    threads: int


def count_candidates(dataset: Dataset) -> int:
    """Count the lines of the candidate lists."""
    lists = [patch.directory / "pscands.1.ij" for patch in dataset.patches]
    return sum(path.read_bytes().count(b"\n") for path in lists)


def stage_times(
    root: Path, request: SeriesRequest, machine: Machine, *, raw_root: Path | None
) -> Iterator[StageTime]:
    """Run all stages of a data set, each with every backend on the same inputs.

    Parameters
    ----------
    root : Path
        Data set; it is changed.
    request : SeriesRequest
    machine : Machine
    raw_root : Path or None

    Raises
    ------
    StageFailedError, SkippedStageError
    """
    dataset = discover_dataset(root)
    candidates = count_candidates(dataset)
    for stage in STAGE_DEFS:
        found: dict[str, list[_Directory]] = {name: [] for name in request.backends}
        for directory in directories(stage, dataset):
            settings = {n: StageSettings(n, request.threads, raw_root) for n in request.backends}
            for name, measured in _alternating(stage, directory, settings, request).items():
                found[name].append(measured)
        for name, measured in found.items():
            yield _summary(stage.name, name, candidates, measured, machine)


@dataclass(frozen=True, slots=True)
class _Directory:
    """Runs of one backend on one directory; the first one told the parts apart."""

    runs: list[StageRun]

    @property
    def parts(self) -> StageRun:
        return self.runs[0]

    @property
    def seconds(self) -> list[float]:
        """Times of the plain runs, of the first one if there is no other."""
        return [run.seconds for run in self.runs[1:] or self.runs]


def _alternating(
    stage: StageDef, directory: Path, settings: dict[str, StageSettings], request: SeriesRequest
) -> dict[str, _Directory]:
    """Run the backends in turns, so that all see the same machine."""
    runs = {name: [_compiled_run(stage, directory, s)] for name, s in settings.items()}
    for turn in range(1, request.repeats + 1):
        for name, own in settings.items():
            if turn <= request.seconds / runs[name][0].seconds:
                runs[name].append(run_in_child(stage, directory, own))
    if len(settings) > 1 and len(runs[request.backends[-1]]) == 1:
        run_in_child(stage, directory, settings[request.backends[-1]])  # its results stay
    return {name: _Directory(found) for name, found in runs.items()}


def _compiled_run(stage: StageDef, directory: Path, settings: StageSettings) -> StageRun:
    """Run until nothing has to be compiled any more, and tell the parts of the time apart."""
    for _ in range(MOST_COMPILING):
        found = run_in_child(stage, directory, settings, with_parts=True)
        if not found.compile_s:
            break
    return found


def _summary(
    stage: str, backend: str, candidates: int, measured: list[_Directory], machine: Machine
) -> StageTime:
    def scaled(part: Callable[[StageRun], float]) -> float:
        return sum(statistics.median(d.seconds) * part(d.parts) for d in measured)

    kernels = [Work(**w).seconds(machine) for d in measured for w in d.parts.work.values()]
    moved = PER_FILE_BYTE * sum(d.parts.moved for d in measured) / machine.bandwidth
    return StageTime(
        stage=stage,
        backend=backend,
        candidates=candidates,
        runs=len(measured),
        repeats=min(len(d.seconds) for d in measured),
        median=sum(statistics.median(d.seconds) for d in measured),
        fastest=sum(min(d.seconds) for d in measured),
        io_seconds=scaled(lambda run: run.io_share),
        kernel_seconds=scaled(lambda run: run.kernel_share),
        limit=sum(kernels) + moved if not BACKENDS[backend].is_device else float("nan"),
        start=sum(statistics.median(run.start for run in d.runs) for d in measured),
        peak_mb=max(run.peak_mb for d in measured for run in d.runs),
        counts=[d.parts.counts for d in measured],
    )
