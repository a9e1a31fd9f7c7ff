"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.host.tasks import do_tasks
from pystamps_kernels.host.topofit import (
    TASK,
    fit,
    n_task,
    new_block,
    range_of,
    shared_baselines,
)
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
    bperp = bperp.astype(np.float32 if is_single else np.float64)
    do_tasks(_search, n_task(turns.shape[1]), turns, bperp, range_of(bperp), steps, coh)
    return coh


@compiled
def _search(
    first_task: int, end_task: int,
    turns: Array, bperp: Array, span: float, steps: int, coh: Array,
) -> None:  # fmt: skip
    """Search all pixels; everything has the class of the baselines."""
    m, n = turns.shape
    b, extent = shared_baselines(bperp, span)
    cosine, sine = shared_trials(b, extent, steps)
    for task in range(first_task, end_task):
        block = new_block(bperp, b, extent, bperp)
        group, sums = trial_space(steps)
        for first in range(task * TASK, min(n, task * TASK + TASK), LANES):
            used = min(LANES, n - first)
            _phasors(turns, first, used, block.zr, block.zi)
            correlate_shared_trials(block.zr, block.zi, cosine, sine, group, sums)
            choose_trial(sums, steps, block.best)
            fit(block, m)
            for lane in range(used):
                coh[first + lane] = block.coh[lane]


@compiled
def _phasors(turns: Array, first: int, used: int, zr: Array, zi: Array) -> None:
    """Unit phasors of phases in cycles, rounded to the class of the block."""
    for i in range(turns.shape[0]):
        for lane in range(used):
            sine, cosine = sine_cosine(2.0 * math.pi * turns[i, first + lane])
            zr[i, lane], zi[i, lane] = cosine, sine
