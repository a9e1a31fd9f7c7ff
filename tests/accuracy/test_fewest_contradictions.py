"""Whole cycles of pixels that contradict the fewest arcs."""

from __future__ import annotations

from itertools import product

import numpy as np

from pystamps.accuracy import fewest_contradictions
from pystamps.accuracy.fewest_contradictions import cycles_of_pixels

SIDE = 12
PLACE = np.arange(SIDE**2).reshape(SIDE, SIDE)
ENDS = np.concatenate(
    [
        np.column_stack([PLACE[:, :-1].ravel(), PLACE[:, 1:].ravel()]),
        np.column_stack([PLACE[:-1].ravel(), PLACE[1:].ravel()]),
        np.column_stack([PLACE[:-1, :-1].ravel(), PLACE[1:, 1:].ravel()]),
    ]
)


def missing(true: np.ndarray) -> np.ndarray:
    """Give what the arcs say where all of them are right."""
    return np.asarray(true[ENDS[:, 1]] - true[ENDS[:, 0]], np.int64)


def test_no_other_cycles_contradict_fewer_arcs() -> None:
    """All 3**7 of a small network are tried."""
    generator = np.random.default_rng(3)
    ends = np.array([(a, b) for a in range(7) for b in range(a + 1, 7) if (a * b) % 3 != 1])
    tried = np.array(list(product((-1, 0, 1), repeat=7)))
    for _ in range(20):
        cycles = generator.integers(-1, 2, len(ends))
        found = fewest_contradictions._fewest(ends, cycles, 7)
        apart = tried[:, ends[:, 1]] - tried[:, ends[:, 0]] - cycles
        left = np.abs(found[ends[:, 1]] - found[ends[:, 0]] - cycles).sum()
        assert left <= np.abs(apart).sum(axis=1).min()


def test_islands_are_lifted_whole_though_one_arc_of_their_border_is_wrong() -> None:
    true = np.zeros((SIDE, SIDE))
    true[2:6, 2:7], true[8:10, 8:10] = 1, -2
    cycles = missing(true.ravel())
    cycles[np.flatnonzero(cycles)[3]] = 0
    np.testing.assert_array_equal(cycles_of_pixels(ENDS, cycles, SIDE**2), true.ravel())


def test_half_of_a_scene_is_lifted_whole() -> None:
    true = np.zeros((SIDE, SIDE))
    true[:, :5] = 1
    found = cycles_of_pixels(ENDS, missing(true.ravel()), SIDE**2)
    np.testing.assert_array_equal(found, true.ravel())


def test_a_pixel_of_which_half_of_the_arcs_say_so_stays() -> None:
    true = np.zeros(SIDE**2)
    true[PLACE[5, 5]] = 1
    cycles = missing(true)
    told = np.flatnonzero(cycles)
    cycles[told[:2]] = 0
    assert not cycles_of_pixels(ENDS, cycles, SIDE**2).any()


def test_one_arc_alone_lifts_nothing() -> None:
    assert not cycles_of_pixels(np.array([[0, 1], [2, 3]]), np.array([1, 0]), 4).any()
    assert not cycles_of_pixels(ENDS, np.zeros(len(ENDS), np.int64), SIDE**2).any()
