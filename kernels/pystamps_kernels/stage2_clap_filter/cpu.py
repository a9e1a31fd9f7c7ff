"""Numba: one task per interferogram, windows in order. See the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels._fourier import circle, transform, transpose
from pystamps_kernels._spectrum import (
    REACH,
    adaptive_gain,
    aligned,
    centred_low_pass,
    gauss_taps,
    workspace,
)

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]


@compiled
def _load(re: Float64, im: Float64, i0: int, j0: int, size: int, xr: Float64, xi: Float64) -> bool:
    """Copy a window to the transform's input, alternating signs; tell whether any value is not 0.

    The alternation shifts the spectrum by half its length: its zero frequency is in the middle.
    """
    xr[:] = 0.0
    xi[:] = 0.0
    largest = 0.0
    for i in range(size):
        for j in range(size):
            sign = 1.0 if (i + j) % 2 == 0 else -1.0
            a, b = re[i0 + i, j0 + j], im[i0 + i, j0 + j]
            xr[i * size + j], xi[i * size + j] = sign * a, sign * b
            largest = max(largest, max(abs(a), abs(b)))
    return largest > 0.0


@compiled
def _filter_window(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, size: int, low_pass: Float64,
    alpha: float, beta: float, framed: Float64, work: Float64,
    cosine: Float64, sine: Float64, taps: Float64,
) -> tuple[Float64, Float64]:  # fmt: skip
    """Transform ``size`` columns, then rows, apply the gain, and go back; result ``n x size``."""
    n = cosine.size
    xr, xi, yr, yi = transform(xr, xi, yr, yi, size, cosine, sine)
    transpose(xr, n, size, yr)
    transpose(xi, n, size, yi)
    yr[size * n :] = 0.0
    yi[size * n :] = 0.0
    xr, xi, yr, yi = transform(yr, yi, xr, xi, n, cosine, sine)
    h = framed[REACH * n : (REACH + n) * n]
    for q in range(n * n):
        h[q] = math.sqrt(xr[q] * xr[q] + xi[q] * xi[q])
    gain = adaptive_gain(framed, n, low_pass, alpha, beta, taps, work)
    for q in range(n * n):
        xr[q] *= gain[q]
        xi[q] *= gain[q]
    xi, xr, yi, yr = transform(xi, xr, yi, yr, n, cosine, sine)
    transpose(xr[: size * n], size, n, yr)
    transpose(xi[: size * n], size, n, yi)
    xi, xr, yi, yr = transform(yi, yr, xi, xr, size, cosine, sine)
    return xr, xi


@compiled
def _add_window(
    out_r: Float64, out_i: Float64, i0: int, j0: int, size: int, down: int, right: int,
    xr: Float64, xi: Float64, scale: float,
) -> None:  # fmt: skip
    """Add a filtered window with weights that fall off from the middle, moved down and right."""
    for i in range(down, size):
        from_edge_i = min(i - down, size - 1 - i + down)
        for j in range(right, size):
            sign = scale if (i + j) % 2 == 0 else -scale
            weight = sign * (from_edge_i + min(j - right, size - 1 - j + right) + 1e-6)
            out_r[i0 + i, j0 + j] += weight * xr[i * size + j]
            out_i[i0 + i, j0 + j] += weight * xi[i * size + j]


@compiled
def _filter_image(
    re: Float64, im: Float64, out_r: Float64, out_i: Float64, low_pass: Float64,
    alpha: float, beta: float, cosine: Float64, sine: Float64, taps: Float64,
) -> None:  # fmt: skip
    n = cosine.size
    size, (n_i, n_j) = 3 * n // 4, re.shape
    step = size // 4
    a, b, c, d = aligned(n * n), aligned(n * n), aligned(n * n), aligned(n * n)
    framed, work = workspace(n)
    for wi in range((n_i + step - 1) // step - 3):
        down = max(0, wi * step + size - n_i)
        i0 = wi * step - down
        for wj in range((n_j + step - 1) // step - 3):
            right = max(0, wj * step + size - n_j)
            j0 = wj * step - right
            if not _load(re, im, i0, j0, size, a, b):
                continue
            xr, xi = _filter_window(
                a, b, c, d, size, low_pass, alpha, beta, framed, work, cosine, sine, taps
            )
            _add_window(out_r, out_i, i0, j0, size, down, right, xr, xi, 1.0 / (n * n))


@compiled
def _filter_interferogram(
    grid: Array, k: int, low_pass: Float64, alpha: float, beta: float,
    cosine: Float64, sine: Float64, taps: Float64, out: Array,
) -> None:  # fmt: skip
    """Filter interferogram ``k`` of the grid into ``out``."""
    n_i, n_j, _ = grid.shape
    re, im = np.empty((n_i, n_j)), np.empty((n_i, n_j))
    out_r, out_i = np.zeros((n_i, n_j)), np.zeros((n_i, n_j))
    for i in range(n_i):
        for j in range(n_j):
            value = grid[i, j, k]
            is_valid = not (math.isnan(value.real) or math.isnan(value.imag))
            re[i, j] = value.real if is_valid else 0.0
            im[i, j] = value.imag if is_valid else 0.0
    _filter_image(re, im, out_r, out_i, low_pass, alpha, beta, cosine, sine, taps)
    for i in range(n_i):
        for j in range(n_j):
            out[i, j, k] = complex(out_r[i, j], out_i[i, j])


@compiled(parallel=True)
def stage2_clap_filter(grid: Array, low_pass: Float64, alpha: float, beta: float) -> Array:
    """See the package."""
    out = np.empty_like(grid)
    cosine, sine = circle(low_pass.shape[0])
    taps, centred = gauss_taps(), centred_low_pass(low_pass)
    for k in prange(grid.shape[2]):
        _filter_interferogram(grid, k, centred, alpha, beta, cosine, sine, taps, out)
    return out
