"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


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
    result = np.full((len(xy), source_values.shape[1]), np.nan)
    targets = np.searchsorted(cell_of_target, np.arange(len(first) + 1))
    for c in range(len(first)):
        here = slice(targets[c], targets[c + 1])
        near = np.concatenate([np.arange(first[c, r], last[c, r]) for r in range(3)])
        weight = _weights(xy[here], source_xy[near], wavelength)
        total = weight.sum(axis=1)
        reached = total > 0
        values = source_values[near].astype(np.float64)
        missing = np.isnan(values)
        mean = weight[reached] @ np.where(missing, 0.0, values) / total[reached, None]
        # a missing value spoils the means that it is in reach of, and no other
        mean[(weight[reached] > 0) @ missing] = np.nan
        result[here][reached] = mean
    return result


def _weights(xy: Float32, source_xy: Float32, wavelength: float) -> Float64:
    """Gaussian weight of each source (column) for each target (row); 0 from 4 wavelengths on."""
    difference = source_xy[None, :, :] - xy[:, None, :]
    square = difference[..., 0] ** 2 + difference[..., 1] ** 2
    radius_square = (4 * wavelength) ** 2
    return np.where(
        square < radius_square, np.exp(-square.astype(np.float64) / (2 * wavelength**2)), 0.0
    )
