from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage7_least_absolute import stage7_least_absolute

BACKENDS = ["python", "native"]
RNG = np.random.default_rng(11)
DESIGN = np.column_stack([np.ones(12), RNG.normal(0, 80, 12), RNG.uniform(6, 40, 12)])
BASIS = np.linalg.qr(DESIGN)[0]
DATA = RNG.laplace(0, 1, (40, 12))


def sums(data, design, unknowns):
    return np.abs(data - unknowns @ design.T).sum(axis=1)


def least_sum_by_linear_programming(y, design):
    """Split every residual into its positive and its negative part."""
    m, n = design.shape
    cost = np.concatenate([np.zeros(n), np.ones(2 * m)])
    equal = np.hstack([design, np.eye(m), -np.eye(m)])
    bounds = [(None, None)] * n + [(0, None)] * (2 * m)
    return linprog(cost, A_eq=equal, b_eq=y, bounds=bounds).fun


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_sum_is_that_of_the_linear_programme(backend):
    found = stage7_least_absolute(DATA, BASIS, choice=KernelChoice(backend))
    least = [least_sum_by_linear_programming(y, BASIS) for y in DATA]
    np.testing.assert_allclose(sums(DATA, BASIS, found), least, rtol=1e-7)


@pytest.mark.parametrize("n_unknown", [1, 2, 3])
@pytest.mark.parametrize("n_observation", [3, 7, 25])
def test_the_descent_ends_where_no_vertex_is_lower(n_observation, n_unknown):
    rng = np.random.default_rng(n_observation)
    design = np.linalg.qr(rng.normal(0, 1, (n_observation, n_unknown)))[0]
    data = rng.normal(0, 5, (200, n_observation))
    found = stage7_least_absolute(data, design, choice=KernelChoice("native"))
    every = stage7_least_absolute(data, design, choice=KernelChoice("python"))
    np.testing.assert_allclose(sums(data, design, found), sums(data, design, every), atol=1e-11)


def test_a_line_through_many_observations_is_a_vertex_like_any_other():
    data = np.zeros((4, 12))
    data[1] = BASIS @ [3.0, -2.0, 0.5]
    data[2, 5] = 7.0
    data[3] = np.round(DATA[3])
    found = stage7_least_absolute(data, BASIS, choice=KernelChoice("native"))
    np.testing.assert_allclose(found[:3], [[0, 0, 0], [3, -2, 0.5], [0, 0, 0]], atol=1e-12)
    np.testing.assert_allclose(
        sums(data[3:], BASIS, found[3:])[0], least_sum_by_linear_programming(data[3], BASIS)
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pixel_that_lacks_an_observation_is_nan_and_no_other(backend):
    data = DATA.copy()
    data[3, 4] = np.nan
    choice = KernelChoice(backend)
    found = stage7_least_absolute(data, BASIS, choice=choice)
    assert np.isnan(found[3]).all()
    whole = stage7_least_absolute(DATA, BASIS, choice=choice)
    np.testing.assert_array_equal(np.delete(found, 3, axis=0), np.delete(whole, 3, axis=0))


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_pixels_give_no_unknowns(backend):
    found = stage7_least_absolute(DATA[:0], BASIS, choice=KernelChoice(backend))
    assert found.shape == (0, 3)


def test_arrays_that_do_not_fit_are_refused():
    for design in (BASIS[:-1], BASIS[:2]):
        with pytest.raises(ValueError, match="do not fit"):
            stage7_least_absolute(DATA, design)
