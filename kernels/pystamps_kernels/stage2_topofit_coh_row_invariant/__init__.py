"""Coherence of many pixels of unit amplitude that share one vector of baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu
from pystamps_kernels.stage2_topofit import n_steps


def stage2_topofit_coh_row_invariant(
    turns: npt.NDArray[np.float64],
    bperp: npt.NDArray[np.floating[Any]],
    *,
    n_trial_wraps: float,
    choice: KernelChoice = AUTO,
) -> npt.NDArray[np.float64]:
    """Coherence after the search for the look-angle error, for phases given in cycles.

    Parameters
    ----------
    turns : ndarray of float64, shape (n_ifg, n)
        Phase in cycles, one row per interferogram (the order in which random numbers are drawn).
    bperp : ndarray of float32 or float64, shape (n_ifg,)
        Baselines of every pixel, in m.
    n_trial_wraps : float
        Cycles that the largest look-angle error adds over the whole baseline range.
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    ValueError
        Shapes differ or ``n_trial_wraps`` is not finite.

    Notes
    -----
    Used for the random reference of stage 2, where nothing but the coherence is wanted.
    """
    if turns.ndim != 2 or turns.shape[:1] != bperp.shape:
        raise ValueError(f"expected one row per interferogram, {turns.shape=}, {bperp.shape=}")
    is_single = bperp.dtype == np.float32
    run = implementation("stage2_topofit_coh_row_invariant", choice, size=turns.size)
    coh: npt.NDArray[np.float64] = run(
        gpu.contiguous(turns), bperp.astype(np.float64), n_steps(n_trial_wraps), is_single
    )
    return coh
