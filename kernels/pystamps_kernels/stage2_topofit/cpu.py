"""Numba: blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks
from pystamps_kernels.host.topofit import (
    TASK,
    clear_nulls,
    empty_results,
    fit,
    load_phasors,
    n_task,
    new_block,
    own_baselines,
    store_fit,
)
from pystamps_kernels.host.trials import (
    LANES,
    baseline_range,
    choose_trial,
    correlate_trials,
    trial_space,
)

Array = npt.NDArray[Any]


def stage2_topofit(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    results, value = empty_results(phase, value_is_single)
    do_tasks(_search, n_task(len(phase)), phase, bperp, steps, phase.real[:0], value, results)
    return results


@compiled
def _search(
    first_task: int, end_task: int,
    phase: Array, bperp: Array, steps: int, z_like: Array, p_like: Array,
    results: tuple[Array, Array, Array, Array],
) -> None:  # fmt: skip
    """Search all pixels; the empty arrays tell the classes of phasors and results."""
    n, m = phase.shape
    for task in range(first_task, end_task):
        b, extent = own_baselines(m, bperp)
        block = new_block(z_like, b, extent, p_like)
        group, sums = trial_space(steps)
        for first in range(task * TASK, min(n, task * TASK + TASK), LANES):
            used = min(LANES, n - first)
            load_phasors(phase, first, used, block)
            _load_baselines(bperp, first, used, b)
            baseline_range(block.zr, block.zi, b, m, extent)
            correlate_trials(block.zr, block.zi, b, extent, group, sums)
            choose_trial(sums, steps, block.best)
            fit(block, m)
            clear_nulls(block, m)
            store_fit(block, first, used, results)


@compiled
def _load_baselines(bperp: Array, first: int, used: int, b: Array) -> None:
    for lane in range(used):
        for i in range(bperp.shape[1]):
            b[i, lane] = bperp[first + lane, i]
