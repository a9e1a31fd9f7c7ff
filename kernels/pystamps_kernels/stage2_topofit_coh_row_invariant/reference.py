"""NumPy: the search in blocks of pixels. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.stage2_topofit_row_invariant.reference import stage2_topofit_row_invariant

Array = npt.NDArray[Any]
_BLOCK = 20_000


def stage2_topofit_coh_row_invariant(
    turns: Array, bperp: Array, steps: int, is_single: bool
) -> Array:
    """See the package."""
    coh = np.empty(turns.shape[1])
    for first in range(0, coh.size, _BLOCK):
        block = slice(first, first + _BLOCK)
        z = np.exp(2j * np.pi * turns[:, block].T)
        z = z.astype(np.complex64) if is_single else z
        coh[block] = stage2_topofit_row_invariant(z, bperp, steps, is_single, is_single)[2]
    return coh
