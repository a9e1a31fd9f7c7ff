"""See the package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
Cost = Callable[[Float64], float]

TOLERANCE = 1e-4
STEPS_PER_UNKNOWN = 200


def stage7_simplex_l1(data: Float64, design: Float64, start: Float64) -> Float64:
    """See the package."""
    found = np.full(start.shape, np.nan)
    for i in np.flatnonzero(~np.isnan(data).any(axis=1)):
        found[i] = _search(_cost_of(data[i], design), start[i])
    return found


def _cost_of(y: Float64, design: Float64) -> Cost:
    """Sum of absolute residuals, added in order: the search depends on the last bit."""

    def cost(x: Float64) -> float:
        residual = y.copy()
        for j in range(x.size):
            residual -= design[:, j] * x[j]
        return float(np.cumsum(np.abs(residual))[-1])

    return cost


def _search(cost: Cost, start: Float64) -> Float64:
    """Nelder-Mead search; the simplex is kept sorted by cost, ties in order of arrival."""
    n = start.size
    simplex = np.tile(start, (n + 1, 1))
    for j in range(n):
        simplex[j + 1, j] = 1.05 * start[j] if start[j] else 0.00025
    costs = np.array([cost(x) for x in simplex])
    n_call, n_step = n + 1, 0
    while True:
        order = np.argsort(costs, kind="stable")
        simplex, costs = simplex[order], costs[order]
        budget_is_left = n_call < STEPS_PER_UNKNOWN * n and n_step < STEPS_PER_UNKNOWN * n
        if _has_converged(simplex, costs) or not budget_is_left:
            return np.asarray(simplex[0])
        new, new_cost, used = _replacement(cost, simplex, costs)
        n_call, n_step = n_call + used, n_step + 1
        if new is not None:
            simplex[-1], costs[-1] = new, new_cost
        else:
            simplex[1:] = simplex[0] + 0.5 * (simplex[1:] - simplex[0])
            costs[1:] = [cost(x) for x in simplex[1:]]
            n_call += n


def _has_converged(simplex: Float64, costs: Float64) -> bool:
    return bool(
        np.abs(costs[1:] - costs[0]).max() <= TOLERANCE
        and np.abs(simplex[1:] - simplex[0]).max() <= TOLERANCE
    )


def _replacement(cost: Cost, simplex: Float64, costs: Float64) -> tuple[Float64 | None, float, int]:
    """Give the new vertex, its cost and the number of calls; no vertex = shrink."""
    middle, worst = simplex[:-1].mean(axis=0), simplex[-1]
    reflected = 2 * middle - worst
    f_reflected = cost(reflected)
    if f_reflected < costs[0]:
        expanded = 3 * middle - 2 * worst
        f_expanded = cost(expanded)
        return (
            (expanded, f_expanded, 2) if f_expanded < f_reflected else (reflected, f_reflected, 2)
        )
    if f_reflected < costs[-2]:
        return reflected, f_reflected, 1
    if f_reflected < costs[-1]:
        outside = 1.5 * middle - 0.5 * worst
        f_outside = cost(outside)
        return (outside, f_outside, 2) if f_outside <= f_reflected else (None, 0.0, 2)
    inside = 0.5 * middle + 0.5 * worst
    f_inside = cost(inside)
    return (inside, f_inside, 2) if f_inside < costs[-1] else (None, 0.0, 2)
