"""Simulated annealing of the series of an arc: the path of the original, and what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage6_annealed_series import N_UNIFORM_OF_RUN, stage6_annealed_series
from pystamps_kernels.stage6_annealed_series.reference import costs_of_models, drawn_candidates

BACKENDS = ["python", "native"]
PAIRS = np.array([[i, j] for i in range(8) for j in range(i + 1, min(i + 4, 8))])
X = np.linspace(0, 7, 8)


def park_miller(seed, n):
    """The generator that took the place of rand when the original ran."""
    numbers = np.empty(n)
    for k in range(n):
        seed = 16807 * seed % 2147483647
        numbers[k] = seed / 2147483647
    return numbers


def anneal(dph, *, n_run=15, seed=0, backend="native", weight=None):
    uniform = np.random.default_rng(seed).random((len(dph), n_run * N_UNIFORM_OF_RUN))
    weight = np.eye(len(PAIRS)) if weight is None else weight
    return stage6_annealed_series(dph, PAIRS, weight, X, uniform, choice=KernelChoice(backend))


@pytest.mark.golden
@pytest.mark.parametrize("backend", BACKENDS)
def test_with_its_random_numbers_it_ends_where_the_original_ends(vectors, backend):
    vector = load_vector(vectors / "s6_smooth_unwrap_annealing.json")
    inputs, wanted = vector["inputs"], vector["outputs"]
    design = inputs["G"]
    pairs = np.column_stack([np.argmin(design, axis=1), np.argmax(design, axis=1)])
    numbers = park_miller(int(inputs["lcg_seed"].item()), 15 * N_UNIFORM_OF_RUN)
    series, cost = stage6_annealed_series(
        inputs["dph"].T, pairs, inputs["W"], inputs["x1"].ravel(), numbers[None],
        choice=KernelChoice(backend),
    )  # fmt: skip
    np.testing.assert_allclose(series, wanted["ser"].T, rtol=0, atol=1e-9)
    # the original carries the differences in single precision
    np.testing.assert_allclose(cost, wanted["F"].ravel(), rtol=0, atol=1e-5)


def test_a_smooth_series_with_cycles_is_found_again():
    rng = np.random.default_rng(5)
    rate = rng.uniform(-1.4, 1.4, 40)
    truth = rate[:, None] * X + rng.uniform(-2, 2, 40)[:, None] * np.sin(2 * np.pi * X / 8)
    true_steps = truth[:, PAIRS[:, 1]] - truth[:, PAIRS[:, 0]]
    noisy = true_steps + rng.normal(0, 0.2, true_steps.shape)
    series, _ = anneal(np.angle(np.exp(1j * noisy)))
    found = series[:, PAIRS[:, 1]] - series[:, PAIRS[:, 0]]
    right = (np.abs(found - true_steps) < np.pi).all(axis=1)
    assert right.mean() >= 0.9


def test_other_random_numbers_reach_costs_that_are_alike():
    """What a statistical comparison with the original can rely on."""
    rng = np.random.default_rng(6)
    dph = rng.uniform(-np.pi, np.pi, (60, len(PAIRS)))
    costs = np.array([anneal(dph, seed=seed)[1] for seed in range(3)])
    spread = np.ptp(costs, axis=0) / costs.mean(axis=0)
    assert np.median(spread) < 0.05
    assert abs(costs[0].mean() - costs[1].mean()) < 0.02 * costs.mean()


def test_an_arc_does_not_depend_on_the_arcs_beside_it():
    dph = np.random.default_rng(7).uniform(-np.pi, np.pi, (5, len(PAIRS)))
    uniform = np.random.default_rng(8).random((5, 2 * N_UNIFORM_OF_RUN))
    weight = np.eye(len(PAIRS))
    together = stage6_annealed_series(dph, PAIRS, weight, X, uniform)
    alone = stage6_annealed_series(dph[3:4], PAIRS, weight, X, uniform[3:4])
    np.testing.assert_array_equal(together[0][3:4], alone[0])
    np.testing.assert_array_equal(together[1][3:4], alone[1])


def test_candidates_are_drawn_by_their_probability_and_never_outside_the_bounds():
    cost = np.array([[np.inf, 1.0, 2.0, np.inf]]).repeat(4000, axis=0)
    drawn = drawn_candidates(cost, np.ones(4000), np.random.default_rng(0).random(4000))
    share = np.bincount(drawn, minlength=4) / 4000
    assert share[0] == share[3] == 0
    assert abs(share[1] - 1 / (1 + np.exp(-1))) < 0.02
    ends = drawn_candidates(cost[:2], np.ones(2), np.array([0.0, np.nextafter(1, 0)]))
    np.testing.assert_array_equal(ends, [1, 2])


def test_the_cost_is_that_of_the_formula():
    rng = np.random.default_rng(1)
    model, dph = rng.normal(0, 0.5, 5), rng.uniform(-3, 3, len(PAIRS))
    weight = rng.normal(0, 1, (len(PAIRS), len(PAIRS)))
    turn = 2 * np.pi * X / 8
    s = model[0] * X
    s = s + 4 * (model[1] * np.sin(turn - model[2]) + model[3] * np.sin(2 * turn - model[4]))
    r = (dph - (s[PAIRS[:, 1]] - s[PAIRS[:, 0]])) / (2 * np.pi)
    r -= np.round(r)
    rough = np.abs(np.diff(s)).sum() / 5
    problem = (dph[None], PAIRS, weight, X)
    for weigh_sizes, misfit in ((True, weight @ np.abs(r)), (False, np.abs(weight @ r))):
        found = costs_of_models(problem, model[None, None], weigh_sizes=weigh_sizes)
        assert found.item() == pytest.approx(2 * np.pi * misfit.sum() + rough)


def test_shapes_that_do_not_fit_are_refused():
    dph, uniform = np.zeros((2, len(PAIRS))), np.zeros((2, N_UNIFORM_OF_RUN))
    with pytest.raises(ValueError, match="uniform has shape"):
        stage6_annealed_series(dph, PAIRS, np.eye(len(PAIRS)), X, uniform[:, 1:])
    with pytest.raises(ValueError, match="images 0 to 7 of 3"):
        stage6_annealed_series(dph, PAIRS, np.eye(len(PAIRS)), X[:3], uniform)
