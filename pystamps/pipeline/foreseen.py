"""What Snakemake would plan, foreseen from times and records, where that is certain.

Starting Snakemake takes two seconds, and a quarter of a minute for a thousand patches; what it
decides follows from little: which files are there, their times, the marks of jobs that were
killed, and the records of how files were made. This is its decision (``DAG.update_needrun``) for
rules like ours, whose jobs and files :func:`pystamps.pipeline.targets.targets_of` gives. Whatever
is unusual is left to Snakemake: nothing here guesses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.installation import snakemake_version
from pystamps.io.seen_files import SeenFile, SeenFiles
from pystamps.pipeline.snakemake_records import SnakemakeRecords, StrangeRecordError
from pystamps.pipeline.targets import StageTarget
from pystamps.pipeline.types import Cause
from pystamps.stage_table import PREPARATION

Settings = Callable[[str, str], Mapping[str, str]]
"""Gives the settings of a rule for a patch, as the rule gives them to its job."""

COMPARED_FROM, COMPARED_TO = (9, 17), (9, 27)
"""Versions of Snakemake whose decision this is; any other one is asked."""
_COMPARES_CHECKSUMS = (9, 27)
"""From here on checksums are noted with their algorithm."""
_NO_CAUSE = Cause()
_CHECKSUM = "sha256"
_LARGEST_COMPARED = 1_000_000
"""Bytes of the files whose contents Snakemake compares where they are newer."""


class _UncertainError(Exception):
    """Something is unusual: Snakemake has to be asked."""


@dataclass(frozen=True, slots=True)
class _Jobs:
    """Jobs and what they wait for, in an order in which each stands behind those before it.

    Attributes
    ----------
    targets : tuple of StageTarget
    before : tuple of dict of int to list of str
        Of every job: those that make its inputs, and which of them.
    after : tuple of list of int
        Of every job: those that read its outputs.
    """

    targets: tuple[StageTarget, ...]
    before: tuple[dict[int, list[str]], ...]
    after: tuple[list[int], ...]


def foreseen_causes(
    root: Path,
    targets: Sequence[StageTarget],
    *,
    settings: Settings,
    seen: SeenFiles | None = None,
) -> dict[StageTarget, Cause] | None:
    """Give the stages that Snakemake would run, and why; None where it has to be asked.

    Parameters
    ----------
    root : Path
    targets : sequence of StageTarget
        All that may run, in the order of the work. The files of all of them are asked for, but
        those of the preparation, and those that go when they are read.
    settings : callable
    seen : SeenFiles, optional
        Files of the data set, where somebody has looked at them for the same answer.

    Returns
    -------
    dict of StageTarget to Cause or None
        Planned stages in the order of ``targets``.
    """
    try:
        jobs = _jobs_of(targets)
        tree = _Tree(root, settings, seen or SeenFiles(root))
        tree.refuse_unusual(jobs)
        found = _planned(jobs, tree)
    except (_UncertainError, StrangeRecordError, OSError):
        return None
    return {targets[job]: cause for job, cause in found.items()}


def is_decision_known() -> bool:
    """Tell whether the installed Snakemake decides as it is written here."""
    return COMPARED_FROM <= snakemake_version() <= COMPARED_TO


def _jobs_of(targets: Sequence[StageTarget]) -> _Jobs:
    """Find for every job those that make what it reads."""
    maker: dict[str, int] = {}
    before: list[dict[int, list[str]]] = []
    after: list[list[int]] = [[] for _ in targets]
    for number, target in enumerate(targets):
        found: dict[int, list[str]] = {}
        for name in target.inputs:
            if name in maker:
                found.setdefault(maker[name], []).append(name)
        before.append(found)
        for job in found:
            after[job].append(number)
        for name in target.outputs:
            if maker.setdefault(name, number) != number:
                raise _UncertainError
    if any(maker.get(name, -1) >= n for n, t in enumerate(targets) for name in t.inputs):
        raise _UncertainError  # no order in which each job stands behind those before it
    return _Jobs(tuple(targets), tuple(before), tuple(after))


def _planned(jobs: _Jobs, tree: _Tree) -> dict[int, Cause]:
    """Give the planned jobs with their causes.

    First those that have a reason of their own; what stands behind one of them is not looked at.
    From them both ways: all that read what they make, and those that make files which they miss.
    """
    unfinished = [tree.is_unfinished(target) for target in jobs.targets]
    if all(unfinished):
        return {number: Cause(is_unfinished=True) for number in range(len(jobs.targets))}
    own: dict[int, Cause] = {}
    masked: set[int] = set()
    for number, target in enumerate(jobs.targets):
        if any(job in own or job in masked for job in jobs.before[number]):
            masked.add(number)
        elif unfinished[number]:
            own[number] = Cause(is_unfinished=True)
        else:
            cause = tree.own_cause(target)
            if cause is not _NO_CAUSE:
                own[number] = cause
    return _with_both_sides(jobs, own, tree)


def _with_both_sides(jobs: _Jobs, own: Mapping[int, Cause], tree: _Tree) -> dict[int, Cause]:
    """Add the jobs that have to run because others do."""
    planned = set(own)
    lacks_needed: set[int] = set()
    queue = deque(own)
    while queue:
        number = queue.popleft()
        for job, files in jobs.before[number].items():
            if not all(map(tree.is_there, files)):
                lacks_needed.add(job)
        more = [job for job in jobs.before[number] if job in lacks_needed]
        for job in (*more, *jobs.after[number]):
            if job not in planned:
                planned.add(job)
                queue.append(job)
    return {job: _whole_cause(jobs, job, own, planned, lacks_needed) for job in sorted(planned)}


def _whole_cause(
    jobs: _Jobs,
    job: int,
    own: Mapping[int, Cause],
    planned: set[int],
    lacks_needed: set[int],
) -> Cause:
    """Add to what is wrong with a job itself that jobs beside it are planned."""
    cause = own.get(job, Cause())
    if cause.is_unfinished:
        return cause
    behind = {name for made_by, files in jobs.before[job].items() for name in files
              if made_by in planned}  # fmt: skip
    return Cause(
        cause.is_missing or job in lacks_needed,
        has_other_inputs=cause.has_other_inputs,
        has_other_settings=cause.has_other_settings,
        newer=tuple(name for name in cause.newer if name not in behind),
        is_behind=bool(behind),
    )


class _Tree:
    """Files and records of a data set, each looked at once."""

    def __init__(self, root: Path, settings: Settings, seen: SeenFiles) -> None:
        self._root = root
        self._settings = settings
        self._seen = seen
        self._records = SnakemakeRecords(root)
        self._same: dict[tuple[str, str], bool] = {}

    def is_there(self, name: str) -> bool:
        return self._seen.is_anything(name)

    def refuse_unusual(self, jobs: _Jobs) -> None:
        """See that all that is there is a file, and all that nobody makes is there."""
        made = {name for target in jobs.targets for name in target.outputs}
        for target in jobs.targets:
            for name in target.inputs:
                if name not in made and not self._seen.is_file(name):
                    raise _UncertainError
            for name in (*target.outputs, _benchmark_of(target)):
                if self._seen.is_anything(name) and not self._seen.is_file(name):
                    raise _UncertainError

    def is_unfinished(self, target: StageTarget) -> bool:
        """Tell whether a job was killed while it wrote files that are there."""
        marked = self._records.unfinished
        return bool(marked) and any(
            self.is_there(name) and self._records.key(name) in marked for name in target.outputs
        )

    def own_cause(self, target: StageTarget) -> Cause:
        """Give what is wrong with a job, without those before it; ``_NO_CAUSE`` is none."""
        outputs = [self._seen.file(name) for name in target.outputs]
        is_asked_for = target.stage != PREPARATION.name and not target.is_passed_on
        if None in outputs and is_asked_for:
            return Cause(is_missing=True)
        newer = tuple(self._newer(target, outputs))
        if newer:
            return Cause(newer=newer)
        return self._changed(target)

    def _newer(self, target: StageTarget, outputs: Sequence[SeenFile | None]) -> Iterator[str]:
        """Give the inputs that are newer than the oldest output, and not as they were."""
        benchmark = self._seen.file(_benchmark_of(target))
        times = [file.modified_s for file in (*outputs, benchmark) if file is not None]
        if not times:
            raise _UncertainError  # Snakemake takes the time of some job behind it
        oldest = min(times)
        for name in dict.fromkeys(target.inputs):
            file = self._seen.file(name)
            is_newer = file is not None and file.newest_s > oldest
            if file is not None and is_newer and not self._is_as_noted(target, name, file):
                yield name

    def _is_as_noted(self, target: StageTarget, name: str, file: SeenFile) -> bool:
        """Tell whether a small input is what it was when each of the outputs was made."""
        if file.bytes > _LARGEST_COMPARED:
            return False
        records = [self._records.of(output) for output in target.outputs]
        noted = {record.checksums.get(name) if record else None for record in records}
        if len(noted) != 1 or None in noted:
            return False
        (checksum,) = noted
        return self._has_checksum(name, str(checksum))

    def _has_checksum(self, name: str, noted: str) -> bool:
        if snakemake_version() < _COMPARES_CHECKSUMS:
            raise _UncertainError
        algorithm, colon, digits = noted.rpartition(":")
        if colon and algorithm != _CHECKSUM:
            raise _UncertainError
        if (name, digits) not in self._same:
            import hashlib  # it loads OpenSSL

            with (self._root / name).open("rb") as stream:
                found = hashlib.file_digest(stream, _CHECKSUM).hexdigest()
            self._same[name, digits] = found == digits
        return self._same[name, digits]

    def _changed(self, target: StageTarget) -> Cause:
        """Compare settings and list of inputs with the records of all outputs."""
        records = [self._records.of(name) for name in target.outputs]
        known = [record for record in records if record is not None and record.is_current]
        if len(known) < len(records):
            return _NO_CAUSE
        known = [r for n, r in enumerate(known) if n == 0 or r is not known[n - 1]]
        inputs = sorted(target.inputs)
        settings = repr(dict(self._settings(target.stage, target.patch)))
        has_other_inputs = any(r.inputs not in (None, inputs) for r in known)
        has_other_settings = any(
            r.settings is not None and set(r.settings) != {settings} for r in known
        )
        if has_other_inputs or has_other_settings:
            return Cause(has_other_inputs=has_other_inputs, has_other_settings=has_other_settings)
        return _NO_CAUSE


def _benchmark_of(target: StageTarget) -> str:
    """Give the file in which Snakemake notes time and memory of a job: as old as its results."""
    return "/".join(filter(None, ("benchmarks", target.patch, f"{target.stage}.tsv")))
