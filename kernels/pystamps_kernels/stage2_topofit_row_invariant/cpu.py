"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled, prange
from pystamps_kernels.host.finished import refuse_unfinished, tasks_to_do
from pystamps_kernels.host.topofit import (
    BLOCKS_PER_TASK,
    empty_results,
    fit,
    load_phasors,
    new_block,
    shared_baselines,
    store_fit,
)
from pystamps_kernels.host.trials import (
    LANES,
    choose_trial,
    correlate_shared_trials,
    shared_trials,
    trial_space,
)

Array = npt.NDArray[Any]


def stage2_topofit_row_invariant(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    results, value = empty_results(phase, value_is_single)
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
    size = BLOCKS_PER_TASK * LANES
    b, extent = shared_baselines(bperp)
    cosine, sine = shared_trials(b, extent, steps)
    is_done = tasks_to_do((n + size - 1) // size)
    for task in prange(is_done.size):
        block = new_block(z_like, b, extent, p_like)
        group, sums = trial_space(steps)
        for first in range(task * size, min(n, task * size + size), LANES):
            used = min(LANES, n - first)
            load_phasors(phase, first, used, block)
            correlate_shared_trials(block.zr, block.zi, cosine, sine, group, sums)
            choose_trial(sums, steps, block.best)
            fit(block, m)
            store_fit(block, first, used, results)
        is_done[task] = True
    refuse_unfinished(is_done)
