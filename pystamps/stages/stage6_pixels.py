"""Stage 6: unwrapped phase of the pixels from the grid (StaMPS ``uw_unwrap_from_grid``)."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32
from pystamps.model import UnwrapGrid
from pystamps.rows import row_blocks


def pixels_from_grid(grid: UnwrapGrid, ph_uw: Float32) -> Float32:
    """Unwrapped phase of every pixel in rad, shape (n_ps, n_used).

    Parameters
    ----------
    grid : UnwrapGrid
    ph_uw : ndarray of float32, shape (n_node, n_used)
        Unwrapped phase of the nodes.

    Notes
    -----
    ``uw_unwrap_from_grid``. A pixel is congruent to its own unfiltered phase and within half a
    cycle of the filtered phase of its cell.
    """
    number = np.full(grid.nzix.shape, -1, dtype=np.int64)
    number[grid.ij[:, 0], grid.ij[:, 1]] = np.arange(len(grid.ij))
    found = np.empty(grid.ph_in.shape, dtype=np.float32)
    for rows in row_blocks(grid.ph_in):
        row, column = grid.grid_ij[rows].T
        node = number[row, column]
        near = ph_uw[node]
        near[node < 0] = np.nan  # a cell of a file of the original whose sum was exactly zero
        back = np.cos(near) - np.complex64(1j) * np.sin(near)
        found[rows] = near + np.angle(grid.ph_in[rows] * back)
    return found
