"""Weights of the candidates."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps.stages.random_reference import scaled_to, warn_of_few_random
from pystamps.stages.weighting import psquare_weights, snr_weights


@pytest.mark.golden
@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_p_square_gives_what_the_original_gives(vectors, scale):
    case = load_vector(vectors / "s2_psquare_weighting.json")
    given, golden = case["inputs"], case["outputs"]
    weights, nr = psquare_weights(
        given["coh_ps"].ravel(),
        scale * given["Nr_any_scale"].ravel(),
        last_occupied=int(given["Nr_max_nz_ix"].item()),
    )
    wanted = golden["weighting"].ravel()
    known = ~np.isnan(wanted)
    np.testing.assert_allclose(weights[known], wanted[known], rtol=0, atol=3e-7)
    np.testing.assert_allclose(nr, golden["Nr_scaled"].ravel(), rtol=1e-14)


def test_the_reference_is_scaled_on_the_low_bins():
    random, observed = np.ones(100), np.zeros(100)
    observed[10] = 62
    np.testing.assert_allclose(scaled_to(observed, random), 2 * np.ones(100))


def test_low_bins_reach_up_to_the_first_counts_of_both_and_that_is_said(caplog):
    random, observed = np.zeros(100), np.zeros(100)
    random[50:] = 5
    observed[40:60] = 2
    scaled = scaled_to(observed, random)  # few interferograms: with and without as_zero
    np.testing.assert_allclose(scaled[50:], 22.0)  # 11 bins of 2 against one bin of 5
    warn_of_few_random(observed, random)
    assert "coherences below 0.51" in caplog.text


def test_without_any_coherence_the_reference_stays_as_it_is(caplog):
    random = np.ones(100)
    np.testing.assert_array_equal(scaled_to(np.zeros(100), random, as_zero=False), random)
    warn_of_few_random(np.zeros(100), random)
    assert "not scaled" in caplog.text


def test_empty_low_bins_make_the_reference_zero_and_then_not_a_number(caplog):
    random, observed = np.ones(100), np.zeros(100)
    observed[40:60] = 2
    once = scaled_to(observed, random)
    np.testing.assert_array_equal(once, np.zeros(100))
    twice = scaled_to(observed, once)
    assert np.isnan(twice).all()
    assert np.isnan(scaled_to(np.ones(100), twice)).all()
    warn_of_few_random(observed, random)
    assert "becomes zero" in caplog.text
    caplog.clear()
    extended = scaled_to(observed, random, as_zero=False)
    np.testing.assert_allclose(extended, 2 / 41)  # 2 in the first 41 bins, which hold 41
    warn_of_few_random(observed, random, as_zero=False)
    assert "coherences below 0.41" in caplog.text


def test_signal_without_noise_has_weight_zero_and_never_nan():
    ph_res = np.zeros((3, 4), np.float32)
    ph_res[1] = 0.3, -0.3, 0.2, -0.2
    ph_res[2] = np.pi
    weights = snr_weights(ph_res, np.ones((3, 4), np.float32))
    assert weights[0] == 0
    assert weights[1] > 1
    assert np.isfinite(weights).all()
