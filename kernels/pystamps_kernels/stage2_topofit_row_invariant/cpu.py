"""Numba: shared trial tables, blocks of pixels, one per vector lane. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks
from pystamps_kernels.host.topofit import (
    TASK,
    empty_results,
    fit,
    load_phasors,
    n_task,
    new_block,
    range_of,
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
    do_tasks(
        _search, n_task(len(phase)),
        phase, bperp, range_of(bperp), steps, phase.real[:0], value, results,
    )  # fmt: skip
    return results


@compiled
def _search(
    first_task: int, end_task: int,
    phase: Array, bperp: Array, span: float, steps: int, z_like: Array, p_like: Array,
    results: tuple[Array, Array, Array, Array],
) -> None:  # fmt: skip
    """Search all pixels; the empty arrays tell the classes of phasors and results."""
    n, m = phase.shape
    b, extent = shared_baselines(bperp, span)
    cosine, sine = shared_trials(b, extent, steps)
    for task in range(first_task, end_task):
        block = new_block(z_like, b, extent, p_like)
        group, sums = trial_space(steps)
        for first in range(task * TASK, min(n, task * TASK + TASK), LANES):
            used = min(LANES, n - first)
            load_phasors(phase, first, used, block)
            correlate_shared_trials(block.zr, block.zi, cosine, sine, group, sums)
            choose_trial(sums, steps, block.best)
            fit(block, m)
            store_fit(block, first, used, results)
