"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._topofit import (
    BLOCKS_PER_TASK,
    LANES,
    choose_trial,
    coherence_of,
    correlate_shared_trials,
    fit_block,
    load_block,
    shared_trials,
    store_block,
    workspace,
)

Array = npt.NDArray[Any]


def stage2_topofit_row_invariant(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    n = len(phase)
    results = np.empty(n), np.empty(n), np.empty(n), np.empty_like(phase)
    value = np.empty(0, np.float32 if value_is_single else np.float64)
    bperp = bperp.astype(np.float32 if k_is_single else np.float64)
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
    cosine, sine, b, extent = shared_trials(bperp, steps)
    for task in prange((n_block + BLOCKS_PER_TASK - 1) // BLOCKS_PER_TASK):
        zr, zi, _b, pr, pi, total_r, total_i, sums, best, _extent, k, coh = workspace(
            m, steps + 1, z_like, bperp, p_like
        )
        for block in range(
            task * BLOCKS_PER_TASK, min(n_block, task * BLOCKS_PER_TASK + BLOCKS_PER_TASK)
        ):
            first = block * LANES
            used = min(LANES, n - first)
            load_block(phase, first, used, zr, zi)
            correlate_shared_trials(zr, zi, cosine, sine, sums)
            choose_trial(sums, best)
            fit_block(zr, zi, b, m, pr, pi, best, extent, k, total_r, total_i)
            coherence_of(pr, pi, m, total_r, total_i, coh)
            store_block(first, used, m, (pr, pi, total_r, total_i, k, coh), results)
