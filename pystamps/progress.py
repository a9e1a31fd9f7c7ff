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
def reporter(label: str, *, clock: Callable[[], float] | None = None) -> Iterator[Progress]:
    """Give a progress function that shows percent, rate and remaining time.

    Parameters
    ----------
    label : str
        What is going on, with the unit of the count: "unwrapping, interferograms".
    clock : callable, optional
        Gives seconds of which the rate is counted in a log; None = those of the wall. A job leaves
        out what it waits for others.
    """
    if not sys.stderr.isatty():
        yield _line_writer(label, clock or time.monotonic)
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


def _line_writer(label: str, clock: Callable[[], float]) -> Progress:
    """Give a progress function that logs a line now and then, never for short work.

    Rate and remaining time count from the first report: before it this job may have compiled
    kernels.
    """
    last = clock()
    first: tuple[float, int] | None = None

    def report(done: int, total: int) -> None:
        nonlocal last, first
        now = clock()
        if not done:
            return
        first = first or (now, done)
        if now - last < _SECONDS_BETWEEN_LINES:
            return
        last = now
        log.info("%s: %d of %d (%.0f %%)%s", label, done, total, 100 * done / total, _rate(
            done - first[1], now - first[0], total - done
        ))  # fmt: skip

    return report


def _rate(done: int, seconds: float, left: int) -> str:
    """Say how fast it goes and how long it takes still; nothing as long as nothing is known."""
    if not done or not seconds:
        return ""
    return f", {done / seconds:.3g} per s, {left * seconds / done:.0f} s left"
