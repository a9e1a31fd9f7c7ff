"""Numba: blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._topofit import (
    BLOCKS_PER_TASK,
    LANES,
    TOGETHER,
    baseline_range,
    choose_trial,
    coherence_of,
    correlate_trials,
    fit_block,
    load_block,
    store_block,
    workspace,
)

Array = npt.NDArray[Any]


def stage2_topofit(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    n = len(phase)
    results = np.empty(n), np.empty(n), np.empty(n), np.empty_like(phase)
    value = np.empty(0, np.float32 if value_is_single else np.float64)
    _search(phase, bperp, steps, phase.real[:0], value, results)
    return results


@compiled(parallel=True)
def _search(
    phase: Array, bperp: Array, steps: int, z_like: Array, p_like: Array,
    results: tuple[Array, Array, Array, Array],
) -> None:  # fmt: skip
    """Search all pixels; the empty arrays tell the classes of phasors and results."""
    n, m = phase.shape
    n_block = (n + LANES - 1) // LANES
    for task in prange((n_block + BLOCKS_PER_TASK - 1) // BLOCKS_PER_TASK):
        zr, zi, b, pr, pi, total_r, total_i, sums, best, extent, k, coh = workspace(
            m, steps + 1, z_like, bperp, p_like
        )
        cosine = np.empty((TOGETHER, steps + 1, LANES))
        sine = np.empty((TOGETHER, steps + 1, LANES))
        for block in range(
            task * BLOCKS_PER_TASK, min(n_block, task * BLOCKS_PER_TASK + BLOCKS_PER_TASK)
        ):
            first = block * LANES
            used = min(LANES, n - first)
            load_block(phase, first, used, zr, zi)
            _load_baselines(bperp, first, used, b)
            baseline_range(zr, zi, b, m, extent)
            correlate_trials(zr, zi, b, extent, cosine, sine, sums)
            choose_trial(sums, best)
            fit_block(zr, zi, b, m, pr, pi, best, extent, k, total_r, total_i)
            coherence_of(pr, pi, m, total_r, total_i, coh)
            store_block(first, used, m, (pr, pi, total_r, total_i, k, coh), results)
            _keep_nulls(phase, first, used, results[3])


@compiled
def _load_baselines(bperp: Array, first: int, used: int, b: Array) -> None:
    for lane in range(used):
        for i in range(bperp.shape[1]):
            b[i, lane] = bperp[first + lane, i]


@compiled
def _keep_nulls(phase: Array, first: int, used: int, residual: Array) -> None:
    """Null phasors stay null, whatever K is."""
    for p in range(first, first + used):
        for i in range(phase.shape[1]):
            if phase[p, i] == 0.0:
                residual[p, i] = 0.0
