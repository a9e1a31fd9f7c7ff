"""What a run did with every stage, from what was planned and what its jobs did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pystamps.io.no_ps_info import empty_steps
from pystamps.pipeline.driver import JobEvent
from pystamps.pipeline.job_notes import JobNote, note_of, note_the_stop
from pystamps.pipeline.provenance import moment
from pystamps.pipeline.status import StatusEntry
from pystamps.pipeline.types import Status, TargetResult
from pystamps.pipeline.unwrap_parts import PART_RULES
from pystamps.pipeline.words import label_of, some_of
from pystamps.stage_table import PREPARATION, UNWRAP, position, stage_named

_NOTHING_LEFT = "no pixel is left"


def results_of_plan(
    entries: Sequence[StatusEntry], not_asked: Mapping[str, Sequence[str]], root: Path
) -> tuple[TargetResult, ...]:
    """Give the results of a dry run.

    Parameters
    ----------
    entries : sequence of StatusEntry
        State of the stages of the run.
    not_asked : mapping of str to sequence of str
        Stages, by their label, that wait for others that were not asked for.
    root : Path
    """
    return tuple(
        _result(entry, "planned", entry.reason) if entry.is_planned
        else _idle(entry, not_asked.get(entry.label, ()), root)
        for entry in entries
        if entry.is_planned or entry.stage != PREPARATION.name
    )  # fmt: skip


def results_of_run(
    entries: Sequence[StatusEntry],
    not_asked: Mapping[str, Sequence[str]],
    root: Path,
    events: Iterable[JobEvent],
) -> tuple[TargetResult, ...]:
    """Give the results of a run: what its jobs did, and why others did not run.

    Parameters
    ----------
    entries, not_asked, root
        As for :func:`results_of_plan`, before the run.
    events : iterable of JobEvent
        What its jobs did.
    """
    jobs = {label_of(job.rule, job.patch): job for job in events}
    failed = [job for job in jobs.values() if job.status != "completed"]
    found = []
    for entry in entries:
        job = jobs.get(entry.label)
        if job is not None:
            culprits = _that_ended_it(job, failed, root)
            found.append(
                _result(entry, "skipped", f"travelled with {culprits}, which failed")
                if culprits
                else _ended(entry, job, root)
            )
        elif entry.is_planned:
            found.append(_result(entry, "skipped", _standing_in_the_way(entry, failed)))
        elif entry.stage != PREPARATION.name:
            found.append(_idle(entry, not_asked.get(entry.label, ()), root))
    return (*found, *(_failed_part(job, root) for job in failed if job.rule in PART_RULES))


def _that_ended_it(job: JobEvent, failed: Sequence[JobEvent], root: Path) -> str:
    """Name the stages that ended the job of a cluster in which another one had its place.

    The stages of such a job are announced together; those that had no turn, or whose results
    Snakemake has taken away with those of the job, say nothing themselves.
    """
    if job.status != "running" or _note_since(job, root) is not None:
        return ""
    said = [other for other in failed if _note_since(other, root) is not None]
    near = [other for other in said if other.patch == job.patch] or said
    return some_of([label_of(other.rule, other.patch) for other in near]) if near else ""


def _failed_part(job: JobEvent, root: Path) -> TargetResult:
    """Say why a job failed that unwrapped some interferograms of stage 6."""
    step = stage_named(UNWRAP).step
    return TargetResult(
        job.rule, step, "merged", Path(job.log).stem, "failed", _failure(root, job),
        job.seconds, log=str(root / job.log),
    )  # fmt: skip


def _ended(entry: StatusEntry, job: JobEvent, root: Path) -> TargetResult:
    """Say how a job ended."""
    if job.status != "completed":
        log = str(root / job.log)
        return _result(entry, "failed", _failure(root, job), job=job, log=log)
    is_empty = bool(entry.patch) and any(
        step <= entry.step for step in empty_steps(root / entry.patch)
    )
    return _result(entry, "completed", _NOTHING_LEFT if is_empty else "", job=job)


def _failure(root: Path, job: JobEvent) -> str:
    """Give the message of a job that failed; what was stopped has none and is noted now."""
    note = _note_since(job, root)
    if note is None:  # it has not come so far
        note = JobNote(_noted_stage(job), job.patch, "stopped", log=job.log)
    if note.state == "running" and job.status == "running":
        return f"the run has ended, its process {note.process} on {note.host} goes on"
    return note.message if note.state == "failed" else note_the_stop(root, note, job.signal).message


def _note_since(job: JobEvent, root: Path) -> JobNote | None:
    """Give what a job has noted in this run."""
    note = note_of(root, _noted_stage(job), job.patch)
    return None if note is None or note.time < moment(job.started) else note


def _noted_stage(job: JobEvent) -> str:
    """Give the name under which a job notes what it does."""
    return Path(job.log).stem if job.rule in PART_RULES else job.rule


def _idle(entry: StatusEntry, waits_for: Sequence[str], root: Path) -> TargetResult:
    """Say why a stage had not to run, or why it could not be repeated."""
    if waits_for:
        return _result(entry, "skipped", f"waits for {some_of(waits_for)} (not asked for)")
    if entry.state == "empty":
        return _result(entry, "skipped_existing", entry.reason)
    there = [path for name in entry.outputs if (path := root / name).is_file()]
    if not there:
        return _result(entry, "skipped_existing", "its files have been merged")
    newest = max(path.stat().st_mtime for path in there)
    made = datetime.fromtimestamp(newest, tz=UTC).astimezone()
    return _result(entry, "skipped_existing", f"up to date, of {made:%Y-%m-%d %H:%M}")


def _standing_in_the_way(entry: StatusEntry, failed: Sequence[JobEvent]) -> str:
    """Name the stages that failed before a planned stage could run."""
    before = [label_of(job.rule, job.patch) for job in failed if _is_before(job, entry)]
    if before:
        return f"waits for {some_of(before)}, which failed"
    others = [label_of(job.rule, job.patch) for job in failed]
    return f"not started any more after {some_of(others)} had failed"


def _is_before(job: JobEvent, entry: StatusEntry) -> bool:
    """Tell whether a job is one that a stage has to wait for."""
    if PREPARATION.name in (job.rule, entry.stage):
        return job.rule == PREPARATION.name
    is_upstream = entry.scope == "merged" or job.patch == entry.patch
    if job.rule in PART_RULES:
        return is_upstream and position(UNWRAP) <= position(entry.stage)
    return is_upstream and position(job.rule) < position(entry.stage)


def _result(
    entry: StatusEntry, status: Status, details: str, *, job: JobEvent | None = None, log: str = ""
) -> TargetResult:
    seconds = job.seconds if job is not None else 0.0
    known = (entry.stage, entry.step, entry.scope, entry.target)
    plan = (entry.causes, entry.waits_for, entry.changes)
    return TargetResult(*known, status, details, seconds, *plan, log)
