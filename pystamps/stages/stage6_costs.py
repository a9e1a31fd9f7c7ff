"""Stage 6: integer costs of the network-flow solver (StaMPS ``uw_stat_costs``).

The cost of an arc is the squared deviation of the unwrapped difference from the expected one
over its variance (Hooper 2009; Chen and Zebker 2001), in units of 1/200 cycle, as 16-bit numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps.arrays import Float32, Float64
from pystamps.matlab import round_half_away
from pystamps.model import SpaceTime, UnwrapArcs, UnwrapGrid

Int16 = NDArray[np.int16]

_PER_CYCLE = 200
_COST_SCALE = 100
_LARGEST_DIFFERENCE = 32000
_NO_LAYOVER = -32000
_FREE_CUT = 1
_LARGEST, _SMALLEST = 32767, -32768
_CORRELATION_M = 20000.0
_GRID_SIZE_OF_NO_GRID = 5.0


@dataclass(frozen=True, slots=True)
class ArcStatistics:
    """What the costs of all interferograms have in common.

    Attributes
    ----------
    space_time : SpaceTime
    arcs : UnwrapArcs
    smooth : float, (n_edge, n_used), expected difference in rad
    n_grid_arcs : int64, (n_edge,), grid arcs that carry each arc
    sigsq : int16, (n_edge,), variance times ``n_grid_arcs``
    known : bool, (n_edge,), arcs with statistics
    """

    space_time: SpaceTime
    arcs: UnwrapArcs
    smooth: NDArray[np.floating[Any]]
    n_grid_arcs: NDArray[np.int64]
    sigsq: Int16
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one interferogram as snaphu reads them: offset, sigsq, dzmax, laycost.

    Attributes
    ----------
    rows : int16, (n_i - 1, n_j, 4), arcs between rows
    columns : int16, (n_i, n_j - 1, 4), arcs between columns
    """

    rows: Int16
    columns: Int16


def arc_statistics(
    space_time: SpaceTime,
    arcs: UnwrapArcs,
    grid: UnwrapGrid,
    *,
    node_variance: Float64 | None = None,
) -> ArcStatistics:
    """Variance of every arc as an integer, and what else all interferograms share.

    Parameters
    ----------
    space_time : SpaceTime
        Without ``dph_noise`` (method 2D) the variance follows from the length of the arc.
    arcs : UnwrapArcs
    grid : UnwrapGrid
    node_variance : ndarray of float64, shape (n_node,), optional
        Phase variance of the nodes in rad^2, method 2D only.
    """
    n_edge = len(arcs.edgs)
    number = np.concatenate([arcs.rowix.ravel(), arcs.colix.ravel()])
    count = np.bincount(np.abs(number).astype(np.int64), minlength=n_edge + 1)[1:]
    smooth: NDArray[np.floating[Any]]
    if space_time.dph_noise.size or not n_edge:
        variance: NDArray[np.floating[Any]] = variance_from_noise(np.asarray(space_time.dph_noise))
        smooth = np.asarray(space_time.dph_space_uw) - np.asarray(space_time.dph_noise)
    else:
        variance = variance_from_length(arcs, grid, node_variance)
        smooth = np.asarray(space_time.dph_space_uw)
    scaled = variance * variance.dtype.type(_PER_CYCLE**2) / variance.dtype.type(_COST_SCALE)
    sigsq = np.maximum(to_int16(scaled * count.astype(variance.dtype)), np.int16(1))
    return ArcStatistics(space_time, arcs, smooth, count, sigsq, ~np.isnan(variance))


def variance_from_noise(dph_noise: Float32) -> Float32:
    """Variance of every arc in cycles^2, in single precision."""
    std = single_std(dph_noise)
    return np.asarray((std / np.float32(2) / np.float32(np.pi)) ** 2)


def single_std(values: Float32) -> Float32:
    """Standard deviation over interferograms, one term after the other in single precision.

    The last bit decides how the cost is rounded; a single interferogram gives zero.
    """
    n_edge, n = values.shape
    total = np.zeros(n_edge, dtype=np.float32)
    for k in range(n):
        total += values[:, k]
    mean = total / np.float32(n)
    squares = np.zeros(n_edge, dtype=np.float32)
    for k in range(n):
        squares += (values[:, k] - mean) ** 2
    return np.asarray(np.sqrt(squares / np.float32(max(n - 1, 1))))


def variance_from_length(
    arcs: UnwrapArcs, grid: UnwrapGrid, node_variance: Float64 | None
) -> Float64:
    """Variance of every arc from its length, which grows to that of a whole cycle (method 2D)."""
    low, high = arcs.edgs[:, 1], arcs.edgs[:, 2]
    length = np.sqrt(((grid.ij[high] - grid.ij[low]) ** 2).sum(axis=1)).astype(np.float64)
    pix_size = grid.pix_size or _GRID_SIZE_OF_NO_GRID
    variance = (2 * np.pi) ** 2 * (1 - np.exp(-length * pix_size * 3 / _CORRELATION_M))
    if node_variance is not None:
        variance = node_variance[low] + node_variance[high] + variance
    return np.asarray(variance / 10)


def interferogram_costs(statistics: ArcStatistics, column: int) -> Costs:
    """Costs of one interferogram.

    Parameters
    ----------
    statistics : ArcStatistics
    column : int
        0-based column of the arrays of ``statistics.space_time``.
    """
    space_time, arcs = statistics.space_time, statistics.arcs
    total = total_variance(statistics, column)
    expected = np.asarray(space_time.dph_space_uw)[:, column]
    single = expected.dtype.type
    wrapped = np.arctan2(np.sin(expected), np.cos(expected))
    offset = (wrapped - statistics.smooth[:, column]) / single(2) / single(np.pi)
    rows = grid_arc_costs(arcs.rowix, offset, total, statistics.known)
    columns = grid_arc_costs(arcs.colix, offset, total, statistics.known)
    # -(-32768) saturates; int16 would wrap around.
    rows[..., 0] = np.clip(-rows[..., 0].astype(np.int32), _SMALLEST, _LARGEST)
    return Costs(rows, columns)


def total_variance(statistics: ArcStatistics, column: int) -> Int16:
    """Integer variance of every arc with its spatial spread; 1 where the phase is predefined."""
    spread = np.abs(statistics.space_time.spread[:, [column]].toarray().ravel())
    scaled = spread * _PER_CYCLE**2 / 6 / _COST_SCALE * statistics.n_grid_arcs
    total = statistics.sigsq.astype(np.int32) + to_int16(scaled)
    total = np.minimum(total, _LARGEST).astype(np.int16)
    predef_ix = statistics.space_time.predef_ix
    if predef_ix is not None and predef_ix.size:
        total[predef_ix[:, column]] = 1
    return np.asarray(total)


def grid_arc_costs(
    number: Float64, offset: NDArray[np.floating[Any]], total: Int16, known: NDArray[np.bool_]
) -> Int16:
    """Cost structures of all grid arcs of one direction, shape (..., 4)."""
    signed = number.astype(np.int64)
    arc = np.abs(signed)
    between = arc > 0
    has_statistics = np.append(False, known)[arc]
    costs = np.empty((*number.shape, 4), dtype=np.int16)
    costs[..., 0] = 0
    costs[..., 1] = 1
    costs[..., 2] = _LARGEST_DIFFERENCE
    costs[..., 3] = np.where(between & ~has_statistics, _FREE_CUT, _NO_LAYOVER)
    use = arc[has_statistics] - 1
    sign = np.sign(signed[has_statistics]).astype(offset.dtype)
    costs[has_statistics, 0] = to_int16(offset[use] * sign * offset.dtype.type(_PER_CYCLE))
    costs[has_statistics, 1] = total[use]
    return costs


def to_int16(values: NDArray[np.floating[Any]]) -> Int16:
    """Round half away from zero and saturate; NaN becomes 0 (MATLAB's ``int16(round(x))``)."""
    with np.errstate(invalid="ignore"):  # infinite minus infinite
        rounded = round_half_away(values)
    rounded = np.where(np.isinf(values), values, rounded)
    clipped = np.clip(np.nan_to_num(rounded, nan=0.0), _SMALLEST, _LARGEST)
    return np.asarray(clipped, dtype=np.int16)


def mean_squared_difference(unwrapped: Float32) -> float:
    """Mean square of the non-zero differences between neighbouring cells, in rad^2.

    Parameters
    ----------
    unwrapped : ndarray of float32, shape (n_i, n_j)

    Returns
    -------
    float
        NaN when all cells are equal.
    """
    wide = unwrapped.astype(np.float64)
    differences = np.concatenate([np.diff(wide, axis=axis).ravel() for axis in (0, 1)])
    count = np.count_nonzero(differences)
    return float((differences**2).sum() / count) if count else float("nan")
