"""The order in which pixels of a network are eliminated: complete, and with little fill."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.sparse import coo_array, eye_array
from scipy.sparse.linalg import splu

from pystamps.accuracy.integrated_slopes import integrated_slopes
from pystamps.accuracy.nested_dissection import nested_dissection
from pystamps.stages.network import delaunay_edges

RNG = np.random.default_rng(11)


def network(n_ps: int) -> tuple[np.ndarray, np.ndarray]:
    xy = RNG.uniform(0, 80 * np.sqrt(n_ps), (n_ps, 2))
    return xy, delaunay_edges(xy[:, 0], xy[:, 1])


def normal_matrix(ends: np.ndarray, n_ps: int) -> Any:
    n_arc = len(ends)
    places = (np.repeat(np.arange(n_arc), 2), ends.ravel())
    arcs = coo_array((np.tile([-1.0, 1.0], n_arc), places), shape=(n_arc, n_ps)).tocsr()
    return (arcs.T @ arcs + 1e-9 * eye_array(n_ps)).tocsc()


@pytest.mark.parametrize("n_ps", [1, 2, 17, 400, 3000])
def test_every_pixel_is_eliminated_once(n_ps: int) -> None:
    xy = RNG.uniform(0, 1000, (n_ps, 2))
    ends = network(n_ps)[1] if n_ps > 3 else np.zeros((0, 2), np.int64)
    assert np.array_equal(np.sort(nested_dissection(xy, ends)), np.arange(n_ps))


def test_pixels_at_one_place_are_ordered_too() -> None:
    ends = network(400)[1]
    order = nested_dissection(np.zeros((400, 2)), ends)
    assert np.array_equal(np.sort(order), np.arange(400))


def test_halves_are_apart_before_what_separates_them() -> None:
    xy, ends = network(2000)
    rank = np.argsort(nested_dissection(xy, ends))
    across = xy[:, 0] if np.ptp(xy[:, 0]) > np.ptp(xy[:, 1]) else xy[:, 1]
    is_second = across >= np.sort(across)[1000]
    last = ends[is_second[ends[:, 0]] != is_second[ends[:, 1]]]
    separating = np.unique(last[is_second[last]])
    assert separating.size < 4 * np.sqrt(2000)
    assert np.array_equal(np.sort(rank[separating]), np.arange(2000 - separating.size, 2000))


def test_fill_of_a_pixel_grows_with_the_logarithm_of_their_number() -> None:
    fill = []
    for n_ps in (1000, 4000, 16000):
        xy, ends = network(n_ps)
        order = nested_dissection(xy, ends)
        matrix = normal_matrix(ends, n_ps)[order][:, order]
        solver = splu(matrix, permc_spec="NATURAL", diag_pivot_thresh=0.0,
                      options={"SymmetricMode": True})  # fmt: skip
        fill.append(solver.L.nnz / n_ps)
    # by rows of the scene it would double from one to the next
    assert all(after - before < 10 for before, after in pairwise(fill)) and fill[-1] < 45


def test_the_order_does_not_change_the_slopes() -> None:
    n_ps = 400
    xy, ends = network(n_ps)
    true = RNG.normal(0, 1, (n_ps, 2))
    slopes = true[ends[:, 1]] - true[ends[:, 0]] + RNG.normal(0, 0.1, (len(ends), 2))
    slopes[::20] += 5
    weights = RNG.uniform(1e-2, 1, len(ends))
    elsewhere = xy @ np.array([[1.0, 1.0], [-1.0, 1.0]])  # other halves, other separators
    order, other = (nested_dissection(place, ends) for place in (xy, elsewhere))
    assert not np.array_equal(order, other)
    # the network multiplies errors of rounding by some 1e5 (weights and pixels), in eight rounds
    found, again = (integrated_slopes(ends, slopes, weights, place) for place in (xy, elsewhere))
    assert np.abs(found - again).max() < 1e-10 * np.abs(found).max()
    root = np.sqrt(weights)[:, None]
    rows = np.zeros((len(ends), n_ps))
    rows[np.arange(len(ends)), ends[:, 0]], rows[np.arange(len(ends)), ends[:, 1]] = -1, 1
    dense = np.linalg.lstsq(root * rows, root * slopes)[0]
    squares = integrated_slopes(ends, slopes, weights, xy, rounds=1)
    # the level is held by a weight of 1e-9
    assert np.abs(squares - (dense - np.median(dense, axis=0))).max() < 1e-6
