"""Numba: several pixels search side by side. See the package.

The residuals of a pixel must be added one after the other, and each addition waits for the one
before. So each thread keeps ``LANES`` searches going, all steps of which are loops of vector
instructions, and a pixel that is done makes room for the next one.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]

TOLERANCE = 1e-4
STEPS_PER_UNKNOWN = 200

LANES = 64
TASK = 2048
"""Pixels per task of a thread."""

GROUP = 3
"""Unknowns whose parts are subtracted at once."""

# a vertex is middle + factor * (worst - middle), middle the mean of all vertices but the worst.
# With rho = 1, chi = 2, psi = 1/2 of Lagarias et al. (1998): reflection -rho, expansion -rho chi,
# contraction outside -rho psi, contraction inside psi. It is computed as (1 - factor) * middle +
# factor * worst, the same two products and one sum as in fminsearch: the search depends on their
# bits
_REFLECTED, _EXPANDED, _OUTSIDE, _INSIDE, _NONE = -1.0, -2.0, -0.5, 0.5, 0.0


def stage7_simplex_l1(data: Float64, design: Float64, start: Float64) -> Float64:
    """See the package."""
    found = np.empty(start.shape)
    padded = np.zeros((len(design), -(-design.shape[1] // GROUP) * GROUP))
    padded[:, : design.shape[1]] = design
    do_tasks(_search_all, -(-len(data) // TASK), data, padded, start, found)
    return found


@compiled
def _search_all(
    first_task: int, end_task: int, data: Float64, design: Float64, start: Float64, found: Float64
) -> None:
    n_ps = data.shape[0]
    for task in range(first_task, end_task):
        first, last = task * TASK, min((task + 1) * TASK, n_ps)
        _search(data[first:last], design, start[first:last], found[first:last])


@compiled
def _search(data: Float64, design: Float64, start: Float64, found: Float64) -> None:
    """Nelder-Mead search of all pixels; see the reference.

    Vertices are sorted by their costs. Arrays end in the lanes. A lane without a pixel goes on
    with what was left there.
    """
    (n_ps, n), size = start.shape, data.shape[1]
    pixel, calls, steps = np.full(LANES, -1), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    simplex, costs = np.zeros((n + 1, n, LANES)), np.zeros((n + 1, LANES))
    middle, padded = np.zeros((n, LANES)), design.shape[1]
    first, second = np.zeros((padded, LANES)), np.zeros((padded, LANES))
    f_first, f_second, y = np.zeros(LANES), np.zeros(LANES), np.zeros((size, LANES))
    reflected, factor = np.full(LANES, _REFLECTED), np.zeros(LANES)
    flags, rest = np.zeros(LANES, np.bool_), np.zeros((size, LANES))
    taken, n_busy, most = 0, 0, STEPS_PER_UNKNOWN * n
    while True:
        for lane in range(LANES):
            if pixel[lane] < 0 and taken < n_ps:
                if _begin(data[taken], design, start[taken], found[taken], lane, y, simplex, costs):
                    pixel[lane], calls[lane], steps[lane] = taken, n + 1, 0
                    n_busy += 1
                taken += 1
        _find_converged(simplex, costs, flags)
        for lane in range(LANES):
            if pixel[lane] >= 0 and (flags[lane] or calls[lane] >= most or steps[lane] >= most):
                for j in range(n):
                    found[pixel[lane], j] = simplex[0, j, lane]
                pixel[lane] = -1
                n_busy -= 1
        if n_busy == 0 and taken == n_ps:
            break
        _set_vertices(simplex, middle, reflected, first)
        _set_costs(y, design, first, rest, f_first)
        _choose_second(costs, f_first, factor)
        _set_vertices(simplex, middle, factor, second)
        _set_costs(y, design, second, rest, f_second)
        _replace_worst(simplex, costs, factor, first, second, f_first, f_second, flags)
        for lane in range(LANES):
            calls[lane] += 1 if factor[lane] == _NONE else 2
            steps[lane] += 1
            if flags[lane] and pixel[lane] >= 0:
                _shrink(y, design, simplex, costs, lane)
                calls[lane] += n
        _sort_worst(simplex, costs, flags)


@compiled
def _begin(
    data: Float64, design: Float64, start: Float64, found: Float64, lane: int,
    y: Float64, simplex: Float64, costs: Float64,
) -> bool:  # fmt: skip
    """Put a pixel into a lane; one without data gets NaN at once."""
    n, is_complete = start.size, True
    for k in range(data.size):
        y[k, lane] = data[k]
        is_complete &= not math.isnan(data[k])
    if not is_complete:
        for j in range(n):
            found[j] = np.nan
        return False
    for v in range(n + 1):
        for j in range(n):
            simplex[v, j, lane] = start[j]
        if v:
            simplex[v, v - 1, lane] = 1.05 * start[v - 1] if start[v - 1] else 0.00025
        costs[v, lane] = _cost(y, design, simplex, v, lane)
    _sort(simplex, costs, lane)
    return True


@compiled
def _find_converged(simplex: Float64, costs: Float64, flags: Bool) -> None:
    for lane in range(LANES):
        flags[lane] = True
    for v in range(1, simplex.shape[0]):
        for lane in range(LANES):
            flags[lane] &= abs(costs[v, lane] - costs[0, lane]) <= TOLERANCE
        for j in range(simplex.shape[1]):
            for lane in range(LANES):
                flags[lane] &= abs(simplex[v, j, lane] - simplex[0, j, lane]) <= TOLERANCE


@compiled
def _set_vertices(simplex: Float64, middle: Float64, factor: Float64, vertex: Float64) -> None:
    """Give ``middle + factor * (worst - middle)`` of each lane."""
    n = simplex.shape[1]
    for j in range(n):
        for lane in range(LANES):
            middle[j, lane] = 0.0
        for v in range(n):
            for lane in range(LANES):
                middle[j, lane] += simplex[v, j, lane]
        for lane in range(LANES):
            f = factor[lane]
            vertex[j, lane] = (1.0 - f) * (middle[j, lane] / n) + f * simplex[n, j, lane]


@compiled
def _set_costs(y: Float64, design: Float64, vertex: Float64, rest: Float64, cost: Float64) -> None:
    """Sum of absolute residuals of each lane, in the order of the observations.

    The search depends on the last bit of the costs, so a residual is y - a x0 - b x1 - ..., one
    unknown after the other, and unknowns that fill up a group are zeros: x - 0 0 is x.
    """
    last = vertex.shape[0] - GROUP
    if last == 0:
        _add_residuals(y, design, 0, vertex, cost)
        return
    _subtract(y, design, 0, vertex, rest)
    for j in range(GROUP, last, GROUP):
        _subtract(rest, design, j, vertex, rest)
    _add_residuals(rest, design, last, vertex, cost)


@compiled
def _add_residuals(y: Float64, design: Float64, j: int, vertex: Float64, cost: Float64) -> None:
    x0, x1, x2 = vertex[j], vertex[j + 1], vertex[j + 2]
    for lane in range(LANES):
        cost[lane] = 0.0
    for k in range(y.shape[0]):
        row, a, b, c = y[k], design[k, j], design[k, j + 1], design[k, j + 2]
        for lane in range(LANES):
            cost[lane] += abs(row[lane] - a * x0[lane] - b * x1[lane] - c * x2[lane])


@compiled
def _subtract(y: Float64, design: Float64, j: int, vertex: Float64, rest: Float64) -> None:
    x0, x1, x2 = vertex[j], vertex[j + 1], vertex[j + 2]
    for k in range(y.shape[0]):
        row, a, b, c = y[k], design[k, j], design[k, j + 1], design[k, j + 2]
        for lane in range(LANES):
            rest[k, lane] = row[lane] - a * x0[lane] - b * x1[lane] - c * x2[lane]


@compiled
def _choose_second(costs: Float64, f_first: Float64, factor: Float64) -> None:
    """Tell which vertex is tried after the reflected one."""
    n = costs.shape[0] - 1
    for lane in range(LANES):
        f = f_first[lane]
        contracted = _OUTSIDE if f < costs[n, lane] else _INSIDE
        not_best = _NONE if f < costs[n - 1, lane] else contracted
        factor[lane] = _EXPANDED if f < costs[0, lane] else not_best


@compiled
def _replace_worst(
    simplex: Float64, costs: Float64, factor: Float64, first: Float64, second: Float64,
    f_first: Float64, f_second: Float64, is_shrunk: Bool,
) -> None:  # fmt: skip
    """Put the better of the two vertices in place of the worst; neither = shrink."""
    n = simplex.shape[1]
    is_second = np.empty(LANES, np.bool_)
    for lane in range(LANES):
        f, a, b, worst = factor[lane], f_first[lane], f_second[lane], costs[n, lane]
        is_better = (f == _EXPANDED) & (b < a) | (f == _OUTSIDE) & (b <= a)
        is_second[lane] = is_better | (f == _INSIDE) & (b < worst)
        is_shrunk[lane] = ((f == _OUTSIDE) | (f == _INSIDE)) & (not is_second[lane])
        taken = b if is_second[lane] else a
        costs[n, lane] = worst if is_shrunk[lane] else taken
    for j in range(n):
        for lane in range(LANES):
            taken = second[j, lane] if is_second[lane] else first[j, lane]
            simplex[n, j, lane] = simplex[n, j, lane] if is_shrunk[lane] else taken


@compiled
def _sort_worst(simplex: Float64, costs: Float64, is_less: Bool) -> None:
    """Move the last vertex of each lane to where its cost belongs; stable."""
    for v in range(costs.shape[0] - 1, 0, -1):
        for lane in range(LANES):
            a, b = costs[v - 1, lane], costs[v, lane]
            is_less[lane] = b < a
            costs[v - 1, lane] = b if b < a else a
            costs[v, lane] = a if b < a else b
        for j in range(simplex.shape[1]):
            for lane in range(LANES):
                x, z = simplex[v - 1, j, lane], simplex[v, j, lane]
                simplex[v - 1, j, lane] = z if is_less[lane] else x
                simplex[v, j, lane] = x if is_less[lane] else z


@compiled
def _shrink(y: Float64, design: Float64, simplex: Float64, costs: Float64, lane: int) -> None:
    """Halve the distance of all vertices to the best, at the price of n costs."""
    n = simplex.shape[1]
    for v in range(1, n + 1):
        for j in range(n):
            best = simplex[0, j, lane]
            simplex[v, j, lane] = best + 0.5 * (simplex[v, j, lane] - best)
        costs[v, lane] = _cost(y, design, simplex, v, lane)
    _sort(simplex, costs, lane)


@compiled
def _cost(y: Float64, design: Float64, simplex: Float64, v: int, lane: int) -> float:
    total: float = 0.0
    for k in range(y.shape[0]):
        residual = y[k, lane]
        for j in range(simplex.shape[1]):
            residual -= design[k, j] * simplex[v, j, lane]
        total += abs(residual)
    return total


@compiled
def _sort(simplex: Float64, costs: Float64, lane: int) -> None:
    """Insertion sort by cost; stable, in place."""
    for last in range(1, costs.shape[0]):
        v = last
        while v > 0 and costs[v, lane] < costs[v - 1, lane]:
            costs[v, lane], costs[v - 1, lane] = costs[v - 1, lane], costs[v, lane]
            for j in range(simplex.shape[1]):
                x, z = simplex[v - 1, j, lane], simplex[v, j, lane]
                simplex[v - 1, j, lane], simplex[v, j, lane] = z, x
            v -= 1
