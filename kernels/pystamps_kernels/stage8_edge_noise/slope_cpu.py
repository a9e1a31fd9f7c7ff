"""Slope of the phase of one arc against baseline; Numba version of slope_reference."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from pystamps_kernels.stage8_edge_noise.slope_reference import CLEAR_PEAK, LOWEST_COHERENCE


@njit(nogil=True, cache=True, error_model="numpy")
def fit_slope(d, search):  # type: ignore[no-untyped-def]
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


@njit(nogil=True, cache=True, error_model="numpy")
def _terms(d, later, earlier):  # type: ignore[no-untyped-def]
    """Phasors of the terms, unit modulus, as real and imaginary parts."""
    n = later.size
    re, im = np.empty(n), np.empty(n)
    one = np.complex64(1.0)
    for m in range(n):
        a = d[later[m]] if later[m] >= 0 else one
        b = d[earlier[m]] if earlier[m] >= 0 else one
        z = a * np.conj(b)
        size = np.float32(math.hypot(z.real, z.imag))
        re[m] = z.real / size
        im[m] = z.imag / size
    return re, im


@njit(nogil=True, cache=True, error_model="numpy")
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


@njit(nogil=True, cache=True, error_model="numpy")
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


@njit(nogil=True, cache=True, error_model="numpy")
def _refine(re, im, base, coarse):  # type: ignore[no-untyped-def]
    """Trial slope plus the least-squares slope of what is left; 0 when incoherent."""
    n = base.size
    left_re, left_im = np.empty(n), np.empty(n)
    total_re, total_im = 0.0, 0.0
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
        square = re[m] * re[m] + im[m] * im[m]
        numerator += square * base[m] * offset
        denominator += square * base[m] * base[m]
    slope = np.float32(coarse + numerator / denominator)
    return slope if _coherence(re, im, base, slope) >= LOWEST_COHERENCE else np.float32(0.0)


@njit(nogil=True, cache=True, error_model="numpy")
def _coherence(re, im, base, slope):  # type: ignore[no-untyped-def]
    """Modulus of the mean phasor after removing the slope."""
    total_re, total_im, size = 0.0, 0.0, 0.0
    for m in range(base.size):
        phase = float(slope) * base[m]
        cos, sin = math.cos(phase), math.sin(phase)
        total_re += re[m] * cos + im[m] * sin
        total_im += im[m] * cos - re[m] * sin
        size += math.hypot(re[m], im[m])
    return math.hypot(total_re, total_im) / size
