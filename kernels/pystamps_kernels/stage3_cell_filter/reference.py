"""NumPy: whole windows, whole inverse transforms. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.fft import fft2, ifft2

from pystamps_kernels.stage2_clap_filter.reference import adaptive_gain

Array = npt.NDArray[Any]


def filter_window(window: Array, low_pass: Array, alpha: float, beta: float) -> Array:
    """Filter one square window (StaMPS ``clap_filt_patch``)."""
    spectrum = fft2(window)
    filtered: Array = ifft2(spectrum * adaptive_gain(spectrum, low_pass, alpha, beta))
    return filtered


def _window_start(at: int, n_win: int, size: int) -> int:
    return min(max(at - n_win // 2, 0), size - n_win)


def stage3_cell_filter(
    ph_grid: Array, cells: Array, low_pass: Array, alpha: float, beta: float,
    reach: int, reach_in_first_only: bool,
) -> Array:  # fmt: skip
    """See the package."""
    n_win, (n_i, n_j, m) = low_pass.shape[0], ph_grid.shape
    clean = np.where(np.isnan(ph_grid), 0, ph_grid).astype(np.complex128)
    out = np.zeros((len(cells), m), np.complex64)
    for c, (a, b) in enumerate(cells):
        i0, j0 = _window_start(a, n_win, n_i), _window_start(b, n_win, n_j)
        pa, pb = a - i0, b - j0
        for k in range(m):
            window = clean[i0 : i0 + n_win, j0 : j0 + n_win, k].copy()
            r = reach if k == 0 or not reach_in_first_only else 0
            window[max(pa - r, 0) : pa + r + 1, max(pb - r, 0) : pb + r + 1] = 0
            out[c, k] = filter_window(window, low_pass, alpha, beta)[pa, pb]
    return out
