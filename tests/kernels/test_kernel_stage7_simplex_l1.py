from __future__ import annotations

import numpy as np
import pytest

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage7_simplex_l1 import stage7_simplex_l1

BACKENDS = ["python", "native"]
RNG = np.random.default_rng(72)
DESIGN = np.column_stack([np.ones(12), RNG.normal(0, 1, 12), RNG.normal(0, 1, 12)])
DATA = RNG.normal(0, 1, (40, 12))
START = DATA @ np.linalg.pinv(DESIGN).T


def cost(data, unknowns):
    return np.abs(data - unknowns @ DESIGN.T).sum(axis=1)


def test_both_backends_take_the_same_path():
    # the search is chaotic: equal results need equal arithmetic down to the last bit
    found = [stage7_simplex_l1(DATA, DESIGN, start=START, choice=KernelChoice(b)) for b in BACKENDS]
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("n_unknown", [1, 2, 3, 4, 7])
def test_searches_side_by_side_take_the_path_of_each_alone(n_unknown):
    """More pixels than lanes, some without data, and any number of unknowns."""
    random = np.random.default_rng(n_unknown)
    design = random.normal(0, 1, (9, n_unknown))
    data = random.normal(0, 1, (150, 9))
    data[random.permutation(150)[:5], 2] = np.nan
    start = np.nan_to_num(data) @ np.linalg.pinv(design).T
    start[::7, 0] = 0
    found = [stage7_simplex_l1(data, design, start=start, choice=KernelChoice(b)) for b in BACKENDS]
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_sum_of_residuals_never_grows_and_mostly_shrinks(backend):
    found = stage7_simplex_l1(DATA, DESIGN, start=START, choice=KernelChoice(backend))
    gain = cost(DATA, START) - cost(DATA, found)
    assert (gain >= 0).all()
    assert np.median(gain) > 0.1


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_outlier_does_not_move_the_estimate(backend):
    truth = np.array([[0.5, -1.0, 2.0]])
    data = truth @ DESIGN.T
    data[0, 4] += 25.0
    start = data @ np.linalg.pinv(DESIGN).T
    found = stage7_simplex_l1(data, DESIGN, start=start, choice=KernelChoice(backend))
    assert np.abs(start - truth).max() > 1
    np.testing.assert_allclose(found, truth, atol=2e-4)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_pixel_without_data_gives_nan_and_others_stay(backend):
    data = DATA.copy()
    data[3, 7] = np.nan
    choice = KernelChoice(backend)
    found = stage7_simplex_l1(data, DESIGN, start=START, choice=choice)
    assert np.isnan(found[3]).all()
    np.testing.assert_array_equal(
        np.delete(found, 3, axis=0),
        np.delete(stage7_simplex_l1(DATA, DESIGN, start=START, choice=choice), 3, axis=0),
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_pixel_gives_an_empty_array(backend):
    found = stage7_simplex_l1(DATA[:0], DESIGN, start=START[:0], choice=KernelChoice(backend))
    assert found.shape == (0, 3)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        stage7_simplex_l1(DATA, DESIGN[:-1], start=START)
