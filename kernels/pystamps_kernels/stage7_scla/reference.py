"""See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.floating[Any]]


def stage7_scla(
    ph: FloatArray,
    bperp: FloatArray,
    slope: Float64,
    constant: Float64,
    reference: Float64,
    k_known: Float64,
) -> tuple[Float64, Float64, FloatArray]:
    """See the package; an empty ``k_known`` means that K is to be estimated."""
    referenced = ph.astype(np.float64) - reference
    k_ps = k_known.copy() if k_known.size else _weighted_sum(referenced, slope)
    ph_scla = k_ps.astype(bperp.dtype)[:, None] * bperp
    c_ps = _weighted_sum(referenced - ph_scla, constant)
    return k_ps, c_ps, ph_scla


def _weighted_sum(values: Float64, weights: Float64) -> Float64:
    """Sum over the used columns only, so that NaN elsewhere does no harm.

    Column after column: a sum of NumPy over an axis may depend in its last bit on how many pixels
    are given, and blocks of pixels must not show in the result.
    """
    total = np.zeros(len(values))
    for column in np.flatnonzero(weights):
        total += weights[column] * values[:, column]
    return total
