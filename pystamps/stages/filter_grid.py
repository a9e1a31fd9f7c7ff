"""Grid on which stages 2 and 3 filter the phase of the candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.errors import ParameterError
from pystamps.model import Float32, Float64, Index


@dataclass(frozen=True, slots=True)
class FilterGrid:
    """Cells of the candidates.

    Attributes
    ----------
    ij : int64, (n_ps, 2), 0-based row (from y) and column (from x)
    shape : (n_i, n_j)
    cell : int64, (n_ps,), row * n_j + column
    by_cell : int64, (n_ps,), candidates in the order of their cells
    """

    ij: Index
    shape: tuple[int, int]
    cell: Index
    by_cell: Index


def _axis_cells(position: Float32, size: float) -> Index:
    """Cell of each position along one axis; the last cell joins the one before, as in the original.

    Single precision, where 1e-6 m vanishes from 32 m on, decides positions on cell edges.
    """
    cells = np.ceil((position - position.min() + np.float32(1e-6)) / np.float32(size))
    numbers = cells.astype(np.int64)
    last = numbers.max()
    folded: Index = np.where(numbers == last, max(last - 1, 1), numbers) - 1
    return folded


def filter_grid(xy: Float32, grid_size: float) -> FilterGrid:
    """Put the candidates into cells of ``grid_size`` metres.

    Parameters
    ----------
    xy : ndarray of float32, shape (n_ps, 2)
        Local x and y in m.
    grid_size : float
        ``filter_grid_size`` in m.
    """
    if not len(xy):
        none = np.zeros(0, np.int64)
        return FilterGrid(np.zeros((0, 2), np.int64), (0, 0), none, none)
    ij = np.column_stack([_axis_cells(xy[:, 1], grid_size), _axis_cells(xy[:, 0], grid_size)])
    n_i, n_j = (int(n) + 1 for n in ij.max(axis=0))
    cell = ij[:, 0] * n_j + ij[:, 1]
    return FilterGrid(ij, (n_i, n_j), cell, np.argsort(cell, kind="stable"))


def require_size(shape: tuple[int, int], needed: int, *, clap_win: int) -> None:
    """Refuse a grid that is smaller than the filter window.

    Raises
    ------
    ParameterError
        The original loses all pixels of such a patch without a message, or stops.
    """
    if min(shape) < needed:
        raise ParameterError(
            f"{clap_win=}: the patch covers {shape[0]} x {shape[1]} cells of the filter grid, this "
            f"stage needs {needed} or more in both directions; use larger patches, or a "
            "smaller clap_win or filter_grid_size"
        )


def low_pass_gain(*, clap_win: int, grid_size: float, wavelength: float) -> Float64:
    """Squared response of a fifth-order Butterworth low-pass in two directions.

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
    """
    if clap_win % 8 or clap_win <= 0:
        raise ParameterError(f"{clap_win=}: must be a positive multiple of 8")
    frequency = np.arange(-clap_win // 2, clap_win // 2) / (grid_size * clap_win)
    response = 1 / (1 + (frequency * wavelength) ** 10)
    gain: Float64 = np.fft.fftshift(np.outer(response, response))
    return gain
