"""Failed jobs of a run on a cluster: each cause is shown once, none is sent again in vain.

The stages of a patch travel as one job. When one of them fails, Snakemake shows them all as failed,
twice, and says nothing of the cause; the notes of the jobs (:mod:`pystamps.pipeline.job_notes`)
know which one it was, and whether another attempt can help.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pystamps.pipeline.job_notes import (
    JobNote,
    note_of,
    note_the_stop,
    note_unsent_job,
    notes_since,
)
from pystamps.pipeline.provenance import moment
from pystamps.pipeline.words import label_of
from pystamps.stage_table import chain_of_stages


class FailedJobs(logging.Filter):
    """Filter of Snakemake's messages about failed jobs.

    Parameters
    ----------
    root : Path
        Root of the data set.
    end_retries : callable
        Called, once, when a job has failed in a way in which it would fail again. The run ends
        with the jobs that still work, so that nothing is sent again.
    """

    def __init__(self, root: Path, end_retries: Callable[[], None]) -> None:
        """Count from now on: failures of before are not of this run."""
        super().__init__()
        self._root, self._end_retries = root, end_retries
        self._started = moment(time.time())
        self._shown: set[JobNote] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Reduce the message of a failed group to its cause; end retries that are in vain."""
        event = str(getattr(record, "event", ""))
        if event not in ("group_error", "job_error"):
            return True
        found = notes_since(self._root, self._started)
        logs, number = _logs_of_jobs(record), _number_of(record)
        if (logs and not number) or any(note.fails_again for note in found):
            self._end_retries()
        for log_file in logs if number else _first_of_patches(logs):
            _note_the_end(self._root, log_file, number)
        new = [note for note in found if note not in self._shown]
        self._shown.update(new)
        if event == "job_error":
            return not getattr(record, "indent", False)  # the group has been shown
        _say_causes(record, new)
        return True


def _number_of(record: logging.LogRecord) -> str:
    """Give the number that the scheduler gave to a job; empty where it has not taken it."""
    fields = vars(record)
    aux = fields.get("aux") or {}
    return str(fields.get("external_jobid") or aux.get("external_jobid") or "")


def _logs_of_jobs(record: logging.LogRecord) -> list[Path]:
    """Give the logs of the jobs of a message; none of one of a group, which was shown as such."""
    fields = vars(record)
    jobs = [] if fields.get("indent") else fields.get("job_error_info") or [fields]
    return [Path(job["log"][0]) for job in jobs if job.get("log")]


def _first_of_patches(logs: Iterable[Path]) -> list[Path]:
    """Give of every patch the log of the stage that would have had the first turn."""
    ordered = sorted(logs, key=_in_order, reverse=True)
    return list({log.parent: log for log in ordered}.values())


def _note_the_end(root: Path, log_file: Path, number: str) -> None:
    """Note why a job has ended that could not say it: it was refused, or ended from outside."""
    patch = "/".join(log_file.parts[1:-1])
    note = note_of(root, log_file.stem, patch)
    if not number:
        note_unsent_job(root, log_file.stem, patch, log=str(log_file))
    elif note is not None and note.state == "running":
        note_the_stop(root, note, "")


def _in_order(log_file: Path) -> int:
    """Give the place of a stage in the order of the work by its log; others come last."""
    names = [stage.name for stage in chain_of_stages()]
    return names.index(log_file.stem) if log_file.stem in names else len(names)


def _say_causes(record: logging.LogRecord, notes: Iterable[JobNote]) -> None:
    """Turn the message of a group into one line per cause; without a note it says whose it was."""
    labels = {label_of(note.stage, note.patch): note for note in notes}
    said = [f"{name} failed: {note.message}" for name, note in labels.items()]
    fields = vars(record)
    group = fields.pop("groupid", "")
    fields.pop("job_error_info", None)
    fields.pop("event", None)
    record.msg = "\n".join(said) or _without_note(group, fields.get("aux_logs") or [], fields)


def _without_note(group: str, logs: Iterable[str], fields: Mapping[str, Any]) -> str:
    """Say that a job was ended from outside, or could not be sent."""
    number = fields.get("external_jobid")
    if number is None:
        return f"job {group} could not be sent; what the scheduler says is above"
    return (
        f"job {group} ({number}) was ended from outside, most often at its limit of memory or "
        f"time: see {' '.join(logs) or 'the log of the scheduler'}"
    )
