"""Logger plugin of Snakemake that writes the events of a run as JSON lines.

``pystamps run`` starts Snakemake with this folder's parent on PYTHONPATH and reads the file
named by the environment variable PYSTAMPS_EVENTS.
"""

from __future__ import annotations

import json
import os
import time
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

_FIELDS = {
    LogEvent.JOB_INFO: ("jobid", "rule_name", "wildcards", "log", "reason"),
    LogEvent.JOB_STARTED: ("jobs",),
    LogEvent.JOB_FINISHED: ("job_id",),
    LogEvent.JOB_ERROR: ("jobid", "rule_name", "log"),
    LogEvent.PROGRESS: ("done", "total"),
    LogEvent.ERROR: ("exception",),
}


class LogHandler(LogHandlerBase):
    """Append one JSON object per event."""

    def __post_init__(self) -> None:
        """Take the file from the environment; every line is flushed so that a kill loses none."""
        self._path = Path(os.environ["PYSTAMPS_EVENTS"])

    def emit(self, record: LogRecord) -> None:
        """Write the fields of an event that the driver needs."""
        event = getattr(record, "event", None)
        if event not in _FIELDS:
            return
        line: dict[str, Any] = {"event": str(event), "time": time.time()}
        line |= {name: getattr(record, name, None) for name in _FIELDS[event]}
        if event == LogEvent.ERROR:
            line["message"] = record.getMessage()
        with self._path.open("a") as stream:
            stream.write(json.dumps(line, default=str) + "\n")

    @property
    def writes_to_stream(self) -> bool:
        """Leave the terminal to Snakemake's own logger."""
        return False

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
