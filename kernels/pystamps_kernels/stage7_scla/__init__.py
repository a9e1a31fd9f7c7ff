"""Look-angle error and contribution of the reference image, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu

Float64 = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class SclaWeights:
    """What turns the columns of one pixel into its estimates; a weight of 0 = column not used.

    Attributes
    ----------
    slope : float64, (n_ifg,): slope K in rad/m is the weighted sum of the phases
    constant : float64, (n_ifg,): constant C in rad is the weighted sum of phases without K
    reference : float64, (n_ifg,): phase of the reference area in rad, subtracted first
    """

    slope: Float64
    constant: Float64
    reference: Float64


def stage7_scla(
    ph: FloatArray,
    bperp: FloatArray,
    *,
    weights: SclaWeights,
    k_known: Float64 | None = None,
    choice: KernelChoice = AUTO,
) -> tuple[Float64, Float64, FloatArray]:
    """Estimate slope, constant and phase of the look-angle error of every pixel.

    Parameters
    ----------
    ph : ndarray of float32 or float64, shape (n_ps, n_ifg)
        Unwrapped phase in rad; NaN makes the estimates of its pixel NaN if the column is used.
    bperp : ndarray of float32 or float64, shape (n_ps, n_ifg)
        Perpendicular baselines in m, 0 at the reference image.
    weights : SclaWeights
    k_known : ndarray of float64, shape (n_ps,), optional
        Slopes to use instead of estimating them (other norms than least squares).
    choice : KernelChoice

    Returns
    -------
    k_ps : ndarray of float64, shape (n_ps,)
        rad/m.
    c_ps : ndarray of float64, shape (n_ps,)
        rad.
    ph_scla : ndarray of the dtype of ``bperp``, shape (n_ps, n_ifg)
        ``k_ps * bperp``, rad, computed in the precision of ``bperp`` as in StaMPS.

    Notes
    -----
    StaMPS routine ``ps_calc_scla``. With u the phases of a pixel less those of the reference,

        K = sum slope u,    scla = K bperp,    C = sum constant (u - scla).

    The design of the least squares is common to all pixels, so that each unknown is a weighted sum
    of the observations with weights computed once: the row of the pseudo-inverse of the design. The
    observations for K are differences of consecutive images, u_(j+1) - u_j with weights q_j; sorted
    by images these are the weights q_(j-1) - q_j of ``slope``. K uses the mean baselines of all
    pixels, scla those of the pixel. K is rounded to the class of ``bperp`` before the product, as
    in StaMPS, and C sees the phase that is left by the rounded product.
    """
    if ph.shape != bperp.shape or ph.ndim != 2:
        raise ValueError(f"{ph.shape=} and {bperp.shape=} differ or are not 2-D")
    sizes = {weights.slope.shape, weights.constant.shape, weights.reference.shape}
    if sizes != {(ph.shape[1],)}:
        raise ValueError(f"weights have shapes {sizes}, expected ({ph.shape[1]},)")
    if k_known is not None and k_known.shape != ph.shape[:1]:
        raise ValueError(f"{k_known.shape=}, expected ({ph.shape[0]},)")
    estimate = implementation("stage7_scla", choice, size=ph.size)
    slope, constant, reference = (
        gpu.contiguous(w, np.float64) for w in (weights.slope, weights.constant, weights.reference)
    )
    k_known = np.empty(0) if k_known is None else gpu.contiguous(k_known, np.float64)
    result: tuple[Float64, Float64, FloatArray] = estimate(
        gpu.contiguous(ph), gpu.contiguous(bperp), slope, constant, reference, k_known
    )
    return result
