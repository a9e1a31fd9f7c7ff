"""Numba: one task per interferogram, windows in order. See the package.

With n the size of the transforms, windows of size = 3 n / 4 cells begin every size / 4 cells and
are followed by zeros up to n. Along an axis of L cells there are ceil(L / step) - 3 windows of four
steps; the last one may reach beyond the grid and is then moved back by ``down`` (or ``right``)
cells. Its weights are not: a cell at place i of a moved window is weighted as at i - down, and
cells before that get nothing from it. The weight, min(i, size - 1 - i) + min(j, size - 1 - j) +
1e-6 for an unmoved window, is the original's pyramid: 0, 1, ... to the middle and back, along both
axes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.fourier import circle, transform, transpose
from pystamps_kernels.host.spectrum import (
    REACH,
    adaptive_gain,
    aligned,
    centred_low_pass,
    gauss_taps,
    workspace,
)
from pystamps_kernels.host.tasks import do_tasks

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]


def stage2_clap_filter(grid: Array, low_pass: Float64, alpha: float, beta: float) -> Array:
    """See the package."""
    out = np.empty_like(grid)
    do_tasks(_filter, grid.shape[2], grid, low_pass, alpha, beta, out)
    return out


@compiled
def _columns(
    re: Float64, im: Float64, i0: int, size: int, cosine: Float64, sine: Float64
) -> tuple[Float64, Float64, Float64]:
    """Transform the columns of all windows of a row of windows, which share ``size`` rows.

    A column lies in up to four of these windows and has the same transform in each.

    Returns
    -------
    ndarray of float64, shape (columns * n,)
        Real part, column by column.
    ndarray of float64, shape (columns * n,)
        Imaginary part.
    ndarray of float64, shape (columns + 1,)
        Number of values other than 0 in all columns before.
    """
    n, lanes = cosine.size, re.shape[1]
    xr, xi, yr, yi = aligned(n * lanes), aligned(n * lanes), aligned(n * lanes), aligned(n * lanes)
    count, occupied = np.zeros(lanes), np.zeros(lanes + 1)
    for i in range(size):
        to_r, to_i = xr[i * lanes : (i + 1) * lanes], xi[i * lanes : (i + 1) * lanes]
        from_r, from_i = re[i0 + i], im[i0 + i]
        for j in range(lanes):
            to_r[j], to_i[j] = from_r[j], from_i[j]
            count[j] += 1.0 if abs(from_r[j]) + abs(from_i[j]) > 0.0 else 0.0
    for j in range(lanes):
        occupied[j + 1] = occupied[j] + count[j]
    pr, pi, qr, qi = transform(xr, xi, yr, yi, lanes, cosine, sine)
    transpose(pr, n, lanes, qr)
    transpose(pi, n, lanes, qi)
    return qr, qi, occupied


@compiled
def _copy_filled_up(values: Float64, out: Float64) -> None:
    """Copy values, followed by zeros."""
    # not by slices: Numba compiles for a second the error of shapes that do not fit
    for q in range(values.size):
        out[q] = values[q]
    out[values.size :] = 0.0


@compiled
def _filter_window(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, low_pass: Float64,
    alpha: float, beta: float, framed: Float64, work: Float64,
    cosine: Float64, sine: Float64, taps: Float64,
) -> tuple[Float64, Float64]:  # fmt: skip
    """Transform rows, apply the gain, and go back; not divided by ``n * n``.

    The columns are transformed already, the axes exchanged. Each step transforms along the first
    axis, which is the second of the window; transposing before the last step makes it the first
    again. The way back is a transform with real and imaginary part exchanged, before and after.
    """
    n = cosine.size
    h = framed[REACH * n : (REACH + n) * n]
    for step in range(3):
        xr, xi, yr, yi = transform(xr, xi, yr, yi, n, cosine, sine)
        if step == 0:
            for q in range(n * n):
                h[q] = math.sqrt(xr[q] * xr[q] + xi[q] * xi[q])
            gain = adaptive_gain(framed, n, low_pass, alpha, beta, taps, work)
            for q in range(n * n):
                xr[q] *= gain[q]
                xi[q] *= gain[q]
            xr, xi = xi, xr
        elif step == 1:
            transpose(xr, n, n, yr)
            transpose(xi, n, n, yi)
            xr, xi, yr, yi = yr, yi, xr, xi
    return xi, xr


@compiled
def _add_window(
    out_r: Float64, out_i: Float64, i0: int, j0: int, size: int, down: int, right: int,
    xr: Float64, xi: Float64, ramp: Float64,
) -> None:  # fmt: skip
    """Add a filtered window with weights that fall off from the middle, moved down and right."""
    n = ramp.size
    scale = 1.0 / (n * n)
    for j in range(right, size):
        ramp[j] = min(j - right, size - 1 - j + right)
    weights = ramp[right:size]
    for i in range(down, size):
        from_edge = float(min(i - down, size - 1 - i + down))
        row, first, last = i0 + i, j0 + right, j0 + size
        to_r, to_i = out_r[row, first:last], out_i[row, first:last]
        from_r, from_i = xr[i * n + right : i * n + size], xi[i * n + right : i * n + size]
        for j in range(weights.size):
            weight = scale * (from_edge + weights[j] + 1e-6)
            to_r[j] += weight * from_r[j]
            to_i[j] += weight * from_i[j]


@compiled
def _filter_image(
    re: Float64, im: Float64, out_r: Float64, out_i: Float64, low_pass: Float64,
    alpha: float, beta: float, cosine: Float64, sine: Float64, taps: Float64,
) -> None:  # fmt: skip
    n = cosine.size
    size, (n_i, n_j) = 3 * n // 4, re.shape
    step = size // 4
    a, b, c, d = aligned(n * n), aligned(n * n), aligned(n * n), aligned(n * n)
    (framed, work), ramp = workspace(n), aligned(n)
    for wi in range((n_i + step - 1) // step - 3):
        down = max(0, wi * step + size - n_i)
        i = wi * step - down
        column_r, column_i, occupied = _columns(re, im, i, size, cosine, sine)
        for wj in range((n_j + step - 1) // step - 3):
            right = max(0, wj * step + size - n_j)
            j = wj * step - right
            if occupied[j + size] == occupied[j]:
                continue
            _copy_filled_up(column_r[j * n : (j + size) * n], a)
            _copy_filled_up(column_i[j * n : (j + size) * n], b)
            xr, xi = _filter_window(
                a, b, c, d, low_pass, alpha, beta, framed, work, cosine, sine, taps
            )
            _add_window(out_r, out_i, i, j, size, down, right, xr, xi, ramp)


@compiled
def _filter_interferogram(
    grid: Array, k: int, low_pass: Float64, alpha: float, beta: float,
    cosine: Float64, sine: Float64, taps: Float64, out: Array,
) -> None:  # fmt: skip
    """Filter interferogram ``k`` of the grid into ``out``.

    Signs that alternate in the image shift every spectrum by half its length: its zero
    frequency is in the middle. They alternate over the whole image, so that windows agree on them,
    and are undone once, on the sum of the windows: the filter of a window is linear in all but the
    gain, which knows moduli only.
    """
    n_i, n_j, _ = grid.shape
    re, im = np.empty((n_i, n_j)), np.empty((n_i, n_j))
    out_r, out_i = np.zeros((n_i, n_j)), np.zeros((n_i, n_j))
    for i in range(n_i):
        for j in range(n_j):
            value, sign = grid[i, j, k], 1.0 if (i + j) % 2 == 0 else -1.0
            is_valid = not (math.isnan(value.real) or math.isnan(value.imag))
            re[i, j] = sign * value.real if is_valid else 0.0
            im[i, j] = sign * value.imag if is_valid else 0.0
    _filter_image(re, im, out_r, out_i, low_pass, alpha, beta, cosine, sine, taps)
    for i in range(n_i):
        for j in range(n_j):
            sign = 1.0 if (i + j) % 2 == 0 else -1.0
            out[i, j, k] = complex(sign * out_r[i, j], sign * out_i[i, j])


@compiled
def _filter(
    first_task: int, end_task: int,
    grid: Array, low_pass: Float64, alpha: float, beta: float, out: Array,
) -> None:  # fmt: skip
    """Filter some interferograms."""
    cosine, sine = circle(low_pass.shape[0])
    taps, centred = gauss_taps(), centred_low_pass(low_pass)
    for k in range(first_task, end_task):
        _filter_interferogram(grid, k, centred, alpha, beta, cosine, sine, taps, out)
