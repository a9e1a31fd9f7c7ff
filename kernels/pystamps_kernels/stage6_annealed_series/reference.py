"""NumPy: all arcs take the same steps side by side. See the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.stage6_annealed_series.schedule import (
    HALF_RANGE,
    LARGEST_EXPONENT,
    N_PARAMETER,
    N_START,
    N_UNIFORM_OF_RUN,
    ROUGHNESS,
    STEPS,
    SWEEPS,
    run_exponents,
)

Float64 = NDArray[np.float64]
Problem = tuple[Float64, NDArray[np.int64], Float64, Float64]
"""Differences, pairs, weights, dates."""


def stage6_annealed_series(
    dph: Float64, pairs: NDArray[np.int64], weight: Float64, x: Float64, uniform: Float64
) -> tuple[Float64, Float64]:
    """See the package."""
    best, lowest = np.zeros((len(dph), N_PARAMETER)), np.full(len(dph), np.inf)
    exponents = run_exponents(uniform.shape[1] // N_UNIFORM_OF_RUN)
    for numbers, exponent in zip(np.split(uniform, exponents.size, axis=1), exponents, strict=True):
        model, cost = anneal_once((dph, pairs, weight, x), numbers, exponent)
        lower = cost < lowest
        best[lower], lowest[lower] = model[lower], cost[lower]
    return series_of_models(best, x), lowest


def anneal_once(problem: Problem, numbers: Float64, exponent: float) -> tuple[Float64, Float64]:
    """Give the best model of a run and its cost."""
    n_edge = len(numbers)
    every = np.arange(n_edge)
    n_first = N_START * N_PARAMETER
    models = (2 * numbers[:, :n_first] - 1).reshape(n_edge, N_START, N_PARAMETER) * HALF_RANGE
    cost = costs_of_models(problem, models, weigh_sizes=True)
    # the weights have either sign, so that the mean can be negative: the original's temperatures
    # are complex then, and their sizes are meant
    critical = np.log10(np.abs(cost.mean(axis=1))) - exponent
    model = models[every, np.argmin(cost, axis=1)]
    best, lowest = model.copy(), np.full(n_edge, np.inf)
    for sweep, relative in enumerate(SWEEPS):
        temperature = 10 ** (critical + relative)
        for parameter in range(N_PARAMETER):
            trial = model[:, None, :].repeat(STEPS.size, axis=1)
            trial[:, :, parameter] += STEPS * HALF_RANGE[parameter]
            inside = np.abs(trial[:, :, parameter]) <= HALF_RANGE[parameter]
            cost = np.where(inside, costs_of_models(problem, trial, weigh_sizes=False), np.inf)
            number = numbers[:, n_first + sweep * N_PARAMETER + parameter]
            chosen = drawn_candidates(cost, temperature, number)
            model, now = trial[every, chosen], cost[every, chosen]
        lower = now < lowest
        best[lower], lowest[lower] = model[lower], now[lower]
    return best, lowest


def drawn_candidates(cost: Float64, temperature: Float64, number: Float64) -> NDArray[np.intp]:
    """Draw a candidate of every arc: the first whose summed probability reaches the number."""
    exponent = cost / temperature[:, None]
    finite = np.where(np.isfinite(exponent), exponent, -np.inf)
    scale = np.maximum(finite.max(axis=1, keepdims=True) / LARGEST_EXPONENT, 1.0)
    size = np.exp(-exponent / scale)
    size = (size / size.max(axis=1, keepdims=True)) ** scale
    probability = np.cumsum(size / size.sum(axis=1, keepdims=True), axis=1)
    reached = (probability >= number[:, None]) & np.isfinite(cost)
    last = cost.shape[1] - 1 - np.argmax(np.isfinite(cost)[:, ::-1], axis=1)
    return np.asarray(np.where(reached.any(axis=1), np.argmax(reached, axis=1), last))


def costs_of_models(problem: Problem, models: Float64, *, weigh_sizes: bool) -> Float64:
    """Give the costs of some models of every arc: (n_edge, n_model).

    The cost of the first models of a run weighs the sizes of the residuals, that of the candidates
    takes the sizes of the weighted residuals: as in the original.
    """
    dph, pairs, weight, x = problem
    series = series_of_models(models, x)
    r = (dph[:, None, :] - (series[..., pairs[:, 1]] - series[..., pairs[:, 0]])) / (2 * np.pi)
    r = r - np.rint(r)
    misfit = np.abs(r) @ weight.T if weigh_sizes else np.abs(r @ weight.T)
    rough: Float64 = np.abs(np.diff(series, axis=-1)).sum(axis=-1)
    total: Float64 = 2 * np.pi * misfit.sum(axis=-1) + ROUGHNESS * rough
    return total


def series_of_models(models: Float64, x: Float64) -> Float64:
    """Give the series of models, (..., n_image), rad."""
    n = x.size
    m1, m2, m3, m4, m5 = np.moveaxis(models[..., None], -2, 0)
    turn = 2 * np.pi * x / n
    series: Float64 = m1 * x + n / 2 * (m2 * np.sin(turn - m3) + m4 * np.sin(2 * turn - m5))
    return series
