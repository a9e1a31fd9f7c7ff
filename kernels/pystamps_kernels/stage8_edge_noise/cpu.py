"""Numba version of stage8_edge_noise; see ``arc_model`` for the formulas, ``lanes`` for the loops.

A phasor (re, im) turned back by an angle is (re cos + im sin, im cos - re sin) throughout. Nothing
but the results has the size n_edge x n_ifg.
"""

from __future__ import annotations

import math

import numpy as np

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.tasks import do_tasks
from pystamps_kernels.stage8_edge_noise.arc_model import ArcModel, LocalLines, SmoothedSeries
from pystamps_kernels.stage8_edge_noise.lanes import (
    LANES,
    Array,
    Arrays,
    angle_of,
    modulus,
    single_sine_cosine,
)
from pystamps_kernels.stage8_edge_noise.slope_cpu import fit_slopes
from pystamps_kernels.stage8_edge_noise.slope_reference import trial_phasors, trial_slopes
from pystamps_kernels.stage8_edge_noise.smooth_cpu import smooth_along_lines, smooth_series

_PER_TASK = 2 * LANES
_NO_INDEX = np.zeros(0, np.int64)


def stage8_edge_noise(ph: Array, nodes: Array, model: ArcModel) -> tuple[Array, Array, Array]:
    """See the package."""
    shape = (len(nodes), ph.shape[1])
    expected, noise = np.empty(shape, np.float32), np.empty(shape, np.float32)
    slope = np.zeros(len(nodes), np.float32)
    bperp = np.ascontiguousarray(model.bperp, dtype=np.float32)
    do_tasks(
        _all_arcs, -(-len(nodes) // _PER_TASK),
        ph, nodes, bperp, float(model.noise_limit), _search_arrays(model), _lines_arrays(model),
        _series_arrays(model), (expected, noise, slope),
    )  # fmt: skip
    return expected, noise, slope


def _search_arrays(model: ArcModel) -> Arrays:
    """Give later, earlier, base, trial slopes, cosine and sine of the trials t >= 0."""
    search = model.search
    if search is None:
        none = np.zeros(0, np.float32)
        return _NO_INDEX, _NO_INDEX, none, none, np.zeros((0, 1)), np.zeros((0, 1))
    # cosine and sine of +K base: the trial phasors are exp(-1j K base), hence the conjugate
    upper = trial_phasors(search)[:, search.n_trial :].conj()
    cosine, sine = np.ascontiguousarray(upper.real), np.ascontiguousarray(upper.imag)
    base = np.ascontiguousarray(search.base, dtype=np.float32)
    return search.later, search.earlier, base, trial_slopes(search), cosine, sine


def _lines_arrays(model: ArcModel) -> Arrays:
    """Give order, weights, intercept and level; nothing for other smoothers."""
    smoother = model.smoother
    if isinstance(smoother, LocalLines):
        weights = np.ascontiguousarray(smoother.weights, dtype=np.float32)
        return smoother.order, weights, np.ascontiguousarray(smoother.intercept), smoother.level
    return _NO_INDEX, np.zeros((0, 0), np.float32), np.zeros((0, 0)), _NO_INDEX


def _series_arrays(model: ArcModel) -> Arrays:
    """Give operator, first and second image; nothing for other smoothers."""
    smoother = model.smoother
    if isinstance(smoother, SmoothedSeries):
        return np.ascontiguousarray(smoother.operator), smoother.first, smoother.second
    return np.zeros((0, 0)), _NO_INDEX, _NO_INDEX


@compiled
def _all_arcs(
    first_task: int, end_task: int,
    ph: Array, nodes: Array, bperp: Array, noise_limit: float, search: Arrays, lines: Arrays,
    series: Arrays, results: Arrays,
) -> None:  # fmt: skip
    for task in range(first_task, end_task):
        first = task * _PER_TASK
        end = min(nodes.shape[0], first + _PER_TASK)
        _some_arcs(ph, nodes, bperp, noise_limit, search, lines, series, results, first, end)


@compiled
def _some_arcs(
    ph: Array, nodes: Array, bperp: Array, noise_limit: float, search: Arrays, lines: Arrays,
    series: Arrays, results: Arrays, start: int, end: int,
) -> None:  # fmt: skip
    """All steps, block by block."""
    n_ifg = ph.shape[1]
    work = np.zeros((9, n_ifg, LANES), np.float32)
    re, im, smooth, noise = work[0], work[1], work[2], work[3]
    terms = np.zeros((5, search[2].size, LANES), np.float32)
    sums = np.zeros((4, search[4].shape[1], LANES))
    at_date, slope = np.zeros((n_ifg, LANES)), np.zeros(LANES, np.float32)
    for first in range(start, end, LANES):
        _differences(ph, nodes, first, re, im)
        if search[2].size:
            fit_slopes(re, im, search, terms, sums, slope)
            _turn_back(bperp, slope, re, im)
        if lines[0].size:
            smooth_along_lines(re, im, lines, work[4:], at_date, smooth)
        elif series[0].size:
            smooth_series(re, im, series, noise, smooth)
        _remaining_noise(re, im, smooth, noise)
        _store(first, bperp, slope, smooth, noise, noise_limit, results)


@compiled
def _differences(ph: Array, nodes: Array, first: int, re: Array, im: Array) -> None:
    """Unit phasors high conj(low) of the arcs of a block; NaN where a node is zero (0 / 0)."""
    for lane in range(min(LANES, nodes.shape[0] - first)):
        a, b = nodes[first + lane, 0], nodes[first + lane, 1]
        for q in range(ph.shape[1]):
            low, high = ph[a, q], ph[b, q]
            re[q, lane] = high.real * low.real + high.imag * low.imag
            im[q, lane] = high.imag * low.real - high.real * low.imag
    for q in range(ph.shape[1]):
        for lane in range(LANES):
            size = modulus(re[q, lane], im[q, lane])
            re[q, lane] /= size
            im[q, lane] /= size


@compiled
def _turn_back(bperp: Array, slope: Array, re: Array, im: Array) -> None:
    """Take the phase of the look-angle error off the phasors."""
    for q in range(bperp.size):
        for lane in range(LANES):
            sine, cosine = single_sine_cosine(slope[lane] * bperp[q])
            x = re[q, lane] * cosine + im[q, lane] * sine
            y = im[q, lane] * cosine - re[q, lane] * sine
            re[q, lane], im[q, lane] = x, y


@compiled
def _remaining_noise(re: Array, im: Array, smooth: Array, noise: Array) -> None:
    """Angle of what the smooth curve leaves."""
    for q in range(re.shape[0]):
        for lane in range(LANES):
            sine, cosine = single_sine_cosine(smooth[q, lane])
            x = re[q, lane] * cosine + im[q, lane] * sine
            y = im[q, lane] * cosine - re[q, lane] * sine
            noise[q, lane] = angle_of(y, x)


@compiled
def _store(
    first: int, bperp: Array, slope: Array, smooth: Array, noise: Array, noise_limit: float,
    results: Arrays,
) -> None:  # fmt: skip
    """Write the arcs of a block; those that are too noisy get NaN."""
    expected_out, noise_out, slope_out = results
    spread = np.zeros(LANES)
    _standard_deviation(noise, spread)
    for lane in range(min(LANES, slope_out.size - first)):
        arc = first + lane
        slope_out[arc] = slope[lane]
        # a sum with NaN is NaN
        mark = np.float32(np.nan) if spread[lane] > noise_limit else np.float32(0)
        for q in range(bperp.size):
            noise_out[arc, q] = noise[q, lane] + mark
            expected = smooth[q, lane] + noise[q, lane] + slope[lane] * bperp[q]
            expected_out[arc, q] = expected + mark


@compiled
def _standard_deviation(noise: Array, spread: Array) -> None:
    """Standard deviation over interferograms; zero for a single one."""
    n = noise.shape[0]
    mean = np.zeros(LANES)
    for q in range(n):
        for lane in range(LANES):
            mean[lane] += np.float64(noise[q, lane])
    for lane in range(LANES):
        mean[lane] /= n
    for q in range(n):
        for lane in range(LANES):
            off = np.float64(noise[q, lane]) - mean[lane]
            spread[lane] += off * off
    for lane in range(LANES):
        spread[lane] = math.sqrt(spread[lane] / (n - 1)) if n > 1 else spread[lane]
