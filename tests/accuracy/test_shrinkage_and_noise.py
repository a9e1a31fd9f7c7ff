"""Parts of the estimate in bands, each against what it stands for."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.accuracy.gaussian_low_pass import CELLS_PER_LENGTH, gaussian_low_pass
from pystamps.accuracy.noise_in_time import correlations_in_time, noise_in_time
from pystamps.accuracy.uniform_shrinkage import uniform_shrinkage


@pytest.mark.parametrize(("mean_square", "samples"), [(1.0, 2.0), (4.0, 30.0), (0.4, 5000.0)])
def test_share_of_noise_is_the_posterior_of_a_uniform_prior(mean_square, samples):
    share = (np.arange(200_000) + 0.5) / 200_000
    log_density = samples / 2 * (np.log(share) - mean_square * share)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    mean = (density * share).sum()
    found = uniform_shrinkage(np.array(mean_square), samples)
    assert found.noise_share == pytest.approx(mean, abs=1e-4)
    assert found.variance == pytest.approx((density * share**2).sum() - mean**2, abs=1e-4)


def test_few_samples_do_not_show_that_there_is_no_signal():
    few, many = uniform_shrinkage(np.array([0.5, 0.5]), np.array([3.0, 300.0])).noise_share
    assert few < 0.75
    assert many > 0.95


def test_low_pass_is_the_gaussian_mean_of_the_pixels():
    generator = np.random.default_rng(1)
    xy, values = generator.uniform(0, 4000, (800, 2)), generator.standard_normal((800, 2))
    length = 300.0
    wider = length**2 * (1 + 1 / 12 / CELLS_PER_LENGTH**2)
    weight = np.exp(-((xy[:, None] - xy) ** 2).sum(axis=-1) / 2 / wider)
    exact = weight @ values / weight.sum(axis=1)[:, None]
    found = gaussian_low_pass(xy, length).means(values)
    assert np.std(found - exact) < 0.15 * np.std(exact)
    flat = gaussian_low_pass(xy, length).means(np.full(800, 3.0))
    np.testing.assert_allclose(flat, 3, rtol=1e-4)


def test_low_pass_of_few_pixels_far_apart_stays_small():
    xy = np.array([[0.0, 0.0], [3e5, 0.0], [0.0, 3e5], [3e5, 3e5]])
    filter_ = gaussian_low_pass(xy, 150.0)
    assert np.prod(filter_.shape) < 5e7
    np.testing.assert_allclose(filter_.means(np.arange(4.0)), np.arange(4.0), atol=1e-4)


def _moments(variances, coloured, generator, count):
    covariance = np.diag(variances) + coloured
    series = generator.standard_normal((count, len(variances))) @ np.linalg.cholesky(covariance).T
    return series.T @ series / count


def test_variances_of_images_are_found_and_white_noise_has_no_colour():
    generator = np.random.default_rng(4)
    years = np.sort(generator.uniform(-1, 1, 25))
    variances = generator.uniform(0.2, 2, 25)
    design = np.column_stack([np.ones(25), years, generator.standard_normal(25)])
    moments = _moments(variances, 0, generator, 4000)
    found = noise_in_time(moments, design, samples=4000, coloured=correlations_in_time(years))
    assert not found.is_coloured
    np.testing.assert_allclose(found.white, variances, rtol=0.2)


def test_colour_is_found_where_there_is_some():
    generator = np.random.default_rng(5)
    years = np.sort(generator.uniform(-1, 1, 25))
    design = np.column_stack([np.ones(25), years, generator.standard_normal(25)])
    colours = correlations_in_time(years)
    moments = _moments(np.full(25, 0.5), 0.5 * colours[1], generator, 400)
    found = noise_in_time(moments, design, samples=400, coloured=colours)
    assert found.is_coloured
    rows = np.linalg.pinv(design)
    stated = (rows @ found.covariance @ rows.T)[1, 1]
    truth = (rows @ (0.5 * np.eye(25) + 0.5 * colours[1]) @ rows.T)[1, 1]
    assert stated == pytest.approx(truth, rel=0.35)
