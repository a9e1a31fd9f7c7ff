"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import arctangent
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
def stage2_topofit_row_invariant(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    n, m = phase.shape
    k, c, coh, residual = np.empty(n), np.empty(n), np.empty(n), np.empty_like(phase)
    cosine, sine, b, extent = shared_trials(bperp, steps)
    for block in prange((n + LANES - 1) // LANES):
        zr, zi = np.zeros((m, LANES)), np.zeros((m, LANES))
        pr, pi = np.empty((m, LANES)), np.empty((m, LANES))
        sums, total = np.empty((4, steps + 1, LANES)), np.empty((2, LANES))
        best, k_lane, coh_lane = np.empty(LANES), np.empty(LANES), np.empty(LANES)
        first = block * LANES
        used = min(LANES, n - first)
        for lane in range(used):
            for i in range(m):
                zr[i, lane], zi[i, lane] = phase[first + lane, i].real, phase[first + lane, i].imag
        correlate_shared_trials(zr, zi, cosine, sine, sums)
        choose_trial(sums, best)
        fit_block(zr, zi, b, pr, pi, best, extent, k_lane, total, k_is_single, value_is_single)
        coherence_of(pr, pi, total, coh_lane, value_is_single)
        for lane in range(used):
            p = first + lane
            k[p] = k_lane[lane]
            c[p] = rounded(arctangent(total[1, lane], total[0, lane]), value_is_single)
            coh[p] = coh_lane[lane]
            for i in range(m):
                residual[p, i] = complex(pr[i, lane], pi[i, lane])
    return k, c, coh, residual
