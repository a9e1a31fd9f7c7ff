"""NumPy, one pixel after the other. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.stage2_topofit.fit_reference import STEP, fit_pixels

Array = npt.NDArray[Any]


def stage2_topofit(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    classes = {"k_is_single": k_is_single, "value_is_single": value_is_single}
    k, c, coh = np.full((3, len(phase)), np.nan)
    residual = np.zeros_like(phase)
    for row in range(len(phase)):
        ok = phase[row] != 0
        if ok.any():
            z, b = phase[row, ok], bperp[row, ok].astype(np.float64)
            fit = fit_pixels(z[None], b, _best_trial(z, b, steps), **classes)
            k[row], c[row], coh[row], residual[row, ok] = (part[0] for part in fit)
    return k, c, coh, residual


@np.errstate(divide="ignore", invalid="ignore")
def _best_trial(z: Array, b: Array, steps: int) -> Array:
    """Give the trial, -T to T, of the largest coherence; of equal ones the first."""
    trials = np.arange(-steps, steps + 1)
    phasors = np.exp(-1j * np.outer(b / np.ptp(b) * STEP, trials))
    coherence = abs((phasors * z.astype(np.complex128)[:, None]).sum(axis=0)) / abs(z).sum()
    return trials[[np.argmax(coherence)]]
