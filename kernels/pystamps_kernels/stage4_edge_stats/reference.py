"""NumPy reference of :mod:`pystamps_kernels.stage4_edge_stats`."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.stage4_edge_stats import SMALLEST_VARIANCE

Array = np.ndarray[Any, Any]


def stage4_edge_stats(
    w: Array, edges: Array, bperp: Array, day: Array, time_win: float, n_kept: int
) -> tuple[Array, Array, Array, Array, Array]:
    """See the package; ``n_kept`` is not used."""
    dph = w.astype(np.complex128)[edges[:, 1]] * w.astype(np.complex128)[edges[:, 0]].conj()
    noise, noise_left_out = np.empty(dph.shape, np.float32), np.empty(dph.shape)
    for i in range(day.size):
        t = day[i] - day
        weight = np.exp(-(t**2) / (2 * time_win**2))
        weight /= weight.sum()
        mean = dph @ weight
        y = np.angle(dph * mean.conj()[:, None])
        m0, m1 = _weighted_line(y, t, weight)
        y = np.angle(np.exp(1j * (y - m0[:, None] - m1[:, None] * t)))
        n0, _ = _weighted_line(y, t, weight)
        smooth = mean * np.exp(1j * (m0 + n0))
        noise[:, i] = np.angle(dph[:, i] * smooth.conj())
        weight[i] = 0
        noise_left_out[:, i] = np.angle(dph[:, i] * (dph @ weight).conj())
    ifg_var = variance_over_arcs(noise_left_out.sum(0), (noise_left_out**2).sum(0), len(edges))
    noise = noise - np.outer(noise @ dem_error_weights(bperp, ifg_var), bperp)
    edge_std = np.std(noise, axis=1, ddof=1).astype(np.float32)
    edge_max = np.max(np.abs(noise), axis=1).astype(np.float32)
    ps_std, ps_max = (_best_of_pixel(value, edges, len(w)) for value in (edge_std, edge_max))
    return edge_std, edge_max, ps_std, ps_max, ifg_var


def variance_over_arcs(total: Array, square: Array, n_edge: int) -> Array:
    """Give the variance per image from sums and sums of squares, at least the smallest one.

    sum (x - mean)**2 / (n - 1) with sum (x - mean)**2 = sum x**2 - (sum x)**2 / n.
    """
    if n_edge < 2:
        return np.full(total.shape, SMALLEST_VARIANCE)
    variance: Array = (square - total**2 / n_edge) / (n_edge - 1)
    return np.maximum(variance, SMALLEST_VARIANCE)


def dem_error_weights(bperp: Array, ifg_var: Array) -> Array:
    """Give the vector whose product with the noise is the DEM error of an arc, rad/m.

    Least squares of noise = K B with weights 1 / v: K = sum (B noise / v) / sum (B**2 / v).
    """
    norm = np.sum(bperp**2 / ifg_var)
    return bperp / ifg_var / norm if norm > 0 else np.zeros_like(bperp)


def _weighted_line(y: Array, t: Array, weight: Array) -> tuple[Array, Array]:
    """Fit a straight line to each row of y; give intercept and slope."""
    s1, s2 = np.sum(weight * t), np.sum(weight * t**2)
    spread = s2 - s1**2
    level, tilt = y @ weight, y @ (weight * t)
    # all weight on one image (or one image only): the line through it is level
    slope = (tilt - s1 * level) / spread if spread > 0 else np.zeros_like(level)
    return level - s1 * slope, slope


def _best_of_pixel(value: Array, edges: Array, n_ps: int) -> Array:
    best = np.full(n_ps, np.inf, np.float32)
    np.fmin.at(best, edges[:, 0], value)
    np.fmin.at(best, edges[:, 1], value)
    return best
