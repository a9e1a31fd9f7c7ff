"""The search for the look-angle error on a block of pixels, one pixel per lane.

All inner loops run over the lanes, so the compiler turns them into vector instructions; each
lane sums its own interferograms in order, so the result depends on neither the number of
lanes nor the number of threads. Arrays of a block have the shape (n_ifg, LANES) and are
double; where the original computes in single, every value is rounded to single as it arises,
sums included, because the coherence decides bins and thresholds.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import arctangent, sine_cosine

Float64 = npt.NDArray[np.float64]

LANES = 16
STEP = math.pi / 4
"""Phase over the whole baseline range between two neighbouring trials."""


@compiled
def rounded(value: float, is_single: bool) -> float:
    """Round to single precision where the original computes in single."""
    return np.float64(np.float32(value)) if is_single else value


@compiled
def baseline_range(zr: Float64, zi: Float64, b: Float64, extent: Float64) -> None:
    """Baseline range per lane over the interferograms that are not null."""
    for lane in range(LANES):
        low, high = np.inf, -np.inf
        for i in range(zr.shape[0]):
            if zr[i, lane] != 0.0 or zi[i, lane] != 0.0:
                low, high = min(low, b[i, lane]), max(high, b[i, lane])
        extent[lane] = high - low


@compiled
def correlate_trials(zr: Float64, zi: Float64, b: Float64, extent: Float64, sums: Float64) -> None:
    """Sum z * cos(t a) and z * sin(t a) over the interferograms for all trials t >= 0.

    The trial phases t * a of one interferogram are a geometric sequence: cosine and sine follow
    by the three-term recurrence from those of one step.
    """
    n_trial = sums.shape[1]
    previous_c, previous_s = np.empty(LANES), np.empty(LANES)
    current_c, current_s = np.empty(LANES), np.empty(LANES)
    twice = np.empty(LANES)
    sums[:] = 0.0
    for i in range(zr.shape[0]):
        for lane in range(LANES):
            s, c = sine_cosine(b[i, lane] / extent[lane] * STEP)
            previous_c[lane], previous_s[lane] = 1.0, 0.0
            current_c[lane], current_s[lane], twice[lane] = c, s, 2.0 * c
            sums[0, 0, lane] += zr[i, lane]
            sums[1, 0, lane] += zi[i, lane]
        for t in range(1, n_trial):
            for lane in range(LANES):
                c, s = current_c[lane], current_s[lane]
                sums[0, t, lane] += zr[i, lane] * c
                sums[1, t, lane] += zi[i, lane] * c
                sums[2, t, lane] += zr[i, lane] * s
                sums[3, t, lane] += zi[i, lane] * s
                current_c[lane] = twice[lane] * c - previous_c[lane]
                current_s[lane] = twice[lane] * s - previous_s[lane]
                previous_c[lane], previous_s[lane] = c, s


@compiled
def correlate_shared_trials(
    zr: Float64, zi: Float64, cosine: Float64, sine: Float64, sums: Float64
) -> None:
    """Do as :func:`correlate_trials` with tables (n_ifg, n_trial) that all pixels share."""
    sums[:] = 0.0
    for i in range(zr.shape[0]):
        for t in range(sums.shape[1]):
            c, s = cosine[i, t], sine[i, t]
            for lane in range(LANES):
                sums[0, t, lane] += zr[i, lane] * c
                sums[1, t, lane] += zi[i, lane] * c
                sums[2, t, lane] += zr[i, lane] * s
                sums[3, t, lane] += zi[i, lane] * s


@compiled
def choose_trial(sums: Float64, best: Float64) -> None:
    """Give the trial of the largest modulus per lane; of equal ones the first from -T on."""
    largest = np.full(LANES, -1.0)
    n_trial = sums.shape[1]
    best[:] = 0.0
    for signed in range(1 - n_trial, n_trial):
        t = abs(signed)
        sign = -1.0 if signed < 0 else 1.0
        for lane in range(LANES):
            re = sums[0, t, lane] + sign * sums[3, t, lane]
            im = sums[1, t, lane] - sign * sums[2, t, lane]
            power = re * re + im * im
            is_larger = power > largest[lane]
            largest[lane] = power if is_larger else largest[lane]
            best[lane] = float(signed) if is_larger else best[lane]


@compiled
def turn_back(
    zr: Float64, zi: Float64, b: Float64, k: Float64, pr: Float64, pi: Float64,
    total: Float64, k_is_single: bool, is_single: bool,
) -> None:  # fmt: skip
    """Give p = z * exp(-1j k B) and its sum per lane (rows 0 and 1 of ``total``)."""
    total[:] = 0.0
    for i in range(zr.shape[0]):
        for lane in range(LANES):
            s, c = sine_cosine(rounded(k[lane] * b[i, lane], k_is_single))
            s, c = rounded(s, is_single), rounded(c, is_single)
            re = rounded(zr[i, lane] * c, is_single) + rounded(zi[i, lane] * s, is_single)
            im = rounded(zi[i, lane] * c, is_single) - rounded(zr[i, lane] * s, is_single)
            re, im = rounded(re, is_single), rounded(im, is_single)
            pr[i, lane], pi[i, lane] = re, im
            total[0, lane] = rounded(total[0, lane] + re, is_single)
            total[1, lane] = rounded(total[1, lane] + im, is_single)


@compiled
def refine(
    zr: Float64, zi: Float64, b: Float64, pr: Float64, pi: Float64, total: Float64,
    k: Float64, is_single: bool,
) -> None:  # fmt: skip
    """Add to k the slope of the residual angles about their mean direction, per lane.

    A weighted least-squares line through the origin; weights are the moduli of z.
    """
    products, squares = np.zeros(LANES), np.zeros(LANES)
    for i in range(zr.shape[0]):
        for lane in range(LANES):
            re = pr[i, lane] * total[0, lane] + pi[i, lane] * total[1, lane]
            im = pi[i, lane] * total[0, lane] - pr[i, lane] * total[1, lane]
            angle = rounded(arctangent(im, re), is_single)
            weight = math.sqrt(zr[i, lane] * zr[i, lane] + zi[i, lane] * zi[i, lane])
            weight = rounded(weight, is_single)
            weighted = rounded(weight * rounded(b[i, lane], is_single), is_single)
            products[lane] += weighted * rounded(weight * angle, is_single)
            squares[lane] += weighted * weighted
    for lane in range(LANES):
        k[lane] += products[lane] / squares[lane]


@compiled
def fit_block(
    zr: Float64, zi: Float64, b: Float64, pr: Float64, pi: Float64,
    best: Float64, extent: Float64, k: Float64, total: Float64,
    k_is_single: bool, is_single: bool,
) -> None:  # fmt: skip
    """From the chosen trials to k, the residual phasors p and their sums, per lane."""
    for lane in range(LANES):
        step = rounded(rounded(STEP, k_is_single) / extent[lane], k_is_single)
        k[lane] = rounded(step * best[lane], k_is_single)
    turn_back(zr, zi, b, k, pr, pi, total, k_is_single, is_single)
    refine(zr, zi, b, pr, pi, total, k, is_single)
    for lane in range(LANES):
        k[lane] = rounded(k[lane], k_is_single)
    turn_back(zr, zi, b, k, pr, pi, total, k_is_single, is_single)


@compiled
def coherence_of(pr: Float64, pi: Float64, total: Float64, coh: Float64, is_single: bool) -> None:
    """Modulus of the sum over the sum of moduli, per lane."""
    moduli = np.zeros(LANES)
    for i in range(pr.shape[0]):
        for lane in range(LANES):
            modulus = math.sqrt(pr[i, lane] * pr[i, lane] + pi[i, lane] * pi[i, lane])
            moduli[lane] = rounded(moduli[lane] + rounded(modulus, is_single), is_single)
    for lane in range(LANES):
        length = math.sqrt(total[0, lane] * total[0, lane] + total[1, lane] * total[1, lane])
        coh[lane] = rounded(rounded(length, is_single) / moduli[lane], is_single)


@compiled
def shared_trials(bperp: Float64, steps: int) -> tuple[Float64, Float64, Float64, Float64]:
    """Give cosine and sine of all trials t >= 0, baselines and their range copied to all lanes."""
    m = bperp.size
    cosine, sine = np.empty((m, steps + 1)), np.empty((m, steps + 1))
    b, extent = np.empty((m, LANES)), np.full(LANES, bperp.max() - bperp.min())
    for i in range(m):
        b[i, :] = bperp[i]
        for t in range(steps + 1):
            sine[i, t], cosine[i, t] = sine_cosine(bperp[i] / extent[0] * STEP * t)
    return cosine, sine, b, extent
