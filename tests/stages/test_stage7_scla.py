from __future__ import annotations

import logging
from dataclasses import replace
from itertools import combinations
from math import inf

import numpy as np
import pytest
from unwrapped_examples import (
    BPERP,
    DAY,
    MASTER_IX,
    example_bperp,
    example_pixels,
    parameters_of_vector,
    pixels_of_vector,
)
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.model import LookAngleError
from pystamps.parameters import Parameters
from pystamps.stages.network import delaunay_edges
from pystamps.stages.reference_area import reference_means, reference_pixels
from pystamps.stages.stage7_clip import clip_outliers
from pystamps.stages.stage7_columns import SclaInput
from pystamps.stages.stage7_scla import estimate_look_angle_error
from pystamps_kernels import KernelChoice

BACKENDS = ["python", "native"]
CASES = ["0_0", "0_1", "nostd", "deramp_drop", "regular"]
UNREFERENCED = Parameters(ref_radius=-inf)
UNREFERENCED_L1 = replace(UNREFERENCED, scla_method="L1")


def stack_of_vector(inputs):
    pixels = pixels_of_vector(inputs)
    std = inputs["ifg_std"].ravel() if "ifg_std" in inputs else None
    bperp = pixels.interferograms.with_null_column(inputs["bperp_mat"], 0)
    return SclaInput(pixels, inputs["ph_uw"], bperp, std)


def made_up_stack(k_ps, *, velocity=0.0, constant=0.0, n_ps=30, day=DAY):
    """Phase of a look-angle error, a velocity and a contribution of the reference image."""
    pixels = example_pixels(n_ps, day=day)
    bperp = np.tile(BPERP, (n_ps, 1))
    ph_uw = k_ps[:, None] * bperp + velocity * (pixels.day - pixels.master_day) + constant
    ph_uw[:, MASTER_IX] = 0
    return SclaInput(pixels, ph_uw.astype(np.float32), bperp, None)


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", CASES)
def test_vectors_of_the_original_are_reproduced(vectors, case, backend):
    vector = load_vector(vectors / f"s7_scla_sm_{case}.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    stack = stack_of_vector(inputs)
    found = estimate_look_angle_error(
        stack,
        parameters_of_vector(inputs),
        with_velocity=bool(inputs["params"]["coest_mean_vel"]),
        choice=KernelChoice(backend),
    )
    # the original references and adds in single precision
    tolerances = {
        "K_ps_uw": 3e-9,
        "C_ps_uw": 2e-7,
        "ph_scla": 5e-7,
        "ph_ramp": 2e-6,
        "ifg_vcm": 1e-15,
    }
    for name, tolerance in tolerances.items():
        values = getattr(found, name.lower())
        golden = outputs[f"scla2.{name}"].reshape(values.shape)
        np.testing.assert_allclose(values, golden, rtol=0, atol=tolerance, err_msg=name)
        assert values.dtype == golden.dtype
    if "scla.2.edge" in outputs:
        compare_smoothed(found, outputs, stack)


def compare_smoothed(scla, outputs, stack):
    arcs = outputs["scla.2.edge"].astype(np.int64)
    arcs -= arcs.min()
    np.testing.assert_array_equal(
        np.unique(np.sort(arcs, axis=1), axis=0), delaunay_edges(*stack.pixels.xy[:, 1:].T)
    )
    smooth = clip_outliers(scla, arcs, bperp=stack.bperp)
    for name, tolerance in {
        "K_ps_uw": 3e-9,
        "C_ps_uw": 2e-7,
        "ph_scla": 5e-7,
        "ph_ramp": 2e-6,
    }.items():
        values = getattr(smooth, name.lower())
        golden = outputs[f"scla_smooth2.{name}"].reshape(values.shape)
        np.testing.assert_allclose(values, golden, rtol=0, atol=tolerance, err_msg=name)
        assert values.dtype == golden.dtype


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_l1_vector_is_reproduced_as_far_as_the_search_is_stable(vectors, backend):
    vector = load_vector(vectors / "s7_scla_sm_L1.json")
    found = estimate_look_angle_error(
        stack_of_vector(vector["inputs"]),
        parameters_of_vector(vector["inputs"]),
        by_simplex=True,
        choice=KernelChoice(backend),
    )
    difference = np.abs(found.k_ps_uw - vector["outputs"]["scla2.K_ps_uw"].ravel())
    # rounding of the start decides where the search stops: most pixels agree to rounding,
    # a few move by as much as they do when the start is changed by 1e-12
    assert np.median(difference) < 1e-8
    assert np.count_nonzero(difference > 1e-3) <= 2
    assert difference.max() < 1e-2


def sums_at_slopes(stack, means, slopes):
    """Least sums of absolute residuals at given slopes: every vertex of the other two unknowns."""
    day = stack.pixels.day
    steps, days = np.diff(stack.bperp.mean(axis=0, dtype=np.float64)), np.diff(day)
    others = np.stack([np.ones(days.size), days], axis=1)
    data = np.diff(stack.ph_uw.astype(np.float64) - means, axis=1)
    rest = data - slopes[:, None] * steps
    least = np.full(len(rest), np.inf)
    for met in combinations(range(days.size), 2):
        if days[met[0]] == days[met[1]]:
            continue
        unknowns = rest[:, met] @ np.linalg.inv(others[list(met)]).T
        least = np.fmin(least, np.abs(rest - unknowns @ others.T).sum(axis=1))
    return least


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_optimum_in_l1_is_below_what_the_original_found(vectors, backend):
    vector = load_vector(vectors / "s7_scla_sm_L1.json")
    stack, parameters = stack_of_vector(vector["inputs"]), parameters_of_vector(vector["inputs"])
    choice = KernelChoice(backend)
    found = estimate_look_angle_error(stack, parameters, choice=choice).k_ps_uw
    original = vector["outputs"]["scla2.K_ps_uw"].ravel()
    means = reference_means(stack.ph_uw, reference_pixels(stack.pixels, parameters))
    ours, theirs = (sums_at_slopes(stack, means, slopes) for slopes in (found, original))
    assert (ours <= theirs + 1e-9).all()
    assert (ours < theirs - 1e-3).sum() > 10


def test_the_optimum_in_l1_is_found_with_equidistant_dates():
    rng = np.random.default_rng(3)
    day = 737000 + 12.0 * np.arange(8)
    stack = made_up_stack(np.linspace(-0.02, 0.02, 30), velocity=0.02, day=day)
    noisy = replace(stack, ph_uw=(stack.ph_uw + rng.laplace(0, 0.2, (30, 8))).astype(np.float32))
    found = estimate_look_angle_error(noisy, UNREFERENCED_L1).k_ps_uw
    steps = np.diff(BPERP.astype(np.float64))
    data = np.diff(noisy.ph_uw.astype(np.float64), axis=1)

    def sums(slopes):  # the best constant is a median
        rest = data - slopes[:, None] * steps
        return np.abs(rest - np.median(rest, axis=1)[:, None]).sum(axis=1)

    around = found + np.linspace(-0.005, 0.005, 201)[:, None]
    assert (sums(found) <= np.array([sums(slopes) for slopes in around]) + 1e-9).all()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("method", ["L2", "L1"])
def test_a_made_up_look_angle_error_is_found(method, backend):
    k_ps = np.linspace(-0.02, 0.02, 30)
    parameters = replace(UNREFERENCED, scla_method=method)
    stack = made_up_stack(k_ps, velocity=0.01)
    found = estimate_look_angle_error(stack, parameters, choice=KernelChoice(backend))
    np.testing.assert_allclose(found.k_ps_uw, k_ps, atol=1e-7)
    np.testing.assert_allclose(found.c_ps_uw, 0, atol=1e-5)
    np.testing.assert_allclose(found.ph_scla, k_ps[:, None] * stack.bperp, atol=2e-5)


def test_the_contribution_of_the_reference_image_is_found():
    stack = made_up_stack(np.zeros(30), constant=0.7)
    # the column of the reference image stays 0: it disturbs K, and so C, a little
    np.testing.assert_allclose(
        estimate_look_angle_error(stack, UNREFERENCED).c_ps_uw, 0.7, atol=0.1
    )


def test_the_reference_area_takes_the_mean_error_off():
    stack = made_up_stack(np.linspace(-0.02, 0.03, 30))
    found = estimate_look_angle_error(stack, Parameters())
    np.testing.assert_allclose(found.k_ps_uw.mean(), 0, atol=1e-9)
    np.testing.assert_allclose(found.k_ps_uw, np.linspace(-0.025, 0.025, 30), atol=1e-7)


def test_equidistant_dates_do_not_harm_the_slope():
    day = 737000 + 12.0 * np.arange(8)
    k_ps = np.linspace(-0.02, 0.02, 30)
    stack = made_up_stack(k_ps, velocity=0.02, day=day)
    found = estimate_look_angle_error(stack, UNREFERENCED)
    np.testing.assert_allclose(found.k_ps_uw, k_ps, atol=1e-7)


def test_three_images_are_fitted_without_velocity_and_two_are_refused():
    k_ps = np.linspace(-0.02, 0.02, 30)
    stack = made_up_stack(k_ps)
    three = replace(UNREFERENCED, drop_ifg_index=(1, 2, 6, 7, 8))
    np.testing.assert_allclose(estimate_look_angle_error(stack, three).k_ps_uw, k_ps, atol=1e-7)
    with pytest.raises(ParameterError, match="leave 2 of 8 images"):
        estimate_look_angle_error(stack, replace(three, scla_drop_index=(5,)))


def test_missing_phase_spoils_its_pixel_unless_the_column_is_dropped():
    k_ps = np.linspace(-0.02, 0.02, 30)
    stack = made_up_stack(k_ps)
    stack.ph_uw[4, 5] = np.nan
    found = estimate_look_angle_error(stack, UNREFERENCED)
    assert np.flatnonzero(np.isnan(found.k_ps_uw)).tolist() == [4]
    dropped = estimate_look_angle_error(stack, replace(UNREFERENCED, scla_drop_index=(6,)))
    np.testing.assert_allclose(dropped.k_ps_uw, k_ps, atol=1e-7)


def test_a_column_that_was_never_unwrapped_has_no_ramp():
    stack = made_up_stack(np.linspace(-0.02, 0.02, 30))
    stack.ph_uw[:, 5] = 0
    stack.ph_uw[5:, 6] = np.nan  # five values: too few for a plane
    found = estimate_look_angle_error(
        stack, replace(UNREFERENCED, scla_deramp=True, drop_ifg_index=(6, 7))
    )
    assert not found.ph_ramp[:, [MASTER_IX, 5, 6]].any()
    assert np.isfinite(found.k_ps_uw).all()


def test_interferograms_without_noise_do_not_make_weights_infinite():
    stack = made_up_stack(np.linspace(-0.02, 0.02, 30), constant=0.7)
    std = np.array([0, 30, 25, 0, 40, 30, 20, 25], dtype=np.float32)
    found = estimate_look_angle_error(replace(stack, ifg_std_deg=std), UNREFERENCED)
    assert np.isfinite(found.c_ps_uw).all()
    np.testing.assert_allclose(np.diag(found.ifg_vcm), (std * np.pi / 180) ** 2)


@pytest.mark.parametrize("n_ps", [0, 1, 2])
def test_few_pixels_are_estimated(n_ps):
    stack = made_up_stack(np.full(n_ps, 0.01), n_ps=n_ps)
    found = estimate_look_angle_error(stack, UNREFERENCED)
    np.testing.assert_allclose(found.k_ps_uw, 0.01, atol=1e-7)
    assert found.ph_scla.shape == (n_ps, 8)
    smooth = clip_outliers(found, delaunay_edges(*stack.pixels.xy[:, 1:].T), bperp=stack.bperp)
    assert smooth.ph_scla.shape == (n_ps, 8)


def test_the_number_of_threads_does_not_change_a_bit():
    stack = replace(made_up_stack(np.linspace(-0.02, 0.02, 30)), bperp=example_bperp())
    one, two = (
        estimate_look_angle_error(stack, Parameters(), choice=KernelChoice("native", threads=n))
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.k_ps_uw, two.k_ps_uw)
    np.testing.assert_array_equal(one.c_ps_uw, two.c_ps_uw)


def scla_of(k_ps, c_ps):
    k_ps = np.asarray(k_ps, dtype=np.float64)
    c_ps = np.asarray(c_ps, dtype=np.float32)
    return LookAngleError(np.zeros((k_ps.size, 2)), k_ps, c_ps, np.zeros((0, 0)), np.eye(2))


def test_outliers_are_clipped_to_the_range_of_their_neighbours():
    arcs = np.array([[0, 1], [0, 2], [1, 2], [2, 3]])
    scla = scla_of([5.1, 0.1, 0.2, -3], [0, 1, 2, 9])
    smooth = clip_outliers(scla, arcs, bperp=np.ones((4, 2), dtype=np.float32))
    limits = np.float32([0.2, 0.2, 0.2]).astype(np.float64)
    np.testing.assert_array_equal(smooth.k_ps_uw, [limits[0], limits[0], 0.2, limits[0]])
    np.testing.assert_array_equal(smooth.c_ps_uw, [1, 1, 2, 2])
    np.testing.assert_array_equal(smooth.ph_scla[:, 0], smooth.k_ps_uw.astype(np.float32))


def test_a_pixel_without_neighbours_or_among_missing_ones_keeps_its_value():
    arcs = np.array([[0, 1], [1, 2], [0, 2], [3, 4]])
    scla = scla_of([1, 2, 3, 0.123456789, np.nan, 7], np.zeros(6))
    smooth = clip_outliers(scla, arcs, bperp=np.ones((6, 2), dtype=np.float32))
    np.testing.assert_array_equal(smooth.k_ps_uw, [2, 2, 2, 0.123456789, np.nan, 7])


def test_baselines_that_follow_time_are_refused_and_near_that_a_warning(caplog):
    stack = made_up_stack(np.linspace(-0.02, 0.02, 30))
    linear = (0.3 * (DAY - DAY[MASTER_IX])).astype(np.float32)
    follows = replace(stack, bperp=np.tile(linear, (30, 1)))
    with pytest.raises(ParameterError, match=r"stage 7: dates of ps2.*condition number"):
        estimate_look_angle_error(follows, UNREFERENCED)
    scattered = replace(stack, bperp=np.tile(linear + 0.05 * BPERP, (30, 1)))
    with caplog.at_level(logging.WARNING):
        estimate_look_angle_error(scattered, UNREFERENCED)
    assert "correlate with those in time: R = 0.9" in caplog.text
    caplog.clear()
    estimate_look_angle_error(stack, UNREFERENCED)
    assert not caplog.text
