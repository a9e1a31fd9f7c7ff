"""Motion is told from atmosphere by likelihood: rarely by chance, and steps among its courses."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.accuracy.colour_test import colour_test
from pystamps.accuracy.motion_test import chances_of_rest
from pystamps.accuracy.noise_in_time import residual_projector

YEARS = np.delete(np.arange(-12, 18), 12) / 12
LINE = np.column_stack([np.ones_like(YEARS), YEARS])
PROJECT = residual_projector(LINE)
VARIANCES = np.random.default_rng(5).uniform(0.3, 2, YEARS.size)
NOISE = (PROJECT * VARIANCES) @ PROJECT


def course(covariance):
    return PROJECT @ covariance @ PROJECT


def step(number):
    after = np.arange(YEARS.size) >= number
    return np.outer(after, after).astype(float)


def kernel(years):
    return np.exp(-0.5 * ((YEARS[:, None] - YEARS) / years) ** 2)


COURSES = np.stack(
    [*(course(step(n)) for n in range(1, YEARS.size)), *(course(kernel(y)) for y in (0.15, 0.4))]
)


def moments(series):
    left = series @ PROJECT
    return np.einsum("wi,wj->wij", left, left)


def atmosphere(n_window, seed):
    drawn = np.random.default_rng(seed).standard_normal((n_window, YEARS.size))
    return drawn * np.sqrt(VARIANCES)


@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_atmosphere_of_any_size_is_taken_for_motion_as_often_as_is_said(factor):
    chances = chances_of_rest(factor * moments(atmosphere(4000, 8)), NOISE, COURSES)
    for said in (0.01, 0.1, 0.5):
        assert np.mean(chances < said) == pytest.approx(said, abs=4 * np.sqrt(said / 4000) + 0.01)


def test_a_step_is_found_that_no_kernel_shows_while_the_size_of_the_atmosphere_is_unknown():
    moving = moments(atmosphere(200, 9) + 6 * (np.arange(YEARS.size) >= 4))
    assert np.mean(chances_of_rest(moving, NOISE, COURSES) < 1e-3) > 0.95
    size = np.einsum("ij,wij->w", np.linalg.pinv(NOISE, rcond=1e-6), moving) / (YEARS.size - 2)
    scaled = moving / size[:, None, None]
    coloured = [colour_test(NOISE, one).chances(scaled) for one in COURSES[-2:]]
    assert np.mean(np.min(coloured, axis=0) < 1e-3) < 0.1
