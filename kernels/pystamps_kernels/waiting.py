"""How long this process has waited for kernels that another one compiled."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

_changing = threading.Lock()
_spans: list[tuple[float, float]] = []
"""Begin and end of every wait, of ``time.perf_counter``."""


@contextlib.contextmanager
def time_spent_waiting() -> Iterator[None]:
    """Count the time of the block as time in which the process waited."""
    begin = time.perf_counter()
    try:
        yield
    finally:
        with _changing:
            _spans.append((begin, time.perf_counter()))


def seconds_waited(since: float) -> float:
    """Give how long the process has waited for other processes that compile kernels.

    Parameters
    ----------
    since : float, s
        Of ``time.perf_counter``; what ended before does not count.

    Returns
    -------
    float, s
        Threads that waited at the same time count once.
    """
    with _changing:
        spans = sorted((max(begin, since), end) for begin, end in _spans if end > since)
    waited, reached = 0.0, since
    for begin, end in spans:
        waited += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return waited
