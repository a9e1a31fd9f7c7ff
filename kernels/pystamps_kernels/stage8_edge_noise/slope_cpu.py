"""Slope of the phase against baseline, for a block of arcs; see ``slope_reference``.

The four sums of :func:`_correlate` serve the trials t and -t as those of ``host.trials`` do; there
the identities are derived. Here cosine and sine come from tables, as all arcs have the same
baselines.
"""

from __future__ import annotations

import math

import numpy as np

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine
from pystamps_kernels.stage8_edge_noise.lanes import (
    LANES,
    Array,
    Arrays,
    angle_of,
    modulus,
    single_sine_cosine,
)
from pystamps_kernels.stage8_edge_noise.slope_reference import CLEAR_PEAK, LOWEST_COHERENCE


@compiled
def fit_slopes(
    re: Array, im: Array, search: Arrays, terms: Array, sums: Array, slope: Array
) -> None:
    """Slope in rad/m per lane, 0 where there is no clear peak."""
    later, earlier, base, slopes, cosine, sine = search
    term_r, term_i, size = terms[0], terms[1], terms[2]
    total_size = np.zeros(LANES)
    _terms(re, im, later, earlier, term_r, term_i, size, total_size)
    _correlate(term_r, term_i, cosine, sine, sums)
    coherence = np.empty((slopes.size, LANES))
    _coherence_of_trials(sums, total_size, coherence)
    largest, best, elsewhere = np.full(LANES, -1.0), np.zeros(LANES), np.zeros(LANES)
    _choose_trial(coherence, largest, best)
    _highest_elsewhere(coherence, best, 1, elsewhere)
    _highest_elsewhere(coherence, best, -1, elsewhere)
    for lane in range(LANES):
        slope[lane] = slopes[np.int64(best[lane])]
    _refine(terms, base, slope)
    _coherence(term_r, term_i, base, slope, total_size)
    for lane in range(LANES):
        # with NaN the comparisons are false and the slope becomes zero
        is_clear = largest[lane] - elsewhere[lane] > CLEAR_PEAK
        is_coherent = total_size[lane] >= LOWEST_COHERENCE
        slope[lane] = slope[lane] if is_clear and is_coherent else np.float32(0)


@compiled
def _terms(
    re: Array, im: Array, later: Array, earlier: Array, term_r: Array, term_i: Array,
    size: Array, total_size: Array,
) -> None:  # fmt: skip
    """Unit phasors of the terms and their moduli; image -1 is the reference, phase zero."""
    ones, zeros = np.ones(LANES, np.float32), np.zeros(LANES, np.float32)
    for m in range(later.size):
        a, b = later[m], earlier[m]
        a_r, a_i = (re[a], im[a]) if a >= 0 else (ones, zeros)
        b_r, b_i = (re[b], im[b]) if b >= 0 else (ones, zeros)
        for lane in range(LANES):
            x = a_r[lane] * b_r[lane] + a_i[lane] * b_i[lane]
            y = a_i[lane] * b_r[lane] - a_r[lane] * b_i[lane]
            length = modulus(x, y)
            x /= length
            y /= length
            length = modulus(x, y)
            term_r[m, lane], term_i[m, lane], size[m, lane] = x, y, length
            total_size[lane] += np.float64(length)


@compiled
def _correlate(term_r: Array, term_i: Array, cosine: Array, sine: Array, sums: Array) -> None:
    """Sum real and imaginary parts times cosine, and times sine, for the trials t >= 0."""
    wide_r, wide_i = np.empty(LANES), np.empty(LANES)
    for t in range(sums.shape[1]):
        for lane in range(LANES):
            sums[0, t, lane] = sums[1, t, lane] = sums[2, t, lane] = sums[3, t, lane] = 0.0
    for m in range(term_r.shape[0]):
        for lane in range(LANES):
            wide_r[lane], wide_i[lane] = term_r[m, lane], term_i[m, lane]
        for t in range(sums.shape[1]):
            c, s = cosine[m, t], sine[m, t]
            for lane in range(LANES):
                sums[0, t, lane] += wide_r[lane] * c
                sums[1, t, lane] += wide_i[lane] * c
                sums[2, t, lane] += wide_r[lane] * s
                sums[3, t, lane] += wide_i[lane] * s


@compiled
def _coherence_of_trials(sums: Array, total_size: Array, coherence: Array) -> None:
    """Modulus of the mean phasor after removing each trial slope, from -T to T.

    sum z exp(-1j t a) = (sum re c + sum im s) + 1j (sum im c - sum re s); s changes sign with t.
    """
    n_trial = sums.shape[1]
    for signed in range(1 - n_trial, n_trial):
        t, sign = abs(signed), -1.0 if signed < 0 else 1.0
        for lane in range(LANES):
            x = sums[0, t, lane] + sign * sums[3, t, lane]
            y = sums[1, t, lane] - sign * sums[2, t, lane]
            coherence[n_trial - 1 + signed, lane] = math.sqrt(x * x + y * y) / total_size[lane]


@compiled
def _choose_trial(coherence: Array, largest: Array, best: Array) -> None:
    """Give the largest coherence per lane and its trial, the first of equal ones."""
    for t in range(coherence.shape[0]):
        for lane in range(LANES):
            value, top, trial = coherence[t, lane], largest[lane], best[lane]
            if value > top:
                top, trial = value, float(t)
            largest[lane] = top
            best[lane] = trial


@compiled
def _highest_elsewhere(coherence: Array, best: Array, step: int, highest: Array) -> None:
    """Raise ``highest`` to the coherence beyond the lobe of the best one, on one side of it.

    The lobe goes from the best trial as far as coherence does not rise. The trials are passed from
    one end to the other in the direction ``step``, each lane with a mark that is set at its best
    trial and taken away at the first rise behind it; only trials behind the best are looked at.
    Of the trials before it the pass in the other direction takes care.
    """
    n_trial = coherence.shape[0]
    in_lobe = np.zeros(LANES)
    t = before = 0 if step > 0 else n_trial - 1
    for _ in range(n_trial):
        for lane in range(LANES):
            value, trial = coherence[t, lane], best[lane]
            inside, top = in_lobe[lane], highest[lane]
            if value > coherence[before, lane]:
                inside = 0.0
            if trial == t:
                inside = 1.0
            if (t - trial) * step > 0.0 and inside == 0.0 and value > top:
                top = value
            in_lobe[lane] = inside
            highest[lane] = top
        before, t = t, t + step


@compiled
def _refine(terms: Array, base: Array, slope: Array) -> None:
    """Add to the trial slope the least-squares slope of what is left.

    With z the terms and x their phasors without the trial slope, phi = angle(x conj(sum x)) and
    w = |z|: sum w base w phi / sum (w base)**2. Products in single, sums in double, as there.
    """
    term_r, term_i, size, left_r, left_i = terms[0], terms[1], terms[2], terms[3], terms[4]
    total_r, total_i = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    numerator, denominator = np.zeros(LANES), np.zeros(LANES)
    for m in range(base.size):
        for lane in range(LANES):
            sine, cosine = single_sine_cosine(slope[lane] * base[m])
            x = term_r[m, lane] * cosine + term_i[m, lane] * sine
            y = term_i[m, lane] * cosine - term_r[m, lane] * sine
            left_r[m, lane], left_i[m, lane] = x, y
            total_r[lane] += x
            total_i[lane] += y
    for m in range(base.size):
        for lane in range(LANES):
            x, y = left_r[m, lane], left_i[m, lane]
            across = y * total_r[lane] - x * total_i[lane]
            along = x * total_r[lane] + y * total_i[lane]
            weighted = np.float64(size[m, lane] * base[m])
            numerator[lane] += weighted * np.float64(size[m, lane] * angle_of(across, along))
            denominator[lane] += weighted * weighted
    for lane in range(LANES):
        slope[lane] += np.float32(numerator[lane] / denominator[lane])


@compiled
def _coherence(term_r: Array, term_i: Array, base: Array, slope: Array, total_size: Array) -> None:
    """Turn the sums of moduli into the coherences after removing the slopes."""
    total_r, total_i = np.zeros(LANES), np.zeros(LANES)
    for m in range(base.size):
        for lane in range(LANES):
            sine, cosine = sine_cosine(np.float64(slope[lane]) * np.float64(base[m]))
            x, y = np.float64(term_r[m, lane]), np.float64(term_i[m, lane])
            total_r[lane] += x * cosine + y * sine
            total_i[lane] += y * cosine - x * sine
    for lane in range(LANES):
        length = math.sqrt(total_r[lane] * total_r[lane] + total_i[lane] * total_i[lane])
        total_size[lane] = length / total_size[lane]
