"""Logs of the stages of a run, in the order in which they began, and what failed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.parameters.values import nearest_name
from pystamps.pipeline.job_notes import note_of
from pystamps.pipeline.run_history import RunRecord, read_run, run_ids
from pystamps.pipeline.words import label_of
from pystamps.stage_table import FIGURES, PREPARATION, chain_of_stages

LOGS = Path("logs")
"""Folder of the logs, relative to the root of the data set."""
_LARGEST_LOG = 1 << 20
"""Bytes of a log that are shown, from its end."""


@dataclass(frozen=True, slots=True)
class StageLog:
    """What one job wrote.

    Attributes
    ----------
    stage, patch : str
        Patch is empty for the merged data set.
    status : str
        completed, failed, running or stopped; empty where no run is recorded.
    seconds : float
    file : str
        Relative to the data set; empty where there is no log.
    lines : tuple of str
    message : str
        Why it failed.
    """

    stage: str
    patch: str
    status: str
    seconds: float
    file: str
    lines: tuple[str, ...]
    message: str = ""

    @property
    def label(self) -> str:
        """Stage and patch in words."""
        return label_of(self.stage, self.patch)


@dataclass(frozen=True, slots=True)
class RunLogs:
    """Logs of the last run that did something.

    Attributes
    ----------
    run : RunRecord or None
        None where no run is recorded: bare Snakemake, or single stages, wrote the logs.
    logs : tuple of StageLog
    failures : tuple of str
        What failed, with the reason.
    """

    run: RunRecord | None
    logs: tuple[StageLog, ...]
    failures: tuple[str, ...] = field(default=())


def logs_of_last_run(root: Path, stage: str = "", last: int | None = None) -> RunLogs:
    """Give the logs of the last run that had a job to do.

    Parameters
    ----------
    root : Path
    stage : str
        Rule name, or number of a stage in StaMPS; empty = all.
    last : int, optional
        Lines of each log, from its end.

    Raises
    ------
    ParameterError
        No stage has that name or number.
    DatasetError
        The record of the run is damaged.
    """
    names = stages_meant(stage)
    run = _last_run(root)
    jobs = _jobs_of(run) if run else list(_logs_there(root))
    logs = tuple(_stage_log(root, *job, last=last) for job in jobs if not names or job[0] in names)
    failures = tuple(f"{log.label}: {log.message}" for log in logs if log.message)
    if run and run.message:
        failures = (*failures, run.message)
    return RunLogs(run, logs, failures)


def stages_meant(stage: str) -> tuple[str, ...]:
    """Give the rules that a name or a number stands for; none for an empty text.

    Raises
    ------
    ParameterError
    """
    known = (PREPARATION, *chain_of_stages(), *FIGURES)
    if not stage:
        return ()
    found = tuple(item.name for item in known if stage in (item.name, str(item.step)))
    if not found:
        names = [item.name for item in known]
        raise ParameterError(
            f"--stage {stage}: no stage has this name or number{nearest_name(stage, names)}; give "
            "0 to 8, or a name such as stage6_unwrap"
        )
    return found


def _last_run(root: Path) -> RunRecord | None:
    """Give the latest run that ran a job, goes on or failed before its first job."""
    latest = None
    for run_id in run_ids(root):
        run = read_run(root, run_id)
        if run.jobs or run.state in ("running", "failed"):
            return run
        latest = latest or run
    return latest


_Job = tuple[str, str, str, float]
"""Stage, patch, status, seconds."""


def _jobs_of(run: RunRecord) -> list[_Job]:
    jobs = sorted(run.jobs, key=lambda job: job.started)
    return [(job.rule, job.patch, job.status, job.seconds) for job in jobs]


def _logs_there(root: Path) -> Iterator[_Job]:
    """Give the logs that lie in a data set, in the order of the stages."""
    for stage in (PREPARATION, *chain_of_stages(), *FIGURES):
        for path in sorted((root / LOGS).glob(f"**/{stage.name}.log")):
            yield stage.name, path.relative_to(root / LOGS).parent.name, "", 0.0


def _stage_log(
    root: Path, stage: str, patch: str, status: str, seconds: float, *, last: int | None
) -> StageLog:
    path = log_path(root, stage, patch)
    lines = _end_of(path).splitlines() if path else []
    if last is not None:
        lines = lines[max(0, len(lines) - last) :]
    note = note_of(root, stage, patch) if status in ("failed", "stopped", "") else None
    message = note.message if note is not None and note.state != "running" else ""
    if status == "failed" and not message:
        message = "it failed; the reason stands in its log"
    file = path.relative_to(root.resolve()).as_posix() if path else ""
    return StageLog(stage, patch, status, seconds, file, tuple(lines), message)


def log_path(root: Path, stage: str, patch: str) -> Path | None:
    """Give the log of a stage; None where it is none of the data set, or not there (yet)."""
    folder = root.resolve()
    path = (folder / LOGS / patch / f"{stage}.log").resolve()
    return path if path.is_relative_to(folder / LOGS) and path.is_file() else None


def _end_of(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, os.fstat(stream.fileno()).st_size - _LARGEST_LOG))
        return stream.read(_LARGEST_LOG).decode(errors="replace")


def followed_logs(
    root: Path, stage: str, pause: Callable[[], None]
) -> Iterator[tuple[str, Sequence[str]]]:
    """Give what the jobs of a run write while it goes on: label of the stage, and new lines.

    Parameters
    ----------
    root : Path
    stage : str
        As for :func:`logs_of_last_run`.
    pause : callable
        Waits between two looks.
    """
    names = stages_meant(stage)
    run = _last_run(root)
    places: dict[tuple[str, str], int] = {}
    while run is not None:
        is_over = run.state != "running"
        for rule, patch, *_ in _jobs_of(run):
            if not names or rule in names:
                path, place = log_path(root, rule, patch), places.get((rule, patch), 0)
                lines, places[rule, patch] = _lines_after(path, place, is_last=is_over)
                if lines:
                    yield label_of(rule, patch), lines
        if is_over:
            return
        pause()
        run = read_run(root, run.id)


def _lines_after(path: Path | None, place: int, *, is_last: bool) -> tuple[list[str], int]:
    """Give the whole lines of a log behind a place, and where they end."""
    if path is None:
        return [], 0
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        place = place if place <= size else 0  # the job has begun again
        stream.seek(place)
        new = stream.read()
    whole = new if is_last else new[: new.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), place + len(whole)
