"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

REFINEMENTS = 3
TIE = 1e-9


def accuracy_two_slopes(
    phase: Float64, design: Float64, solution: Float64, trials: Float64
) -> Float64:
    """See the package."""
    models = np.exp(-1j * (trials @ design[:, 1:].T))
    found = np.full((len(phase), 3), np.nan)
    for i in np.flatnonzero(~np.isnan(phase).any(axis=1)):
        sums = models @ np.exp(1j * phase[i])
        best = np.argmax(np.abs(sums) >= np.abs(sums).max() - TIE)
        unknowns = np.concatenate([[np.angle(sums[best])], trials[best]])
        for _ in range(REFINEMENTS):
            left = phase[i] - design @ unknowns
            unknowns = unknowns + solution @ (left - 2 * np.pi * np.rint(left / (2 * np.pi)))
        found[i] = unknowns
    return found
