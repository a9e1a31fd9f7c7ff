"""The fit of the look-angle error on a block of pixels, one pixel per lane.

All inner loops run over the lanes, so the compiler turns them into vector instructions; each
lane sums its own interferograms in order, so the result depends on neither the number of
lanes nor the number of threads.

After the trials (``trials``), ``ps_topofit`` does, with z the phasors of a pixel and B its
baselines,

    K = t (pi/4) / (max B - min B)                     the best trial
    p = z exp(-1j K B);  phi = angle(p conj(sum p))    angles about their mean direction
    K = K + sum w B w phi / sum (w B)**2,  w = |z|     least squares of w phi = w B dK
    p = z exp(-1j K B);  C = angle(sum p);  coherence = |sum p| / sum |p|

The angles phi are small near the best trial, which makes the problem linear; nothing is unwrapped.

Where the original computes in single, the arrays are single: every value is then rounded as it
arises, sums included, because the coherence decides bins and thresholds. In double are the trials,
and the two sums of the least squares: the original too rounds w B and w phi, but solves in double.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.elementary import arctangent, sine_cosine
from pystamps_kernels.host.trials import LANES, STEP, filled_rows

Float64 = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

TASK = 8 * LANES
"""Pixels that a thread treats with the same work space."""


def n_task(n_pixel: int) -> int:
    """Give the number of tasks of all pixels."""
    return -(-n_pixel // TASK)


class PixelBlock(NamedTuple):
    """Arrays of a block of pixels; rows are interferograms, filled up to ``filled_rows(m)``.

    Attributes
    ----------
    zr, zi : class of the phase, (n_row, LANES), phasors; null beyond the last interferogram
    b : class of the baselines, (n_row, LANES)
    extent : float64, (LANES,), baseline range
    best : float64, (LANES,), the chosen trial, -T to T
    k : class of the baselines, (LANES,), look-angle error
    pr, pi : class of the result, (n_row, LANES), phasors without the look-angle error
    total_r, total_i : class of the result, (LANES,), their sums
    coh, c : class of the result, (LANES,), coherence and angle of the sum
    """

    zr: Array
    zi: Array
    b: Array
    extent: Float64
    best: Float64
    k: Array
    pr: Array
    pi: Array
    total_r: Array
    total_i: Array
    coh: Array
    c: Array


@compiled
def new_block(z_like: Array, b: Array, extent: Float64, p_like: Array) -> PixelBlock:
    """Make the arrays of a block; the baselines and their range may be those of all blocks."""
    return PixelBlock(
        np.zeros(b.shape, z_like.dtype),
        np.zeros(b.shape, z_like.dtype),
        b,
        extent,
        np.empty(LANES),
        np.empty(LANES, b.dtype),
        np.empty(b.shape, p_like.dtype),
        np.empty(b.shape, p_like.dtype),
        np.empty(LANES, p_like.dtype),
        np.empty(LANES, p_like.dtype),
        np.empty(LANES, p_like.dtype),
        np.empty(LANES, p_like.dtype),
    )


@compiled
def own_baselines(m: int, like: Array) -> tuple[Array, Float64]:
    """Make space for the baselines of a block of pixels and for their ranges."""
    return np.zeros((filled_rows(m), LANES), like.dtype), np.empty(LANES)


def range_of(bperp: Array) -> float:
    """Give the range of baselines that all pixels share."""
    return float(bperp.max()) - float(bperp.min())


@compiled
def shared_baselines(bperp: Array, extent: float) -> tuple[Array, Float64]:
    """Copy the baselines that all pixels share, and their range, to all lanes."""
    b = np.zeros((filled_rows(bperp.size), LANES), bperp.dtype)
    for i in range(bperp.size):
        b[i, :] = bperp[i]
    return b, np.full(LANES, extent)


@compiled
def load_phasors(phase: Array, first: int, used: int, block: PixelBlock) -> None:
    """Copy the phasors of the pixels of a block, rows of ``phase``, to the lanes."""
    zr, zi = block.zr, block.zi
    for i in range(phase.shape[1]):
        for lane in range(used):
            value = phase[first + lane, i]
            zr[i, lane], zi[i, lane] = value.real, value.imag


@compiled
def fit(block: PixelBlock, m: int) -> None:
    """From the chosen trials to k, the residual phasors, their coherence and mean phase."""
    k, k_class = block.k, block.k.dtype.type
    for lane in range(LANES):
        # each of the quotient and the product rounded once to the class of the baselines
        step = k_class(np.float64(k_class(STEP)) / block.extent[lane])
        k[lane] = np.float64(step) * block.best[lane]
    turn_back(block, m)
    refine(block, m)
    turn_back(block, m)
    measure_coherence(block, m)


@compiled
def turn_back(block: PixelBlock, m: int) -> None:
    """Give p = z * exp(-1j k B) and its sum per lane."""
    zr, zi, b, k, pr, pi = block.zr, block.zi, block.b, block.k, block.pr, block.pi
    total_r, total_i = block.total_r, block.total_i
    k_class, value_class = k.dtype.type, pr.dtype.type
    total_r[:] = 0.0
    total_i[:] = 0.0
    for i in range(m):
        for lane in range(LANES):
            # (re + 1j im) (cos - 1j sin); products and sums are rounded one by one
            s, c = sine_cosine(np.float64(k_class(k[lane] * b[i, lane])))
            sine, cosine = value_class(s), value_class(c)
            re = value_class(zr[i, lane] * cosine) + value_class(zi[i, lane] * sine)
            im = value_class(zi[i, lane] * cosine) - value_class(zr[i, lane] * sine)
            pr[i, lane], pi[i, lane] = re, im
            total_r[lane] += re
            total_i[lane] += im


@compiled
def refine(block: PixelBlock, m: int) -> None:
    """Add to k the slope of the residual angles about their mean direction, per lane.

    A weighted least-squares line through the origin; weights are the moduli of z.
    """
    zr, zi, b, pr, pi = block.zr, block.zi, block.b, block.pr, block.pi
    mean_r, mean_i = block.total_r.astype(np.float64), block.total_i.astype(np.float64)
    value_class = pr.dtype.type
    products, squares = np.zeros(LANES), np.zeros(LANES)
    for i in range(m):
        for lane in range(LANES):
            # angle of p conj(sum p); the modulus of the sum does not matter
            along, across = np.float64(pr[i, lane]), np.float64(pi[i, lane])
            sine = across * mean_r[lane] - along * mean_i[lane]
            cosine = along * mean_r[lane] + across * mean_i[lane]
            angle = value_class(arctangent(sine, cosine))
            re, im = np.float64(zr[i, lane]), np.float64(zi[i, lane])
            weight = value_class(math.sqrt(re * re + im * im))
            weighted = np.float64(weight * value_class(b[i, lane]))
            products[lane] += weighted * np.float64(weight * angle)
            squares[lane] += weighted * weighted
    k = block.k
    for lane in range(LANES):
        k[lane] = np.float64(k[lane]) + products[lane] / squares[lane]


@compiled
def measure_coherence(block: PixelBlock, m: int) -> None:
    """Coherence (modulus of the sum over the sum of moduli) and angle of the sum, per lane.

    The moduli are those of p, rounded, not those of z: the original divides by the former.
    """
    pr, pi, coh, c = block.pr, block.pi, block.coh, block.c
    value_class = pr.dtype.type
    moduli = np.zeros_like(coh)
    for i in range(m):
        for lane in range(LANES):
            re, im = np.float64(pr[i, lane]), np.float64(pi[i, lane])
            moduli[lane] += value_class(math.sqrt(re * re + im * im))
    for lane in range(LANES):
        re, im = np.float64(block.total_r[lane]), np.float64(block.total_i[lane])
        coh[lane] = value_class(math.sqrt(re * re + im * im)) / moduli[lane]
        c[lane] = arctangent(im, re)


@compiled
def clear_nulls(block: PixelBlock, m: int) -> None:
    """Leave null phasors null, whatever k is."""
    zr, zi, pr, pi = block.zr, block.zi, block.pr, block.pi
    for i in range(m):
        for lane in range(LANES):
            is_null = (zr[i, lane] == 0.0) & (zi[i, lane] == 0.0)
            pr[i, lane] = 0.0 if is_null else pr[i, lane]
            pi[i, lane] = 0.0 if is_null else pi[i, lane]


def empty_results(
    phase: Array, value_is_single: bool
) -> tuple[tuple[Array, Array, Array, Array], Array]:
    """Give k, c, coh and residual without values, and an empty array of the rounded values' class.

    Not compiled: NumPy takes large pages for large arrays.
    """
    n = len(phase)
    results = np.empty(n), np.empty(n), np.empty(n), np.empty_like(phase)
    return results, np.empty(0, np.float32 if value_is_single else np.float64)


@compiled
def store_fit(
    block: PixelBlock, first: int, used: int, results: tuple[Float64, Float64, Float64, Array]
) -> None:
    """Copy the fit of the pixels of a block from the lanes to k, c, coh and residual."""
    k, c, coh, residual = results
    for lane in range(used):
        p = first + lane
        k[p], c[p], coh[p] = block.k[lane], block.c[lane], block.coh[lane]
    pr, pi = block.pr, block.pi
    for lane in range(used):
        for i in range(residual.shape[1]):
            residual[first + lane, i] = complex(pr[i, lane], pi[i, lane])
