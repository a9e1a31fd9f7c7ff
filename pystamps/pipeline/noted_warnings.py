"""What the computation of a job warns of, kept for its record: a log is read once, if at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOGGERS = tuple(
    f"pystamps.{place}"
    for place in ("accuracy", "corrections", "pipeline.entry", "pipeline.snaphu_runner", "stages")
)
"""Whose warnings are about results. Those of the others are about the machine: locks, full disks,
files that may not be written; and what ``pystamps.fit_condition`` says of dates and baselines is
told by doctor, status and report from the data themselves."""

_MOST = 50
"""Warnings of one job that are kept; no stage has as many kinds."""


class _Keeper(logging.Handler):
    """Keeps different messages in their order; paths relative to the root."""

    def __init__(self, root: Path, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._prefix = f"{root}/"
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message, unless it was said before."""
        text = record.getMessage().replace(self._prefix, "")
        if text not in self._kept and len(self._kept) < _MOST:
            self._kept.append(text)


@contextmanager
def noted_warnings(root: Path) -> Iterator[list[str]]:
    """Note inside the block what the computation warns of; the log has it as well.

    Parameters
    ----------
    root : Path
        Root of the data set; what is below it is named without it, so that a record is the same
        wherever the data set lies.
    """
    kept: list[str] = []
    keeper = _Keeper(root, kept)
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(keeper)
    try:
        yield kept
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(keeper)
