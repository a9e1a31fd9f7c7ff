"""CUDA: pixels sorted by cell, one thread per cell and interferogram. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu

_THREADS = 256
_PROGRAM = gpu.Program(("device/elementary.cuh", "stage2_grid_accumulate/kernel.cu"))
PROGRAMS = {"add_by_cell": _PROGRAM}


def stage2_grid_accumulate(ph_weight: Any, cell: Any, by_cell: Any, n_cell: int) -> Any:
    """See the package."""
    xp = gpu.arrays()
    n, m = ph_weight.shape
    grid = xp.zeros((n_cell, m), np.complex64)
    cell = gpu.to_device(cell, np.int64)
    if by_cell is None:
        by_cell = xp.argsort(cell, kind="stable")
    order = gpu.to_device(by_cell, np.int64)
    cell_in_order = cell[order]
    bounds = xp.arange(n_cell + 1)

    def run(rows: slice) -> None:
        """Go on with the sums; a cell has its pixels in ascending order, so has each block."""
        ph = gpu.to_device(ph_weight[rows])
        is_here = (order >= rows.start) & (order < rows.stop)
        here = order[is_here] - rows.start
        first = xp.searchsorted(cell_in_order[is_here], bounds)
        gpu.launch(
            _PROGRAM, "add_by_cell", ph, here, first, grid, np.int64(n_cell), np.int64(m),
            blocks=-(-grid.size // _THREADS), threads=_THREADS,
        )  # fmt: skip

    gpu.in_blocks(n, m * ph_weight.dtype.itemsize + 32, run)
    return grid if gpu.is_on_device(ph_weight) else gpu.to_host(grid)
