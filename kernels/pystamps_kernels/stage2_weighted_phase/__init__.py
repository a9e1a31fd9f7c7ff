"""Phasors turned back by the look-angle error and weighted."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation


def stage2_weighted_phase(
    ph: npt.NDArray[np.complex64],
    bperp_mat: npt.NDArray[np.floating[Any]],
    *,
    k_ps: npt.NDArray[np.float64],
    weighting: npt.NDArray[np.float64],
    choice: KernelChoice = AUTO,
) -> npt.NDArray[np.complex64]:
    """Remove the look-angle error found so far and multiply by the weight of the pixel.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n, n_ifg)
    bperp_mat : ndarray of float32 or float64, shape (n, n_ifg)
        Perpendicular baselines in m.
    k_ps : ndarray of float64, shape (n,)
        Look-angle error in rad/m; NaN makes the row NaN.
    weighting : ndarray of float64, shape (n,)
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of complex64, shape (n, n_ifg)
        ``ph * exp(-1j * bperp_mat * k_ps) * weighting``, in single as in the original.

    Raises
    ------
    ValueError
        Shapes differ.

    Notes
    -----
    Part of StaMPS ``ps_est_gamma_quick``.
    """
    rows = ph.shape[:1]
    if ph.ndim != 2 or bperp_mat.shape != ph.shape or (k_ps.shape, weighting.shape) != (rows, rows):
        raise ValueError(
            f"shapes differ, {ph.shape=}, {bperp_mat.shape=}, {k_ps.shape=}, {weighting.shape=}"
        )
    run = implementation("stage2_weighted_phase", choice, size=ph.size)
    weighted: npt.NDArray[np.complex64] = run(
        ph, bperp_mat, k_ps, weighting, bperp_mat.dtype == np.float32
    )
    return weighted
