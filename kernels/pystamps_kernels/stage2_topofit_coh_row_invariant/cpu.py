"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import sine_cosine
from pystamps_kernels._topofit import (
    BLOCKS_PER_TASK,
    LANES,
    choose_trial,
    coherence_of,
    correlate_shared_trials,
    fit_block,
    shared_trials,
    workspace,
)

Array = npt.NDArray[Any]


def stage2_topofit_coh_row_invariant(
    turns: Array, bperp: Array, steps: int, is_single: bool
) -> Array:
    """See the package."""
    coh = np.empty(turns.shape[1])
    _search(turns, bperp.astype(np.float32 if is_single else np.float64), steps, coh)
    return coh


@compiled(parallel=True)
def _search(turns: Array, bperp: Array, steps: int, coh: Array) -> None:
    """Search all pixels; everything has the class of the baselines."""
    m, n = turns.shape
    n_block = (n + LANES - 1) // LANES
    cosine, sine, b, extent = shared_trials(bperp, steps)
    for task in prange((n_block + BLOCKS_PER_TASK - 1) // BLOCKS_PER_TASK):
        zr, zi, _b, pr, pi, total_r, total_i, sums, best, _extent, k, coh_lane = workspace(
            m, steps + 1, bperp, bperp, bperp
        )
        for block in range(
            task * BLOCKS_PER_TASK, min(n_block, task * BLOCKS_PER_TASK + BLOCKS_PER_TASK)
        ):
            first = block * LANES
            used = min(LANES, n - first)
            _phasors(turns, first, used, zr, zi)
            correlate_shared_trials(zr, zi, cosine, sine, sums)
            choose_trial(sums, best)
            fit_block(zr, zi, b, m, pr, pi, best, extent, k, total_r, total_i)
            coherence_of(pr, pi, m, total_r, total_i, coh_lane)
            for lane in range(used):
                coh[first + lane] = coh_lane[lane]


@compiled
def _phasors(turns: Array, first: int, used: int, zr: Array, zi: Array) -> None:
    """Unit phasors of phases in cycles, rounded to the class of the block."""
    for i in range(turns.shape[0]):
        for lane in range(used):
            sine, cosine = sine_cosine(2.0 * math.pi * turns[i, first + lane])
            zr[i, lane], zi[i, lane] = cosine, sine
