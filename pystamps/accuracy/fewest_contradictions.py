"""Whole cycles of pixels that contradict the fewest arcs between them, interferogram by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float32, Index

_LEFT_SHARE = 0.25
"""Contradictions on the border of an island that may be left; of noise it is half of them."""
_FEWEST_GONE = 3
"""Contradictions that have to go with an island: one arc alone, or two, may be wrong."""
_MOST_ROUNDS = 20
"""Each takes pixels one cycle up or down; more cycles than that no neighbours differ by."""


def cycles_of_pixels(ends: Index, cycles: Index, n_ps: int) -> Float32:
    """Give the cycles of the pixels, from those that arcs say are missing between their ends.

    Parameters
    ----------
    ends : ndarray of int64, shape (n_arc, 2)
        Pixels a and b.
    cycles : ndarray of int64, shape (n_arc,)
        To be added to b more than to a, as the arc says.
    n_ps : int

    Returns
    -------
    ndarray of float32, shape (n_ps,)
        Whole numbers, 0 at the usual pixel.

    Notes
    -----
    Minimises ``sum |n_b - n_a - cycles|``. A set of pixels is taken a cycle up, or down, which is
    the best of all sets: that of a minimum cut between what gains and what loses by it. Where no
    set gains any more, the sum is the smallest there is (Bioucas-Dias and Valadao 2007). Of equal
    sets the smallest is taken. Pixels that agree with all neighbours, and with each other, go up or
    down together.

    Where the noise of a pixel comes near to half a cycle its arcs say one thing or the other by
    chance, and the fewest contradictions mean little. So islands, pixels next to each other with
    the same cycles, keep these only where not more than a quarter of the contradictions on their
    border is left, and three are gone.
    """
    if not cycles.any():
        return np.zeros(n_ps, np.float32)
    found = _fewest(ends, cycles, n_ps)
    found -= np.rint(np.median(found)).astype(np.int64)
    is_doubtful = _is_on_doubtful_island(found, ends, cycles)
    return np.where(is_doubtful, 0, found).astype(np.float32)


def _fewest(ends: Index, cycles: Index, n_ps: int) -> Index:
    """Give the cycles of the pixels that contradict the fewest arcs."""
    group = _groups(ends, cycles, n_ps)
    is_apart = group[ends[:, 0]] != group[ends[:, 1]]
    used, ends = np.unique(group[ends[is_apart]], return_inverse=True)
    ends, left = ends.reshape(-1, 2), cycles[is_apart]
    of_group = np.zeros(group.max() + 1, np.int64)
    for _ in range(_MOST_ROUNDS):
        before = np.abs(left).sum()
        for step in (1, -1):
            moved = step * _best_set(ends, step * left, used.size).astype(np.int64)
            of_group[used] += moved
            left = left - (moved[ends[:, 1]] - moved[ends[:, 0]])
        if np.abs(left).sum() == before:
            break
    return of_group[group]


def _is_on_doubtful_island(found: Index, ends: Index, cycles: Index) -> Bool:
    """Tell of pixels whether too many arcs on the border of their island stay contradicted."""
    low, high = ends.T
    is_inside = (found[low] == found[high]) & (found[low] != 0)
    island = _joined(ends[is_inside], found.size)
    left = cycles - (found[high] - found[low])
    now, without = np.zeros((2, island.max() + 1), np.int64)
    for pixel, sign in ((low, -1), (high, 1)):
        border, number = ~is_inside, island[pixel]
        np.add.at(now, number[border], np.abs(left[border]))
        np.add.at(without, number[border], np.abs(left + sign * found[pixel])[border])
    is_clear = (now <= _LEFT_SHARE * without) & (without - now >= _FEWEST_GONE)
    return np.asarray(~is_clear[island] & (found != 0))


def _groups(ends: Index, cycles: Index, n_ps: int) -> Index:
    """Number the pixels; those without contradiction that arcs join share a number."""
    is_contradicted = np.zeros(n_ps, bool)
    is_contradicted[ends[cycles != 0].ravel()] = True
    joined = ends[~is_contradicted[ends].any(axis=1)]
    return _joined(joined, n_ps)


def _joined(ends: Index, n_ps: int) -> Index:
    """Number the pixels; those that arcs join, one by one, share a number."""
    from scipy.sparse import coo_array  # slow to import, as the next
    from scipy.sparse.csgraph import connected_components

    network = coo_array((np.ones(len(ends), np.int8), ends.T), shape=(n_ps, n_ps))
    return np.asarray(connected_components(network, directed=False)[1], np.int64)


def _best_set(ends: Index, cycles: Index, n: int) -> Bool:
    """Give the smallest set of nodes that, a cycle up, lowers ``sum |n_b - n_a - cycles|`` most.

    With x = 1 in the set, an arc costs ``|cycles + x_a - x_b|``: its value where both are outside,
    ``alone`` more for each end in the set, less for b, and ``between`` where b alone is in it.
    """
    low, high = ends.T
    alone = np.abs(cycles + 1) - np.abs(cycles)
    between = alone + np.abs(cycles - 1) - np.abs(cycles)
    cost = np.zeros(n, np.int64)
    np.add.at(cost, low, alone)
    np.subtract.at(cost, high, alone)
    losing, gaining = np.flatnonzero(cost > 0), np.flatnonzero(cost < 0)
    if not gaining.size:
        return np.zeros(n, bool)
    joint = np.flatnonzero(between)
    source, sink = n, n + 1
    start = np.concatenate([high[joint], losing, np.full(gaining.size, source)])
    end = np.concatenate([low[joint], np.full(losing.size, sink), gaining])
    capacity = np.concatenate([between[joint], cost[losing], -cost[gaining]])
    return _side_of_source(start, end, capacity, n)


def _side_of_source(start: Index, end: Index, capacity: Index, n: int) -> Bool:
    """Give the nodes on the side of the source n, sink n + 1, of the smallest minimum cut."""
    from scipy.sparse import coo_array  # slow to import, as the next
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    network: Any = coo_array(
        (capacity.astype(np.int32), (start, end)), shape=(n + 2, n + 2)
    ).tocsr()
    left: Any = network - maximum_flow(network, n, n + 1).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, n, return_predecessors=False)
    is_inside = np.zeros(n + 2, bool)
    is_inside[reached] = True
    return is_inside[:n]
