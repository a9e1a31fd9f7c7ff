"""Motion is told from atmosphere by likelihood, whatever its size, and steps among its courses."""

from __future__ import annotations

import numpy as np
import pytest
from windows_in_time import COURSES, NOISE, PROJECT, YEARS, atmosphere, motion_test, turned


def chances(series, seed):
    ratios = motion_test(series).ratios(turned(199, seed))
    return (ratios >= ratios[0]).mean(axis=0)


def test_the_ratio_is_that_of_the_likelihoods():
    series = atmosphere(3, 2)
    values, vectors = np.linalg.eigh(NOISE)
    white = series @ PROJECT @ vectors[:, 2:] / np.sqrt(values[2:])
    expected = np.full(3, -np.inf)
    for one in COURSES:
        beside = vectors[:, 2:].T @ one @ vectors[:, 2:]
        beside /= np.sqrt(np.multiply.outer(values[2:], values[2:]))
        for amplitude in (0.3, 1.0, 3.0, 10.0):
            covariance = np.eye(len(beside)) + amplitude * len(beside) / np.trace(beside) * beside
            fit = np.einsum("wi,ij,wj->w", white, np.linalg.inv(covariance), white)
            whole = np.sum(white**2, axis=1)
            ratio = len(beside) * np.log(whole / fit) - np.linalg.slogdet(covariance)[1]
            expected = np.maximum(expected, ratio)
    found = motion_test(series).ratios(np.ones((1, YEARS.size - 2)))
    np.testing.assert_allclose(found[0], expected, rtol=1e-3)


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_atmosphere_of_any_size_is_as_much_like_motion_as_its_images_turned_over(factor):
    found = chances(np.sqrt(factor) * atmosphere(400, 8), 4)
    for said in (0.05, 0.2, 0.5):
        assert np.mean(found <= said) == pytest.approx(said, abs=4 * np.sqrt(said / 400))


def test_a_strong_image_is_hardly_taken_for_motion():
    # a front or a wrong cycle: five deviations in one image of every window
    series, generator = atmosphere(400, 8), np.random.default_rng(3)
    for row in series:
        row[generator.integers(YEARS.size)] *= 5
    assert np.mean(chances(series, 4) <= 0.01) < 0.04


def test_a_step_is_found():
    moving = atmosphere(100, 9) + 6 * (np.arange(YEARS.size) >= 4)
    assert np.mean(chances(moving, 5) <= 0.01) > 0.95
