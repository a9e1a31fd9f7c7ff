"""Closed loops of interferograms, and pixels at which they close."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.interferograms import Interferograms
from pystamps.stages.closure_loops import closed_pixels, closure_loops


def network(pairs, day=None):
    pairs = np.asarray(pairs, dtype=np.int64)
    day = 737000.0 + 12 * np.arange(pairs.max() + 1) if day is None else day
    bperp = np.zeros(len(pairs))
    return Interferograms.small_baselines(pairs, day=day, bperp=bperp, reference_ix=0)


def loops_of(stack, columns=None, bperp=None):
    columns = np.arange(stack.n_ifg) if columns is None else np.asarray(columns)
    bperp = np.zeros(stack.n_image) if bperp is None else bperp
    return closure_loops(stack, columns, lambda: bperp)


def never():
    raise AssertionError("baselines were asked for")


@pytest.mark.golden
def test_loops_and_closed_pixels_equal_the_original(vectors):
    vector = load_vector(vectors / "sb_loops_good_pixels.json")
    inputs, wanted = vector["inputs"], vector["outputs"]
    stack = network(inputs["ifgday_ix"] - 1, inputs["day"].ravel())
    loops = loops_of(stack, bperp=inputs["parent_bperp"].ravel())
    np.testing.assert_array_equal(loops, wanted["intfg_loops"])
    np.testing.assert_array_equal(closed_pixels(inputs["ph_uw"], loops), wanted["good_pixels"])


def test_triangles_alone_ask_for_no_baselines():
    stack = network([[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
    loops = closure_loops(stack, np.arange(5), never)
    np.testing.assert_array_equal(loops, [[1, -1, 1, 0, 0], [0, 0, 1, -1, 1]])


def test_a_network_without_triangles_has_its_longer_loops():
    square = network([[0, 1], [1, 2], [2, 3], [0, 3]])
    loops = loops_of(square)
    assert loops.shape == (1, 4)
    np.testing.assert_array_equal(loops[0] * loops[0, 0], [1, 1, 1, -1])
    np.testing.assert_array_equal(loops @ square.design(), np.zeros((1, 4)))


def test_the_shorter_way_in_days_and_metres_closes_a_loop():
    pairs = [[0, 1], [0, 2], [1, 3], [2, 3], [0, 4], [3, 4], [0, 3]]
    stack = network(pairs)
    near, far = np.array([0.0, 5, 500, 0, 500]), np.array([0.0, 500, 5, 0, 500])
    for bperp, through in ((near, 0), (far, 1)):
        loops = loops_of(stack, [0, 1, 2, 3, 4, 5], bperp)
        of_last = loops[loops[:, 5] != 0]
        assert of_last[0, through] != 0
        assert not (loops @ stack.design()).any()


def test_dropped_interferograms_are_in_no_loop_and_keep_their_column():
    stack = network([[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
    loops = loops_of(stack, [0, 1, 2, 3])
    np.testing.assert_array_equal(loops, [[1, -1, 1, 0, 0]])


def test_bridges_and_ends_are_in_no_loop():
    triangles = [[0, 1], [0, 2], [1, 2], [3, 4], [3, 5], [4, 5]]
    stack = network([*triangles, [2, 3], [5, 6]])
    loops = loops_of(stack)
    assert len(loops) == 2
    assert not loops[:, 6:].any()


def test_a_chain_has_no_loop_and_no_closed_pixel():
    stack = network([[0, 1], [1, 2]])
    loops = loops_of(stack)
    assert loops.shape == (0, 2)
    assert not closed_pixels(np.zeros((4, 2), np.float32), loops).any()


def test_pairs_stored_the_other_way_round_make_the_same_loop_with_the_other_sign():
    stack = network([[0, 1], [2, 0], [1, 2]])
    np.testing.assert_array_equal(loops_of(stack), [[1, 1, 1]])


@pytest.mark.parametrize("level", [0, 3])
def test_a_wrong_cycle_opens_the_loops_of_its_interferogram_only_where_it_is(level):
    stack = network([[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
    x = np.random.default_rng(0).normal(0, 5, (50, 4))
    ph_uw = (x @ stack.design().T).astype(np.float32)
    ph_uw[:, 4] += np.float32(2 * np.pi * level)
    ph_uw[7, 0] += np.float32(2 * np.pi)
    ph_uw[9, 3] = np.nan
    closed = closed_pixels(ph_uw, loops_of(stack))
    expected = np.ones((50, 5), bool)
    expected[7, :2] = False  # the other loop vouches for the interferogram that both have
    expected[9, 3:] = False
    np.testing.assert_array_equal(closed, expected)
