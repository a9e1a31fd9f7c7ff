"""Numba: bins by arithmetic where that is certain, else by bisection. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Float64 = npt.NDArray[np.float64]

_BLOCK = 1024


def stage2_histogram(values: Float64, edges: Float64) -> Float64:
    """See the package."""
    return _histogram(np.ascontiguousarray(values), edges)  # type: ignore[no-any-return]


@compiled
def _histogram(values: Float64, edges: Float64) -> Float64:
    """Count block by block; the last count is that of the values without a certain bin."""
    unknown = edges.size + 1
    counts = np.zeros(edges.size + 2, np.int64)
    bins = np.empty(_BLOCK, np.int32)
    bins_per_unit = (edges.size - 1) / (edges[-1] - edges[0]) if edges.size > 1 else 1.0
    margin = _margin(edges, bins_per_unit)
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        _choose_bins(block, edges, bins_per_unit, margin, bins)
        for k in range(block.size):
            counts[bins[k]] += 1
        if counts[unknown] > 0:
            counts[unknown] = 0
            for k in range(block.size):
                if bins[k] == unknown and not math.isnan(block[k]):
                    counts[_bin_by_bisection(block[k], edges)] += 1
    return counts[:unknown].astype(np.float64)


@compiled
def _position(value: float, first: float, bins_per_unit: float) -> float:
    """Position among edges of equal distance: edge k is at k + 1."""
    return (value - first) * bins_per_unit + 1.0


@compiled
def _margin(edges: Float64, bins_per_unit: float) -> float:
    """How near to a whole number a position is uncertain; 1 where the edges are not uniform."""
    largest = 0.0
    for k in range(edges.size):
        off = abs(_position(edges[k], edges[0], bins_per_unit) - (k + 1.0))
        largest = max(largest, off if off < 0.25 else 0.5)  # NaN is no distance either
    return 2.0 * largest + 1e-12


@compiled
def _choose_bins(
    values: Float64,
    edges: Float64,
    bins_per_unit: float,
    margin: float,
    bins: npt.NDArray[np.int32],
) -> None:
    """Give the whole part of each position, without branches.

    Rounding keeps the order of positions, so a value between two edges lies between their
    positions. No edge is farther from its whole number than half the margin: a position farther
    from all whole numbers than the margin has the whole part of its bin.
    """
    unknown, highest = edges.size + 1.0, edges.size + 0.5
    for k in range(values.size):
        position = _position(values[k], edges[0], bins_per_unit)
        position = 0.5 if position < 0.5 else position
        position = highest if position > highest else position
        whole = np.floor(position)
        rest = position - whole
        bins[k] = np.int32(whole if (rest > margin) & (rest < 1.0 - margin) else unknown)


@compiled
def _bin_by_bisection(value: float, edges: Float64) -> int:
    """Count the edges below a value."""
    low, high = 0, edges.size
    while low < high:
        middle = (low + high) // 2
        if edges[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low
