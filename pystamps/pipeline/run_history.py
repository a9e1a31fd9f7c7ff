"""History of runs: what was asked for, what every job did, how long it took, with what memory.

Every run that changes a data set leaves a folder ``.pystamps/runs/<id>/`` with ``run.json`` and
the events of Snakemake, which are written while it goes on. The oldest folders are removed.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pystamps import __version__
from pystamps.errors import DatasetError, PystampsError
from pystamps.io.atomic import temporary_beside
from pystamps.pipeline.driver import JobEvent, jobs_of_events
from pystamps.pipeline.event_stream import read_events
from pystamps.pipeline.interruption import interruption_in_words
from pystamps.pipeline.job_notes import note_of, note_the_stop
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.provenance import changed_fields, command_line, moment
from pystamps.pipeline.run_lock import holder_of_lock, run_lock
from pystamps.pipeline.types import TargetResult

RUNS = Path(".pystamps", "runs")
"""Folder of the history, relative to the root of the data set."""
KEPT_RUNS = 50
"""Runs that the history holds; older ones are removed when a run begins."""

_RECORD, _EVENTS = "run.json", "events.jsonl"
_ID = re.compile(r"\d{8}-\d{6}-\d{6}")
"""Date, time and microseconds (UTC) of the beginning: in order, and there is no second one."""

RunKind = Literal["run", "report", "figures"]
RunState = Literal["running", "completed", "failed", "stopped", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunJob:
    """What one job of a run did.

    Attributes
    ----------
    rule, patch, status, reason : str
        As in :class:`~pystamps.pipeline.driver.JobEvent`; stopped where the run ended first.
    started : str
        UTC, ISO 8601.
    seconds : float
    log : str
        Log file, relative to the data set; a later run of the job writes it again.
    peak_memory_mb : float
        Largest resident memory, from Snakemake's benchmark file; 0 = not recorded.
    """

    rule: str
    patch: str
    status: str
    started: str
    seconds: float
    log: str
    reason: str = ""
    peak_memory_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run was asked for.

    Attributes
    ----------
    kind : str
        run, report (all stages, figures, report) or figures.
    start_step, end_step, cores : int
    stamps : mapping
        StaMPS parameters given for the run.
    settings : mapping
        Other settings that differ from their defaults.
    job_seconds : mapping
        By rule: what a job is expected to take at most, which weighs the progress.
    """

    kind: RunKind
    start_step: int
    end_step: int
    cores: int
    stamps: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    job_seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run.

    Attributes
    ----------
    id : str
    plan : RunPlan
    command, version : str
    pid : int
    host : str
    started, ended : str
        UTC, ISO 8601; the end is empty while it goes on and when it was interrupted.
    state : str
        running, completed, failed, stopped (by the user) or interrupted (its process is gone).
    message : str
        Why it failed, when no job says so.
    jobs : tuple of RunJob
        What Snakemake ran.
    targets : tuple of mapping
        Result of every stage and target, those that were skipped too.
    """

    id: str
    plan: RunPlan
    command: str
    version: str
    pid: int
    host: str
    started: str
    ended: str = ""
    state: RunState = "running"
    message: str = ""
    jobs: tuple[RunJob, ...] = ()
    targets: tuple[Mapping[str, Any], ...] = ()

    @property
    def peak_memory_mb(self) -> float:
        """Largest resident memory of a job; 0 = not recorded."""
        return max((job.peak_memory_mb for job in self.jobs), default=0.0)


def run_plan(kind: RunKind, plan: WorkflowPlan, *, steps: tuple[int, int], cores: int) -> RunPlan:
    """Say what a run is asked for: steps, cores, and settings that differ from their defaults."""
    changed: dict[str, str] = {}
    for item in dataclasses.fields(plan.config):
        group = getattr(plan.config, item.name)
        if item.name not in ("dataset", "stamps"):
            changed |= changed_fields(item.name, group, type(group)())
    return RunPlan(kind, *steps, cores, dict(plan.config.stamps), changed, plan.job_seconds())


class RunRecorder:
    """Writes the record of a run that goes on; made by :func:`recorded_run`.

    Attributes
    ----------
    events : Path
        Where Snakemake's events go.
    """

    def __init__(self, root: Path, record: RunRecord) -> None:  # noqa: D107 - the class says it
        self._root = root
        self._record = record
        self.events = root / RUNS / record.id / _EVENTS
        self._write()

    def finish(
        self,
        state: RunState,
        *,
        message: str = "",
        targets: tuple[TargetResult, ...] = (),
    ) -> None:
        """Write how the run ended."""
        self._record = dataclasses.replace(
            self._record,
            state=state,
            message=message,
            ended=moment(time.time()),
            jobs=_jobs_at_end(self._root, self.events),
            targets=tuple(dataclasses.asdict(target) for target in targets),
        )
        self._write()

    def note_stopped_jobs(self) -> None:
        """Note of the jobs that the end of the run has ended that this is why they stopped."""
        for job in self._record.jobs:
            note = note_of(self._root, job.rule, job.patch)
            if note is not None and note.state == "stopped":
                note_the_stop(self._root, note, "SIGTERM")

    @property
    def is_finished(self) -> bool:
        """Whether the end has been written."""
        return bool(self._record.ended)

    def _write(self) -> None:
        path = self.events.with_name(_RECORD)
        with temporary_beside(path) as temporary:
            text = json.dumps(dataclasses.asdict(self._record), indent=1, default=str)
            temporary.write_text(f"{text}\n")


@contextmanager
def recorded_run(root: Path, plan: RunPlan) -> Iterator[RunRecorder]:
    """Hold the lock of a data set and keep the record of a run on it.

    The body calls :meth:`RunRecorder.finish`; a run that ends otherwise is recorded as failed or
    stopped.

    Raises
    ------
    DatasetError
        Another run holds the lock.
    """
    with run_lock(root, plan.kind) as holder:
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        (root / RUNS / run_id).mkdir(parents=True)
        _remove_oldest(root / RUNS)
        record = RunRecord(
            run_id, plan, command_line(), __version__, holder.pid, holder.host, holder.started
        )
        recorder = RunRecorder(root, record)
        try:
            yield recorder
        except PystampsError as error:
            recorder.finish("failed", message=str(error))
            raise
        except KeyboardInterrupt as error:
            recorder.finish("stopped", message=interruption_in_words(error))
            recorder.note_stopped_jobs()
            raise
        finally:
            if not recorder.is_finished:
                recorder.finish("failed", message="ended by an unexpected error")


def run_ids(root: Path) -> list[str]:
    """Give the runs of a data set, the latest first."""
    folder = root / RUNS
    found = [path.parent.name for path in folder.glob(f"*/{_RECORD}")]
    return sorted((name for name in found if _ID.fullmatch(name)), reverse=True)


def read_run(root: Path, run_id: str) -> RunRecord:
    """Read the record of a run; of one that goes on, with what its jobs have done so far.

    Raises
    ------
    DatasetError
        There is no such run, or its record is no record.
    """
    path = root / RUNS / run_id / _RECORD
    if not _ID.fullmatch(run_id) or not path.is_file():
        raise DatasetError(f"{root}: there is no run {run_id!r}; its runs are in {RUNS}")
    with named_damage(root, run_id):
        record = _recorded(path)
        if record.state != "running":
            return record
        state: RunState = "running"
        if not _is_alive(root, record):
            record = _recorded(path)  # it may just have ended
            state = "interrupted" if record.state == "running" else record.state
        events = path.with_name(_EVENTS)
        jobs = _jobs_so_far(root, events) if state == "running" else _jobs_at_end(root, events)
        return dataclasses.replace(record, state=state, jobs=jobs)


@contextmanager
def named_damage(root: Path, run_id: str) -> Iterator[None]:
    """Turn what a damaged record leads to into one line that names its folder.

    Raises
    ------
    DatasetError
    """
    try:
        yield
    except (ValueError, TypeError, LookupError, AttributeError, OSError) as error:
        folder = root / RUNS / run_id
        raise DatasetError(f"{folder}: is no record of a run ({error}); delete it") from error


def events_of_run(root: Path, run_id: str) -> list[dict[str, Any]]:
    """Give the events of a run so far."""
    return read_events(root / RUNS / run_id / _EVENTS)


def _recorded(path: Path) -> RunRecord:
    """Read the record as it was written last."""
    found = json.loads(path.read_text())
    found["jobs"] = tuple(_checked_job(job) for job in found["jobs"])
    found["plan"] = RunPlan(**found["plan"])
    found["targets"] = tuple(dict(target) for target in found["targets"])
    return RunRecord(**found)


def _checked_job(job: Mapping[str, Any]) -> RunJob:
    """Give a job whose numbers are numbers, and whose other fields are texts."""
    numbers = {name: float(job[name]) for name in ("seconds", "peak_memory_mb")}
    texts = {name: str(value) for name, value in job.items() if name not in numbers}
    return RunJob(**texts, **numbers)  # type: ignore[arg-type] # the names are those of the fields


def _is_alive(root: Path, record: RunRecord) -> bool:
    """Tell whether the process of a run still holds the lock."""
    holder = holder_of_lock(root)
    return holder is not None and (holder.pid, holder.host) == (record.pid, record.host)


def _jobs_so_far(root: Path, events: Path) -> tuple[RunJob, ...]:
    return tuple(_run_job(root, job) for job in jobs_of_events(read_events(events)))


def _jobs_at_end(root: Path, events: Path) -> tuple[RunJob, ...]:
    """Give the jobs of a run that is over: those that were at work have been stopped."""
    jobs = _jobs_so_far(root, events)
    return tuple(
        dataclasses.replace(job, status="stopped") if job.status == "running" else job
        for job in jobs
    )


def _run_job(root: Path, job: JobEvent) -> RunJob:
    memory = _peak_memory_mb(root / job.benchmark) if job.status == "completed" else 0.0
    return RunJob(
        job.rule, job.patch, job.status, moment(job.started), round(job.seconds, 2), job.log,
        job.reason, memory,
    )  # fmt: skip


def _peak_memory_mb(benchmark: Path) -> float:
    """Read the largest resident memory of a job; 0 where Snakemake has measured nothing."""
    if not benchmark.is_file():
        return 0.0
    with benchmark.open(newline="") as stream:
        texts = [row.get("max_rss") or "" for row in csv.DictReader(stream, delimiter="\t")]
    # jobs that end at once are not measured: Snakemake writes NA or -
    return max((float(text) for text in texts if text[:1].isdigit()), default=0.0)


def _remove_oldest(folder: Path) -> None:
    """Remove the oldest records; what somebody else has put beside them stays."""
    names = sorted(path.name for path in folder.iterdir() if _ID.fullmatch(path.name))
    for name in names[:-KEPT_RUNS]:
        for file in (_RECORD, _EVENTS):
            (folder / name / file).unlink(missing_ok=True)
        if not any((folder / name).iterdir()):
            (folder / name).rmdir()
