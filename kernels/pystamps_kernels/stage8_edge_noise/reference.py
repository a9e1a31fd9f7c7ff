"""NumPy version of stage8_edge_noise; see the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.stage8_edge_noise.arc_model import (
    ArcModel,
    LocalLines,
    SlopeSearch,
    SmoothedSeries,
)
from pystamps_kernels.stage8_edge_noise.slope_reference import fit_slope

Complex64 = NDArray[np.complex64]
Float32 = NDArray[np.float32]
TWO_PI, PI = np.float32(2 * np.pi), np.float32(np.pi)


def stage8_edge_noise(
    ph: Complex64, nodes: NDArray[np.int64], model: ArcModel
) -> tuple[Float32, Float32, Float32]:
    """See the package."""
    with np.errstate(invalid="ignore"):  # 0/0 where a cell cancelled to zero
        d = unit(ph[nodes[:, 1]] * ph[nodes[:, 0]].conj())
    k = np.zeros(len(d), dtype=np.float32)
    if model.search is not None:
        k = fit_slope(search_terms(d, model.search), model.search)
    look_angle = k[:, None] * model.bperp
    d *= phasor(-look_angle)
    smooth = smooth_differences(d, model.smoother)
    noise = np.angle(d * phasor(-smooth))
    expected = smooth + noise + look_angle
    too_noisy = standard_deviation(noise) > model.noise_limit
    noise[too_noisy] = np.nan
    expected[too_noisy] = np.nan
    return expected, noise, k


def smooth_differences(d: Complex64, smoother: LocalLines | SmoothedSeries | None) -> Float32:
    """Curve of every arc that is smooth in time, in rad."""
    if isinstance(smoother, LocalLines):
        return local_lines(d, smoother)
    if isinstance(smoother, SmoothedSeries):
        series = (np.angle(d).astype(np.float64) @ smoother.operator.T).astype(np.float32)
        return series[:, smoother.second] - series[:, smoother.first]
    return np.zeros(d.shape, dtype=np.float32)


def local_lines(d: Complex64, smoother: LocalLines) -> Float32:
    """Unwrap the series of every arc along weighted straight lines."""
    c = d[:, smoother.order]
    ang = np.angle(c)
    smoothed = np.empty_like(c)
    for k, (w, h) in enumerate(zip(smoother.weights, smoother.intercept, strict=True)):
        mean = (c @ w).astype(np.complex64)
        residual = wrap(ang - np.angle(mean)[:, None])
        smoothed[:, k] = mean * np.exp(1j * (residual @ h)).astype(np.complex64)
    step = np.empty(c.shape, dtype=np.float32)
    step[:, 0] = np.angle(smoothed[:, 0])
    step[:, 1:] = np.angle(smoothed[:, 1:] * smoothed[:, :-1].conj())
    uw = np.cumsum(step, axis=1, dtype=np.float32)
    level = uw[:, smoother.level].mean(axis=1, dtype=np.float32)
    uw -= (level - np.angle(phasor(level)))[:, None]
    result = np.empty_like(uw)
    result[:, smoother.order] = uw
    return result


def search_terms(d: Complex64, search: SlopeSearch) -> Complex64:
    """Phasors of the terms of the slope search, unit modulus."""
    with_reference = np.concatenate([d, np.ones((len(d), 1), dtype=np.complex64)], axis=1)
    with np.errstate(invalid="ignore"):
        return unit(with_reference[:, search.later] * with_reference[:, search.earlier].conj())


def unit(z: Complex64) -> Complex64:
    """Phasor of unit modulus; NaN where ``z`` is zero."""
    return np.asarray(z / np.abs(z), dtype=np.complex64)


def phasor(phase: Float32) -> Complex64:
    """exp(1j phase) in single precision."""
    return np.asarray(np.cos(phase) + np.complex64(1j) * np.sin(phase), dtype=np.complex64)


def wrap(phase: Float32) -> Float32:
    """Phase in [-pi, pi) in single precision."""
    return np.asarray(np.mod(phase + PI, TWO_PI) - PI)


def standard_deviation(noise: Float32) -> NDArray[np.float64]:
    """Standard deviation over interferograms; zero for a single one."""
    n_ifg = noise.shape[1]
    wide = noise.astype(np.float64)
    return np.asarray(wide.std(axis=1, ddof=1) if n_ifg > 1 else 0.0 * wide.sum(axis=1))
