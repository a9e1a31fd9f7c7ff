"""Numba: exact distance transform, along the columns and then along the rows. See the package.

With r(i, c) the distance from row i to the nearest node in column c, the squared distance from cell
(i, j) to the nearest node is the minimum over c of r(i, c)**2 + (j - c)**2. The first pass finds
r, from the distances to the nodes above (going down) and below (going up). The second compares the
columns at j - s and j + s for s = 1, 2, ... and may stop when s**2 exceeds the least so far, as
no farther column can add less. All are integers, so ties are exact: the node above, then the
column to the left wins, which is the lowest number.

Bands of rows go to the threads; what a band must know of the cells above and below is found
first. The loops treat neighbouring columns side by side, in vector instructions: numbers of 32
bits, indices without a sign, values loaded before they are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

_BAND = 64
_BLOCK = 128
_LARGEST_SIDE = 1 << 14
_FAR = np.int32(1 << 15)
"""Beyond all distances; its square leaves room below 2**31 for another squared distance."""
_ZERO, _ONE = np.int32(0), np.int32(1)


def stage6_nearest_node(occupied: NDArray[np.bool_]) -> NDArray[np.int64]:
    """See the package."""
    if max(occupied.shape) > _LARGEST_SIDE:
        raise ValueError(f"{occupied.shape=}: sides are limited to {_LARGEST_SIDE} cells")
    nearest = np.empty(occupied.shape, np.int64)
    cells = occupied.view(np.uint8)
    above, below, before = _beyond_bands(cells)
    do_tasks(_transform, len(above), cells, above, below, before, nearest)
    return nearest


@compiled
def _beyond_bands(occupied):  # type: ignore[no-untyped-def]
    """Give what each band must know of the cells above and below."""
    return _states(*_outermost(occupied), occupied.shape[0])


@compiled
def _transform(  # type: ignore[no-untyped-def]
    first_task, end_task, occupied, above, below, before, nearest
):
    n_j = occupied.shape[1]
    for band in range(first_task, end_task):
        distance = np.empty((_BAND, n_j), np.int32)
        rows = occupied[band * _BAND : (band + 1) * _BAND]
        _go_down(rows, above[band], before[band], distance)
        _go_up(rows, below[band], before[band], distance, nearest[band * _BAND :])


@compiled
def _outermost(occupied):  # type: ignore[no-untyped-def]
    """Give the distances from the edges of the bands to their outermost nodes, and their nodes."""
    n_i, n_j = occupied.shape
    n_band = (n_i + _BAND - 1) // _BAND
    from_top, from_bottom = np.full((n_band, n_j), _FAR), np.full((n_band, n_j), _FAR)
    nodes = np.zeros((n_band, n_j), np.int32)
    for i in range(n_i):
        band, row = i // _BAND, np.int32(i % _BAND)
        for j in range(n_j):
            here = np.int32(occupied[i, j])
            top, bottom = from_top[band, j], np.int32(from_bottom[band, j] + _ONE)
            if here:
                top, bottom = min(top, row), _ZERO
            from_top[band, j], from_bottom[band, j] = top, bottom
            nodes[band, j] += here
    return from_top, from_bottom, nodes


@compiled
def _states(from_top, from_bottom, nodes, n_i):  # type: ignore[no-untyped-def]
    """Give distances to the nodes beyond the edges of the bands, and the nodes before them."""
    n_band, n_j = nodes.shape
    above, below = np.full((n_band, n_j), _FAR), np.full((n_band, n_j), _FAR)
    before = np.zeros((n_band, n_j), np.int32)
    for band in range(1, n_band):
        for j in range(n_j):
            farther = np.int32(above[band - 1, j] + _BAND)
            above[band, j] = min(from_bottom[band - 1, j], farther, _FAR)
            before[band, j] = before[band - 1, j] + nodes[band - 1, j]
    for band in range(n_band - 2, -1, -1):
        rows = min(_BAND, n_i - (band + 1) * _BAND)
        for j in range(n_j):
            farther = np.int32(below[band + 1, j] + rows)
            below[band, j] = min(from_top[band + 1, j], farther, _FAR)
    first = 0
    for j in range(n_j):
        of_column = before[-1, j] + nodes[-1, j]
        for band in range(n_band):
            before[band, j] += first
        first += of_column
    return above, below, before


@compiled
def _go_down(occupied, above, before, distance):  # type: ignore[no-untyped-def]
    """Give the distance to the node above or here, and count the nodes."""
    for i in range(occupied.shape[0]):
        for j in range(occupied.shape[1]):
            here = np.int32(occupied[i, j])
            new = np.int32(above[j] + _ONE)
            if here:
                new = _ZERO
            above[j] = new
            before[j] += here
            distance[i, j] = new


@compiled
def _go_up(occupied, below, node, distance, nearest):  # type: ignore[no-untyped-def]
    """Give the nearest node of each cell of a band, its last row first."""
    n_i, n_j = occupied.shape
    # beside the row there are columns without nodes, so that no step leaves it
    squared, in_column = np.full(3 * n_j, np.int32(_FAR * _FAR)), np.zeros(3 * n_j, np.int32)
    best, found = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    for i in range(n_i - 1, -1, -1):
        inside = slice(n_j, 2 * n_j)
        _nearest_of_columns(
            occupied[i], below, node, distance[i], squared[inside], in_column[inside]
        )
        for start in range(0, n_j, _BLOCK):
            size = min(_BLOCK, n_j - start)
            _go_sideways(squared, in_column, n_j + start, size, best, found)
            for k in range(size):
                nearest[i, start + k] = found[k]


@compiled
def _nearest_of_columns(  # type: ignore[no-untyped-def]
    occupied, below, node, distance, squared, in_column
):
    """Give node and squared distance of the nearest node of each column, above on a tie."""
    for j in range(occupied.size):
        here, its_node = np.int32(occupied[j]), np.int32(node[j] - _ONE)
        least, new = distance[j], np.int32(below[j] + _ONE)
        if here:
            new = _ZERO
        below[j] = new
        if new < least:
            least, its_node = new, np.int32(its_node + _ONE)
        least = min(least, _FAR)
        squared[j] = np.int32(least * least)
        in_column[j] = its_node
        node[j] -= here


@compiled
def _go_sideways(squared, node, start, size, best, found):  # type: ignore[no-untyped-def]
    """Compare the columns at 1, 2... cells on either side until no farther one can win."""
    first, farthest = np.uint64(start), _ZERO
    for k in range(size):
        here = first + np.uint64(k)
        best[k], found[k] = squared[here], node[here]
        farthest = max(farthest, squared[here])
    step = 1
    while 3 * step < squared.size and step * step <= farthest:
        left, right = first - np.uint64(step), first + np.uint64(step)
        plus, farthest = np.int32(step * step), _ZERO
        for k in range(size):
            j, least, its_node = np.uint64(k), best[k], found[k]
            on_left, left_node = np.int32(squared[left + j] + plus), node[left + j]
            on_right, right_node = np.int32(squared[right + j] + plus), node[right + j]
            # numbers grow from column to column: those to the left also win a tie
            if on_left <= least:
                least, its_node = on_left, left_node
            if on_right < least:
                least, its_node = on_right, right_node
            best[k] = least
            found[k] = its_node
            farthest = max(farthest, least)
        step += 1
