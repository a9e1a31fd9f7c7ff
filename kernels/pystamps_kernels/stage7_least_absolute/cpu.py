"""Numba: descent from vertex to vertex, several pixels at a time. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

TASK = 512
"""Pixels per task of a thread."""
SHIFT = 1e-10
"""Rad by which observations are moved apart at most: no vertex meets more than it has to, so that
every edge leads down or up. The unknowns are those of the data as they are."""
OPTIMAL = 1e-9
"""By how much a rate of descent may exceed 0 where the vertex counts as the lowest."""
PARALLEL = 1e-12
"""Change of a residual along an edge that counts as none."""


def stage7_least_absolute(data: Float64, design: Float64) -> Float64:
    """See the package."""
    found = np.empty((len(data), design.shape[1]))
    golden = (math.sqrt(5) - 1) / 2
    shift = SHIFT * np.modf(golden * np.arange(1, len(design) + 1))[0]
    do_tasks(_solve_all, -(-len(data) // TASK), data, design, _first_vertex(design), shift, found)
    return found


def _first_vertex(design: Float64) -> Index:
    """Choose observations that tell the unknowns well: each the one that the others tell least."""
    met, left = np.empty(design.shape[1], np.int64), design.copy()
    for j in range(met.size):
        met[j] = np.argmax(np.linalg.norm(left, axis=1))
        direction = left[met[j]] / np.linalg.norm(left[met[j]])
        left = left - np.outer(left @ direction, direction)
    return met


@compiled
def _solve_all(
    first_task: int, end_task: int,
    data: Float64, design: Float64, first: Index, shift: Float64, found: Float64,
) -> None:  # fmt: skip
    n_ps = data.shape[0]
    for task in range(first_task, end_task):
        for i in range(task * TASK, min((task + 1) * TASK, n_ps)):
            _solve(data[i], design, first, shift, found[i])


@compiled
def _solve(data: Float64, design: Float64, first: Index, shift: Float64, unknowns: Float64) -> None:
    """Descend from the first vertex as long as the sum of absolute residuals decreases."""
    n_observation, n_unknown = design.shape
    for k in range(n_observation):
        if math.isnan(data[k]):
            unknowns[:] = np.nan
            return
    shifted, met = np.empty(n_observation), first.copy()
    for k in range(n_observation):
        shifted[k] = data[k] + shift[k]
    is_met = np.zeros(n_observation, np.bool_)
    is_met[met] = True
    inverse, residual = np.empty((n_unknown, n_unknown)), np.empty(n_observation)
    edge, change = np.empty(n_unknown), np.empty(n_observation)
    total = _set_vertex(shifted, design, met, is_met, inverse, unknowns, residual)
    while True:
        leaving, rate = _steepest_edge(design, is_met, inverse, residual, edge)
        if rate >= -OPTIMAL:
            break
        entering = _lowest_on_edge(design, is_met, residual, edge, rate, change)
        if entering < 0:
            break
        left = met[leaving]
        met[leaving] = entering
        is_met[left], is_met[entering] = False, True
        lower = _set_vertex(shifted, design, met, is_met, inverse, unknowns, residual)
        if not lower < total:  # equal but for rounding
            met[leaving] = left
            is_met[left], is_met[entering] = True, False
            break
        total = lower
    _set_vertex(data, design, met, is_met, inverse, unknowns, residual)


@compiled
def _set_vertex(
    data: Float64, design: Float64, met: Index, is_met: npt.NDArray[np.bool_],
    inverse: Float64, unknowns: Float64, residual: Float64,
) -> float:  # fmt: skip
    """Set the unknowns that meet some observations, and all residuals; give their sum."""
    n_observation, n_unknown = design.shape
    _invert(design, met, inverse)
    for j in range(n_unknown):
        unknowns[j] = 0.0
        for i in range(n_unknown):
            unknowns[j] += inverse[j, i] * data[met[i]]
    total = 0.0
    for k in range(n_observation):
        residual[k] = 0.0
        if not is_met[k]:
            rest = data[k]
            for j in range(n_unknown):
                rest -= design[k, j] * unknowns[j]
            residual[k] = rest
            total += abs(rest)
    return total


@compiled
def _steepest_edge(
    design: Float64, is_met: npt.NDArray[np.bool_], inverse: Float64, residual: Float64,
    edge: Float64,
) -> tuple[int, float]:  # fmt: skip
    """Find the edge of steepest descent: which observation is left, and the rate of the sum.

    Along column i of the inverse the residual of observation i changes at the rate 1, so the sum
    grows by 1 less what the other residuals gain; in the opposite direction they gain the opposite.
    """
    n_observation, n_unknown = design.shape
    pull, best, steepest = np.zeros(n_unknown), 0, 0.0
    for k in range(n_observation):
        if not is_met[k]:
            sign = 1.0 if residual[k] > 0 else -1.0
            for j in range(n_unknown):
                pull[j] += sign * design[k, j]
    for i in range(n_unknown):
        gain = 0.0
        for j in range(n_unknown):
            gain += inverse[j, i] * pull[j]
        if abs(gain) > abs(steepest):
            best, steepest = i, gain
    sign = 1.0 if steepest > 0 else -1.0
    for j in range(n_unknown):
        edge[j] = sign * inverse[j, best]
    return best, 1.0 - abs(steepest)


@compiled
def _lowest_on_edge(
    design: Float64, is_met: npt.NDArray[np.bool_], residual: Float64, edge: Float64, rate: float,
    change: Float64,
) -> int:  # fmt: skip
    """Find the observation that is met where the sum stops to decrease along an edge; -1 = none.

    Every residual that becomes 0 on the way adds twice its change to the rate from there on.
    """
    n_observation, n_unknown = design.shape
    for k in range(n_observation):
        change[k] = 0.0
        if not is_met[k]:
            for j in range(n_unknown):
                change[k] += design[k, j] * edge[j]
    while True:
        nearest, distance = -1, np.inf
        for k in range(n_observation):
            if abs(change[k]) > PARALLEL and residual[k] * change[k] > 0:
                along = residual[k] / change[k]
                if along < distance:
                    nearest, distance = k, along
        if nearest < 0:
            return -1
        rate += 2 * abs(change[nearest])
        if rate >= 0:
            return nearest
        change[nearest] = 0.0


@compiled
def _invert(design: Float64, met: Index, inverse: Float64) -> None:
    """Invert the rows of a design by elimination with row pivots."""
    n = met.size
    rows = np.zeros((n, 2 * n))
    for i in range(n):
        for j in range(n):
            rows[i, j] = design[met[i], j]
        rows[i, n + i] = 1.0
    for j in range(n):
        pivot = j
        for i in range(j + 1, n):
            if abs(rows[i, j]) > abs(rows[pivot, j]):
                pivot = i
        for c in range(2 * n):
            rows[j, c], rows[pivot, c] = rows[pivot, c], rows[j, c]
        scale = 1.0 / rows[j, j]
        for c in range(2 * n):
            rows[j, c] *= scale
        for i in range(n):
            if i != j:
                factor = rows[i, j]
                for c in range(2 * n):
                    rows[i, c] -= factor * rows[j, c]
    for i in range(n):
        for j in range(n):
            inverse[i, j] = rows[i, n + j]
