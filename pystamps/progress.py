"""Progress of long loops: a bar on a terminal, plain lines in a log.

Pure code takes a :data:`Progress` and calls ``progress(done, total)``; :func:`reporter`
makes one that people see.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)
_SECONDS_BETWEEN_LINES = 10.0


def silent(done: int, total: int) -> None:
    """Report nothing."""


@contextmanager
def reporter(label: str) -> Iterator[Progress]:
    """Give a progress function that shows percent, rate and remaining time.

    Parameters
    ----------
    label : str
        What is going on, with the unit of the count: "unwrapping, interferograms".
    """
    if not sys.stderr.isatty():
        yield _line_writer(label)
        return
    from rich.console import Console
    from rich.progress import Progress as Bars
    from rich.progress import ProgressColumn, Task

    class RateColumn(ProgressColumn):
        """What is done per second, in the unit of the label."""

        def render(self, task: Task) -> str:
            return f"{task.speed:.3g}/s" if task.speed else ""

    columns = (*Bars.get_default_columns(), RateColumn())
    with Bars(*columns, transient=True, console=Console(stderr=True)) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _line_writer(label: str) -> Progress:
    """Give a progress function that logs a line now and then, never for short work."""
    started = last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _SECONDS_BETWEEN_LINES or not done:
            return
        last = now
        rate = done / (now - started)
        log.info(
            "%s: %d of %d (%.0f %%), %.3g per s, %.0f s left",
            label, done, total, 100 * done / total, rate, (total - done) / rate,
        )  # fmt: skip

    return report
