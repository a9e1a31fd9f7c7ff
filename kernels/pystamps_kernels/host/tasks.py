"""The tasks of a kernel, shared among threads.

A kernel is a compiled function that does the tasks from one number up to another; each thread calls
it with its range. Tasks depend on neither each other nor their range, so results do not depend on
the number of threads. The threads live as long as the call: nothing is left that a fork must not
find, and what a task raises reaches the caller. Numba's own ``prange`` is not used: it compiles
such a loop five times and loses what a task raises.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from threading import Thread
from typing import Any

import numba

from pystamps_kernels.host.compile import compile_for

_wanted = 0


def use_threads(wanted: int) -> int:
    """Set the number of threads of the kernels, and give it.

    Parameters
    ----------
    wanted : int
        0 = as many as NUMBA_NUM_THREADS says, or the cores of the machine; more there never are.
    """
    global _wanted
    _wanted = wanted
    return thread_count()


def thread_count() -> int:
    """Give the number of threads of the kernels."""
    most: int = numba.config.NUMBA_NUM_THREADS
    return min(_wanted, most) if _wanted else most


def do_tasks(function: Callable[..., None], count: int, *arguments: Any) -> None:
    """Do all tasks of a kernel.

    Parameters
    ----------
    function : callable
        Compiled; takes the first task, the one after the last, and the arguments.
    count : int
        Number of tasks.

    Raises
    ------
    Exception
        What a task has raised; of several the first.
    """
    parts = min(thread_count(), count)
    if parts < 2:
        function(0, count, *arguments)
        return
    compile_for(function, 0, count, *arguments)
    raised: list[BaseException] = []

    def do_part(first: int, end: int) -> None:
        try:
            function(first, end, *arguments)
        except BaseException as error:  # noqa: BLE001 - raised again below
            raised.append(error)

    bounds = [count * part // parts for part in range(parts + 1)]
    own, *others = pairwise(bounds)
    threads = [thread for part in others if (thread := _started(do_part, part))]
    do_part(*own)
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


def _started(do_part: Callable[[int, int], None], part: tuple[int, int]) -> Thread | None:
    """Start a thread; where the system allows no more, do its part here."""
    thread = Thread(target=do_part, args=part)
    try:
        thread.start()
    except RuntimeError:
        do_part(*part)
        return None
    return thread
