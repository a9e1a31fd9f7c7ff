"""Curves that are smooth in time, for a block of arcs: ``LocalLines``, ``SmoothedSeries``."""

from __future__ import annotations

import numpy as np

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.stage8_edge_noise.lanes import (
    LANES,
    Array,
    Arrays,
    angle_of,
    single_sine_cosine,
)

_PI, _TWO_PI, _ZERO = np.float32(np.pi), np.float32(2 * np.pi), np.float32(0)


@compiled
def smooth_along_lines(
    re: Array, im: Array, lines: Arrays, work: Array, at_date: Array, smooth: Array
) -> None:
    """Unwrap the series along weighted straight lines; results in the order of ``re``."""
    order, weights, intercept, level = lines
    by_date_r, by_date_i, mean_r, mean_i, angle = work[0], work[1], work[2], work[3], work[4]
    for k in range(order.size):
        for lane in range(LANES):
            by_date_r[k, lane], by_date_i[k, lane] = re[order[k], lane], im[order[k], lane]
    _add_means(by_date_r, weights, mean_r)
    _add_means(by_date_i, weights, mean_i)
    _angles(by_date_r, by_date_i, angle)
    mean_angle = by_date_r
    _angles(mean_r, mean_i, mean_angle)
    _add_lines(angle, mean_angle, intercept, at_date)
    unwrapped = angle
    _add_steps(mean_r, mean_i, at_date, unwrapped)
    shift = np.zeros(LANES, np.float32)
    _shift_to_level(unwrapped, level, shift)
    for k in range(order.size):
        for lane in range(LANES):
            smooth[order[k], lane] = unwrapped[k, lane] - shift[lane]


@compiled
def _add_means(z: Array, weights: Array, mean: Array) -> None:
    """Add up the weighted means around all dates; in single precision as the original."""
    for k in range(z.shape[0]):
        for lane in range(LANES):
            mean[k, lane] = _ZERO
        for q in range(z.shape[0]):
            for lane in range(LANES):
                mean[k, lane] += z[q, lane] * weights[k, q]


@compiled
def _add_lines(angle: Array, mean_angle: Array, intercept: Array, at_date: Array) -> None:
    """Add up the values of the lines through the residuals at all dates."""
    for k in range(angle.shape[0]):
        for lane in range(LANES):
            at_date[k, lane] = 0.0
        for q in range(angle.shape[0]):
            for lane in range(LANES):
                # wrap(x) = mod(x + pi, 2 pi) - pi in single, as the original. A difference of two
                # angles is off by one cycle at most, so no division: add or subtract a cycle
                moved = angle[q, lane] - mean_angle[k, lane] + _PI
                moved -= _TWO_PI if moved >= _TWO_PI else _ZERO
                moved += _TWO_PI if moved < _ZERO else _ZERO
                at_date[k, lane] += intercept[k, q] * np.float64(moved - _PI)


@compiled
def _add_steps(mean_r: Array, mean_i: Array, at_date: Array, unwrapped: Array) -> None:
    """Sum of the steps from date to date of the values on the lines.

    s_k = m_k exp(1j at_date) is (x, y); the step is the angle of s_k conj(s_(k-1)). The first one
    starts from phase zero.
    """
    before_r, before_i = np.ones(LANES, np.float32), np.zeros(LANES, np.float32)
    total = np.zeros(LANES, np.float32)
    for k in range(mean_r.shape[0]):
        for lane in range(LANES):
            s, c = sine_cosine(at_date[k, lane])
            sine, cosine = np.float32(s), np.float32(c)
            x = mean_r[k, lane] * cosine - mean_i[k, lane] * sine
            y = mean_r[k, lane] * sine + mean_i[k, lane] * cosine
            along = x * before_r[lane] + y * before_i[lane]
            across = y * before_r[lane] - x * before_i[lane]
            total[lane] += angle_of(across, along)
            before_r[lane], before_i[lane] = x, y
            unwrapped[k, lane] = total[lane]


@compiled
def _shift_to_level(unwrapped: Array, level: Array, shift: Array) -> None:
    """Whole cycles that bring the mean of the dates next to the reference image near zero.

    With L that mean: L - angle(exp(1j L)). What is left of L is in (-pi, pi].
    """
    for k in level:
        for lane in range(LANES):
            shift[lane] += unwrapped[k, lane]
    for lane in range(LANES):
        mean = np.float32(shift[lane] / np.float32(level.size))
        sine, cosine = single_sine_cosine(mean)
        shift[lane] = mean - angle_of(sine, cosine)


@compiled
def _angles(re: Array, im: Array, angle: Array) -> None:
    for q in range(re.shape[0]):
        for lane in range(LANES):
            angle[q, lane] = angle_of(im[q, lane], re[q, lane])


@compiled
def smooth_series(re: Array, im: Array, series: Arrays, angle: Array, smooth: Array) -> None:
    """Differences of the smoothed series of images."""
    operator, first, second = series
    n_image, n_ifg = operator.shape
    _angles(re, im, angle)
    total = np.zeros((n_image, LANES))
    for i in range(n_image):
        for q in range(n_ifg):
            for lane in range(LANES):
                total[i, lane] += operator[i, q] * np.float64(angle[q, lane])
    for q in range(n_ifg):
        for lane in range(LANES):
            smooth[q, lane] = np.float32(total[second[q], lane]) - np.float32(total[first[q], lane])
