"""Logger plugin of Snakemake: events as JSON lines for the driver, short lines for people.

``pystamps run`` starts Snakemake with this folder's parent on PYTHONPATH and reads the file
named by the environment variable PYSTAMPS_EVENTS. Once the file named by PYSTAMPS_SILENCE exists
the run has been interrupted: what its jobs die of is said to nobody.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

_VERSION = 1
"""Of the form of the events; the driver reads one version only."""

_FIELDS = {
    LogEvent.RUN_INFO: ("stats",),
    LogEvent.JOB_INFO: ("jobid", "rule_name", "wildcards", "log", "benchmark", "reason"),
    LogEvent.JOB_STARTED: ("jobs",),
    LogEvent.JOB_FINISHED: ("job_id",),
    LogEvent.JOB_ERROR: ("jobid", "rule_name", "log"),
    LogEvent.PROGRESS: ("done", "total"),
    LogEvent.ERROR: ("exception",),
}


class LogHandler(LogHandlerBase):  # type: ignore[misc]
    """Append one JSON object per event, and say on the terminal what goes on."""

    def __post_init__(self) -> None:
        """Take the file from the environment; every line is flushed so that a kill loses none."""
        self._path = Path(os.environ["PYSTAMPS_EVENTS"])
        self._silence = Path(os.environ["PYSTAMPS_SILENCE"])
        self._names: dict[Any, str] = {}
        self._started = time.monotonic()
        self._is_ended = False
        self._write({"event": "begin", "version": _VERSION})

    def emit(self, record: LogRecord) -> None:
        """Write the fields of an event that the driver needs."""
        event = getattr(record, "event", None)
        if event in _FIELDS:
            line: dict[str, Any] = {"event": str(event)}
            line |= {name: getattr(record, name, None) for name in _FIELDS[event]}
            if event == LogEvent.ERROR:
                line["message"] = record.getMessage()
            self._write(line)
        if not self.common_settings.dryrun and not self._silence.exists():
            self._show(record, event)

    def close(self) -> None:
        """Say that all events have been written; a stream without this line has been cut."""
        if not self._is_ended:
            self._is_ended = True
            self._write({"event": "end"})
        super().close()

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a") as stream:
            stream.write(json.dumps({"time": time.time()} | line, default=str) + "\n")

    def _show(self, record: LogRecord, event: Any) -> None:
        """Print starts, progress with the time left, and errors."""
        if event == LogEvent.JOB_INFO:
            fields = vars(record)
            target = (fields.get("wildcards") or {}).get("patch", "")
            self._names[fields["jobid"]] = f"{fields['rule_name']} {target}".strip()
            _print(f"start  {self._names[fields['jobid']]}")
        elif event == LogEvent.JOB_FINISHED:
            _print(f"done   {self._names.get(vars(record).get('job_id'), '')}")
        elif event == LogEvent.PROGRESS:
            done, total = vars(record)["done"], vars(record)["total"]
            left = (time.monotonic() - self._started) / max(done, 1) * (total - done)
            _print(
                f"       {done} of {total} jobs ({100 * done // total} %), about {left:.0f} s left"
            )
        elif event == LogEvent.JOB_ERROR:
            _print(f"FAILED {self._names.get(vars(record).get('jobid'), '')}")
        elif record.levelno >= logging.WARNING and not _is_said_better(record.getMessage()):
            _print(record.getMessage())

    @property
    def writes_to_stream(self) -> bool:
        """Replace Snakemake's own messages on the terminal."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Events go to a file of our own, not to one that Snakemake names."""
        return False

    @property
    def has_filter(self) -> bool:
        """Choose the events here."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Format the events here."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """The rule graph is not used."""
        return False


def _is_said_better(message: str) -> bool:
    """Tell whether a message only repeats that a job has failed, which its own lines say."""
    if message.startswith(("RuleException:\nCalledProcessError", "WorkflowError:\nCommand")):
        return "non-zero exit status" in message  # one that was killed has said nothing
    return message.startswith(("Exiting because a job", "WorkflowError:\nAt least one job"))


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
