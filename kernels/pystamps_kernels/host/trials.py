"""The coarse search for the look-angle error on a block of pixels, one pixel per lane.

StaMPS ``ps_topofit`` (Hooper et al. 2007, section 3.2) takes the trial K for which
|sum z exp(-1j K B)| / sum |z| is largest, K = t (pi/4) / (max B - min B) for t = -T ... T. The
denominator is that of all trials, so moduli are compared; of moduli, their squares.

With a = B (pi/4) / (max B - min B), c = cos(t a), s = sin(t a), and sums over interferograms,

    sum z exp(-1j t a) = (sum re(z) c + sum im(z) s) + 1j (sum im(z) c - sum re(z) s)
    sum z exp(+1j t a) = (sum re(z) c - sum im(z) s) + 1j (sum im(z) c + sum re(z) s)

so four real sums serve t and -t: z times cosine and z times sine, each with real and imaginary
part. The phases t a of an interferogram are a geometric sequence, so from one t to the next

    cos((t+1) a) = 2 cos(a) cos(t a) - cos((t-1) a),    sin likewise,

which begins with cos(2a) = 2 cos(a)**2 - 1 and sin(2a) = 2 cos(a) sin(a). Arrays of a block have
the shape (n_row, LANES); rows are interferograms, filled up with null phasors to a multiple of
TOGETHER. Each lane adds its own interferograms in order, in double, so results depend on neither
the number of lanes nor that of threads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import sine_cosine

Float64 = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
Four = tuple[float, float, float, float]

LANES = 64
"""Long enough that the checks before a vector loop do not count, short enough for the cache."""

TOGETHER = 4
"""Interferograms added to the sums of a trial in one go, which halves the memory traffic."""

STEP = math.pi / 4
"""Phase over the whole baseline range between two neighbouring trials."""

# A group of interferograms lies in one flat array, so that the compiler knows what is apart:
# cosine and sine of trial t, of trial t + 1, twice the cosine of one step, and the phasors.
_ROWS = TOGETHER * LANES
_COSINE, _SINE, _NEXT_COSINE, _NEXT_SINE, _TWICE, _REAL, _IMAGINARY = range(0, 7 * _ROWS, _ROWS)
_GROUP = 7 * _ROWS

# The sums of a trial: re(z) and im(z) times cosine, re(z) and im(z) times sine.
_SUMS = 4 * LANES


@compiled
def filled_rows(m: int) -> int:
    """Give the number of rows of a block for ``m`` interferograms."""
    return (m + TOGETHER - 1) // TOGETHER * TOGETHER


@compiled
def trial_space(steps: int) -> tuple[Float64, Float64]:
    """Give work space for one group, and the sums of trial 0 and of pairs of trials t > 0."""
    return np.empty(_GROUP), np.empty((1 + (steps + 1) // 2 * 2) * _SUMS)


@compiled
def baseline_range(zr: Array, zi: Array, b: Array, m: int, extent: Float64) -> None:
    """Baseline range per lane over the interferograms that are not null."""
    low, high = np.full(LANES, np.inf), np.full(LANES, -np.inf)
    for i in range(m):
        for lane in range(LANES):
            is_null = (zr[i, lane] == 0.0) & (zi[i, lane] == 0.0)
            below = np.inf if is_null else np.float64(b[i, lane])
            above = -np.inf if is_null else np.float64(b[i, lane])
            low[lane] = below if below < low[lane] else low[lane]
            high[lane] = above if above > high[lane] else high[lane]
    for lane in range(LANES):
        extent[lane] = high[lane] - low[lane]


@compiled
def correlate_trials(
    zr: Array, zi: Array, b: Array, extent: Float64, group: Float64, sums: Float64
) -> None:
    """Sum the products over the interferograms for all trials t >= 0.

    Two trials at a time, so that the recurrence writes over what it needs no more. Trial 0 has
    cosine 1 and sine 0: its sums of products with the sine stay zero.
    """
    sums[:] = 0.0
    for first in range(0, zr.shape[0], TOGETHER):
        _begin(zr, zi, first, group, sums)
        _first_steps(b, extent, first, group)
        for at in range(_SUMS, sums.size, 2 * _SUMS):
            _add_two_trials(group, sums[at : at + 2 * _SUMS])


@compiled
def _begin(zr: Array, zi: Array, first: int, group: Float64, sums: Float64) -> None:
    """Put the phasors of some interferograms into the group, and add them for trial 0."""
    for j in range(TOGETHER):
        for lane in range(LANES):
            group[_REAL + j * LANES + lane] = zr[first + j, lane]
            group[_IMAGINARY + j * LANES + lane] = zi[first + j, lane]
    for lane in range(LANES):
        re, im = sums[lane], sums[LANES + lane]
        for j in range(TOGETHER):
            re += group[_REAL + j * LANES + lane]
            im += group[_IMAGINARY + j * LANES + lane]
        sums[lane], sums[LANES + lane] = re, im


@compiled
def _first_steps(b: Array, extent: Float64, first: int, group: Float64) -> None:
    """Put cosine and sine of trials 1 and 2 into the group."""
    for j in range(TOGETHER):
        for lane in range(LANES):
            at = j * LANES + lane
            s, c = sine_cosine(b[first + j, lane] / extent[lane] * STEP)
            group[_COSINE + at], group[_SINE + at] = c, s
            group[_TWICE + at] = 2.0 * c
            group[_NEXT_COSINE + at], group[_NEXT_SINE + at] = 2.0 * c * c - 1.0, 2.0 * c * s


@compiled
def _add_two_trials(group: Float64, sums: Float64) -> None:
    """Add the products of trials t and t + 1 to their sums; go on to t + 2 and t + 3."""
    for lane in range(LANES):
        now, following = _four(sums, lane), _four(sums, _SUMS + lane)
        for j in range(TOGETHER):
            at = j * LANES + lane
            re, im, twice = group[_REAL + at], group[_IMAGINARY + at], group[_TWICE + at]
            c, s = group[_COSINE + at], group[_SINE + at]
            next_c, next_s = group[_NEXT_COSINE + at], group[_NEXT_SINE + at]
            now = _added(now, re, im, c, s)
            following = _added(following, re, im, next_c, next_s)
            c, s = twice * next_c - c, twice * next_s - s
            group[_COSINE + at], group[_SINE + at] = c, s
            group[_NEXT_COSINE + at] = twice * c - next_c
            group[_NEXT_SINE + at] = twice * s - next_s
        _put(sums, lane, now)
        _put(sums, _SUMS + lane, following)


@compiled
def _four(sums: Float64, at: int) -> Four:
    return sums[at], sums[LANES + at], sums[2 * LANES + at], sums[3 * LANES + at]


@compiled
def _put(sums: Float64, at: int, four: Four) -> None:
    sums[at], sums[LANES + at], sums[2 * LANES + at], sums[3 * LANES + at] = four


@compiled
def _added(four: Four, re: float, im: float, c: float, s: float) -> Four:
    return four[0] + re * c, four[1] + im * c, four[2] + re * s, four[3] + im * s


@compiled
def correlate_shared_trials(
    zr: Array, zi: Array, cosine: Float64, sine: Float64, group: Float64, sums: Float64
) -> None:
    """Do as :func:`correlate_trials` with tables (n_row, steps) that all pixels share."""
    sums[:] = 0.0
    for first in range(0, zr.shape[0], TOGETHER):
        _begin(zr, zi, first, group, sums)
        # a slice instead of t + 1 below: the compiler then knows that no index is negative
        _add_shared_trials(group, cosine, sine, first, sums[_SUMS:])


@compiled
def _add_shared_trials(
    group: Float64, cosine: Float64, sine: Float64, first: int, sums: Float64
) -> None:
    for t in range(cosine.shape[1]):
        for lane in range(LANES):
            four = _four(sums, t * _SUMS + lane)
            for j in range(TOGETHER):
                re, im = group[_REAL + j * LANES + lane], group[_IMAGINARY + j * LANES + lane]
                four = _added(four, re, im, cosine[first + j, t], sine[first + j, t])
            _put(sums, t * _SUMS + lane, four)


@compiled
def choose_trial(sums: Float64, steps: int, best: Float64) -> None:
    """Give the trial of the largest modulus per lane; of equal ones the first from -T on.

    That is MATLAB's ``max``. Of the trials t >= 0, met in rising order, a later one has to be
    larger; of the trials -t, met in falling order, a later one comes first and wins when equal;
    and all of those come before the trials t >= 0. Trial 0 is in both and has the same sums.
    """
    largest, largest_back = np.full(LANES, -1.0), np.full(LANES, -1.0)
    back = np.zeros(LANES)
    best[:] = 0.0
    for t in range(steps + 1):
        for lane in range(LANES):
            rc, ic, rs, is_ = _four(sums, t * _SUMS + lane)
            power = (rc + is_) * (rc + is_) + (ic - rs) * (ic - rs)
            is_larger = power > largest[lane]
            largest[lane] = power if is_larger else largest[lane]
            best[lane] = float(t) if is_larger else best[lane]
            power = (rc - is_) * (rc - is_) + (ic + rs) * (ic + rs)
            is_larger = power >= largest_back[lane]
            largest_back[lane] = power if is_larger else largest_back[lane]
            back[lane] = float(-t) if is_larger else back[lane]
    for lane in range(LANES):
        best[lane] = best[lane] if largest[lane] > largest_back[lane] else back[lane]


@compiled
def shared_trials(b: Array, extent: Float64, steps: int) -> tuple[Float64, Float64]:
    """Give cosine and sine of all trials t > 0 for baselines that are the same in all lanes."""
    cosine, sine = np.empty((b.shape[0], steps)), np.empty((b.shape[0], steps))
    for i in range(b.shape[0]):
        for t in range(steps):
            sine[i, t], cosine[i, t] = sine_cosine(b[i, 0] / extent[0] * STEP * (t + 1))
    return cosine, sine
