"""Numba: blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import arctangent
from pystamps_kernels._topofit import (
    LANES,
    baseline_range,
    choose_trial,
    coherence_of,
    correlate_trials,
    fit_block,
    rounded,
)

Array = npt.NDArray[Any]


@compiled(parallel=True)
def stage2_topofit(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    n, m = phase.shape
    k, c, coh, residual = np.empty(n), np.empty(n), np.empty(n), np.empty_like(phase)
    for block in prange((n + LANES - 1) // LANES):
        zr, zi, b = np.zeros((m, LANES)), np.zeros((m, LANES)), np.zeros((m, LANES))
        pr, pi = np.empty((m, LANES)), np.empty((m, LANES))
        sums, total = np.empty((4, steps + 1, LANES)), np.empty((2, LANES))
        best, extent, k_lane, coh_lane = (
            np.empty(LANES), np.empty(LANES), np.empty(LANES), np.empty(LANES),
        )  # fmt: skip
        first = block * LANES
        used = min(LANES, n - first)
        for lane in range(used):
            for i in range(m):
                zr[i, lane], zi[i, lane] = phase[first + lane, i].real, phase[first + lane, i].imag
                b[i, lane] = bperp[first + lane, i]
        baseline_range(zr, zi, b, extent)
        correlate_trials(zr, zi, b, extent, sums)
        choose_trial(sums, best)
        fit_block(zr, zi, b, pr, pi, best, extent, k_lane, total, k_is_single, value_is_single)
        coherence_of(pr, pi, total, coh_lane, value_is_single)
        for lane in range(used):
            p = first + lane
            k[p] = k_lane[lane]
            c[p] = rounded(arctangent(total[1, lane], total[0, lane]), value_is_single)
            coh[p] = coh_lane[lane]
            for i in range(m):
                is_null = zr[i, lane] == 0.0 and zi[i, lane] == 0.0
                residual[p, i] = 0.0 if is_null else complex(pr[i, lane], pi[i, lane])
    return k, c, coh, residual
