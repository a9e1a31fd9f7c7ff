"""NumPy version of stage6_nearest_node; see the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stage6_nearest_node(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Column of the nearest node of every cell; ``row`` is the nearest row of each column."""
    n_i, n_j = row.shape
    between_columns = (np.arange(n_j)[:, None] - np.arange(n_j)) ** 2
    column = np.empty((n_i, n_j), dtype=np.int64)
    for i in range(n_i):
        squared = np.where(row[i] < 0, np.iinfo(np.int64).max // 2, (row[i] - i) ** 2)
        column[i] = np.argmin(between_columns + squared, axis=1)
    return column
