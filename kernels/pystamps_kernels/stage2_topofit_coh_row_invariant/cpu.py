"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled, prange
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.host.finished import refuse_unfinished, tasks_to_do
from pystamps_kernels.host.topofit import BLOCKS_PER_TASK, fit, new_block, shared_baselines
from pystamps_kernels.host.trials import (
    LANES,
    choose_trial,
    correlate_shared_trials,
    shared_trials,
    trial_space,
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
    size = BLOCKS_PER_TASK * LANES
    b, extent = shared_baselines(bperp)
    cosine, sine = shared_trials(b, extent, steps)
    is_done = tasks_to_do((n + size - 1) // size)
    for task in prange(is_done.size):
        block = new_block(bperp, b, extent, bperp)
        group, sums = trial_space(steps)
        for first in range(task * size, min(n, task * size + size), LANES):
            used = min(LANES, n - first)
            _phasors(turns, first, used, block.zr, block.zi)
            correlate_shared_trials(block.zr, block.zi, cosine, sine, group, sums)
            choose_trial(sums, steps, block.best)
            fit(block, m)
            for lane in range(used):
                coh[first + lane] = block.coh[lane]
        is_done[task] = True
    refuse_unfinished(is_done)


@compiled
def _phasors(turns: Array, first: int, used: int, zr: Array, zi: Array) -> None:
    """Unit phasors of phases in cycles, rounded to the class of the block."""
    for i in range(turns.shape[0]):
        for lane in range(used):
            sine, cosine = sine_cosine(2.0 * math.pi * turns[i, first + lane])
            zr[i, lane], zi[i, lane] = cosine, sine
