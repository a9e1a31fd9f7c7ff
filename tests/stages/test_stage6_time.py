"""Expected differences of arcs in networks of any images, and phase that is held."""

from __future__ import annotations

import logging
from itertools import combinations

import numpy as np
import pytest
from stage6_trees import cost_files
from vector_files import load_vector

from pystamps.interferograms import Interferograms
from pystamps.model import UnwrapGrid
from pystamps.stages.stage6_arcs import arcs_between_nodes
from pystamps.stages.stage6_grid import GridSettings, grid_phase
from pystamps.stages.stage6_network import (
    chain_image,
    connected_images,
    slope_search,
    smoothing_of_images,
)
from pystamps.stages.stage6_pixels import pixels_from_grid
from pystamps.stages.stage6_time import TimeSettings, effective_method, expected_differences

DAY = 737000.0 + np.array([0.0, 24, 36, 72, 96, 132])
BPERP = np.array([0.0, 80, -60, 120, 30, -90])
CHAIN = [(i, i + 1) for i in range(5)] + [(0, 2), (1, 3), (2, 4), (3, 5)]
ALL_PAIRS = list(combinations(range(6), 2))
LIMIT = 1.2


def network(pairs, *, turned=()):
    pairs = np.array([p[::-1] if k in turned else p for k, p in enumerate(pairs)], dtype=np.int64)
    bperp = BPERP[pairs[:, 1]] - BPERP[pairs[:, 0]]
    return Interferograms.small_baselines(pairs, day=DAY, bperp=bperp, reference_ix=2)


def settings(method, stack):
    return TimeSettings(method, stack, 90.0, True, 2.0)


def scene(stack, *, noise=0.2, slope=0.005, turns=0.0):
    """A grid whose phase of images grows along the grid, with a look-angle error."""
    rng = np.random.default_rng(11)
    occupied = rng.random((9, 8)) < 0.6
    j, i = np.nonzero(occupied.T)
    place = (i + 2 * j)[:, None] / 20
    years = (DAY - DAY[2]) / 365.25
    of_images = place * (12 * years + slope * 20 * BPERP) + turns * place * np.sin(years * 9)
    of_images = of_images + rng.normal(0, noise, of_images.shape)
    phase = of_images @ stack.design().T
    none = np.zeros((0, 0), np.float32)
    grid = UnwrapGrid(
        np.exp(1j * phase).astype(np.complex64), np.zeros((0, stack.n_ifg)), none.astype(complex),
        none, none, xy=np.zeros((len(i), 3)), ij=np.column_stack([i, j]), nzix=occupied,
        grid_x_min=0, grid_y_min=0, grid_ij=np.zeros((0, 2)), pix_size=200.0,
    )  # fmt: skip
    return grid, arcs_between_nodes(occupied), phase


def true_steps(phase, arcs):
    return phase[arcs.edgs[:, 2]] - phase[arcs.edgs[:, 1]]


@pytest.mark.parametrize("method", ["3D_QUICK", "3D_FULL"])
def test_expected_differences_have_the_cycles_of_the_truth(method):
    stack = network(ALL_PAIRS)
    grid, arcs, phase = scene(stack)
    found, k = expected_differences(grid, arcs, settings(method, stack))
    known = ~np.isnan(found.dph_noise).any(axis=1)
    assert known.mean() > 0.9
    assert np.count_nonzero(k) > 0.9 * k.size
    off = (found.dph_space_uw - true_steps(phase, arcs))[known]
    assert (np.abs(off) < 1).mean() > 0.98
    np.testing.assert_allclose(off, 2 * np.pi * np.rint(off / 2 / np.pi), rtol=0, atol=2e-5)


@pytest.mark.parametrize("pairs", [CHAIN, ALL_PAIRS, [(0, 2), (1, 2), (2, 3), (2, 4), (2, 5)]])
@pytest.mark.parametrize("method", ["2D", "3D_NO_DEF", "3D_QUICK", "3D_FULL"])
def test_interferograms_stored_the_other_way_round_give_the_negative_of_the_same(pairs, method):
    stack, turned = network(pairs), np.arange(len(pairs)) % 2 == 1
    other = network(pairs, turned=np.flatnonzero(turned))
    results = []
    for used in (stack, other):
        grid, arcs, _ = scene(used)
        results.append(expected_differences(grid, arcs, settings(method, used)))
    sign = np.where(turned, -1, 1)
    (first, k), (second, other_k) = results
    np.testing.assert_allclose(k, other_k, rtol=0, atol=1e-6)
    known = np.ones(len(arcs.edgs), dtype=bool)
    if method == "3D_QUICK":  # too noisy or not depends on the signs, as in StaMPS
        known = ~np.isnan(np.hstack([first.dph_noise, second.dph_noise])).any(axis=1)
        assert known.mean() > 0.7
    for name in ("dph_space_uw", "dph_noise")[: 1 if method == "2D" else 2]:
        found, expected = (getattr(result, name)[known] for result in (first, second))
        np.testing.assert_allclose(found * sign, expected, rtol=0, atol=2e-5, equal_nan=True)


def test_lines_of_images_that_lack_partners_leave_no_statistics_and_say_so(caplog):
    stack = network(CHAIN)
    grid, arcs, _ = scene(stack)
    with caplog.at_level(logging.WARNING):
        found, _ = expected_differences(grid, arcs, settings("3D_FULL", stack))
    assert np.isnan(found.dph_noise).any(axis=1).all()
    assert "3D_QUICK is made for such networks" in caplog.text


def test_the_name_3d_is_the_full_method_where_one_image_is_first_in_all():
    assert effective_method("3D", network(CHAIN)) == "3D"
    assert effective_method("3D_new", network(CHAIN)) == "3D"
    assert effective_method("3D", network([(1, 0), (1, 2), (1, 5)])) == "3D_FULL"
    assert effective_method("3D_SMALL_DEF", network(CHAIN)) == "3D_QUICK"


def test_slopes_are_searched_in_a_chain_of_dates_else_at_one_image_else_everywhere():
    chain = connected_images(network(CHAIN))
    search = slope_search(chain, 2.0)
    assert chain_image(chain) is None
    np.testing.assert_array_equal(search.later, np.arange(5))
    star = connected_images(network([(0, 2), (1, 2), (2, 3), (2, 4), (2, 5), (0, 5)]))
    assert chain_image(star) == 2
    sparse = connected_images(network([(0, 2), (2, 4), (1, 4), (1, 5), (3, 5)]))
    assert chain_image(sparse) is None
    np.testing.assert_array_equal(slope_search(sparse, 2.0).later, np.arange(5))


def test_images_that_nothing_connects_are_smoothed_apart():
    apart = connected_images(network([(0, 1), (1, 2), (3, 4), (4, 5)]))
    weights = smoothing_of_images(apart, 90.0)
    assert not weights[:3, 3:].any()
    assert not weights[3:, :3].any()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    together = smoothing_of_images(connected_images(network(CHAIN)), 90.0)
    assert (together > 0).all()


@pytest.mark.golden
def test_held_phase_enters_grid_arcs_costs_and_pixels_as_in_the_original(vectors):
    vector = load_vector(vectors / "s6_uw3d_predef_3D_QUICK.json")
    inputs, wanted, options = vector["inputs"], vector["outputs"], vector["inputs"]["options"]
    stack = Interferograms.small_baselines(
        inputs["ifgday_ix"].astype(np.int64) - 1, day=inputs["day"].ravel(),
        bperp=inputs["bperp"].ravel(), reference_ix=0,
    )  # fmt: skip
    held = options["ph_uw_predef"]
    grid = grid_phase(
        inputs["ph"], inputs["xy"], GridSettings(200.0, 8, prefilter=True, alpha=0.8), held=held
    )
    close = {"rtol": 0, "atol": 2e-6}
    np.testing.assert_allclose(grid.ph_uw_predef, wanted["uw_grid.ph_uw_predef"], **close)
    arcs = arcs_between_nodes(grid.nzix)
    found, _ = expected_differences(
        grid, arcs, TimeSettings("3D_QUICK", stack, 730.0, True, options["n_trial_wraps"].item())
    )
    for name in ("dph_space_uw", "dph_noise"):
        np.testing.assert_allclose(getattr(found, name), wanted[f"uw_space_time.{name}"], **close)
    for k, costs in enumerate(cost_files(grid, arcs, found), start=1):
        golden = wanted[f"snaphu.rowcost_{k}"] + wanted[f"snaphu.colcost_{k}"]
        np.testing.assert_array_equal(costs, golden)
    pixels = pixels_from_grid(grid, wanted["uw_phaseuw.ph_uw"])
    np.testing.assert_allclose(pixels, wanted["ph_uw"], rtol=0, atol=5e-6)


def test_held_differences_decide_the_cycles_of_what_follows_from_them():
    """Three images in a triangle: two differences are held a cycle away, the third follows."""
    stack = Interferograms.small_baselines(
        np.array([[0, 1], [1, 2], [0, 2]]), day=DAY[:3], bperp=np.zeros(3), reference_ix=0
    )
    grid, arcs, _ = scene(network(CHAIN), noise=0)
    ph = np.ones((len(grid.ij), 3), np.complex64)
    held = np.full(ph.shape, np.nan, np.float32)
    low, high = arcs.edgs[0, 1:]
    held[low, :2], held[high, :2] = 0, 2 * np.pi
    held_grid = UnwrapGrid(
        **{name: getattr(grid, name) for name in UnwrapGrid.__slots__}
        | {"ph": ph, "ph_uw_predef": held}
    )
    quick = TimeSettings("3D_QUICK", stack, 1e-3, False, 2.0)
    found, _ = expected_differences(held_grid, arcs, quick)
    np.testing.assert_allclose(found.dph_space_uw[0] / (2 * np.pi), [1, 1, 2], atol=1e-5)
    assert not found.dph_space_uw[1:].any()
    np.testing.assert_array_equal(found.predef_ix[0], [True, True, False])
