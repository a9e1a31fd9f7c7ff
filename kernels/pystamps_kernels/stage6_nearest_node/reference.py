"""NumPy version of stage6_nearest_node; see the package.

First the nearest occupied row within each column is found, the upper one on a tie, then the
column that gives the smallest squared distance, the left one on a tie.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stage6_nearest_node(occupied: NDArray[np.bool_]) -> NDArray[np.int64]:
    """See the package."""
    row = nearest_row(occupied)
    column = nearest_column(row)
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


def nearest_column(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column of the nearest node of every cell; ``row`` is the nearest row of each column."""
    n_i, n_j = row.shape
    between_columns = (np.arange(n_j)[:, None] - np.arange(n_j)) ** 2
    column = np.empty((n_i, n_j), dtype=np.int64)
    for i in range(n_i):
        squared = np.where(row[i] < 0, np.iinfo(np.int64).max // 2, (row[i] - i) ** 2)
        column[i] = np.argmin(between_columns + squared, axis=1)
    return column
