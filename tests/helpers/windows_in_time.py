"""Windows of a scene in time: their atmosphere, courses of motion, and the test between them."""

from __future__ import annotations

import numpy as np

from pystamps.accuracy.motion_test import MotionTest
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


def atmosphere(n_window, seed):
    drawn = np.random.default_rng(seed).standard_normal((n_window, YEARS.size))
    return drawn * np.sqrt(VARIANCES)


def motion_test(series):
    left = series @ PROJECT
    return MotionTest.of(np.einsum("wi,wj->wij", left, left), NOISE, COURSES)


def turned(n_draw, seed):
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (1 + n_draw, YEARS.size - 2))
    signs[0] = 1
    return signs
