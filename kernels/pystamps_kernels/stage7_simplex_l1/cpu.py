"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled

Float64 = npt.NDArray[np.float64]

TOLERANCE = 1e-4
STEPS_PER_UNKNOWN = 200


@compiled(parallel=True)
def stage7_simplex_l1(data: Float64, design: Float64, start: Float64) -> Float64:
    """See the package."""
    found = np.full(start.shape, np.nan)
    for i in prange(data.shape[0]):
        if not np.isnan(data[i]).any():
            _search(data[i], design, start[i], found[i])
    return found


@compiled
def _search(y: Float64, design: Float64, start: Float64, found: Float64) -> None:
    """Nelder-Mead search; see the reference."""
    n = start.size
    simplex, costs = np.empty((n + 1, n)), np.empty(n + 1)
    middle, trial, other = np.empty(n), np.empty(n), np.empty(n)
    for v in range(n + 1):
        simplex[v] = start
        if v:
            simplex[v, v - 1] = 1.05 * start[v - 1] if start[v - 1] else 0.00025
        costs[v] = _cost(y, design, simplex[v])
    n_call, n_step = n + 1, 0
    while True:
        _sort(simplex, costs)
        if _has_converged(simplex, costs):
            break
        if n_call >= STEPS_PER_UNKNOWN * n or n_step >= STEPS_PER_UNKNOWN * n:
            break
        n_step += 1
        for j in range(n):
            middle[j] = simplex[:n, j].sum() / n
        f_trial = _step(y, design, simplex, middle, -1.0, trial)
        n_call += 1
        replaced = True
        if f_trial < costs[0]:
            f_other = _step(y, design, simplex, middle, -2.0, other)
            n_call += 1
            if f_other < f_trial:
                trial[:] = other
                f_trial = f_other
        elif f_trial >= costs[n - 1]:
            is_outside = f_trial < costs[n]
            f_other = _step(y, design, simplex, middle, -0.5 if is_outside else 0.5, other)
            n_call += 1
            replaced = f_other <= f_trial if is_outside else f_other < costs[n]
            trial[:] = other
            f_trial = f_other
        if replaced:
            simplex[n] = trial
            costs[n] = f_trial
        else:
            n_call += _shrink(y, design, simplex, costs)
    found[:] = simplex[0]


@compiled
def _step(
    y: Float64, design: Float64, simplex: Float64, middle: Float64, factor: float, vertex: Float64
) -> float:
    """Put ``middle + factor * (worst - middle)`` into ``vertex`` and give its cost."""
    for j in range(middle.size):
        vertex[j] = (1.0 - factor) * middle[j] + factor * simplex[middle.size, j]
    cost: float = _cost(y, design, vertex)
    return cost


@compiled
def _shrink(y: Float64, design: Float64, simplex: Float64, costs: Float64) -> int:
    """Halve the distance of all vertices to the best; give the number of cost calls."""
    for v in range(1, costs.size):
        for j in range(simplex.shape[1]):
            simplex[v, j] = simplex[0, j] + 0.5 * (simplex[v, j] - simplex[0, j])
        costs[v] = _cost(y, design, simplex[v])
    return costs.size - 1


@compiled
def _cost(y: Float64, design: Float64, x: Float64) -> float:
    total: float = 0.0
    for k in range(y.size):
        residual = y[k]
        for j in range(x.size):
            residual -= design[k, j] * x[j]
        total += abs(residual)
    return total


@compiled
def _sort(simplex: Float64, costs: Float64) -> None:
    """Insertion sort by cost; stable, in place."""
    for last in range(1, costs.size):
        v = last
        while v > 0 and costs[v] < costs[v - 1]:
            costs[v], costs[v - 1] = costs[v - 1], costs[v]
            for j in range(simplex.shape[1]):
                simplex[v, j], simplex[v - 1, j] = simplex[v - 1, j], simplex[v, j]
            v -= 1


@compiled
def _has_converged(simplex: Float64, costs: Float64) -> bool:
    for v in range(1, costs.size):
        if abs(costs[v] - costs[0]) > TOLERANCE:
            return False
        for j in range(simplex.shape[1]):
            if abs(simplex[v, j] - simplex[0, j]) > TOLERANCE:
                return False
    return True
