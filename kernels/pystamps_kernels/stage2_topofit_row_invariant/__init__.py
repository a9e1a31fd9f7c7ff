"""Search for the look-angle error of pixels that share one vector of baselines."""

from __future__ import annotations

import numpy as np

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu
from pystamps_kernels.stage2_topofit import Fit, Phasors, Reals, n_steps, stage2_topofit


def stage2_topofit_row_invariant(
    phase: Phasors, bperp: Reals, *, n_trial_wraps: float, choice: KernelChoice = AUTO
) -> Fit:
    """Give what :func:`pystamps_kernels.stage2_topofit.stage2_topofit` gives, for equal baselines.

    Parameters
    ----------
    phase : ndarray of complex64 or complex128, shape (n, n_ifg)
    bperp : ndarray of float32 or float64, shape (n_ifg,)
        Baselines of every pixel, in m.
    n_trial_wraps : float
    choice : KernelChoice, optional

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        Shapes differ or ``n_trial_wraps`` is not finite.

    Notes
    -----
    The trial phases are built once, so the search is a matrix product. A pixel with null values
    has another baseline range and goes to the general kernel.
    """
    if phase.ndim != 2 or phase.shape[1:] != bperp.shape:
        raise ValueError(f"expected a matrix and its row length, {phase.shape=}, {bperp.shape=}")
    k_is_single = bperp.dtype == np.float32
    fit = Fit(
        *implementation("stage2_topofit_row_invariant", choice, size=phase.size)(
            gpu.contiguous(phase),
            bperp.astype(np.float64),
            n_steps(n_trial_wraps),
            k_is_single,
            k_is_single or phase.dtype == np.complex64,
        )
    )
    if not phase.all():
        null = (phase == 0).any(axis=1)
        rows = np.broadcast_to(bperp, (int(null.sum()), bperp.size))
        again = stage2_topofit(phase[null], rows, n_trial_wraps=n_trial_wraps, choice=choice)
        for part, replacement in zip(fit, again, strict=True):
            part[null] = replacement
    return fit
