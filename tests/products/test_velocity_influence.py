"""Residuals about a line, and what leaving out an interferogram changes."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.products.velocity_influence import velocity_influence
from pystamps.stages.least_squares import solution_rows

DAYS = np.array([-264.0, -216.0, -96.0, -24.0, 48.0, 144.0, 360.0])


def noisy_series(n_ps: int = 40) -> np.ndarray:
    rng = np.random.default_rng(3)
    velocity = rng.normal(0, 5, (n_ps, 1))
    return 1.5 + velocity * DAYS / 365.25 + rng.normal(0, 1, (n_ps, DAYS.size))


def refitted_velocity(series: np.ndarray, keep: np.ndarray, std: np.ndarray | None) -> np.ndarray:
    """Fit again from nothing: the explicit way."""
    design = np.stack([np.ones(keep.sum()), DAYS[keep] / 365.25], axis=1)
    rows = solution_rows(design, std=None if std is None else std[keep])
    return np.asarray(series[:, keep] @ rows[1])


@pytest.mark.parametrize("std", [None, np.array([20.0, 35, 22, 28, 60, 25, 31])])
def test_the_effect_of_leaving_one_out_is_that_of_a_fit_without_it(std):
    series = noisy_series()
    found = velocity_influence(series, DAYS, std=std)
    everything = refitted_velocity(series, np.ones(DAYS.size, bool), std)
    for left_out in range(DAYS.size):
        change = refitted_velocity(series, np.arange(DAYS.size) != left_out, std) - everything
        rms, largest = np.sqrt(np.mean(change**2)), np.abs(change).max()
        assert rms > 1e-3
        assert found.change_rms[left_out] == pytest.approx(rms, rel=1e-9)
        assert found.change_max[left_out] == pytest.approx(largest, rel=1e-9)


def test_residuals_are_those_about_the_line_of_every_point():
    series = noisy_series()
    expected = [row - np.polyval(np.polyfit(DAYS, row, 1), DAYS) for row in series]
    rms = np.sqrt(np.mean(np.square(expected), axis=0))
    np.testing.assert_allclose(velocity_influence(series, DAYS).residual_rms, rms, rtol=1e-9)


def test_points_that_lack_a_date_do_not_count():
    series = noisy_series()
    complete = velocity_influence(series, DAYS)
    lacking = np.concatenate([series, np.full((1, DAYS.size), 1e6)])
    lacking[-1, 2] = np.nan
    found = velocity_influence(lacking, DAYS)
    for name in ("residual_rms", "change_rms", "change_max"):
        np.testing.assert_array_equal(getattr(found, name), getattr(complete, name))


def test_without_it_no_velocity_can_be_told():
    days = np.array([10.0, 10.0, 10.0, 200.0])
    series = np.random.default_rng(1).normal(size=(5, 4))
    found = velocity_influence(series, days)
    assert np.isnan(found.change_rms[3]) and np.isnan(found.change_max[3])
    assert np.isfinite(found.change_rms[:3]).all()


def test_no_points_give_no_numbers():
    found = velocity_influence(np.zeros((0, DAYS.size)), DAYS)
    assert np.isnan(found.residual_rms).all() and np.isnan(found.change_max).all()
