"""The search for the look-angle error on a block of pixels, one pixel per lane.

All inner loops run over the lanes, so the compiler turns them into vector instructions; each
lane sums its own interferograms in order, so the result depends on neither the number of
lanes nor the number of threads. Arrays of a block have the shape (n_ifg, LANES).

Where the original computes in single, the arrays are single: every value is then rounded as it
arises, sums included, because the coherence decides bins and thresholds. Phasors ``z`` have
the class of the phase, baselines ``b`` and K that of the baselines, residual phasors ``p`` the
class of the result. The trials are compared in double.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled
from pystamps_kernels._elementary import arctangent, sine_cosine

Float64 = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

LANES = 64
"""Long enough that the checks before a vector loop do not count, short enough for the cache."""

BLOCKS_PER_TASK = 8
TOGETHER = 4
"""Interferograms added to the trial sums in one go; blocks are filled up with null phasors."""

STEP = math.pi / 4
"""Phase over the whole baseline range between two neighbouring trials."""


@compiled
def filled(m: int) -> int:
    """Give the number of rows of a block for ``m`` interferograms."""
    return (m + TOGETHER - 1) // TOGETHER * TOGETHER


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
    zr: Array, zi: Array, b: Array, extent: Float64, cosine: Float64, sine: Float64, sums: Float64
) -> None:
    """Sum z * cos(t a) and z * sin(t a) over the interferograms for all trials t >= 0.

    The trial phases t * a of one interferogram are a geometric sequence: cosine and sine follow
    by the three-term recurrence from those of one step. ``cosine`` and ``sine`` are work space
    (TOGETHER, n_trial, LANES); ``sums`` has the shape (4, n_trial, LANES).
    """
    sums[:] = 0.0
    by_cosine, by_cosine_i, by_sine, by_sine_i = sums[0], sums[1], sums[2], sums[3]
    for i in range(0, zr.shape[0], TOGETHER):
        _first_step(b, extent, i, cosine, sine)
        _further_steps(cosine, sine)
        _further_steps(cosine, cosine)
        _add_products(zr, zi, i, cosine, by_cosine, by_cosine_i)
        _add_products(zr, zi, i, sine, by_sine, by_sine_i)


@compiled
def _first_step(b: Array, extent: Float64, first: int, cosine: Float64, sine: Float64) -> None:
    last = min(cosine.shape[1] - 1, 1)
    for j in range(TOGETHER):
        for lane in range(LANES):
            s, c = sine_cosine(b[first + j, lane] / extent[lane] * STEP)
            cosine[j, last, lane], sine[j, last, lane] = c, s
        for lane in range(LANES):
            cosine[j, 0, lane], sine[j, 0, lane] = 1.0, 0.0


@compiled
def _further_steps(cosine: Float64, x: Float64) -> None:
    """Continue cosines or sines of multiples of an angle."""
    for j in range(TOGETHER):
        for t in range(2, x.shape[1]):
            for lane in range(LANES):
                x[j, t, lane] = 2.0 * cosine[j, 1, lane] * x[j, t - 1, lane] - x[j, t - 2, lane]


@compiled
def _add_products(
    zr: Array, zi: Array, i: int, x: Float64, total_r: Float64, total_i: Float64
) -> None:
    """Add the products of some interferograms, one after the other, to the sums of all trials."""
    for t in range(x.shape[1]):
        for lane in range(LANES):
            re, im = total_r[t, lane], total_i[t, lane]
            x0, x1, x2, x3 = x[0, t, lane], x[1, t, lane], x[2, t, lane], x[3, t, lane]
            re += zr[i, lane] * x0
            re += zr[i + 1, lane] * x1
            re += zr[i + 2, lane] * x2
            re += zr[i + 3, lane] * x3
            im += zi[i, lane] * x0
            im += zi[i + 1, lane] * x1
            im += zi[i + 2, lane] * x2
            im += zi[i + 3, lane] * x3
            total_r[t, lane], total_i[t, lane] = re, im


@compiled
def correlate_shared_trials(
    zr: Array, zi: Array, cosine: Float64, sine: Float64, sums: Float64
) -> None:
    """Do as :func:`correlate_trials` with tables (n_row, n_trial) that all pixels share."""
    sums[:] = 0.0
    by_cosine, by_cosine_i, by_sine, by_sine_i = sums[0], sums[1], sums[2], sums[3]
    for i in range(0, zr.shape[0], TOGETHER):
        _add_shared_products(zr, i, cosine, by_cosine)
        _add_shared_products(zi, i, cosine, by_cosine_i)
        _add_shared_products(zr, i, sine, by_sine)
        _add_shared_products(zi, i, sine, by_sine_i)


@compiled
def _add_shared_products(z: Array, i: int, x: Float64, total: Float64) -> None:
    for t in range(x.shape[1]):
        x0, x1, x2, x3 = x[i, t], x[i + 1, t], x[i + 2, t], x[i + 3, t]
        for lane in range(LANES):
            value = total[t, lane]
            value += z[i, lane] * x0
            value += z[i + 1, lane] * x1
            value += z[i + 2, lane] * x2
            value += z[i + 3, lane] * x3
            total[t, lane] = value


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
    zr: Array, zi: Array, b: Array, k: Array, m: int, pr: Array, pi: Array,
    total_r: Array, total_i: Array,
) -> None:  # fmt: skip
    """Give p = z * exp(-1j k B) and its sum per lane."""
    k_class, value_class = k.dtype.type, pr.dtype.type
    total_r[:] = 0.0
    total_i[:] = 0.0
    for i in range(m):
        for lane in range(LANES):
            s, c = sine_cosine(np.float64(k_class(k[lane] * b[i, lane])))
            sine, cosine = value_class(s), value_class(c)
            re = value_class(zr[i, lane] * cosine) + value_class(zi[i, lane] * sine)
            im = value_class(zi[i, lane] * cosine) - value_class(zr[i, lane] * sine)
            pr[i, lane], pi[i, lane] = re, im
            total_r[lane] += re
            total_i[lane] += im


@compiled
def refine(
    zr: Array, zi: Array, b: Array, m: int, pr: Array, pi: Array, total_r: Array, total_i: Array,
    k: Array,
) -> None:  # fmt: skip
    """Add to k the slope of the residual angles about their mean direction, per lane.

    A weighted least-squares line through the origin; weights are the moduli of z.
    """
    value_class = pr.dtype.type
    products, squares = np.zeros(LANES), np.zeros(LANES)
    for i in range(m):
        for lane in range(LANES):
            along, across = np.float64(pr[i, lane]), np.float64(pi[i, lane])
            mean_r, mean_i = np.float64(total_r[lane]), np.float64(total_i[lane])
            angle = value_class(
                arctangent(across * mean_r - along * mean_i, along * mean_r + across * mean_i)
            )
            re, im = np.float64(zr[i, lane]), np.float64(zi[i, lane])
            weight = value_class(math.sqrt(re * re + im * im))
            weighted = np.float64(weight * value_class(b[i, lane]))
            products[lane] += weighted * np.float64(weight * angle)
            squares[lane] += weighted * weighted
    for lane in range(LANES):
        k[lane] = np.float64(k[lane]) + products[lane] / squares[lane]


@compiled
def fit_block(
    zr: Array, zi: Array, b: Array, m: int, pr: Array, pi: Array,
    best: Float64, extent: Float64, k: Array, total_r: Array, total_i: Array,
) -> None:  # fmt: skip
    """From the chosen trials to k, the residual phasors p and their sums, per lane."""
    k_class = k.dtype.type
    for lane in range(LANES):
        step = k_class(np.float64(k_class(STEP)) / extent[lane])
        k[lane] = np.float64(step) * best[lane]
    turn_back(zr, zi, b, k, m, pr, pi, total_r, total_i)
    refine(zr, zi, b, m, pr, pi, total_r, total_i, k)
    turn_back(zr, zi, b, k, m, pr, pi, total_r, total_i)


@compiled
def coherence_of(pr: Array, pi: Array, m: int, total_r: Array, total_i: Array, coh: Array) -> None:
    """Modulus of the sum over the sum of moduli, per lane."""
    value_class = pr.dtype.type
    moduli = np.zeros_like(total_r)
    for i in range(m):
        for lane in range(LANES):
            re, im = np.float64(pr[i, lane]), np.float64(pi[i, lane])
            moduli[lane] += value_class(math.sqrt(re * re + im * im))
    for lane in range(LANES):
        re, im = np.float64(total_r[lane]), np.float64(total_i[lane])
        coh[lane] = value_class(math.sqrt(re * re + im * im)) / moduli[lane]


@compiled
def load_block(phase: Array, first: int, used: int, zr: Array, zi: Array) -> None:
    """Copy the phasors of a block of pixels, rows of ``phase``, to the lanes."""
    for lane in range(used):
        for i in range(phase.shape[1]):
            value = phase[first + lane, i]
            zr[i, lane], zi[i, lane] = value.real, value.imag


@compiled
def store_block(
    first: int, used: int, m: int, block: tuple[Array, ...], results: tuple[Array, ...]
) -> None:
    """Copy pr, pi, their sums, k and coherence of the lanes to k, c, coh and residual."""
    pr, pi, total_r, total_i, k_lane, coh_lane = block
    k, c, coh, residual = results
    value_class = pr.dtype.type
    for lane in range(used):
        p = first + lane
        k[p], coh[p] = k_lane[lane], coh_lane[lane]
        c[p] = value_class(arctangent(np.float64(total_i[lane]), np.float64(total_r[lane])))
        for i in range(m):
            residual[p, i] = complex(pr[i, lane], pi[i, lane])


@compiled
def workspace(
    m: int, n_trial: int, z_like: Array, b_like: Array, p_like: Array
) -> tuple[Array, ...]:
    """Give zr, zi, b, pr, pi, their sums, trial sums, best trial, range, k and coherence."""
    shape = (filled(m), LANES)
    return (
        np.zeros(shape, z_like.dtype),
        np.zeros(shape, z_like.dtype),
        np.zeros(shape, b_like.dtype),
        np.empty(shape, p_like.dtype),
        np.empty(shape, p_like.dtype),
        np.empty(LANES, p_like.dtype),
        np.empty(LANES, p_like.dtype),
        np.empty((4, n_trial, LANES)),
        np.empty(LANES),
        np.empty(LANES),
        np.empty(LANES, b_like.dtype),
        np.empty(LANES, p_like.dtype),
    )


@compiled
def shared_trials(bperp: Array, steps: int) -> tuple[Float64, Float64, Array, Float64]:
    """Give cosine and sine of all trials t >= 0, baselines and their range copied to all lanes.

    Rows beyond the baselines are null.
    """
    m = bperp.size
    cosine, sine = np.zeros((filled(m), steps + 1)), np.zeros((filled(m), steps + 1))
    b = np.zeros((filled(m), LANES), bperp.dtype)
    extent = np.full(LANES, np.float64(bperp.max()) - np.float64(bperp.min()))
    for i in range(m):
        b[i, :] = bperp[i]
        for t in range(steps + 1):
            sine[i, t], cosine[i, t] = sine_cosine(bperp[i] / extent[0] * STEP * t)
    return cosine, sine, b, extent
