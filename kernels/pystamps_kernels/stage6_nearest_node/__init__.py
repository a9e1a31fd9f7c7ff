"""Nearest occupied cell (node) of every cell of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels._backend import AUTO, KernelChoice, implementation


def stage6_nearest_node(
    occupied: NDArray[np.bool_], *, choice: KernelChoice = AUTO
) -> NDArray[np.int64]:
    """Number of the nearest node of every cell, shape (n_i, n_j).

    Parameters
    ----------
    occupied : ndarray of bool, shape (n_i, n_j)
        Nodes are numbered from 0 down the columns of the true cells.
    choice : KernelChoice

    Returns
    -------
    ndarray of int64, shape (n_i, n_j)
        The lowest number where several nodes are equally near.

    Raises
    ------
    ValueError
        Not a matrix, or no cell is occupied.

    Notes
    -----
    ``dsearchn`` in ``uw_interp`` of StaMPS. Numbers grow with (column, row), so the lowest number
    is the smallest (squared distance, column, row): all comparisons are between integers.
    First the nearest occupied row within each column is found, the upper one on a tie, then
    the column that gives the smallest squared distance, the left one on a tie.
    """
    occupied = np.ascontiguousarray(occupied, dtype=np.bool_)
    if occupied.ndim != 2 or not occupied.any():
        raise ValueError(f"{occupied.shape=}: expected a matrix with at least one occupied cell")
    function: Any = implementation("stage6_nearest_node", choice)
    row: NDArray[np.int64] = nearest_row(occupied)
    column: NDArray[np.int64] = function(row)
    number = np.cumsum(occupied.ravel(order="F")).reshape(occupied.shape, order="F") - 1
    rows = np.take_along_axis(row, column, axis=1)
    return np.ascontiguousarray(number[rows, column], dtype=np.int64)


def nearest_row(occupied: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Nearest occupied row within the column of every cell, the upper on a tie; -1 where none."""
    n_i = occupied.shape[0]
    index = np.arange(n_i)[:, None]
    above = np.maximum.accumulate(np.where(occupied, index, -1), axis=0)
    far = 4 * n_i
    below = np.minimum.accumulate(np.where(occupied, index, far)[::-1], axis=0)[::-1]
    distance_above = np.where(above < 0, far, index - above)
    row = np.where(distance_above <= below - index, above, below)
    return np.ascontiguousarray(np.where(row == far, -1, row), dtype=np.int64)
