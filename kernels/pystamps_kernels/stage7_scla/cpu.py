"""See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled

Float64 = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.floating[Any]]


@compiled(parallel=True)
def stage7_scla(
    ph: FloatArray,
    bperp: FloatArray,
    slope: Float64,
    constant: Float64,
    reference: Float64,
    k_known: Float64,
) -> tuple[Float64, Float64, FloatArray]:
    """See the package; an empty ``k_known`` means that K is to be estimated."""
    n_ps, n_ifg = ph.shape
    k_ps, c_ps = np.empty(n_ps), np.empty(n_ps)
    ph_scla = np.empty_like(bperp)
    slope_ix, constant_ix = np.flatnonzero(slope), np.flatnonzero(constant)
    for i in prange(n_ps):
        k = 0.0
        if k_known.size:
            k = k_known[i]
        else:
            for used in slope_ix:
                k += slope[used] * (ph[i, used] - reference[used])
        k_ps[i] = k
        k_rounded = bperp.dtype.type(k)
        for j in range(n_ifg):
            ph_scla[i, j] = k_rounded * bperp[i, j]
        c = 0.0
        for used in constant_ix:
            c += constant[used] * (ph[i, used] - reference[used] - ph_scla[i, used])
        c_ps[i] = c
    return k_ps, c_ps, ph_scla
