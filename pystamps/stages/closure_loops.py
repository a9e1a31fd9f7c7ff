"""Small baselines: closed loops of interferograms, and pixels at which they close.

The unwrapped phases along a closed loop add up to zero where no cycles are wrong (StaMPS
``sb_make_closure_loops`` and ``sb_identify_good_pixels``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.matlab import round_half_away
from pystamps.model import Interferograms
from pystamps.rows import Matrix, row_blocks

log = logging.getLogger(__name__)

_CLOSES_WITHIN = 1.0
"""rad."""

Edges = dict[tuple[int, int], int]
"""Column of every interferogram by its images."""


def closure_loops(
    interferograms: Interferograms, columns: Index, image_bperp: Callable[[], Float64]
) -> Float64:
    """Give the loops in which interferograms are tested.

    Parameters
    ----------
    interferograms : Interferograms
        Small baselines.
    columns : ndarray of int64, shape (n_used,)
        Used interferograms.
    image_bperp : callable
        Gives the perpendicular baseline of every image in m, (n_image,); called where an
        interferogram is in no triangle.

    Returns
    -------
    ndarray of float64, shape (n_loop, n_ifg)
        +1 and -1 where a loop runs along or against an interferogram, 0 elsewhere.

    Notes
    -----
    All triangles; then, for interferograms in none, the loop that the shortest other path between
    their images closes, where days and metres count alike. Interferograms whose image is in no
    other one, and bridges between networks, are in no loop.
    """
    edges = {tuple(sorted(interferograms.pairs[c].tolist())): int(c) for c in columns}
    triangles = _triangles(edges)
    in_triangles = {edge for loop in triangles for edge in _edges_of(loop)}
    partners = np.bincount(np.array(list(edges)).ravel())
    missing = [
        (a, b) for a, b in edges
        if (a, b) not in in_triangles and partners[a] > 1 and partners[b] > 1
    ]  # fmt: skip
    longer = _longer_loops(missing, edges, interferograms, image_bperp) if missing else []
    return np.array(
        [_signs(loop, edges, interferograms) for loop in [*triangles, *longer]]
    ).reshape(-1, interferograms.n_ifg)


def _triangles(edges: Edges) -> list[list[int]]:
    """Images of all triangles, the first image first."""
    later: dict[int, list[int]] = {}
    for a, b in edges:
        later.setdefault(a, []).append(b)
    return [
        [a, b, c, a]
        for a in sorted(later)
        for b, c in combinations(sorted(later[a]), 2)
        if (b, c) in edges
    ]


def _longer_loops(
    missing: list[tuple[int, int]],
    edges: Edges,
    interferograms: Interferograms,
    image_bperp: Callable[[], Float64],
) -> list[list[int]]:
    """Loops of interferograms that are in no triangle; those of the same ones count once."""
    place = np.column_stack([interferograms.day, image_bperp()])
    found: dict[tuple[int, ...], list[int]] = {}
    for a, b in missing:
        path = _shortest_path([edge for edge in edges if edge != (a, b)], place, a, b)
        if path is None:
            log.info("interferogram %d is in no loop", edges[a, b] + 1)
            continue
        loop = [*path, a]
        found[tuple(sorted(edges[edge] for edge in _edges_of(loop)))] = loop
    longest = max(map(len, found), default=0)
    return [
        found[key] for key in sorted(found, key=lambda key: (*[-1] * (longest - len(key)), *key))
    ]


def _shortest_path(
    edges: list[tuple[int, int]], place: Float64, start: int, end: int
) -> list[int] | None:
    """Images along the shortest path; None where there is none."""
    from scipy.sparse import coo_array  # slow to import and rarely needed
    from scipy.sparse.csgraph import dijkstra

    if not edges:
        return None
    first, second = np.array(edges).T
    length = np.hypot(*(place[first] - place[second]).T)
    graph = coo_array((length, (first, second)), shape=(len(place), len(place))).tocsr()
    distance, before = dijkstra(graph, directed=False, indices=[start], return_predecessors=True)
    if not np.isfinite(distance[0, end]):
        return None
    path = [end]
    while path[-1] != start:
        path.append(int(before[0, path[-1]]))
    return path[::-1]


def _edges_of(loop: list[int]) -> list[tuple[int, int]]:
    """Interferograms along a loop, as keys of the edges."""
    return [(min(a, b), max(a, b)) for a, b in pairwise(loop)]


def _signs(loop: list[int], edges: Edges, interferograms: Interferograms) -> Float64:
    """Give the row of a loop: (n_ifg,)."""
    row = np.zeros(interferograms.n_ifg)
    for a, edge in zip(loop, _edges_of(loop), strict=False):
        column = edges[edge]
        row[column] = 1 if interferograms.first[column] == a else -1
    return row


def closed_pixels(ph_uw: Matrix, loops: Float64) -> Bool:
    """Tell where interferograms are in a loop that closes.

    Parameters
    ----------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
        Unwrapped phase in rad.
    loops : ndarray of float64, shape (n_loop, n_ifg)

    Returns
    -------
    ndarray of bool, shape (n_ps, n_ifg)
        False at NaN, and in interferograms of no loop.

    Notes
    -----
    Every interferogram has a level of its own; the whole cycles next to the mean of a loop are
    taken off, so that most pixels have to close. One loop that closes is enough, as in the
    original.
    """
    total, count = np.zeros(len(loops)), np.zeros(len(loops))
    for rows in row_blocks(ph_uw):
        sums = _sums_along(ph_uw[rows], loops)
        total += np.nansum(sums, axis=0)
        count += np.count_nonzero(~np.isnan(sums), axis=0)
    level = 2 * np.pi * round_half_away(total / np.maximum(count, 1) / (2 * np.pi))
    is_closed = np.zeros(ph_uw.shape, np.bool_)
    for rows in row_blocks(ph_uw):
        closes = np.abs(_sums_along(ph_uw[rows], loops) - level) <= _CLOSES_WITHIN
        is_closed[rows] = (closes.astype(np.float32) @ np.abs(loops).astype(np.float32)) > 0
    return is_closed


def _sums_along(ph_uw: Float64, loops: Float64) -> Float64:
    """Phase summed along every loop: (n, n_loop); NaN where the loop has NaN."""
    known = np.nan_to_num(ph_uw.astype(np.float64)) @ loops.T
    has_gap = np.isnan(ph_uw).astype(np.float64) @ np.abs(loops).T > 0
    return np.where(has_gap, np.nan, known)
