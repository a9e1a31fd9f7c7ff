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
    LANES,
    choose_trial,
    coherence_of,
    correlate_shared_trials,
    fit_block,
    rounded,
    shared_trials,
)

Array = npt.NDArray[Any]


@compiled(parallel=True)
def stage2_topofit_coh_row_invariant(
    turns: Array, bperp: Array, steps: int, is_single: bool
) -> Array:
    """See the package."""
    m, n = turns.shape
    coh = np.empty(n)
    cosine, sine, b, extent = shared_trials(bperp, steps)
    for block in prange((n + LANES - 1) // LANES):
        zr, zi = np.zeros((m, LANES)), np.zeros((m, LANES))
        pr, pi = np.empty((m, LANES)), np.empty((m, LANES))
        sums, total = np.empty((4, steps + 1, LANES)), np.empty((2, LANES))
        best, k_lane, coh_lane = np.empty(LANES), np.empty(LANES), np.empty(LANES)
        first = block * LANES
        used = min(LANES, n - first)
        for i in range(m):
            for lane in range(used):
                s, c = sine_cosine(2.0 * math.pi * turns[i, first + lane])
                zr[i, lane], zi[i, lane] = rounded(c, is_single), rounded(s, is_single)
        correlate_shared_trials(zr, zi, cosine, sine, sums)
        choose_trial(sums, best)
        fit_block(zr, zi, b, pr, pi, best, extent, k_lane, total, is_single, is_single)
        coherence_of(pr, pi, total, coh_lane, is_single)
        for lane in range(used):
            coh[first + lane] = coh_lane[lane]
    return coh
