"""Numba: for each target the sources in reach, their weights, their weighted sum. See the package.

Finding the sources, the exponentials and the sums are loops of their own, because only then
the compiler makes vector instructions of them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled, inlined
from pystamps_kernels.host.tasks import do_tasks

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

TASK = 256
"""Targets per task of a thread."""

GROUP = 4
"""Sources added at once: the sums are loaded and stored once for all of them."""

# exp(x) = (exp(-1/4) exp(y))**16 with y = x/16 + 1/4 in [-1/4, 1/4]: Taylor's next term is 1e-16
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9, _E10, _E11 = (
    math.exp(-0.25) / math.factorial(k) for k in range(12)
)


def stage8_spatial_filter(
    xy: Float32,
    cell_of_target: Index,
    first: Index,
    last: Index,
    source_xy: Float32,
    source_values: Float32,
    wavelength: float,
) -> Float64:
    """See the package; targets and sources are sorted by cell (``Neighbourhoods``)."""
    result = np.empty((len(xy), source_values.shape[1]))
    most = int((last - first).sum(axis=1).max(initial=0)) + 1
    source_x, source_y = np.ascontiguousarray(source_xy.T)
    do_tasks(
        _filter, -(-len(xy) // TASK), xy, cell_of_target, first, last, source_x, source_y,
        source_values, wavelength, most, result,
    )  # fmt: skip
    return result


@compiled
def _filter(
    first_task: int, end_task: int,
    xy: Float32, cell_of_target: Index, first: Index, last: Index, source_x: Float32,
    source_y: Float32, values: Float32, wavelength: float, most: int, result: Float64,
) -> None:  # fmt: skip
    for task in range(first_task, end_task):
        near, weight = np.zeros(most, np.int64), np.zeros(most)
        square, reached = np.zeros(most, np.float32), np.zeros(most, np.float32)
        for t in range(task * TASK, min((task + 1) * TASK, xy.shape[0])):
            n_near = 0
            for r in range(first.shape[1]):
                a, b = first[cell_of_target[t], r], last[cell_of_target[t], r]
                _squares(source_x[a:b], source_y[a:b], xy[t, 0], xy[t, 1], square)
                n_near = _keep(square[: b - a], a, wavelength, n_near, near, reached)
            _weigh(reached, n_near, wavelength, weight)
            total = _add(values, near, weight, n_near, result[t])
            for k in range(result.shape[1]):
                result[t, k] = result[t, k] / total if total > 0.0 else np.nan


@compiled
def _squares(x: Float32, y: Float32, x0: float, y0: float, square: Float32) -> None:
    for s in range(x.size):
        dx, dy = x[s] - x0, y[s] - y0
        square[s] = dx * dx + dy * dy


@compiled
def _keep(
    square: Float32, start: int, wavelength: float, n: int, near: Index, reached: Float32
) -> int:
    """Append the sources in reach to the first ``n``; each is written, so that nothing branches."""
    limit = (4.0 * wavelength) ** 2
    for s in range(square.size):
        near[n] = start + s
        reached[n] = square[s]
        n += 1 if square[s] < limit else 0
    return n


@inlined
def _exponential(x: float) -> float:
    """Give exp(x) for x in [-8, 0] to 1e-14."""
    y = 0.0625 * x + 0.25
    p = _E6 + y * (_E7 + y * (_E8 + y * (_E9 + y * (_E10 + y * _E11))))
    p = _E0 + y * (_E1 + y * (_E2 + y * (_E3 + y * (_E4 + y * (_E5 + y * p)))))
    p *= p
    p *= p
    p *= p
    return p * p


@compiled
def _weigh(square: Float32, n: int, wavelength: float, weight: Float64) -> None:
    scale = -1.0 / (2.0 * wavelength**2)
    for q in range(n):
        weight[q] = _exponential(square[q] * scale)


@compiled
def _add(values: Float32, near: Index, weight: Float64, n: int, result: Float64) -> float:
    """Put the weighted sums of the values into ``result`` and give the sum of the weights."""
    total = 0.0
    for k in range(result.size):
        result[k] = 0.0
    n_grouped = n // GROUP * GROUP
    for q in range(0, n_grouped, GROUP):
        wa, wb, wc, wd = weight[q], weight[q + 1], weight[q + 2], weight[q + 3]
        a, b = values[near[q]], values[near[q + 1]]
        c, d = values[near[q + 2]], values[near[q + 3]]
        total += (wa + wb) + (wc + wd)
        for k in range(result.size):
            result[k] = result[k] + wa * a[k] + wb * b[k] + wc * c[k] + wd * d[k]
    for q in range(n_grouped, n):
        total += weight[q]
        for k in range(result.size):
            result[k] += weight[q] * values[near[q], k]
    return total
