"""Groups of pixels of which only the best one is kept (stages 4 and 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Float64, Index

_ROW = np.int64(2**32)
_SHIFT = np.int64(2**31)


def best_of_each(group: Index, quality: Float64) -> Bool:
    """Mark the best member of every group.

    Parameters
    ----------
    group : ndarray of int64, shape (n,)
        Number of the group of each member.
    quality : ndarray of float64, shape (n,)
        Larger is better; the first of equals wins, NaN only against NaN.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    order = np.lexsort((-quality, group))  # stable; NaN comes last
    is_first = np.ones(group.size, dtype=bool)
    is_first[1:] = group[order][1:] != group[order][:-1]
    best = np.zeros(group.size, dtype=bool)
    best[order[is_first]] = True
    return best


def place_numbers(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> Index:
    """Give a number to every distinct pair of coordinates; equal pairs have the same number.

    Parameters
    ----------
    first, second : ndarray of one class, shape (n,)
        NaN is equal to nothing.
    """
    order = np.lexsort((second, first))
    is_new = np.ones(first.size, dtype=bool)
    is_new[1:] = (first[order][1:] != first[order][:-1]) | (second[order][1:] != second[order][:-1])
    numbers = np.empty(first.size, dtype=np.int64)
    numbers[order] = np.cumsum(is_new) - 1
    return numbers


def cell_keys(line: npt.NDArray[Any], sample: npt.NDArray[Any]) -> Index:
    """Give one integer per radar cell that sorts by line, then sample."""
    return np.asarray(line, dtype=np.int64) * _ROW + np.asarray(sample, dtype=np.int64) + _SHIFT


def touching_groups(line: Index, sample: Index, *, by_lowest_neighbour: bool) -> Index:
    """Give the number of the group of touching pixels that each pixel belongs to.

    Parameters
    ----------
    line, sample : ndarray of int64, shape (n,)
        Radar cell; pixels touch when both differ by at most one and the cells differ.
    by_lowest_neighbour : bool
        True: each pixel is joined with the lowest-numbered pixel that touches it, and with
        no other, as in StaMPS; pixels of one group can then touch pixels of another.
        False: all pixels that touch, or share a cell, are joined.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components  # slow to import, seldom needed

    n = line.size
    keys = cell_keys(line, sample)
    cells, first = np.unique(keys, return_index=True)
    offsets = [i * _ROW + j for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    if by_lowest_neighbour:
        parents = [np.min([_lowest_at(keys + offset, cells, first) for offset in offsets], axis=0)]
    else:
        parents = [_lowest_at(keys + offset, cells, first) for offset in [*offsets, np.int64(0)]]
    child, parent = np.tile(np.arange(n), len(parents)), np.concatenate(parents)
    child, parent = child[parent < n], parent[parent < n]
    links = coo_array((np.ones(child.size, dtype=bool), (child, parent)), shape=(n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _lowest_at(keys: Index, cells: Index, first: Index) -> Index:
    """Give the lowest pixel in each of the cells ``keys``, or the number of pixels if empty."""
    if not keys.size:
        return np.zeros(0, dtype=np.int64)
    at = np.minimum(np.searchsorted(cells, keys), cells.size - 1)
    return np.where(cells[at] == keys, first[at], keys.size)
