"""A model of velocity and height from arcs between pixels, and the cycles that follow from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pystamps.accuracy.arc_slopes import ArcSlopes, slopes_of_arcs
from pystamps.accuracy.cycle_model import CycleModel
from pystamps.accuracy.integrated_slopes import integrated_slopes
from pystamps.accuracy.model_of_arcs import (
    changed_cycles,
    is_steady,
    slopes_of_pixels,
    why_not,
)
from pystamps.interferograms import Interferograms

RNG = np.random.default_rng(5)
N_PS, N_COLUMN = 500, 25
DAYS = np.sort(RNG.choice(np.arange(-500, 500, 12), N_COLUMN, replace=False)).astype(float)
BPERP = RNG.normal(0, 120, N_COLUMN)
MODEL = CycleModel(DAYS / 365.25, BPERP, np.array([5.6, 0.02]))
XY = RNG.uniform(0, 2000, (N_PS, 2)).astype(np.float32)
VELOCITY = -9 * np.exp(-((XY - 1000) ** 2).sum(axis=1) / (2 * 200**2))
"""rad/yr: a bowl of 40 mm/yr in C band, narrower than two cells of the grid of stage 6."""
HEIGHT = RNG.normal(0, 4e-3, N_PS)
TRUE = VELOCITY[:, None] * MODEL.years + HEIGHT[:, None] * BPERP


def wrapped(noise: float) -> np.ndarray:
    atmosphere = np.sin(XY[:, :1] / 900) * RNG.normal(0, 1, N_COLUMN)
    phase = TRUE + atmosphere + RNG.normal(0, noise, TRUE.shape)
    return np.exp(1j * phase).astype(np.complex64)


def arcs(noise: float) -> ArcSlopes:
    return slopes_of_arcs(wrapped(noise), XY, MODEL)


def test_slopes_of_pixels_are_those_of_the_scene() -> None:
    found = arcs(0.4)
    pixels = slopes_of_pixels(found, XY)
    for k, true in enumerate((VELOCITY, HEIGHT)):
        error = pixels.slopes[:, k] - true
        error -= np.median(error)
        assert np.std(error) < 0.5 * np.std(true)
    assert np.nanmin(pixels.coherence) > 0.6 and not why_not(found)


def test_arcs_with_a_wrong_peak_do_not_bend_the_network() -> None:
    found = arcs(0.4)
    unknowns = found.unknowns.copy()
    wrong = RNG.choice(len(unknowns), len(unknowns) // 20, replace=False)
    unknowns[wrong, 1:] += RNG.choice([-1, 1], (wrong.size, 2)) * MODEL.limits / 2
    right, bent = (
        slopes_of_pixels(item, XY).slopes for item in (found, replace(found, unknowns=unknowns))
    )
    by_squares = integrated_slopes(found.ends, unknowns[:, 1:], found.weights, XY, rounds=1)
    assert np.std(bent - right, axis=0)[0] < 0.1
    assert np.std(by_squares - right, axis=0)[0] > 3 * np.std(bent - right, axis=0)[0]


def test_a_network_without_arcs_has_no_slopes() -> None:
    ends, nothing = np.zeros((0, 2), np.int64), np.zeros((0, 2))
    assert not integrated_slopes(ends, nothing, np.zeros(0), XY[:3]).any()
    lonely = slopes_of_arcs(wrapped(0.3)[:1], XY[:1], MODEL)
    assert np.isnan(slopes_of_pixels(lonely, XY[:1]).coherence).all()


def test_noise_and_few_interferograms_are_no_model() -> None:
    noise = np.exp(1j * RNG.uniform(-np.pi, np.pi, TRUE.shape)).astype(np.complex64)
    assert "better than noise alone does" in why_not(slopes_of_arcs(noise, XY, MODEL))
    few = CycleModel(MODEL.years[:9], BPERP[:9], MODEL.limits)
    found = slopes_of_arcs(wrapped(0.3)[:, :9], XY, few)
    assert "9 interferograms are too few" in why_not(found)


def test_wrong_cycles_of_an_area_contradict_the_arcs_around_it() -> None:
    found, columns = arcs(0.3), np.arange(N_COLUMN)
    assert found.share_in_other_cycles(TRUE, columns).max() < 0.01
    wrong = TRUE.copy()
    inside = np.hypot(*(XY - 1000).T) < 150
    wrong[inside, 3] += 2 * np.pi
    share = found.share_in_other_cycles(wrong, columns)
    assert share[3] > 5 * np.delete(share, 3).max() and share[3] > 0.01


def test_cycles_that_change_are_counted_from_the_usual_pixel() -> None:
    stack = Interferograms.of_secondary_images(DAYS, BPERP, 0.0)
    before = stack.in_all_columns(TRUE.astype(np.float32), np.flatnonzero(~stack.is_null))
    after = before + np.float32(4 * np.pi)
    after[7, 2] -= np.float32(2 * np.pi)
    changed = changed_cycles(before, after, stack)
    assert changed[7, 2] == -1 and np.count_nonzero(changed) == 1


def test_the_phase_of_the_model_is_zero_in_the_null_column() -> None:
    stack = Interferograms.of_secondary_images(DAYS, BPERP, 0.0)
    bperp = np.tile(stack.bperp.astype(np.float32), (N_PS, 1))
    pixels = slopes_of_pixels(arcs(0.3), XY)
    phase = np.asarray(pixels.phase(bperp, stack.temporal_baseline / 365.25))
    assert not phase[:, stack.is_null].any() and phase.dtype == np.float32
    left = phase[:, ~stack.is_null] - TRUE
    assert np.std(left - left.mean(axis=0)) < 0.2 * np.std(TRUE)


def test_a_jump_contradicts_the_arcs_as_often_after_the_second_unwrapping() -> None:
    jump = np.where(MODEL.years > 0.3, VELOCITY[:, None], 0.0) + HEIGHT[:, None] * BPERP
    columns = np.arange(N_COLUMN)
    steady, sudden = (
        slopes_of_arcs(np.exp(1j * phase).astype(np.complex64), XY, MODEL) for phase in (TRUE, jump)
    )
    inside = np.hypot(*(XY - 1000).T) < 150
    wrong = TRUE.copy()
    wrong[inside, 3:6] += 2 * np.pi
    before, after = (steady.share_in_other_cycles(phase, columns) for phase in (wrong, TRUE))
    assert is_steady(before, after) and not is_steady(before, before)
    # a jump has the cycles of no velocity, however it is unwrapped
    found = sudden.share_in_other_cycles(jump, columns)
    assert found.mean() > 5e-4 and not is_steady(found, found)
