"""Numba: one task per cell. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._fourier import circle, transform, transpose
from pystamps_kernels._spectrum import GATHERED, adaptive_gain, centred_low_pass, gauss_taps

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]


@compiled(parallel=True)
def _planes(ph_grid: Array) -> tuple[Float64, Float64]:
    """Real and imaginary part, interferogram first, NaN as 0, with alternating signs.

    The alternation shifts every spectrum by half its length: its zero frequency is in the middle.
    """
    n_i, n_j, m = ph_grid.shape
    re, im = np.empty((m, n_i, n_j)), np.empty((m, n_i, n_j))
    for k in prange(m):
        for i in range(n_i):
            for j in range(n_j):
                value = ph_grid[i, j, k]
                sign = 1.0 if (i + j) % 2 == 0 else -1.0
                is_valid = not (math.isnan(value.real) or math.isnan(value.imag))
                re[k, i, j] = sign * value.real if is_valid else 0.0
                im[k, i, j] = sign * value.imag if is_valid else 0.0
    return re, im


@compiled
def _load(
    re: Float64, im: Float64, i0: int, j0: int, a: int, b: int, reach: int, n: int,
    xr: Float64, xi: Float64,
) -> bool:  # fmt: skip
    """Copy a window without the cells around (a, b); tell whether any value is not 0."""
    for i in range(n):
        for j in range(n):
            xr[i * n + j], xi[i * n + j] = re[i0 + i, j0 + j], im[i0 + i, j0 + j]
    for i in range(max(a - reach - i0, 0), min(a + reach + 1 - i0, n)):
        for j in range(max(b - reach - j0, 0), min(b + reach + 1 - j0, n)):
            xr[i * n + j], xi[i * n + j] = 0.0, 0.0
    largest = 0.0
    for q in range(n * n):
        largest = max(largest, max(abs(xr[q]), abs(xi[q])))
    return largest > 0.0


@compiled
def _sample(
    xr: Float64, xi: Float64, gain: Float64, a: int, b: int, n: int, cosine: Float64, sine: Float64
) -> complex:
    """One sample of the inverse transform; the spectrum lies column after column."""
    line_r, line_i = np.zeros(n), np.zeros(n)
    for v in range(n):
        c, s = cosine[(v * b) % n], sine[(v * b) % n]
        for u in range(n):
            g = gain[v * n + u]
            line_r[u] += g * (xr[v * n + u] * c - xi[v * n + u] * s)
            line_i[u] += g * (xi[v * n + u] * c + xr[v * n + u] * s)
    re, im = 0.0, 0.0
    for u in range(n):
        c, s = cosine[(u * a) % n], sine[(u * a) % n]
        re += line_r[u] * c - line_i[u] * s
        im += line_i[u] * c + line_r[u] * s
    return complex(re, im) / (n * n)


@compiled(parallel=True)
def stage3_cell_filter(
    ph_grid: Array, cells: Array, low_pass: Float64, alpha: float, beta: float,
    reach: int, reach_in_first_only: bool,
) -> Array:  # fmt: skip
    """See the package."""
    n_i, n_j, m = ph_grid.shape
    n = low_pass.shape[0]
    out = np.zeros((cells.shape[0], m), np.complex64)
    re, im = _planes(ph_grid)
    cosine, sine = circle(n)
    taps, centred = gauss_taps(), centred_low_pass(low_pass)
    for cell in prange(cells.shape[0]):
        xr, xi, yr, yi = np.empty(n * n), np.empty(n * n), np.empty(n * n), np.empty(n * n)
        h, work, gathered = np.empty(n * n), np.empty((n + 6) * n), np.empty(GATHERED)
        a, b = cells[cell, 0], cells[cell, 1]
        i0, j0 = min(max(a - n // 2, 0), n_i - n), min(max(b - n // 2, 0), n_j - n)
        sign = 1.0 if (a + b) % 2 == 0 else -1.0
        for k in range(m):
            around = reach if k == 0 or not reach_in_first_only else 0
            if not _load(re[k], im[k], i0, j0, a, b, around, n, xr, xi):
                continue
            pr, pi, qr, qi = transform(xr, xi, yr, yi, n, cosine, sine)
            transpose(pr, n, n, qr)
            transpose(pi, n, n, qi)
            pr, pi, qr, qi = transform(qr, qi, pr, pi, n, cosine, sine)
            for q in range(n * n):
                h[q] = math.sqrt(pr[q] * pr[q] + pi[q] * pi[q])
            adaptive_gain(h, n, centred, alpha, beta, taps, work, gathered)
            value = _sample(pr, pi, h, a - i0, b - j0, n, cosine, sine)
            out[cell, k] = sign * value
    return out
