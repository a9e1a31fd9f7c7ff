"""Phase of the surroundings of grid cells, without the cells themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pystamps.arrays import Complex64, Float64, Index
from pystamps.progress import Progress
from pystamps_kernels import KernelChoice, to_device
from pystamps_kernels.stage3_cell_filter import CellFilterSettings, stage3_cell_filter

BYTES_PER_GRID_VALUE = 24
"""Grid, its copy for the filter, and work space."""

_PARTS = 20


def beside(array: Any, like: Any) -> Any:
    """Give an array of the host on the side, host or device, where another one lies."""
    return array if isinstance(like, np.ndarray) else to_device(array)


def neighbourhood_phase(
    ph_grid: Complex64,
    grid_ij: Index,
    *,
    low_pass: Float64,
    settings: CellFilterSettings,
    memory_budget_mb: int,
    choice: KernelChoice,
    progress: Progress,
) -> Complex64:
    """Filter the surroundings of each pixel without its own cell, once per distinct cell.

    Parameters
    ----------
    ph_grid : ndarray of complex64, shape (n_i, n_j, n_used)
    grid_ij : ndarray of int64, shape (k, 2)
        Cells of the pixels.
    low_pass : ndarray of float64, shape (clap_win, clap_win)
    settings : CellFilterSettings
    memory_budget_mb : int
    choice : KernelChoice
    progress : Progress
        Told the number of windows filtered.

    Returns
    -------
    ndarray of complex64, shape (k, n_used)
        Not normalised; on the device if the grid is.
    """
    n_i, n_j, m = ph_grid.shape
    keys, cell_of = np.unique(grid_ij[:, 0] * n_j + grid_ij[:, 1], return_inverse=True)
    cells = beside(np.column_stack(np.divmod(keys, n_j)), ph_grid)
    low_pass = beside(low_pass, ph_grid)
    filtered = np.empty((len(cells), m), np.complex64, like=ph_grid)
    columns = max(1, memory_budget_mb * 10**6 // (BYTES_PER_GRID_VALUE * n_i * n_j))
    size = max(1000, len(cells) // _PARTS)
    for first in range(0, m, columns):
        ifgs = slice(first, min(first + columns, m))
        skips = settings.reach_in_first_only and first > 0
        own = replace(settings, reach=0) if skips else settings
        for start in range(0, len(cells), size):
            rows = slice(start, min(start + size, len(cells)))
            filtered[rows, ifgs] = stage3_cell_filter(
                ph_grid[:, :, ifgs], cells[rows], low_pass=low_pass, settings=own, choice=choice
            )
            done = len(cells) * first + rows.stop * (ifgs.stop - first)
            progress(done, len(cells) * m)
    result: Complex64 = filtered[beside(cell_of, ph_grid)]
    return result
