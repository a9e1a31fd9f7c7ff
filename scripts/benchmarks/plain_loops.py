"""The method as plain NumPy, one pixel, arc or window at a time: what the stages are compared with.

Each function is what one pixel, arc or window costs in a loop: a rewrite of our own. StaMPS has
such loops in stages 2, 3 and (in space) 8; in stages 1, 4, 5 and 7 it treats all pixels or arcs at
once. They are programs to measure, checked against the kernels by a test, and used nowhere else.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.geo import llh2local
from pystamps_kernels.stage2_clap_filter.reference import adaptive_gain

Array = npt.NDArray[Any]


def loaded_pixel(
    lonlat: Array, values: Array, *, ll0: Array, turn: float, look: float,
    baseline: Array, baseline_rate: Array, seconds: float,
) -> tuple[Array, Array, Array]:  # fmt: skip
    """Stage 1: local coordinates, perpendicular baselines and phase of a candidate."""
    x, y = llh2local(lonlat[None, :], ll0)[0] * 1000
    xy = np.array(
        [x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn)], np.float32
    )
    at = baseline + baseline_rate * seconds
    bperp = at[:, 0] * np.cos(look) - at[:, 1] * np.sin(look)
    return np.round(xy * 1000) / 1000, bperp.astype(np.float32), values.astype(np.complex64)


def topofit(z: Array, b: Array, n_trial_wraps: float) -> tuple[float, float, float, Array]:
    """Stages 2 and 3: look-angle error, mean phase, coherence and residual of a pixel."""
    ok = z != 0
    z, b = z[ok].astype(np.complex128), b[ok].astype(np.float64)
    extent = np.ptp(b)
    trials = np.arange(-math.ceil(8 * n_trial_wraps), math.ceil(8 * n_trial_wraps) + 1)
    turned = np.exp(-1j * np.outer(b / extent * np.pi / 4, trials)) * z[:, None]
    best = np.argmax(abs(turned.sum(axis=0)) / abs(z).sum())
    k = np.pi / 4 / extent * trials[best]
    left = z * np.exp(-1j * k * b)
    angle = np.angle(left * np.conj(left.sum()))
    weight = abs(z)
    k += ((weight * b) @ (weight * angle)) / ((weight * b) @ (weight * b))
    left = z * np.exp(-1j * k * b)
    total = left.sum()
    return k, float(np.angle(total)), abs(total) / abs(left).sum(), left


def accumulate(
    grid: Array, cell: Array, ph: Array, b: Array, *, k: float, weight: float
) -> None:  # fmt: skip
    """Stage 2: add the weighted phase of a candidate to its cell of the filter grid."""
    grid[cell[0], cell[1], :] += ph * np.exp(-1j * b * k) * weight


def filtered_window(window: Array, low_pass: Array, alpha: float, beta: float) -> Array:
    """Stages 2 and 3: adaptive filter of a window."""
    spectrum = np.fft.fft2(window)
    filtered: Array = np.fft.ifft2(spectrum * adaptive_gain(spectrum, low_pass, alpha, beta))
    return filtered


def neighbourhood_phase(
    grid: Array, cell: Array, low_pass: Array, *, alpha: float, beta: float
) -> Array:
    """Stage 3: filtered phase of a pixel without its own cell, interferogram by interferogram."""
    n_win = low_pass.shape[0]
    i0, j0 = (
        min(max(int(at) - n_win // 2, 0), size - n_win)
        for at, size in zip(cell, grid.shape[:2], strict=True)
    )
    pi, pj = int(cell[0]) - i0, int(cell[1]) - j0
    phase = np.zeros(grid.shape[2], np.complex64)
    for m in range(grid.shape[2]):
        window = grid[i0 : i0 + n_win, j0 : j0 + n_win, m].astype(np.complex128)
        window[pi, pj] = 0
        phase[m] = filtered_window(window, low_pass, alpha, beta)[pi, pj]
    return phase


def arc_noise(dph: Array, day: Array, time_win: float) -> tuple[Array, Array]:
    """Stage 4: noise of an arc about its smooth curve, and about that without the own date."""
    noise, left_out = np.empty(day.size), np.empty(day.size)
    for i in range(day.size):
        t = day[i] - day
        weight = np.exp(-(t**2) / (2 * time_win**2))
        weight /= weight.sum()
        mean = (dph * weight).sum()
        residual = np.angle(dph * np.conj(mean))
        level, slope = weighted_line(residual, t, weight)
        residual = np.angle(np.exp(1j * (residual - level - slope * t)))
        again, _ = weighted_line(residual, t, weight)
        noise[i] = np.angle(dph[i] * np.conj(mean * np.exp(1j * (level + again))))
        weight[i] = 0
        left_out[i] = np.angle(dph[i] * np.conj((dph * weight).sum()))
    return noise, left_out


def weighted_line(y: Array, t: Array, weight: Array) -> tuple[float, float]:
    """Weighted straight line: intercept and slope."""
    design = np.stack([np.ones(t.size), t], axis=1)
    weighted = design * weight[:, None]
    level, slope = np.linalg.solve(weighted.T @ design, weighted.T @ y)
    return float(level), float(slope)


def corrected_pixel(ph: Array, b: Array, *, k: float, c: float) -> Array:
    """Stage 5: phase of a pixel without its look-angle error."""
    return np.asarray(ph * np.exp(-1j * (k * b + c)), np.complex64)


def residual_square(corrected: Array, filtered: Array) -> Array:
    """Stage 5: squared noise of a pixel in every interferogram."""
    return np.asarray(np.angle(corrected * np.conj(filtered)) ** 2)


def look_angle_error(
    ph: Array, b: Array, *, design: Array, weights: Array, full_design: Array
) -> tuple[float, float, Array]:  # fmt: skip
    """Stage 7: slope against baseline of a pixel, and what all images have in common."""
    k = float(np.linalg.lstsq(design, np.diff(ph), rcond=None)[0][1])
    scla = k * b
    root = np.sqrt(weights)
    constant = np.linalg.lstsq(full_design * root[:, None], (ph - scla) * root, rcond=None)[0][0]
    return k, float(constant), scla


def clip_to_neighbours(at: int, values: Array, neighbours: Array) -> float:
    """Stage 7: value of a pixel within the range of its neighbours."""
    near = values[neighbours]
    return float(min(max(values[at], near.min()), near.max()))


def high_pass(ph: Array, day: Array, time_win: float) -> Array:
    """Stage 8: series of a pixel without its Gaussian mean in time."""
    result = np.empty(day.size)
    for i in range(day.size):
        weight = np.exp(-((day[i] - day) ** 2) / (2 * time_win**2))
        result[i] = ph[i] - (weight / weight.sum()) @ ph
    return result


def spatial_mean(at: int, xy: Array, values: Array, wavelength: float) -> Array:
    """Stage 8: Gaussian mean of the pixels around one; pixels are sorted by y."""
    reach = 4 * wavelength
    first = np.searchsorted(xy[:, 1], xy[at, 1] - reach)
    last = np.searchsorted(xy[:, 1], xy[at, 1] + reach, side="right")
    near = xy[first:last].astype(np.float64)
    square = ((near - xy[at]) ** 2).sum(axis=1)
    inside = square < reach**2
    weight = np.exp(-square[inside] / (2 * wavelength**2))
    return np.asarray(weight @ values[first:last][inside] / weight.sum())
