"""NumPy: the search as one matrix product. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.stage2_topofit.fit_reference import STEP, fit_pixels

Array = npt.NDArray[Any]


@np.errstate(divide="ignore", invalid="ignore")
def stage2_topofit_row_invariant(
    phase: Array, bperp: Array, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Array, Array, Array, Array]:
    """See the package."""
    trials = np.arange(-steps, steps + 1)
    phasors = np.exp(-1j * np.outer(bperp / np.ptp(bperp) * STEP, trials))
    best = trials[np.argmax(abs(phase.astype(np.complex128) @ phasors), axis=1)]
    return fit_pixels(phase, bperp, best, k_is_single=k_is_single, value_is_single=value_is_single)
