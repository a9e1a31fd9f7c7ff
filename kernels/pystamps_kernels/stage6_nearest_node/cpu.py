"""Numba version of stage6_nearest_node; see the package."""

from __future__ import annotations

import numpy as np
from numba import prange

from pystamps_kernels._compile import compiled


@compiled(parallel=True)
def stage6_nearest_node(row):  # type: ignore[no-untyped-def]
    """Column of the nearest node of every cell; ``row`` is the nearest row of each column."""
    n_i, n_j = row.shape
    column = np.empty((n_i, n_j), dtype=np.int64)
    for i in prange(n_i):
        for j in range(n_j):
            best, found = -1, 0
            # Columns farther away than the best distance cannot win, nor tie from the right.
            for step in range(n_j):
                if best >= 0 and step * step > best:
                    break
                left = j - step
                if left >= 0 and row[i, left] >= 0:
                    squared = (row[i, left] - i) ** 2 + step * step
                    if best < 0 or squared <= best:
                        best, found = squared, left
                right = j + step
                if step > 0 and right < n_j and row[i, right] >= 0:
                    squared = (row[i, right] - i) ** 2 + step * step
                    if best < 0 or squared < best:
                        best, found = squared, right
            column[i, j] = found
    return column
