"""Sums of the phasors of the pixels of every cell.

Pixels are read in their order, as fast as memory allows, and added to the rows of their cells;
pixels that follow each other mostly lie in near cells, whose rows are still in the cache. Reading
them sorted by cell takes several times as long. Every cell adds its pixels one after the other in
single precision. Each thread has a range of cells and passes over the pixels of the others, so
nothing depends on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks, thread_count

_SAMPLE = 4096


def cell_sums(
    ph: npt.NDArray[np.complex64], cell: npt.NDArray[Any], n_cell: int
) -> npt.NDArray[np.complex64]:
    """Add the rows of each cell, shape (n_cell, n_ifg); 0 where no pixel lies."""
    values = ph.view(np.float32)  # real and imaginary parts are independent sums
    sums = np.zeros((n_cell, values.shape[1]), np.float32)
    bounds = _bounds(cell, n_cell)
    do_tasks(_add_rows, bounds.size - 1, values, cell, bounds, sums)
    return sums.view(np.complex64)


def _bounds(cell: npt.NDArray[Any], n_cell: int) -> npt.NDArray[np.int64]:
    """First cells of the ranges of the threads, about equally many pixels each, and the end."""
    parts = min(thread_count(), max(1, cell.size))
    some = np.sort(cell[:: max(1, cell.size // _SAMPLE)])
    inner = some[np.arange(1, parts) * some.size // parts]
    return np.concatenate([[0], inner, [n_cell]]).astype(np.int64)


@compiled
def _add_rows(first_task, end_task, values, cell, bounds, sums):  # type: ignore[no-untyped-def]
    for part in range(first_task, end_task):
        _add_rows_of_range(values, cell, bounds[part], bounds[part + 1], sums)


@compiled
def _add_rows_of_range(values, cell, first, end, sums):  # type: ignore[no-untyped-def]
    for pixel in range(cell.size):
        if first <= cell[pixel] < end:
            row = np.uint64(cell[pixel])  # no negative index: one check less in the loop
            for column in range(values.shape[1]):
                sums[row, column] += values[pixel, column]
