"""Numba: several rows at a time; models of all trials from one table. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks

Float64 = npt.NDArray[np.float64]

TASK = 16
"""Rows per task of a thread."""
BLOCK = 256
"""Trials whose models stay in the cache while the rows of a task use them."""
REFINEMENTS = 3
TIE = 1e-9
TWO_PI = 2 * math.pi


def accuracy_two_slopes(
    phase: Float64, design: Float64, solution: Float64, trials: Float64
) -> Float64:
    """See the package."""
    angle = np.ascontiguousarray(design[:, 1:] @ trials.T)
    found = np.empty((len(phase), 3))
    do_tasks(
        _search_all, -(-len(phase) // TASK),
        phase, design, solution, trials, np.cos(angle), np.sin(angle), found,
    )  # fmt: skip
    return found


@compiled
def _search_all(
    first_task: int, end_task: int,
    phase: Float64, design: Float64, solution: Float64, trials: Float64,
    cosines: Float64, sines: Float64, found: Float64,
) -> None:  # fmt: skip
    n_row = phase.shape[0]
    for task in range(first_task, end_task):
        rows = slice(task * TASK, min((task + 1) * TASK, n_row))
        _search(phase[rows], trials, cosines, sines, found[rows])
        for i in range(rows.start, rows.stop):
            if np.isnan(phase[i]).any():
                found[i] = np.nan
            else:
                _refine(phase[i], design, solution, found[i])


@compiled
def _search(
    phase: Float64, trials: Float64, cosines: Float64, sines: Float64, unknowns: Float64
) -> None:
    """Find the first trial whose coherence is the highest, and the constant with it.

    A block of models serves all rows of the task while it is in the cache.
    """
    n_row, m = phase.shape
    n_trial = len(trials)
    real, imaginary = np.cos(phase), np.sin(phase)
    coherence = np.empty((n_row, n_trial))
    along, across = np.empty(BLOCK), np.empty(BLOCK)
    for first in range(0, n_trial, BLOCK):
        size = min(BLOCK, n_trial - first)
        for row in range(n_row):
            along[:] = 0.0
            across[:] = 0.0
            for i in range(m):
                _add_models(
                    real[row, i], imaginary[row, i], cosines[i, first : first + size],
                    sines[i, first : first + size], along, across,
                )  # fmt: skip
            for k in range(size):
                coherence[row, first + k] = math.sqrt(along[k] * along[k] + across[k] * across[k])
    for row in range(n_row):
        highest, best = -1.0, 0  # with NaN all comparisons are false
        for k in range(n_trial):
            highest = coherence[row, k] if coherence[row, k] > highest else highest
        while coherence[row, best] < highest - TIE:
            best += 1
        angle_along, angle_across = 0.0, 0.0
        for i in range(m):
            cosine, sine = real[row, i], imaginary[row, i]
            angle_along += cosine * cosines[i, best] + sine * sines[i, best]
            angle_across += sine * cosines[i, best] - cosine * sines[i, best]
        unknowns[row, 0] = math.atan2(angle_across, angle_along)
        unknowns[row, 1] = trials[best, 0]
        unknowns[row, 2] = trials[best, 1]


@compiled
def _add_models(
    real: float, imaginary: float, cosines: Float64, sines: Float64, along: Float64, across: Float64
) -> None:
    """Add one phase to the sums of a block of trials."""
    for k in range(cosines.size):
        along[k] += real * cosines[k] + imaginary * sines[k]
        across[k] += imaginary * cosines[k] - real * sines[k]


@compiled
def _refine(phase: Float64, design: Float64, solution: Float64, unknowns: Float64) -> None:
    """Fit what is left, as wrapped phase, by least squares."""
    m = phase.size
    left = np.empty(m)
    for _ in range(REFINEMENTS):
        for i in range(m):
            rest = phase[i]
            for j in range(3):
                rest -= design[i, j] * unknowns[j]
            left[i] = rest - TWO_PI * np.rint(rest / TWO_PI)
        for j in range(3):
            change = 0.0
            for i in range(m):
                change += solution[j, i] * left[i]
            unknowns[j] += change
