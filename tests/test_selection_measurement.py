"""The measurement of another selection: its mixture, its cuts and what it counts."""

from __future__ import annotations

import numpy as np
import pytest

import measure_selection
from measure_selection import Candidates, area_under_curve, found_share, mixture_log_odds
from pystamps.model import Selection

RNG = np.random.default_rng(5)
IS_PS = np.arange(4000) < 600
_LOGIT = np.where(IS_PS, RNG.normal(1.2, 1.0, 4000), RNG.normal(-1.0, 1.0, 4000))
COHERENCE = 1 / (1 + np.exp(-_LOGIT))
DISPERSION = np.exp(np.where(IS_PS, RNG.normal(-1.4, 0.2, 4000), RNG.normal(-0.8, 0.2, 4000)))


def candidates() -> Candidates:
    none = np.zeros(0)
    selection = Selection(
        ix=np.arange(4000), keep_ix=IS_PS, ph_patch2=none, ph_res2=none, k_ps2=none, c_ps2=none,
        coh_ps2=none, coh_thresh=none, coh_thresh_coeffs=none, clap_alpha=1, clap_beta=0.3,
        n_win=32, max_percent_rand=20, gamma_stdev_reject=0, ifg_index=np.arange(9),
        small_baseline_flag="n",
    )  # fmt: skip
    is_eligible = COHERENCE > 0.1
    return Candidates(COHERENCE, DISPERSION, IS_PS, is_eligible, selection, area_km2=10.0)


def test_the_mixture_finds_its_classes_without_the_truth() -> None:
    log_odds = mixture_log_odds(COHERENCE, DISPERSION)
    share = (log_odds > 0).mean()
    assert share == pytest.approx(IS_PS.mean(), abs=0.01)
    assert area_under_curve(log_odds, IS_PS) > area_under_curve(COHERENCE, IS_PS) + 0.02
    assert found_share(log_odds, IS_PS, 0.01) > found_share(COHERENCE, IS_PS, 0.01) + 0.2


def test_a_score_that_says_nothing_has_half_of_the_area_and_a_perfect_one_all() -> None:
    assert area_under_curve(np.ones(4000), IS_PS) == 0.5
    assert area_under_curve(IS_PS.astype(np.float64), IS_PS) == 1.0
    assert found_share(IS_PS.astype(np.float64), IS_PS, 0.01) == 1.0


def test_cuts_have_as_many_pixels_or_as_many_false_as_they_say() -> None:
    found = candidates()
    cuts = measure_selection.selections(found, mixture_log_odds(COHERENCE, DISPERSION))
    pixels = {name: int(keep.sum()) for name, keep in cuts.items()}
    false = {name: int((keep & ~IS_PS).sum()) for name, keep in cuts.items()}
    one_in_a_hundred = int(0.01 * (~IS_PS).sum())
    assert false["mixture, 1 % of the false"] == one_in_a_hundred
    assert false["coherence, 1 % of the false"] == one_in_a_hundred
    assert pixels["coherence, as many pixels"] == pixels["mixture, 1 % of the false"]
    loose = "mixture, 20 false per km2 expected"
    assert false["coherence, as many false"] == false[loose] > 0
    assert all(not (keep & ~found.is_eligible).any() for keep in cuts.values())


def test_a_plane_is_no_error() -> None:
    place = RNG.uniform(0, 5000, (50, 2))
    wave = np.tile([0.5, -0.5], 25)
    error = 3 + place @ np.array([1e-3, -2e-3]) + wave
    assert measure_selection.rms_without_plane(error, place) == pytest.approx(0.5, rel=0.05)
