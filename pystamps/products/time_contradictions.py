"""How many arcs were unwrapped otherwise than their neighbours in time let expect.

Two rules. Where stages 6 and 8 have left what they expected of every arc (method 3D), the
unwrapped difference of an arc and the expected one differ by whole cycles; any but 0 contradicts.
Otherwise the differences along a Delaunay network of the pixels are compared with themselves: one
contradicts that lies more than half a cycle from the median of the four nearest dates, of which
the reference image (0 everywhere) may be one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.rows import Matrix, row_blocks

NEIGHBOURS_IN_TIME = 4
"""Dates whose median is expected: one wrong date among them does not move it by a cycle."""

_ARCS_AT_A_TIME = 4096
"""Of which all dates stay in the cache of a processor."""
_ROUNDING_CYCLES = 0.01
"""Of phases in single precision, generously."""


def contradicting_share_of_expected(nodes: Matrix, ends: Index, expected: Matrix) -> Float64 | None:
    """Give the share of arcs that were unwrapped to another cycle than expected.

    Parameters
    ----------
    nodes : Matrix of float, shape (n_node, n)
        Unwrapped phase of the grid, rad.
    ends : ndarray of int64, shape (n_arc, 2)
        Low and high node of every arc.
    expected : Matrix of float, shape (n_arc, n)
        Expected differences, high minus low, rad; NaN = nothing is expected of this arc.

    Returns
    -------
    ndarray of float64, shape (n,), or None
        0 to 1; NaN where nothing is expected of any arc. None when most differences are no whole
        cycles apart: the expectations are of another unwrapping.
    """
    phase, count = np.asarray(nodes), _Count(expected.shape[1])
    n_whole = 0
    for rows in row_blocks(expected):
        departure = phase[ends[rows, 1]] - phase[ends[rows, 0]] - expected[rows]
        count.add(departure)
        cycles = departure / (2 * np.pi)
        n_whole += int(np.count_nonzero(np.abs(cycles - np.round(cycles)) < _ROUNDING_CYCLES))
    return count.share() if 2 * n_whole >= count.compared.sum() else None


def contradicting_share_of_neighbours(phase: Matrix, arcs: Index, days: Float64) -> Float64:
    """Give the share of arcs that lie more than half a cycle from their neighbours in time.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_image)
        Unwrapped phase of the dates in use, the reference image (zeros) among them; rad.
    arcs : ndarray of int64, shape (n_arc, 2)
        Pixel rows.
    days : ndarray of float64, shape (n_image,)

    Returns
    -------
    ndarray of float64, shape (n_image,)
        0 to 1; NaN without arcs, or with fewer than three dates.
    """
    count = _Count(days.size)
    nearest = list(_nearest_dates(days)) if days.size > 2 else []
    values = np.ascontiguousarray(np.asarray(phase).T)  # dates are compared as wholes
    for first in range(0, len(arcs) if nearest else 0, _ARCS_AT_A_TIME):
        low, high = arcs[first : first + _ARCS_AT_A_TIME].T
        difference = values.take(high, axis=1) - values.take(low, axis=1)
        expected = np.stack([_median([difference[date] for date in near]) for near in nearest])
        count.add((difference - expected).T)
    return count.share()


def _median(values: list[FloatArray]) -> FloatArray:
    """Give the median of a few arrays, value by value; NaN where one of them is.

    Of four the median is the mean of the larger of two minima and the smaller of two maxima, which
    takes a tenth of the time of sorting.
    """
    if len(values) != NEIGHBOURS_IN_TIME:
        return np.asarray(np.median(values, axis=0))
    a, b, c, d = values
    below = np.maximum(np.minimum(a, b), np.minimum(c, d))
    above = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return (below + above) / 2


class _Count:
    """Arcs that were compared, and those that contradict, per date."""

    def __init__(self, n: int) -> None:
        self.compared, self.contradicting = np.zeros(n), np.zeros(n)

    def add(self, departure: FloatArray) -> None:
        """Count departures from what was expected, rad, (n_arc, n); NaN is not compared."""
        self.compared += np.isfinite(departure).sum(axis=0)
        self.contradicting += (np.abs(departure) > np.pi).sum(axis=0)

    def share(self) -> Float64:
        compared = np.where(self.compared, self.compared, np.nan)
        return np.asarray(self.contradicting / compared)


def _nearest_dates(days: Float64) -> Iterator[Index]:
    """Give for every date the dates nearest to it, itself left out."""
    for number, day in enumerate(days):
        order = np.argsort(np.abs(days - day), kind="stable")
        yield order[order != number][:NEIGHBOURS_IN_TIME]
