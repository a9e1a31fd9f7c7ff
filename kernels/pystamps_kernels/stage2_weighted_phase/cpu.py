"""Numba. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import sine_cosine
from pystamps_kernels._topofit import rounded


@compiled(parallel=True)
def stage2_weighted_phase(
    ph: npt.NDArray[np.complex64],
    bperp_mat: npt.NDArray[Any],
    k_ps: npt.NDArray[np.float64],
    weighting: npt.NDArray[np.float64],
    is_single: bool,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    n, m = ph.shape
    out = np.empty((n, m), np.complex64)
    for p in prange(n):
        k = rounded(k_ps[p], is_single)
        weight = np.float32(weighting[p])
        for i in range(m):
            s, c = sine_cosine(rounded(bperp_mat[p, i] * k, is_single))
            sine, cosine = np.float32(s), np.float32(c)
            re = ph[p, i].real * cosine + ph[p, i].imag * sine
            im = ph[p, i].imag * cosine - ph[p, i].real * sine
            out[p, i] = complex(re * weight, im * weight)
    return out
