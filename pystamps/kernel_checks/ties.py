"""Pixels for which rounding decides which trial of the look-angle search wins."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Array
from pystamps.kernel_checks.inputs import Arguments
from pystamps_kernels.stage2_topofit import n_steps

CLOSE = 1e-9
"""Coherences that differ by less may be ordered either way."""

UNDECIDED = ("k", "c", "residual")
"""Results that another trial changes; the coherence stays and is compared for all pixels."""


def tied_rows(kernel: str, arguments: Arguments) -> Array:
    """Tell which pixels have two trials of nearly equal, largest coherence.

    Parameters
    ----------
    kernel : str
    arguments : dict

    Returns
    -------
    ndarray of bool, shape (n,), or (0,) for kernels without trials
    """
    if kernel not in ("stage2_topofit", "stage2_topofit_row_invariant"):
        return np.zeros(0, np.bool_)
    phase = arguments["phase"].astype(np.complex128)
    b = np.broadcast_to(arguments["bperp"], phase.shape).astype(np.float64)
    missing = phase == 0
    high = np.where(missing, -np.inf, b).max(axis=1, initial=-np.inf)
    extent = high - np.where(missing, np.inf, b).min(axis=1, initial=np.inf)
    steps = n_steps(arguments["n_trial_wraps"])
    angle = b / np.where(extent > 0, extent, 1)[:, None] * np.pi / 4
    trials = [abs((phase * np.exp(-1j * angle * t)).sum(axis=1)) for t in range(-steps, steps + 1)]
    coherence = np.sort(np.array(trials) / np.maximum(abs(phase).sum(axis=1), 1e-300), axis=0)
    if len(trials) == 1:
        return np.zeros(len(phase), np.bool_)
    return np.asarray(coherence[-1] - coherence[-2] < CLOSE)
