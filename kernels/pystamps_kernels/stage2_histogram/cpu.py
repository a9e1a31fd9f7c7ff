"""Numba. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled


@compiled
def stage2_histogram(
    values: npt.NDArray[np.float64], edges: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """See the package."""
    counts = np.zeros(edges.size + 1)
    for k in range(values.size):
        value = values[k]
        if math.isnan(value):
            continue
        low, high = 0, edges.size
        while low < high:
            middle = (low + high) // 2
            if edges[middle] < value:
                low = middle + 1
            else:
                high = middle
        counts[low] += 1.0
    return counts
