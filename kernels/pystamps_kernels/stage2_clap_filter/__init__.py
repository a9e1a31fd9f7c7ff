"""Combined low-pass and adaptive phase filter of whole interferograms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Grid = npt.NDArray[np.complexfloating[Any, Any]]


def stage2_clap_filter(
    grid: Grid,
    low_pass: npt.NDArray[np.float64],
    *,
    alpha: float,
    beta: float,
    choice: KernelChoice = AUTO,
) -> Grid:
    """Filter the gridded phasors of each interferogram in overlapping windows.

    Parameters
    ----------
    grid : ndarray of complex64 or complex128, shape (n_i, n_j, n_ifg)
        NaN counts as 0. Both sizes must reach the inner window, 3/4 of the size of ``low_pass``.
    low_pass : ndarray of float64, shape (n_win, n_win)
        Fixed part of the gain, zero frequency first; ``n_win`` a multiple of 8.
    alpha : float
        Exponent of the adaptive part, 0 or more.
    beta : float
        Weight of the adaptive part.
    choice : KernelChoice, optional

    Returns
    -------
    ndarray, shape and class of ``grid``
        Computed in double. The sum of the window weights is not divided out: use the angle.

    Raises
    ------
    ValueError
        Wrong shapes or window size.

    Notes
    -----
    StaMPS ``clap_filt`` (Hooper et al. 2007, section 3.1; after Goldstein and Werner 1998). Windows
    without any phasor are skipped: they contribute 0.
    """
    n_win = low_pass.shape[0]
    if grid.ndim != 3 or low_pass.shape != (n_win, n_win) or n_win % 8 or not n_win:
        raise ValueError(f"expected 3 axes and a square of 8 k, {grid.shape=}, {low_pass.shape=}")
    if min(grid.shape[:2]) < 3 * n_win // 4:
        raise ValueError(f"the grid is smaller than the inner window, {grid.shape=}, {n_win=}")
    run = implementation("stage2_clap_filter", choice, size=grid.size)
    filtered: Grid = run(grid, low_pass, float(alpha), float(beta))
    return filtered
