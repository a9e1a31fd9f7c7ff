"""Stage 6: phase on the unwrapping grid (StaMPS ``uw_grid_wrapped``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Index
from pystamps.errors import ParameterError
from pystamps.model import UnwrapGrid
from pystamps.progress import Progress, silent
from pystamps.rows import Matrix, Rows, row_blocks
from pystamps.stages.far_pixels import refuse_vast_grid
from pystamps.stages.goldstein import WindowFilter, wrap_filter_both
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage6_grid_accumulate import stage6_grid_accumulate

_ROWS = 2**15
_LARGEST_STEP = 1.0
"""Farther than so many rad from the phase of its node, phase is not held."""


@dataclass(frozen=True, slots=True)
class GridSettings:
    """How the phase is resampled.

    Attributes
    ----------
    pix_size : float, m
        Spacing; 0 = ``xy`` holds the 1-based column and row of every pixel.
    n_win : int
        Window of the Goldstein filter, the smallest grid allowed even without the filter.
    prefilter : bool
    alpha : float
        Exponent of the filter.
    low_pass : bool
        Make the low-pass filtered phase too.
    """

    pix_size: float
    n_win: int
    prefilter: bool
    alpha: float
    low_pass: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """Cell of every pixel.

    Attributes
    ----------
    ij : int64, (n_ps, 2), 0-based row (from y) and column (from x)
    shape : tuple of int, rows and columns of the grid
    x_min, y_min : float
    """

    ij: Index
    shape: tuple[int, int]
    x_min: np.floating[Any]
    y_min: np.floating[Any]


def grid_phase(
    ph: Matrix,
    xy: Float32,
    settings: GridSettings,
    *,
    held: Float32 | None = None,
    choice: KernelChoice = AUTO,
    progress: Progress = silent,
) -> UnwrapGrid:
    """Phase of the occupied cells, filtered when asked for.

    Parameters
    ----------
    ph : Matrix of complex64, shape (n_ps, n_used)
        Unit phasors; read once, in large blocks where they are not in memory.
    xy : ndarray of float32, shape (n_ps, 3)
        Number, x and y of every pixel in m.
    settings : GridSettings
    held : ndarray of float32, shape (n_ps, n_used), optional
        Unwrapped phase that is held, rad; NaN = not held.
    choice : KernelChoice
    progress : Progress
        Counts filtered interferograms.

    Returns
    -------
    UnwrapGrid

    Raises
    ------
    ParameterError
        The grid is smaller than the filter window.

    Notes
    -----
    ``uw_grid_wrapped``. A cell holds the sum of its pixels, so that cells in which many pixels
    agree weigh more in the filter. A cell counts as occupied when it has a pixel; the original
    asks whether the sum of the first interferogram is non-zero, which is the same unless phases
    cancel to the last bit.
    """
    cells = cells_of_pixels(xy, settings.pix_size)
    check_grid_size(cells.shape, settings)
    occupied, node = number_nodes(cells)
    n_node = int(np.count_nonzero(occupied))
    if settings.pix_size == 0:
        total = np.zeros((n_node, ph.shape[1]), dtype=np.complex64)
        for rows in row_blocks(ph, n_rows=_ROWS):
            total[node[rows]] = ph[rows]  # the last pixel of a cell wins, as in the original
    else:
        total = sums_of_nodes(ph, node, n_node, choice=choice)
    j, i = np.nonzero(occupied.T)
    nothing = np.zeros((0, 0), dtype=np.float32)
    low_pass = nothing.astype(np.complex64)
    if settings.prefilter or settings.low_pass:
        filtered, low_pass = filter_nodes(total, occupied, settings, progress)
        total = filtered if settings.prefilter else total
    size = settings.pix_size
    return UnwrapGrid(
        ph=total,
        ph_in=ph,
        ph_lowpass=low_pass,
        ph_uw_predef=nothing if held is None else held_nodes(total, held, node),
        ph_in_predef=nothing if held is None else held,
        xy=np.column_stack([np.arange(1.0, n_node + 1), (j + 0.5) * size, (i + 0.5) * size]),
        ij=np.column_stack([i, j]).astype(np.int64),
        nzix=occupied,
        grid_x_min=cells.x_min,
        grid_y_min=cells.y_min,
        grid_ij=cells.ij,
        pix_size=size,
    )


def sums_of_nodes(ph: Matrix, node: Index, n_node: int, *, choice: KernelChoice) -> Complex64:
    """Sum of the phasors of the pixels of each node, (n_node, n_used).

    Of phasors that are not in memory so many pixels at a time: what a node has so far goes before
    its next pixels, so that its sum is the same to the last bit.
    """
    if not isinstance(ph, Rows):
        return stage6_grid_accumulate(np.asarray(ph), node, n_node, choice=choice)
    total = np.zeros((n_node, ph.shape[1]), dtype=np.complex64)
    for rows in row_blocks(ph, n_rows=_ROWS):
        touched, place = np.unique(node[rows], return_inverse=True)
        places = np.concatenate([np.arange(touched.size), place])
        values = np.concatenate([total[touched], ph[rows]])
        total[touched] = stage6_grid_accumulate(values, places, touched.size, choice=choice)
    return total


def cells_of_pixels(xy: Float32, pix_size: float) -> Cells:
    """Cell of every pixel, computed in single precision as in the original.

    Raises
    ------
    ParameterError
        All pixels lie in one row or column of cells, ``xy`` is no grid, or the grid is larger than
        any scene needs.

    Notes
    -----
    The last row and column of cells are always joined to the last but one, also when they are
    full: this defines the grid and is kept.
    """
    if pix_size == 0:
        if (xy[:, 1:] < 1).any() or (xy[:, 1:] != np.rint(xy[:, 1:])).any():
            raise ParameterError(
                "unwrap_grid_size=0: xy of ps2.mat must be column and row of a grid, whole numbers "
                "from 1; give the size of a cell in metres"
            )
        row, column = (np.rint(xy[:, c]).astype(np.int64) for c in (2, 1))
        shape = (int(row.max()), int(column.max()))
        refuse_vast_grid(shape, parameter="unwrap_grid_size=0, xy of ps2.mat", cell_m=1)
        return Cells(np.column_stack([row, column]) - 1, shape, np.float64(1), np.float64(1))
    single = xy.astype(np.float32, copy=False)
    x_min, y_min = single[:, 1].min(), single[:, 2].min()
    row, column = (
        cell_number(single[:, 2] - y_min, pix_size),
        cell_number(single[:, 1] - x_min, pix_size),
    )
    shape = (int(row.max()), int(column.max()))
    if min(shape) == 0:
        raise ParameterError(
            f"unwrap_grid_size: all pixels lie in one row or column of cells of {pix_size:g} m; "
            "choose a smaller one"
        )
    refuse_vast_grid(shape, parameter="unwrap_grid_size", cell_m=pix_size)
    return Cells(np.column_stack([row, column]) - 1, shape, x_min, y_min)


def cell_number(offset: Float32, pix_size: float) -> Index:
    """1-based cell of distances from the lowest coordinate; the last cell joins its neighbour."""
    number = np.ceil((offset + np.float32(1e-3)) / np.float32(pix_size)).astype(np.int64)
    return np.asarray(np.minimum(number, number.max() - 1))


def check_grid_size(shape: tuple[int, int], settings: GridSettings) -> None:
    """Refuse a grid on which the filter window does not fit."""
    if min(shape) < settings.n_win:
        raise ParameterError(
            f"unwrap_gold_n_win: the grid has {shape[0]} x {shape[1]} cells of "
            f"{settings.pix_size:g} m, the window {settings.n_win}; choose a smaller window "
            "(unwrap_gold_n_win) or smaller cells (unwrap_grid_size)"
        )


def number_nodes(cells: Cells) -> tuple[Bool, Index]:
    """Give the occupied cells, and the node of every pixel; nodes count down the columns."""
    occupied = np.zeros(cells.shape, dtype=np.bool_)
    row, column = cells.ij.T
    occupied[row, column] = True
    number = np.cumsum(occupied.ravel(order="F")).reshape(cells.shape, order="F") - 1
    return occupied, np.ascontiguousarray(number[row, column], dtype=np.int64)


def held_nodes(ph: Complex64, held: Float32, node: Index) -> Float32:
    """Phase of the nodes that is held, rad: (n_node, n_used); NaN where none is.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_node, n_used)
        Phase of the nodes.
    held : ndarray of float32, shape (n_ps, n_used)
        Of the pixels, NaN = not held.
    node : ndarray of int64, shape (n_ps,)

    Notes
    -----
    The mean over the held pixels of a cell says how many cycles the phase of the node has; where
    the mean is more than a radian from that phase, nothing is held.
    """
    is_held = ~np.isnan(held)
    total, count = np.zeros((2, *ph.shape), dtype=np.float32)
    np.add.at(total, node, np.where(is_held, held, np.float32(0)))
    np.add.at(count, node, is_held)
    with np.errstate(invalid="ignore"):
        mean = total / count
        off = np.angle(ph * np.exp(-1j * mean).astype(np.complex64))
        off[np.abs(off) > _LARGEST_STEP] = np.nan
    return np.asarray(mean + off, np.float32)


def filter_nodes(
    ph: Complex64, occupied: Bool, settings: GridSettings, progress: Progress
) -> tuple[Complex64, Complex64]:
    """Goldstein-filtered and low-pass filtered phase of the nodes; the magnitude stays.

    The second is empty unless it is asked for.
    """
    window_filter = WindowFilter.of(settings.n_win, settings.alpha)
    filtered = np.empty_like(ph)
    low_pass = np.empty_like(ph) if settings.low_pass else np.zeros((0, 0), np.complex64)
    for k in range(ph.shape[1]):
        grid = np.zeros(occupied.shape, dtype=np.complex64)
        grid.T[occupied.T] = ph[:, k]
        both = wrap_filter_both(grid, window_filter, with_low_pass=settings.low_pass)
        filtered[:, k] = both[0].T[occupied.T]
        if settings.low_pass:
            low_pass[:, k] = both[1].T[occupied.T]
        progress(k + 1, ph.shape[1])
    return filtered, low_pass
