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
from pystamps_kernels.stage8_edge_noise.single import (
    angle,
    phasor,
    product,
    sum_in_order,
    times_conjugate,
    unit,
)
from pystamps_kernels.stage8_edge_noise.slope_reference import fit_slope

Complex64 = NDArray[np.complex64]
Float32 = NDArray[np.float32]
TWO_PI, PI = np.float32(2 * np.pi), np.float32(np.pi)


def stage8_edge_noise(
    ph: Complex64, nodes: NDArray[np.int64], model: ArcModel
) -> tuple[Float32, Float32, Float32]:
    """See the package."""
    d = unit(
        times_conjugate(ph[nodes[:, 1]], ph[nodes[:, 0]])
    )  # NaN where a cell cancelled to zero
    k = np.zeros(len(d), dtype=np.float32)
    if model.search is not None:
        k = fit_slope(search_terms(d, model.search), model.search)
    look_angle = k[:, None] * model.bperp
    d = times_conjugate(d, phasor(look_angle))
    smooth = smooth_differences(d, model.smoother)
    noise = angle(times_conjugate(d, phasor(smooth)))
    expected = smooth + noise + look_angle
    too_noisy = standard_deviation(noise) > model.noise_limit
    noise[too_noisy] = np.nan
    expected[too_noisy] = np.nan
    return expected, noise, k


def smooth_differences(d: Complex64, smoother: LocalLines | SmoothedSeries | None) -> Float32:
    """Curve of every arc that is smooth in time, in rad."""
    if isinstance(smoother, LocalLines):
        return smooth_along_lines(d, smoother)
    if isinstance(smoother, SmoothedSeries):
        series = (angle(d).astype(np.float64) @ smoother.operator.T).astype(np.float32)
        return series[:, smoother.second] - series[:, smoother.first]
    return np.zeros(d.shape, dtype=np.float32)


def smooth_along_lines(d: Complex64, smoother: LocalLines) -> Float32:
    """Unwrap the series of every arc along weighted straight lines."""
    c = d[:, smoother.order]
    angles = angle(c)
    smoothed = np.empty_like(c)
    for k, (w, h) in enumerate(zip(smoother.weights, smoother.intercept, strict=True)):
        mean = sum_in_order(c * w.astype(np.float32))
        residual = wrap(angles - angle(mean)[:, None])
        smoothed[:, k] = product(mean, phasor(sum_in_order(residual * h)))
    step = np.empty(c.shape, dtype=np.float32)
    step[:, 0] = angle(smoothed[:, 0])
    step[:, 1:] = angle(times_conjugate(smoothed[:, 1:], smoothed[:, :-1]))
    uw = np.cumsum(step, axis=1, dtype=np.float32)
    level = sum_in_order(uw[:, smoother.level]) / np.float32(smoother.level.size)
    uw -= (level - angle(phasor(level)))[:, None]
    result = np.empty_like(uw)
    result[:, smoother.order] = uw
    return result


def search_terms(d: Complex64, search: SlopeSearch) -> Complex64:
    """Phasors of the terms of the slope search, unit modulus."""
    with_reference = np.concatenate([d, np.ones((len(d), 1), dtype=np.complex64)], axis=1)
    return unit(times_conjugate(with_reference[:, search.later], with_reference[:, search.earlier]))


def wrap(phase: Float32) -> Float32:
    """Phase in [-pi, pi) in single precision."""
    return np.asarray(np.mod(phase + PI, TWO_PI) - PI)


def standard_deviation(noise: Float32) -> NDArray[np.float64]:
    """Standard deviation over interferograms; zero for a single one."""
    n_ifg = noise.shape[1]
    wide = noise.astype(np.float64)
    return np.asarray(wide.std(axis=1, ddof=1) if n_ifg > 1 else 0.0 * wide.sum(axis=1))
