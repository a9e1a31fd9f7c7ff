"""Numba version of stage8_edge_noise; see the package."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import prange

from pystamps_kernels._compile import compiled
from pystamps_kernels.stage8_edge_noise.arc_model import ArcModel, LocalLines, SmoothedSeries
from pystamps_kernels.stage8_edge_noise.slope_reference import (
    CLEAR_PEAK,
    LOWEST_COHERENCE,
    trial_phasors,
    trial_slopes,
)

_ARCS_PER_BLOCK = 256
_NO_MATRIX = np.zeros((0, 0))
_NO_INDEX = np.zeros(0, dtype=np.int64)
_PI, _TWO_PI, _ZERO = np.float32(np.pi), np.float32(2 * np.pi), np.float32(0)


def stage8_edge_noise(ph: Any, nodes: Any, model: ArcModel) -> Any:
    """See the package."""
    bperp = np.ascontiguousarray(model.bperp, dtype=np.float32)
    return _all_arcs(
        ph, nodes, bperp, model.noise_limit, _search_arrays(model), _smoother_arrays(model)
    )


def _search_arrays(model: ArcModel) -> tuple[Any, ...]:
    """Give later, earlier, base, trial slopes, and real and imaginary trial phasors."""
    search = model.search
    if search is None:
        single = np.zeros(0, dtype=np.float32)
        return _NO_INDEX, _NO_INDEX, single, single, _NO_MATRIX, _NO_MATRIX
    trials = trial_phasors(search)
    real, imag = np.ascontiguousarray(trials.real), np.ascontiguousarray(trials.imag)
    base = np.ascontiguousarray(search.base, dtype=np.float32)
    return search.later, search.earlier, base, trial_slopes(search), real, imag


def _smoother_arrays(model: ArcModel) -> tuple[Any, ...]:
    """Give order, weights, intercept, level (lines), operator, first and second (series).

    Matrices are transposed: the inner loops then run over independent sums, in vector
    instructions, while every sum keeps its order of terms.
    """
    smoother = model.smoother
    if isinstance(smoother, LocalLines):
        weights = np.ascontiguousarray(smoother.weights.T, dtype=np.float32)
        intercept = np.ascontiguousarray(smoother.intercept.T)
        series = (_NO_MATRIX, _NO_INDEX, _NO_INDEX)
        return (smoother.order, weights, intercept, smoother.level, *series)
    series = (_NO_MATRIX, _NO_INDEX, _NO_INDEX)
    if isinstance(smoother, SmoothedSeries):
        series = (np.ascontiguousarray(smoother.operator.T), smoother.first, smoother.second)
    return (_NO_INDEX, _NO_MATRIX.astype(np.float32), _NO_MATRIX, _NO_INDEX, *series)


@compiled(parallel=True)
def _all_arcs(ph, nodes, bperp, noise_limit, search, smoother):  # type: ignore[no-untyped-def]
    """All steps arc by arc; nothing else of size n_edge x n_ifg exists."""
    n_edge, n_ifg = nodes.shape[0], ph.shape[1]
    expected = np.empty((n_edge, n_ifg), dtype=np.float32)
    noise = np.empty((n_edge, n_ifg), dtype=np.float32)
    slope = np.zeros(n_edge, dtype=np.float32)
    for block in prange((n_edge + _ARCS_PER_BLOCK - 1) // _ARCS_PER_BLOCK):
        d = np.empty(n_ifg, dtype=np.complex64)
        smooth = np.zeros(n_ifg, dtype=np.float32)
        for e in range(block * _ARCS_PER_BLOCK, min(n_edge, (block + 1) * _ARCS_PER_BLOCK)):
            for q in range(n_ifg):
                d[q] = _unit(ph[nodes[e, 1], q] * np.conj(ph[nodes[e, 0], q]))
            slope[e] = _fit_slope(d, search)
            for q in range(n_ifg):
                d[q] = d[q] * _phasor(-(slope[e] * bperp[q]))
            if smoother[0].size:
                _local_lines(d, smoother, smooth)
            elif smoother[5].size:
                _smoothed_series(d, smoother, smooth)
            for q in range(n_ifg):
                noise[e, q] = _angle(d[q] * _phasor(-smooth[q]))
                expected[e, q] = smooth[q] + noise[e, q] + slope[e] * bperp[q]
            if _standard_deviation(noise[e]) > noise_limit:
                noise[e] = np.nan
                expected[e] = np.nan
    return expected, noise, slope


@compiled
def _fit_slope(d, search):  # type: ignore[no-untyped-def]
    """Slope in rad/m, 0 where there is no clear peak or nothing to search."""
    later, earlier, base, slopes, trial_re, trial_im = search
    if base.size == 0:
        return np.float32(0.0)
    re, im = _terms(d, later, earlier)
    coherence = _coherence_of_trials(re, im, trial_re, trial_im)
    best = np.argmax(coherence)
    # With NaN the comparison is false and the slope stays zero.
    if not coherence[best] - _highest_elsewhere(coherence, best) > CLEAR_PEAK:
        return np.float32(0.0)
    return _refine(re, im, base, slopes[best])


@compiled
def _terms(d, later, earlier):  # type: ignore[no-untyped-def]
    """Phasors of the terms, unit modulus, as real and imaginary parts."""
    n = later.size
    re, im = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
    one = np.complex64(1.0)
    for m in range(n):
        a = d[later[m]] if later[m] >= 0 else one
        b = d[earlier[m]] if earlier[m] >= 0 else one
        z = a * np.conj(b)
        size = np.float32(math.hypot(z.real, z.imag))
        re[m] = z.real / size
        im[m] = z.imag / size
    return re, im


@compiled
def _coherence_of_trials(re, im, trial_re, trial_im):  # type: ignore[no-untyped-def]
    """Modulus of the mean phasor after removing each trial slope."""
    n, n_trials = trial_re.shape
    sum_re, sum_im = np.zeros(n_trials), np.zeros(n_trials)
    size = 0.0
    for m in range(n):
        size += math.hypot(re[m], im[m])
        for t in range(n_trials):
            sum_re[t] += re[m] * trial_re[m, t] - im[m] * trial_im[m, t]
            sum_im[t] += re[m] * trial_im[m, t] + im[m] * trial_re[m, t]
    for t in range(n_trials):
        sum_re[t] = math.hypot(sum_re[t], sum_im[t]) / size
    return sum_re


@compiled
def _highest_elsewhere(coherence, best):  # type: ignore[no-untyped-def]
    """Highest coherence outside the lobe of the best one (0 when the lobe is everything)."""
    foot = best
    while foot > 0 and coherence[foot] >= coherence[foot - 1]:
        foot -= 1
    end = best
    while end < coherence.size - 1 and coherence[end + 1] <= coherence[end]:
        end += 1
    highest = 0.0
    for t in range(coherence.size):
        if (t < foot or t > end) and coherence[t] > highest:
            highest = coherence[t]
    return highest


@compiled
def _refine(re, im, base, coarse):  # type: ignore[no-untyped-def]
    """Trial slope plus the least-squares slope of what is left; 0 when incoherent."""
    n = base.size
    left_re, left_im = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
    total_re, total_im = np.float32(0.0), np.float32(0.0)
    for m in range(n):
        cos, sin = math.cos(coarse * base[m]), math.sin(coarse * base[m])
        left_re[m] = re[m] * cos + im[m] * sin
        left_im[m] = im[m] * cos - re[m] * sin
        total_re += left_re[m]
        total_im += left_im[m]
    numerator, denominator = 0.0, 0.0
    for m in range(n):
        offset = math.atan2(
            left_im[m] * total_re - left_re[m] * total_im,
            left_re[m] * total_re + left_im[m] * total_im,
        )
        size = np.float32(math.hypot(re[m], im[m]))
        weighted = np.float64(size * base[m])
        numerator += weighted * np.float64(size * offset)
        denominator += weighted * weighted
    slope = np.float32(coarse + np.float32(numerator / denominator))
    return slope if _coherence(re, im, base, slope) >= LOWEST_COHERENCE else np.float32(0.0)


@compiled
def _coherence(re, im, base, slope):  # type: ignore[no-untyped-def]
    """Modulus of the mean phasor after removing the slope."""
    total_re, total_im, size = 0.0, 0.0, 0.0
    for m in range(base.size):
        phase = np.float64(slope) * base[m]
        cos, sin = math.cos(phase), math.sin(phase)
        total_re += re[m] * cos + im[m] * sin
        total_im += im[m] * cos - re[m] * sin
        size += math.hypot(re[m], im[m])
    return math.hypot(total_re, total_im) / size


@compiled
def _local_lines(d, smoother, smooth):  # type: ignore[no-untyped-def]
    """Unwrap the series along weighted straight lines."""
    order, weights, intercept, level = smoother[:4]
    n = order.size
    ang = np.empty(n, dtype=np.float32)
    mean_re, mean_im = np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    in_order = np.empty(n, dtype=np.complex64)
    for q in range(n):
        in_order[q] = d[order[q]]
        ang[q] = _angle(in_order[q])
    _add_means(in_order, weights, mean_re, mean_im)
    uw = _unwrapped_along_lines(ang, mean_re, mean_im, intercept)
    mean_level = np.float32(0.0)
    for k in level:
        mean_level += uw[k]
    mean_level = np.float32(mean_level / np.float32(level.size))
    shift = mean_level - _angle(_phasor(mean_level))
    for k in range(n):
        smooth[order[k]] = uw[k] - shift


@compiled
def _unwrapped_along_lines(ang, mean_re, mean_im, intercept):  # type: ignore[no-untyped-def]
    """Sum of the steps from date to date of the values on the lines."""
    n = ang.size
    mean_angle, uw = np.empty(n, dtype=np.float32), np.empty(n, dtype=np.float32)
    for k in range(n):
        mean_angle[k] = np.float32(math.atan2(mean_im[k], mean_re[k]))
    at_date = np.zeros(n)
    _add_lines(ang, mean_angle, intercept, at_date)
    before = np.complex64(1.0)
    total = np.float32(0.0)
    for k in range(n):
        mean = np.complex64(complex(mean_re[k], mean_im[k]))
        smoothed = mean * np.complex64(complex(math.cos(at_date[k]), math.sin(at_date[k])))
        total += _angle(smoothed * np.conj(before))
        uw[k] = total
        before = smoothed
    return uw


@compiled
def _add_means(z, weights, mean_re, mean_im):  # type: ignore[no-untyped-def]
    """Add up the weighted means around all dates; in single precision as the original."""
    for q in range(weights.shape[0]):
        re, im = z[q].real, z[q].imag
        for k in range(weights.shape[1]):
            mean_re[k] += re * weights[q, k]
            mean_im[k] += im * weights[q, k]


@compiled
def _add_lines(ang, mean_angle, intercept, at_date):  # type: ignore[no-untyped-def]
    """Add up the values of the lines through the residuals at all dates."""
    for q in range(intercept.shape[0]):
        for k in range(intercept.shape[1]):
            at_date[k] += intercept[q, k] * _wrap(ang[q] - mean_angle[k])


@compiled
def _smoothed_series(d, smoother, smooth):  # type: ignore[no-untyped-def]
    """Differences of the smoothed series of images."""
    operator, first, second = smoother[4:]
    n_ifg, n_image = operator.shape
    total = np.zeros(n_image)
    for q in range(n_ifg):
        ang = np.float64(_angle(d[q]))
        for i in range(n_image):
            total[i] += operator[q, i] * ang
    for q in range(n_ifg):
        smooth[q] = np.float32(total[second[q]]) - np.float32(total[first[q]])


@compiled
def _unit(z):  # type: ignore[no-untyped-def]
    """Phasor of unit modulus; NaN where ``z`` is zero."""
    size = np.float32(math.hypot(z.real, z.imag))
    return np.complex64(complex(z.real / size, z.imag / size))


@compiled
def _phasor(phase):  # type: ignore[no-untyped-def]
    """exp(1j phase) in single precision."""
    return np.complex64(complex(math.cos(phase), math.sin(phase)))


@compiled
def _angle(z):  # type: ignore[no-untyped-def]
    """Phase in single precision."""
    return np.float32(math.atan2(z.imag, z.real))


@compiled
def _wrap(phase):  # type: ignore[no-untyped-def]
    """Phase in [-pi, pi) in single precision."""
    # A difference of two angles is off by one cycle at most: no division, and no branch.
    moved = phase + _PI
    moved -= _TWO_PI if moved >= _TWO_PI else _ZERO
    moved += _TWO_PI if moved < _ZERO else _ZERO
    return moved - _PI


@compiled
def _standard_deviation(noise):  # type: ignore[no-untyped-def]
    """Standard deviation over interferograms; zero for a single one."""
    n = noise.size
    mean = 0.0
    for value in noise:
        mean += value
    mean /= n
    squares = 0.0
    for value in noise:
        squares += (value - mean) ** 2
    return math.sqrt(squares / (n - 1)) if n > 1 else squares
