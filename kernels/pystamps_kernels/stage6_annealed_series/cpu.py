"""Numba: every thread anneals one arc after the other. See the package and ``reference``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.host.tasks import do_tasks
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

Array = np.ndarray[Any, Any]

_TWO_PI = 2 * math.pi
_N_CANDIDATE = STEPS.size
_N_SWEEP = SWEEPS.size


def stage6_annealed_series(
    dph: Array, pairs: Array, weight: Array, x: Array, uniform: Array
) -> tuple[Array, Array]:
    """See the package."""
    series, lowest = np.zeros((len(dph), x.size)), np.full(len(dph), np.inf)
    exponents = run_exponents(uniform.shape[1] // N_UNIFORM_OF_RUN)
    do_tasks(
        _anneal_all, len(dph),
        dph, pairs, np.ascontiguousarray(weight.T), x, uniform, exponents, series, lowest,
    )  # fmt: skip
    return series, lowest


@compiled
def _anneal_all(
    first_task: int, end_task: int,
    dph: Array, pairs: Array, weight_of_residual: Array, x: Array, uniform: Array, exponents: Array,
    series: Array, lowest: Array,
) -> None:  # fmt: skip
    for arc in range(first_task, end_task):
        _anneal_arc(
            dph[arc], pairs, weight_of_residual, x, uniform[arc], exponents, series[arc],
            lowest[arc : arc + 1],
        )  # fmt: skip


@compiled
def _anneal_arc(
    dph: Array, pairs: Array, weight_of_residual: Array, x: Array, uniform: Array, exponents: Array,
    result: Array, lowest: Array,
) -> None:  # fmt: skip
    """All runs of one arc; the series of the best model ends in ``result``."""
    model, best, trial = np.zeros(N_PARAMETER), np.zeros(N_PARAMETER), np.zeros(N_PARAMETER)
    series, left, sums = np.zeros(x.size), np.zeros(dph.size), np.zeros(dph.size)
    cost, chance = np.zeros(_N_CANDIDATE), np.zeros(_N_CANDIDATE)
    at = 0
    for run in range(exponents.size):
        total, smallest = 0.0, math.inf
        for _ in range(N_START):
            for p in range(N_PARAMETER):
                trial[p] = (2 * uniform[at] - 1) * HALF_RANGE[p]
                at += 1
            found = _cost(dph, pairs, weight_of_residual, x, trial, True, series, left, sums)
            total += found
            if found < smallest:
                smallest = found
                _copy(trial, model)
        critical = math.log10(abs(total / N_START)) - exponents[run]
        for sweep in range(_N_SWEEP):
            temperature = 10.0 ** (critical + SWEEPS[sweep])
            chosen = 0
            for p in range(N_PARAMETER):
                _copy(model, trial)
                for c in range(_N_CANDIDATE):
                    trial[p] = model[p] + STEPS[c] * HALF_RANGE[p]
                    cost[c] = math.inf
                    if abs(trial[p]) <= HALF_RANGE[p]:
                        cost[c] = _cost(
                            dph, pairs, weight_of_residual, x, trial, False, series, left, sums
                        )
                chosen = _drawn(cost, temperature, uniform[at], chance)
                at += 1
                model[p] += STEPS[chosen] * HALF_RANGE[p]
            if cost[chosen] < lowest[0]:
                lowest[0] = cost[chosen]
                _copy(model, best)
    _series(best, x, result)


@compiled
def _copy(model: Array, to: Array) -> None:
    for p in range(model.size):
        to[p] = model[p]


@compiled
def _series(model: Array, x: Array, series: Array) -> None:
    """Series of a model."""
    n = x.size
    for i in range(n):
        turn = _TWO_PI * x[i] / n
        slow, _ = sine_cosine(turn - model[2])
        fast, _ = sine_cosine(2 * turn - model[4])
        series[i] = model[0] * x[i] + n / 2 * (model[1] * slow + model[3] * fast)


@compiled
def _cost(
    dph: Array, pairs: Array, weight_of_residual: Array, x: Array, model: Array, weigh_sizes: bool,
    series: Array, left: Array, sums: Array,
) -> float:  # fmt: skip
    """Cost of a model; ``weigh_sizes`` as in the reference.

    ``weight_of_residual`` has a row for each residual, so that all weighted sums grow side by side
    in vector instructions, each in the order of its residuals.
    """
    _series(model, x, series)
    rough = 0.0
    for i in range(1, x.size):
        rough += abs(series[i] - series[i - 1])
    n_ifg = dph.size
    for q in range(n_ifg):
        r = (dph[q] - (series[pairs[q, 1]] - series[pairs[q, 0]])) / _TWO_PI
        r -= np.rint(r)
        left[q] = abs(r) if weigh_sizes else r
    for i in range(n_ifg):
        sums[i] = 0.0
    for q in range(n_ifg):
        for i in range(n_ifg):
            sums[i] += weight_of_residual[q, i] * left[q]
    misfit = 0.0
    for i in range(n_ifg):
        misfit += sums[i] if weigh_sizes else abs(sums[i])
    return _TWO_PI * misfit + ROUGHNESS * rough


@compiled
def _drawn(cost: Array, temperature: float, number: float, chance: Array) -> int:
    """Draw a candidate; those outside the bounds cost infinitely much."""
    largest, least = -math.inf, math.inf
    for c in range(cost.size):
        if cost[c] < math.inf:
            largest = max(largest, cost[c] / temperature)
            least = min(least, cost[c] / temperature)
    scale = max(largest / LARGEST_EXPONENT, 1.0)
    top = math.exp(-least / scale)
    total = 0.0
    for c in range(cost.size):
        chance[c] = (math.exp(-cost[c] / temperature / scale) / top) ** scale
        total += chance[c]
    reached, last = 0.0, 0
    for c in range(cost.size):
        if cost[c] < math.inf:
            reached += chance[c] / total
            last = c
            if reached >= number:
                return c
    return last
