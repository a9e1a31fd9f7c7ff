"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@compiled(parallel=True)
def stage8_spatial_filter(
    xy: Float32,
    cell_of_target: Index,
    first: Index,
    last: Index,
    source_xy: Float32,
    source_values: Float32,
    wavelength: float,
) -> Float64:
    """See the package; targets and sources are sorted by cell (``Neighbourhoods``)."""
    n_target, n_column = xy.shape[0], source_values.shape[1]
    radius_square = (4.0 * wavelength) ** 2
    scale = -1.0 / (2.0 * wavelength**2)
    result = np.zeros((n_target, n_column))
    for t in prange(n_target):
        total = 0.0
        cell = cell_of_target[t]
        for r in range(3):
            for s in range(first[cell, r], last[cell, r]):
                dx = source_xy[s, 0] - xy[t, 0]
                dy = source_xy[s, 1] - xy[t, 1]
                square = np.float64(dx * dx + dy * dy)
                if square >= radius_square:
                    continue
                weight = np.exp(square * scale)
                total += weight
                for k in range(n_column):
                    result[t, k] += weight * source_values[s, k]
        for k in range(n_column):
            result[t, k] = result[t, k] / total if total > 0.0 else np.nan
    return result
