"""Whether all tasks of a ``prange`` loop have come to their end.

Numba loses an exception that is raised inside such a loop: the thread leaves out what it still had
to do, and the function goes on with arrays that are filled in part. Where a task allocates, too
little memory would be a wrong result without a word. So each loop has a mark for every task, set
by the last line of its body.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Bool = npt.NDArray[np.bool_]


@compiled
def tasks_to_do(count: int) -> Bool:
    """Give the marks of tasks; made in a function of its own, so that no thread fills its part.

    Parameters
    ----------
    count : int

    Returns
    -------
    ndarray of bool, shape (count,)
    """
    return np.zeros(max(count, 0), np.bool_)


@compiled
def refuse_unfinished(is_done: Bool) -> None:
    """Raise what a task of the loop has raised.

    Parameters
    ----------
    is_done : ndarray of bool

    Raises
    ------
    MemoryError
        A mark is missing. Nothing else that kernels do in their loops raises.
    """
    for task in range(is_done.size):
        if not is_done[task]:
            raise MemoryError("the memory does not suffice for the tasks of all threads")
