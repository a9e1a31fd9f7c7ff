"""Search for the look-angle error of pixels that have their own baselines."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu

Phasors = npt.NDArray[np.complexfloating[Any, Any]]
Reals = npt.NDArray[np.floating[Any]]


class Fit(NamedTuple):
    """What the search gives per pixel.

    Attributes
    ----------
    k : float64, (n,), look-angle error in rad/m
    c : float64, (n,), mean phase left in rad
    coh : float64, (n,), temporal coherence
    residual : complex, class of the phase, (n, n_ifg), phasors without the look-angle error
    """

    k: npt.NDArray[np.float64]
    c: npt.NDArray[np.float64]
    coh: npt.NDArray[np.float64]
    residual: Phasors


def n_steps(n_trial_wraps: float) -> int:
    """Give the number T of trials on each side of zero (2 T + 1 in all)."""
    if not math.isfinite(n_trial_wraps):
        raise ValueError(f"the number of trial wraps must be finite, {n_trial_wraps=}")
    return math.ceil(8 * n_trial_wraps)


def stage2_topofit(
    phase: Phasors, bperp: Reals, *, n_trial_wraps: float, choice: KernelChoice = AUTO
) -> Fit:
    """Find the look-angle error K that makes the phase of each pixel most coherent.

    Parameters
    ----------
    phase : ndarray of complex64 or complex128, shape (n, n_ifg)
        Phasors without their spatially correlated part. Null values are left out.
    bperp : ndarray of float32 or float64, shape (n, n_ifg)
        Perpendicular baselines in m.
    n_trial_wraps : float
        Cycles that the largest K adds over the whole baseline range.
    choice : KernelChoice, optional

    Returns
    -------
    Fit
        NaN where a pixel has no phase at all or no spread of baselines.

    Raises
    ------
    ValueError
        Shapes differ or ``n_trial_wraps`` is not finite.

    Notes
    -----
    StaMPS ``ps_topofit`` (Hooper et al. 2007, section 3.2): trial values in steps of pi/4 over the
    baseline range, the first largest coherence, one linear least-squares step. Values, and the sums
    of phasors that follow from them, are rounded to single where the original has single; trials
    are compared and the least squares solved in double. ``host.topofit`` has the formulas.
    """
    if phase.ndim != 2 or phase.shape != bperp.shape:
        raise ValueError(f"expected two equal matrices, {phase.shape=}, {bperp.shape=}")
    k_is_single = bperp.dtype == np.float32
    return Fit(
        *implementation("stage2_topofit", choice, size=phase.size)(
            gpu.contiguous(phase),
            gpu.contiguous(bperp),
            n_steps(n_trial_wraps),
            k_is_single,
            k_is_single or phase.dtype == np.complex64,
        )
    )
