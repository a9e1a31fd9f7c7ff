"""NumPy. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def stage2_weighted_phase(
    ph: npt.NDArray[np.complex64],
    bperp_mat: npt.NDArray[Any],
    k_ps: npt.NDArray[np.float64],
    weighting: npt.NDArray[np.float64],
    is_single: bool,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    k_ps = k_ps.astype(np.float32) if is_single else k_ps
    turn = np.exp(-1j * (bperp_mat * k_ps[:, None])).astype(np.complex64)
    return np.asarray(ph * turn * weighting.astype(np.float32)[:, None], dtype=np.complex64)
