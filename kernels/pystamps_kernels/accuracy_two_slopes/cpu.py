"""Numba: several rows at a time; models of all trials from one table. See the package."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled, prange
from pystamps_kernels.host.finished import refuse_unfinished, tasks_to_do

Float64 = npt.NDArray[np.float64]

TASK = 16
"""Rows per task of a thread."""
REFINEMENTS = 3
TIE = 1e-9
TWO_PI = 2 * math.pi


def accuracy_two_slopes(
    phase: Float64, design: Float64, solution: Float64, trials: Float64
) -> Float64:
    """See the package."""
    angle = trials @ design[:, 1:].T
    found = np.empty((len(phase), 3))
    _search_all(phase, design, solution, trials, np.cos(angle), np.sin(angle), found)
    return found


@compiled(parallel=True)
def _search_all(
    phase: Float64, design: Float64, solution: Float64, trials: Float64,
    cosines: Float64, sines: Float64, found: Float64,
) -> None:  # fmt: skip
    n_row = phase.shape[0]
    is_done = tasks_to_do((n_row + TASK - 1) // TASK)
    for task in prange(is_done.size):
        for i in range(task * TASK, min((task + 1) * TASK, n_row)):
            if np.isnan(phase[i]).any():
                found[i] = np.nan
            else:
                _search(phase[i], trials, cosines, sines, found[i])
                _refine(phase[i], design, solution, found[i])
        is_done[task] = True
    refuse_unfinished(is_done)


@compiled
def _search(
    phase: Float64, trials: Float64, cosines: Float64, sines: Float64, unknowns: Float64
) -> None:
    """Find the first trial whose coherence is the highest, and the constant with it."""
    n_trial, m = cosines.shape
    real, imaginary = np.cos(phase), np.sin(phase)
    coherence, angle = np.empty(n_trial), np.empty(n_trial)
    for k in range(n_trial):
        across, along = 0.0, 0.0
        for i in range(m):
            along += real[i] * cosines[k, i] + imaginary[i] * sines[k, i]
            across += imaginary[i] * cosines[k, i] - real[i] * sines[k, i]
        coherence[k] = math.sqrt(along * along + across * across)
        angle[k] = math.atan2(across, along)
    highest, best = coherence.max(), 0
    while coherence[best] < highest - TIE:
        best += 1
    unknowns[0] = angle[best]
    unknowns[1] = trials[best, 0]
    unknowns[2] = trials[best, 1]


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
