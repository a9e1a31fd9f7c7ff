from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import KernelChoice
from pystamps_kernels.accuracy_two_slopes import accuracy_two_slopes, trials_of_slopes

BACKENDS = ["python", "native"]
RNG = np.random.default_rng(3)
COLUMNS = np.column_stack([RNG.uniform(-1, 1, 20), RNG.normal(0, 200, 20)])
LIMITS = np.array([20.0, 0.03])
TRUE = np.column_stack([RNG.uniform(-3, 3, 30), RNG.uniform(-18, 18, 30), RNG.normal(0, 0.01, 30)])
DESIGN = np.column_stack([np.ones(20), COLUMNS])


@pytest.mark.parametrize("backend", BACKENDS)
def test_slopes_are_found_whatever_the_whole_cycles_are(backend):
    phase = TRUE @ DESIGN.T + 2 * np.pi * RNG.integers(-3, 4, (30, 20))
    found = accuracy_two_slopes(phase, COLUMNS, LIMITS, choice=KernelChoice(backend))
    np.testing.assert_allclose(found[:, 1:], TRUE[:, 1:], atol=1e-9)
    np.testing.assert_allclose(np.cos(found[:, 0] - TRUE[:, 0]), 1, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_row_with_a_gap_is_nan_and_no_row_gives_none(backend):
    phase = TRUE @ DESIGN.T
    phase[4, 3] = np.nan
    found = accuracy_two_slopes(phase, COLUMNS, LIMITS, choice=KernelChoice(backend))
    assert np.isnan(found[4]).all() and np.isfinite(np.delete(found, 4, axis=0)).all()
    none = accuracy_two_slopes(phase[:0], COLUMNS, LIMITS, choice=KernelChoice(backend))
    assert none.shape == (0, 3)


def test_trials_reach_the_limits_in_steps_that_miss_no_peak():
    trials = trials_of_slopes(COLUMNS, LIMITS)
    extent = np.ptp(COLUMNS, axis=0)
    assert (np.abs(trials).max(axis=0) >= LIMITS).all() and [0, 0] in trials.tolist()
    steps = [np.diff(np.unique(column)).max() for column in trials.T]
    assert (steps * extent <= 0.8 + 1e-12).all()


def test_arrays_that_do_not_fit_are_refused_by_the_search():
    with pytest.raises(ValueError, match="do not fit"):
        accuracy_two_slopes(np.zeros((2, 5)), COLUMNS, LIMITS)
