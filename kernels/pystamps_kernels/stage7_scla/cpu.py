"""Numba: blocks of pixels, the sums of several pixels side by side. See the package.

Outputs are allocated by NumPy, which asks for large memory pages: that halves the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

Float64 = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.floating[Any]]

LANES = 4
"""Sums side by side: an addition need not wait for the one before."""

ROWS = 2 * LANES
"""Pixels whose phases are treated as one vector."""

TASK = 1024
"""Pixels per task of a thread."""


def stage7_scla(
    ph: FloatArray,
    bperp: FloatArray,
    slope: Float64,
    constant: Float64,
    reference: Float64,
    k_known: Float64,
) -> tuple[Float64, Float64, FloatArray]:
    """See the package; an empty ``k_known`` means that K is to be estimated."""
    k_ps = np.empty(len(ph)) if not k_known.size else k_known.copy()
    c_ps, ph_scla = np.empty(len(ph)), np.empty_like(bperp)
    weights = np.stack([slope, constant])
    do_tasks(
        _estimate, -(-len(ph) // TASK),
        ph, bperp, weights, reference, not k_known.size, k_ps, c_ps, ph_scla,
    )  # fmt: skip
    return k_ps, c_ps, ph_scla


@compiled
def _estimate(
    first_task: int, end_task: int,
    ph: FloatArray, bperp: FloatArray, weights: Float64, reference: Float64, is_wanted: bool,
    k_ps: Float64, c_ps: Float64, ph_scla: FloatArray,
) -> None:  # fmt: skip
    for task in range(first_task, end_task):
        first, last = task * TASK, min((task + 1) * TASK, ph.shape[0])
        _estimate_some(
            ph[first:last], bperp[first:last], weights, reference, is_wanted,
            k_ps[first:last], c_ps[first:last], ph_scla[first:last],
        )  # fmt: skip


@compiled
def _estimate_some(
    ph: FloatArray, bperp: FloatArray, weights: Float64, reference: Float64, is_wanted: bool,
    k_ps: Float64, c_ps: Float64, ph_scla: FloatArray,
) -> None:  # fmt: skip
    n_ps, n_ifg = ph.shape
    flat_ph, flat_bperp, flat_scla = ph.ravel(), bperp.ravel(), ph_scla.ravel()
    rest, references = np.zeros((ROWS, n_ifg)), np.empty((ROWS, n_ifg))
    slopes, sums = np.zeros((ROWS, n_ifg), bperp.dtype), np.zeros(ROWS)
    flat_rest, flat_references, flat_slopes = rest.ravel(), references.ravel(), slopes.ravel()
    slope_weights, constant_weights = weights[0], weights[1]
    for q in range(flat_references.size):
        flat_references[q] = reference[q % n_ifg]
    for first in range(0, n_ps, ROWS):
        n_row = min(ROWS, n_ps - first)
        start, stop = first * n_ifg, (first + n_row) * n_ifg
        _subtract(flat_ph[start:stop], flat_references, flat_rest)
        if is_wanted:
            _weighted_sums(rest, slope_weights, sums)
            for row in range(n_row):
                k_ps[first + row] = sums[row]
        for row in range(n_row):
            slope = bperp.dtype.type(k_ps[first + row])
            for j in range(n_ifg):
                slopes[row, j] = slope
        _take_out(flat_bperp[start:stop], flat_slopes, flat_scla[start:stop], flat_rest)
        _weighted_sums(rest, constant_weights, sums)
        for row in range(n_row):
            c_ps[first + row] = sums[row]


@compiled
def _subtract(values: FloatArray, references: Float64, rest: Float64) -> None:
    for q in range(values.size):
        rest[q] = values[q] - references[q]


@compiled
def _take_out(bperp: FloatArray, slopes: FloatArray, scla: FloatArray, rest: Float64) -> None:
    for q in range(bperp.size):
        value = slopes[q] * bperp[q]
        scla[q] = value
        rest[q] -= value


@compiled
def _weighted_sums(values: Float64, weights: Float64, sums: Float64) -> None:
    """Sum over the used columns only, so that NaN elsewhere does no harm."""
    for row in range(0, values.shape[0], LANES):
        a = b = c = d = 0.0
        for j in range(weights.size):
            w = weights[j]
            if w != 0.0:
                a += w * values[row, j]
                b += w * values[row + 1, j]
                c += w * values[row + 2, j]
                d += w * values[row + 3, j]
        sums[row], sums[row + 1], sums[row + 2], sums[row + 3] = a, b, c, d
