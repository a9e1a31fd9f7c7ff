"""Every stage of a data set with several backends, or with the code of several checkouts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.child import records_of
from benchmarks.data_sets import count_candidates
from benchmarks.machine import Machine, Work
from benchmarks.stage_runs import StageRun, StageSettings, run_in_child
from benchmarks.turns import Repeats, repeat_in_turns
from pystamps.io.dataset import discover_dataset
from pystamps.pipeline.stages import STAGE_DEFS, StageDef

MOST_COMPILING = 3
"""Runs that may compile before one counts."""

PER_FILE_BYTE = 2
"""A byte of a file is read once and written once, from or to the memory of the system."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """What a stage needs with one variant, summed over its directories.

    Attributes
    ----------
    stage, backend : str
    size : int
        Candidates of the data set.
    runs, repeats : int
        Directories; times each was run.
    median, fastest : float, s
        Without start and compilation.
    cpu_seconds : float, s
        Median time of the processors.
    io_seconds, kernel_seconds : float, s
        Parts of the median, in the proportions of a run that told them apart.
    limit : float, s
        Least time of the kernels' work and of moving the files' bytes; NaN for CUDA. The rest of a
        stage (triangulation, unwrapping program, text) counts nothing.
    start : float, s
        What the processes add.
    peak_mb, files_mb : float
        The largest process, and the sizes of all artifacts that it opened.
    idle_mb : float
        What a process takes that has imported the libraries only.
    counts : list of dict
        What the stage counted in each directory.
    checkout : str
        Whose code ran; empty: this one.
    """

    stage: str
    backend: str
    size: int
    runs: int
    repeats: int
    median: float
    fastest: float
    cpu_seconds: float
    io_seconds: float
    kernel_seconds: float
    limit: float
    start: float
    peak_mb: float
    files_mb: float
    idle_mb: float
    counts: list[dict[str, int]] = field(default_factory=list)
    checkout: str = ""

    @property
    def microseconds(self) -> float:
        """Time per candidate in microseconds."""
        return 1e6 * self.median / self.size

    @property
    def compute(self) -> float:
        """Time without input and output."""
        return self.median - self.io_seconds

    @property
    def ratio(self) -> float:
        """Time over limit."""
        return self.median / self.limit


@dataclass(frozen=True, slots=True)
class Variant:
    """What is set beside others on the same data.

    Attributes
    ----------
    settings : StageSettings
    root : Path
        Data set on which it works; of several backends on one, the results of the last one stay.
    checkout : str
        Whose code runs; empty: this one, with which others are compared.
    """

    settings: StageSettings
    root: Path
    checkout: str = ""

    @property
    def name(self) -> str:
        """Name that no other variant has."""
        return f"{self.settings.backend} on {self.root}"


@dataclass(frozen=True, slots=True)
class SeriesRequest:
    """How the stages are measured.

    Attributes
    ----------
    variants : sequence of Variant
    repeats : Repeats
        Of a stage on a directory.
    steps : (int, int)
        First and last.
    with_parts : bool
        Tell files and kernels apart in a first run that does not count.
    """

    variants: Sequence[Variant]
    repeats: Repeats
    steps: tuple[int, int] = (1, 8)
    with_parts: bool = True


def stage_times(request: SeriesRequest, machine: Machine) -> Iterator[StageTime]:
    """Run the stages one after the other, each with every variant in turns.

    Parameters
    ----------
    request : SeriesRequest
        The data sets of its variants are changed.
    machine : Machine

    Raises
    ------
    BenchmarkError, SkippedStageError
    """
    size = count_candidates(request.variants[0].root)
    idle = [idle_mb(variant.settings) for variant in request.variants]
    first, last = request.steps
    for stage in (s for s in STAGE_DEFS if first <= s.files.step <= last):
        places = [directories(stage, variant.root) for variant in request.variants]
        measured = [_in_turns(stage, own, request) for own in zip(*places, strict=True)]
        for at, variant in enumerate(request.variants):
            summed = _summary(stage.name, variant, [found[at] for found in measured], machine)
            yield replace(summed, size=size, idle_mb=idle[at])


def directories(stage: StageDef, root: Path) -> list[Path]:
    """Give the patches, or the root, that a stage works on."""
    dataset = discover_dataset(root)
    if stage.files.scope == "merged":
        return [dataset.root]
    return [patch.directory for patch in dataset.patches]


def idle_mb(settings: StageSettings) -> float:
    """Give the resident memory of a process that has imported the libraries and done nothing."""
    (record,) = records_of(
        "benchmarks.stage_runs:idle_process", {},
        threads=settings.threads, checkout=Path(settings.checkout),
    )  # fmt: skip
    return float(record["peak_mb"])


@dataclass(frozen=True, slots=True)
class _Directory:
    """Runs of one variant on one directory; the first one told the parts apart."""

    runs: list[StageRun]

    @property
    def parts(self) -> StageRun:
        return self.runs[0]

    def counted(self, part: Callable[[StageRun], float]) -> list[float]:
        """Give a value of the plain runs, of the first one if there is no other."""
        return [part(run) for run in self.runs[1:] or self.runs]


def _in_turns(stage: StageDef, places: Sequence[Path], request: SeriesRequest) -> list[_Directory]:
    """Run the variants on one directory, each on its own copy."""
    variants = {v.name: (v, place) for v, place in zip(request.variants, places, strict=True)}

    def run(name: str, *, with_parts: bool = False) -> StageRun:
        variant, place = variants[name]
        return run_in_child(
            stage.name, place, variant.root, variant.settings, with_parts=with_parts
        )

    runs = {}
    for name in variants:
        for _ in range(MOST_COMPILING):
            runs[name] = [run(name, with_parts=request.with_parts)]
            if not runs[name][0].compile_s:
                break
    first = {name: found[0].seconds for name, found in runs.items()}
    repeat_in_turns(first, lambda name: runs[name].append(run(name)), request.repeats)
    *others, last = variants
    if others and len(runs[last]) == 1:
        run(last)  # its results stay
    return [_Directory(found) for found in runs.values()]


def _summary(
    stage: str, variant: Variant, measured: Sequence[_Directory], machine: Machine
) -> StageTime:
    def seconds(run: StageRun) -> float:
        return run.seconds

    def medians(part: Callable[[StageRun], float]) -> float:
        return sum(statistics.median(found.counted(part)) for found in measured)

    def shared(part: Callable[[StageRun], float]) -> float:
        return sum(statistics.median(d.counted(seconds)) * part(d.parts) for d in measured)

    backend = variant.settings.backend
    kernels = [Work(**w).seconds(machine) for d in measured for w in d.parts.work.values()]
    moved = PER_FILE_BYTE * sum(d.parts.moved for d in measured) / machine.bandwidth
    largest = max(measured, key=lambda found: max(run.peak_mb for run in found.runs))
    return StageTime(
        stage=stage,
        backend=backend,
        size=0,
        runs=len(measured),
        repeats=min(len(d.counted(seconds)) for d in measured),
        median=medians(seconds),
        fastest=sum(min(d.counted(seconds)) for d in measured),
        cpu_seconds=medians(lambda run: run.cpu_seconds),
        io_seconds=shared(lambda run: run.io_share),
        kernel_seconds=shared(lambda run: run.kernel_share),
        limit=float("nan") if variant.settings.on_device else sum(kernels) + moved,
        start=sum(statistics.median(run.start for run in d.runs) for d in measured),
        peak_mb=max(run.peak_mb for run in largest.runs),
        files_mb=largest.parts.files_mb,
        idle_mb=0.0,
        counts=[d.parts.counts for d in measured],
        checkout=variant.checkout,
    )
