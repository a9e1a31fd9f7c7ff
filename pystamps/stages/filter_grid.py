"""Grid on which stages 2 and 3 filter the phase of the candidates."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, Index
from pystamps.errors import ParameterError
from pystamps.stages.far_pixels import refuse_vast_grid

log = logging.getLogger(__name__)

LARGEST_WINDOW = 4096
"""Cells of ``clap_win``: at 50 m, 205 km; the windows of a patch are much smaller."""


@dataclass(frozen=True, slots=True)
class FilterGrid:
    """Cells of the candidates.

    Attributes
    ----------
    ij : int64, (n_ps, 2), 0-based row (from y) and column (from x)
    shape : (n_i, n_j), rows and columns; more than the candidates need where a frame was added
    cell : int64, (n_ps,), row * n_j + column
    by_cell : int64, (n_ps,), candidates in the order of their cells, where kernels want it
    """

    ij: Index
    shape: tuple[int, int]
    cell: Index
    by_cell: Index | None = None


def _axis_cells(position: Float32, size: float) -> Index:
    """Cell of each position along one axis; the last cell joins the one before, as in the original.

    Cells are numbered from 1 while they are counted: the millionth of a metre keeps the lowest
    position out of a cell 0. In single precision it vanishes from 32 m on, so that a position on an
    edge belongs to the lower cell there.
    """
    cells = np.ceil((position - position.min() + np.float32(1e-6)) / np.float32(size))
    numbers = cells.astype(np.int64)
    last = numbers.max()
    folded: Index = np.where(numbers == last, max(last - 1, 1), numbers) - 1
    return folded


def filter_grid(xy: Float32, grid_size: float, *, at_least: int = 0) -> FilterGrid:
    """Put the candidates into cells of ``grid_size`` metres.

    Parameters
    ----------
    xy : ndarray of float32, shape (n_ps, 2)
        Local x and y in m.
    grid_size : float
        ``filter_grid_size`` in m.
    at_least : int
        Smallest number of rows and columns; empty cells are added behind the others.

    Raises
    ------
    ParameterError
        The grid is larger than any scene needs.
    """
    if not len(xy):
        none = np.zeros(0, np.int64)
        return FilterGrid(np.zeros((0, 2), np.int64), (0, 0), none)
    ij = np.column_stack([_axis_cells(xy[:, 1], grid_size), _axis_cells(xy[:, 0], grid_size)])
    n_i, n_j = (max(int(n) + 1, at_least) for n in ij.max(axis=0))
    refuse_vast_grid((n_i, n_j), parameter="filter_grid_size", cell_m=grid_size)
    cell = ij[:, 0] * n_j + ij[:, 1]
    return FilterGrid(ij, (n_i, n_j), cell)


def inner_window(clap_win: int) -> int:
    """Give the part of a window of stage 2 that holds data; the rest is padding."""
    return 3 * clap_win // 4


def warn_of_small_grid(
    occupied: tuple[int, int], window: int, *, clap_win: int, is_lost: bool
) -> None:
    """Warn when the candidates cover less than a filter window in a direction.

    Parameters
    ----------
    occupied : (int, int)
        Rows and columns of cells.
    window : int
        Cells that the stage needs in both directions.
    clap_win : int
    is_lost : bool
        The patch loses its pixels (``compat.small_patch_loses_pixels``), else it is framed.
    """
    if min(occupied) < window:
        then = (
            "as in StaMPS none of its pixels is left (compat.small_patch_loses_pixels)"
            if is_lost
            else "it is filtered with empty cells around it"
        )
        log.warning(
            "clap_win=%d: the patch covers %d x %d cells of the filter grid, fewer than the "
            "%d x %d of a window; %s", clap_win, *occupied, window, window, then,
        )  # fmt: skip


def framed(ph_grid: Complex64, at_least: int) -> Complex64:
    """Add empty rows and columns behind a grid that is smaller than a filter window.

    Parameters
    ----------
    ph_grid : ndarray of complex64, shape (n_i, n_j, n_used)
    at_least : int
        Smallest number of rows and columns.

    Notes
    -----
    A candidate keeps its neighbours. Without the frame such a patch loses its pixels, as in the
    original (``compat.small_patch_loses_pixels``).
    """
    missing = [max(0, at_least - n) for n in ph_grid.shape[:2]]
    if not any(missing):
        return ph_grid
    return np.pad(ph_grid, [(0, missing[0]), (0, missing[1]), (0, 0)])


def low_pass_gain(*, clap_win: int, grid_size: float, wavelength: float) -> Float64:
    """Squared response of a fifth-order Butterworth low-pass in two directions, as a gain.

    Parameters
    ----------
    clap_win : int
        Window in cells, a multiple of 8.
    grid_size : float
        Cell in m.
    wavelength : float
        ``clap_low_pass_wavelength`` in m.

    Returns
    -------
    ndarray of float64, shape (clap_win, clap_win)
        Zero frequency first.

    Raises
    ------
    ParameterError
        ``clap_win`` is no multiple of 8, or above :data:`LARGEST_WINDOW`: nothing of that size is
        asked for.

    Notes
    -----
    A Butterworth filter of order n has ``|H(f)|^2 = 1 / (1 + (f / f_c)^(2 n))``: here n = 5 and
    f_c is one cycle per wavelength. Bin k of a transform over N cells of g metres is k / (N g)
    cycles per metre, k = -N/2 ... N/2 - 1; N is even, so the shift that puts k = 0 first is N/2
    either way.
    """
    if clap_win % 8 or clap_win <= 0:
        raise ParameterError(f"{clap_win=}: must be a positive multiple of 8")
    if clap_win > LARGEST_WINDOW:
        raise ParameterError(
            f"{clap_win=}: a window is larger than any scene; choose a multiple of 8, at most "
            f"{LARGEST_WINDOW}"
        )
    frequency = np.arange(-clap_win // 2, clap_win // 2) / (grid_size * clap_win)
    response = 1 / (1 + (frequency * wavelength) ** 10)
    gain: Float64 = np.fft.fftshift(np.outer(response, response))
    return gain
