"""MATLAB built-ins against published values and the unit vectors."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.matlab import (
    gauss_window,
    histogram,
    interpolate_signal,
    interpolation_filter,
    legacy_normal,
    legacy_uniform,
    round_half_away,
)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_halves_are_rounded_away_from_zero(kind):
    values = np.array([0.5, -0.5, 1.5, -2.5, 2.4, 0.0], kind)
    found = round_half_away(values)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, [1, -1, 2, -3, 2, 0])


def test_the_largest_single_below_a_half_is_rounded_down():
    assert round_half_away(np.array([0.49999997], np.float32))[0] == 0


def test_uniform_numbers_start_as_published():
    published = [0.95012928514718, 0.23113851357429, 0.60684258354179, 0.48598246870930]
    np.testing.assert_allclose(legacy_uniform(0, 4), published, atol=1e-14)


def test_normal_numbers_start_as_published():
    published = [-0.43256481152822, -1.66558437823810, 0.12533230647483, 0.28767642035855]
    np.testing.assert_allclose(legacy_normal(0, 4), published, atol=1e-14)


@pytest.mark.golden
def test_the_generators_give_the_stored_streams(vectors):
    golden = load_vector(vectors / "ml_legacy_rng.json")["outputs"]
    uniform = legacy_uniform(2005, 3_300_000)
    np.testing.assert_array_equal(uniform[:8], golden["rand_state2005_first8"])
    for place, value in golden["rand_state2005_at_index0"].items():
        assert uniform[int(place)] == value
    assert uniform.sum() == pytest.approx(golden["rand_state2005_sum_of_first_3300000"], rel=1e-14)
    np.testing.assert_allclose(legacy_normal(0, 24), golden["randn_state0_first24"], atol=1e-12)
    np.testing.assert_allclose(legacy_normal(1001, 8), golden["randn_state1001_first8"], atol=1e-12)


@pytest.mark.golden
def test_histogram_window_and_interpolation_give_the_stored_values(vectors):
    case = load_vector(vectors / "ml_hist_gausswin_interp.json")
    given, golden = case["inputs"], case["outputs"]
    counts = histogram(given["hist_values"].ravel(), given["hist_centres"].ravel())
    np.testing.assert_array_equal(counts, golden["hist_counts"].ravel())
    np.testing.assert_allclose(gauss_window(7), golden["gausswin7"].ravel(), atol=1e-15)
    np.testing.assert_allclose(interpolation_filter(), golden["interp_fir_81"].ravel(), atol=1e-12)
    np.testing.assert_allclose(
        interpolate_signal(given["interp_x"].ravel()), golden["interp_y_150"].ravel(), atol=1e-12
    )


def test_interpolation_keeps_the_samples():
    signal = np.random.default_rng(0).random(30)
    np.testing.assert_allclose(interpolate_signal(signal)[::10], signal, atol=1e-14)


def test_interpolation_of_too_few_samples_is_refused():
    with pytest.raises(ValueError, match="9 samples"):
        interpolate_signal(np.ones(8))
