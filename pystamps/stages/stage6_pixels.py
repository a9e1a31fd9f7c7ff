"""Stage 6: unwrapped phase of the pixels from the grid (StaMPS ``uw_unwrap_from_grid``)."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32
from pystamps.matlab import round_half_away
from pystamps.model import UnwrapGrid
from pystamps.rows import Matrix, made_from


def pixels_from_grid(grid: UnwrapGrid, ph_uw: Float32) -> Matrix:
    """Unwrapped phase of every pixel in rad, (n_ps, n_used), as far in memory as ``ph_in``.

    Parameters
    ----------
    grid : UnwrapGrid
    ph_uw : ndarray of float32, shape (n_node, n_used)
        Unwrapped phase of the nodes.

    Notes
    -----
    ``uw_unwrap_from_grid``. A pixel is congruent to its own unfiltered phase and within half a
    cycle of the filtered phase of its cell. Pixels whose phase is held keep it, moved by the whole
    cycles by which the interferogram differs from it on average.
    """
    number = np.full(grid.nzix.shape, -1, dtype=np.int64)
    number[grid.ij[:, 0], grid.ij[:, 1]] = np.arange(len(grid.ij))

    def give(rows: slice) -> Float32:
        row, column = grid.grid_ij[rows].T
        node = number[row, column]
        near = ph_uw[node]
        near[node < 0] = np.nan  # a cell of a file of the original whose sum was exactly zero
        back = np.cos(near) - np.complex64(1j) * np.sin(near)
        return np.asarray(near + np.angle(grid.ph_in[rows] * back))

    found = made_from((grid.ph_in,), grid.ph_in.shape, np.float32, give)
    held = grid.ph_in_predef
    return _with_held(np.asarray(found), held) if held.size else found


def _with_held(found: Float32, held: Float32) -> Float32:
    """Put held phase in the place of what was found."""
    is_held = ~np.isnan(held)
    off = np.where(is_held, found - held, np.float32(np.nan)).astype(np.float64)
    count = np.count_nonzero(~np.isnan(off), axis=0)
    mean = np.nansum(off, axis=0) / np.maximum(count, 1)
    cycles = 2 * np.pi * round_half_away(mean / (2 * np.pi))
    return np.where(is_held, held + cycles.astype(np.float32), found)
