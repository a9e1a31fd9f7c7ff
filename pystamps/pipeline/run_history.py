"""History of runs: what was asked for, what every job did, how long it took, with what memory.

Every run that changes a data set leaves a folder ``.pystamps/runs/<id>/`` with ``run.json`` and
the events of Snakemake, which are written while it goes on
(:mod:`~pystamps.pipeline.run_recording`).
"""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pystamps.errors import DatasetError
from pystamps.pipeline.driver import JobEvent, jobs_of_events
from pystamps.pipeline.event_stream import read_events
from pystamps.pipeline.provenance import moment
from pystamps.pipeline.run_lock import holder_of_lock
from pystamps.pipeline.words import label_of

RUNS = Path(".pystamps", "runs")
"""Folder of the history, relative to the root of the data set."""
RECORD_FILE, EVENTS_FILE = "run.json", "events.jsonl"
"""In the folder of a run."""
RUN_ID = re.compile(r"\d{8}-\d{6}-\d{6}")
"""Date, time and microseconds (UTC) of the beginning: in order, and there is no second one."""

RunKind = Literal["run", "report", "figures"]
RunState = Literal["running", "completed", "failed", "stopped", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunJob:
    """What one job of a run did.

    Attributes
    ----------
    rule, patch, status : str
        As in :class:`~pystamps.pipeline.driver.JobEvent`; stopped where the run ended first.
    reason : str
        Why it had to run: as the plan of the run says, else as Snakemake does (figures).
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
    reasons : mapping
        By the label of a stage (with its patch): why it had to run, as the plan of the run says.
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
    reasons: Mapping[str, str] = field(default_factory=dict)
    jobs: tuple[RunJob, ...] = ()
    targets: tuple[Mapping[str, Any], ...] = ()

    @property
    def peak_memory_mb(self) -> float:
        """Largest resident memory of a job; 0 = not recorded."""
        return max((job.peak_memory_mb for job in self.jobs), default=0.0)


def run_ids(root: Path) -> list[str]:
    """Give the runs of a data set, the latest first."""
    folder = root / RUNS
    found = [path.parent.name for path in folder.glob(f"*/{RECORD_FILE}")]
    return sorted((name for name in found if RUN_ID.fullmatch(name)), reverse=True)


def read_run(root: Path, run_id: str) -> RunRecord:
    """Read the record of a run; of one that goes on, with what its jobs have done so far.

    Raises
    ------
    DatasetError
        There is no such run, or its record is no record.
    """
    path = root / RUNS / run_id / RECORD_FILE
    if not RUN_ID.fullmatch(run_id) or not path.is_file():
        raise DatasetError(f"{root}: there is no run {run_id!r}; its runs are in {RUNS}")
    with named_damage(root, run_id):
        record = _recorded(path)
        if record.state != "running":
            return record
        state: RunState = "running"
        if not _is_alive(root, record):
            record = _recorded(path)  # it may just have ended
            state = "interrupted" if record.state == "running" else record.state
        events = path.with_name(EVENTS_FILE)
        jobs_of = _jobs_so_far if state == "running" else jobs_at_end
        jobs = jobs_of(root, events, record.reasons)
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
    return read_events(root / RUNS / run_id / EVENTS_FILE)


def _recorded(path: Path) -> RunRecord:
    """Read the record as it was written last."""
    found = json.loads(path.read_text())
    found["jobs"] = tuple(_checked_job(job) for job in found["jobs"])
    found["plan"] = RunPlan(**found["plan"])
    found["reasons"] = {str(k): str(v) for k, v in found.get("reasons", {}).items()}
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


def _jobs_so_far(root: Path, events: Path, reasons: Mapping[str, str]) -> tuple[RunJob, ...]:
    return tuple(_run_job(root, job, reasons) for job in jobs_of_events(read_events(events)))


def jobs_at_end(root: Path, events: Path, reasons: Mapping[str, str]) -> tuple[RunJob, ...]:
    """Give the jobs of a run that is over: those that were at work have been stopped.

    Parameters
    ----------
    root : Path
    events : Path
        Those of the run.
    reasons : mapping
        As in :class:`RunRecord`.
    """
    jobs = _jobs_so_far(root, events, reasons)
    return tuple(
        dataclasses.replace(job, status="stopped") if job.status == "running" else job
        for job in jobs
    )


def _run_job(root: Path, job: JobEvent, reasons: Mapping[str, str]) -> RunJob:
    memory = _peak_memory_mb(root / job.benchmark) if job.status == "completed" else 0.0
    reason = reasons.get(label_of(job.rule, job.patch)) or job.reason
    return RunJob(
        job.rule, job.patch, job.status, moment(job.started), round(job.seconds, 2), job.log,
        reason, memory,
    )  # fmt: skip


def _peak_memory_mb(benchmark: Path) -> float:
    """Read the largest resident memory of a job; 0 where Snakemake has measured nothing."""
    if not benchmark.is_file():
        return 0.0
    with benchmark.open(newline="") as stream:
        texts = [row.get("max_rss") or "" for row in csv.DictReader(stream, delimiter="\t")]
    # jobs that end at once are not measured: Snakemake writes NA or -
    return max((float(text) for text in texts if text[:1].isdigit()), default=0.0)
