"""Numba: pixels sorted by cell, one task per run of cells. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled

_CELLS_PER_TASK = 256


@compiled(parallel=True)
def stage2_grid_accumulate(
    ph_weight: npt.NDArray[np.complex64],
    cell: npt.NDArray[Any],
    by_cell: npt.NDArray[Any],
    n_cell: int,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    n, m = ph_weight.shape
    grid = np.zeros((n_cell, m), np.complex64)
    for task in prange((n_cell + _CELLS_PER_TASK - 1) // _CELLS_PER_TASK):
        end_cell = min(n_cell, (task + 1) * _CELLS_PER_TASK)
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if cell[by_cell[middle]] < task * _CELLS_PER_TASK:
                low = middle + 1
            else:
                high = middle
        at = low
        while at < n and cell[by_cell[at]] < end_cell:
            for i in range(m):
                grid[cell[by_cell[at]], i] += ph_weight[by_cell[at], i]
            at += 1
    return grid
