"""Whole cycles of pixels against their neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.accuracy.cycle_model import CycleModel
from pystamps.accuracy.cycle_repair import repaired_cycles
from pystamps_kernels import KernelChoice

RNG = np.random.default_rng(12)
N_PS, N_COLUMN = 400, 25
YEARS = np.sort(RNG.uniform(-1.5, 1.5, N_COLUMN))
BPERP = RNG.normal(0, 300, N_COLUMN)
MODEL = CycleModel(YEARS, BPERP, np.array([5.6, 0.03]))
XY = RNG.uniform(0, 2000, (N_PS, 2)).astype(np.float32)
SMOOTH = np.sin(XY[:, :1] / 900) * RNG.normal(0, 2, N_COLUMN)


def scene(noise: float, odd: slice = slice(0, 0)) -> tuple[np.ndarray, np.ndarray]:
    """Give true phase, and phase whose pixels are wrapped against the smooth phase around them."""
    own = np.zeros((N_PS, N_COLUMN))
    height = RNG.uniform(0.006, 0.02, N_PS) * RNG.choice([-1, 1], N_PS)
    speed = RNG.uniform(-3, 3, N_PS)
    own[odd] = (height[:, None] * BPERP + speed[:, None] * YEARS)[odd]
    own += RNG.normal(0, noise, own.shape)
    true = SMOOTH + own
    return true, SMOOTH + np.angle(np.exp(1j * own))


@pytest.mark.parametrize("backend", ["python", "native"])
def test_nine_of_ten_wrong_cycles_of_high_pixels_are_corrected(backend: str) -> None:
    true, unwrapped = scene(0.5, slice(0, 40))
    wrong = np.rint((true - unwrapped) / (2 * np.pi))
    assert np.count_nonzero(wrong) > 150
    choice = KernelChoice(backend)
    added = repaired_cycles(unwrapped.astype(np.float32), XY, MODEL, choice=choice)
    left = np.rint(wrong - added)
    left -= np.median(left, axis=1, keepdims=True)
    assert np.count_nonzero(left) < 0.1 * np.count_nonzero(wrong)
    assert not added[40:].any()


@pytest.mark.parametrize("noise", [0.5, 0.9, 1.6])
def test_noise_alone_is_no_reason_to_add_cycles(noise: float) -> None:
    """0.02 points of wrong cycles at most: one phase in 5000."""
    true, unwrapped = scene(noise)
    before = np.rint((true - unwrapped) / (2 * np.pi))
    added = repaired_cycles(unwrapped.astype(np.float32), XY, MODEL)
    after = np.count_nonzero(before - added) / before.size
    assert after <= np.count_nonzero(before) / before.size + 2e-4


def test_pixels_that_are_wrong_together_in_one_interferogram_are_corrected() -> None:
    """A node of the grid that came out in another cycle: all neighbours in its midst are wrong."""
    true, _ = scene(0.4)
    wrong = np.zeros(true.shape)
    near = np.hypot(*(XY - (900, 1100)).T) < 300
    wrong[near, 7] = 1
    assert near.sum() > 20
    added = repaired_cycles((true + 2 * np.pi * wrong).astype(np.float32), XY, MODEL)
    np.testing.assert_array_equal(added, -wrong)


def test_few_interferograms_say_nothing_about_cycles() -> None:
    few = CycleModel(YEARS[:9], BPERP[:9], MODEL.limits)
    assert few.least_coherence > 1 > MODEL.least_coherence
    _, unwrapped = scene(0.3, slice(0, 40))
    assert not repaired_cycles(unwrapped[:, :9].astype(np.float32), XY, few).any()


def test_pixels_without_phase_and_few_pixels_stay_as_they_are() -> None:
    _, unwrapped = scene(0.3, slice(0, 40))
    unwrapped[5] = np.nan
    added = repaired_cycles(unwrapped.astype(np.float32), XY, MODEL)
    assert not added[5].any() and np.isfinite(added).all()
    few = repaired_cycles(unwrapped[:4].astype(np.float32), XY[:4], MODEL)
    assert few.shape == (4, N_COLUMN) and not few.any()
