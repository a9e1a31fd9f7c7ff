"""Slope of the phase against baseline: coarse search, then a least-squares step.

As ``ps_topofit`` (``host.topofit`` derives it), with two more conditions: the best trial must
exceed all trials outside its lobe by CLEAR_PEAK, and the coherence at the refined slope must reach
LOWEST_COHERENCE; else the slope is 0. With NaN comparisons are false, which gives 0 as well.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.stage8_edge_noise.arc_model import SlopeSearch
from pystamps_kernels.stage8_edge_noise.single import (
    angle,
    modulus,
    phasor,
    sum_in_order,
    times_conjugate,
)

CLEAR_PEAK = 0.1
"""The best coherence must exceed that of every other lobe by more than this."""
LOWEST_COHERENCE = 0.31
"""Slopes with less coherence than random phases often reach are set to zero."""


def fit_slope(c: NDArray[np.complex64], search: SlopeSearch) -> NDArray[np.float32]:
    """Slope in rad/m of every row of ``c``, 0 where there is no clear peak."""
    with np.errstate(invalid="ignore"):
        coherence = np.abs(c @ trial_phasors(search)) / np.abs(c).sum(axis=1)[:, None]
        best = np.argmax(coherence, axis=1)
        top = coherence[np.arange(len(c)), best]
        clear = top - highest_elsewhere(coherence, best) > CLEAR_PEAK  # false with NaN
    slope = np.zeros(len(c), dtype=np.float32)
    slope[clear] = refine(c[clear], best[clear], search)
    return slope


def trial_slopes(search: SlopeSearch) -> NDArray[np.float32]:
    """Trial slopes in rad/m."""
    step = np.float32(np.pi / 4) / np.float32(search.span)
    return np.asarray(step * np.arange(-search.n_trial, search.n_trial + 1), dtype=np.float32)


def trial_phasors(search: SlopeSearch) -> NDArray[np.complex128]:
    """exp(-1j base slope), shape (m, n_trials)."""
    result: NDArray[np.complex128] = np.exp(
        -1j * np.outer(search.base.astype(np.float64), trial_slopes(search).astype(np.float64))
    )
    return result


def highest_elsewhere(
    coherence: NDArray[np.float64], best: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Highest coherence outside the lobe of the best one (0 when the lobe is everything)."""
    n_trials = coherence.shape[1]
    at = np.arange(n_trials)
    # diff[k] = coherence[k+1] - coherence[k]. The lobe begins behind the last fall up to the best
    # trial, coherence[k+1] < coherence[k] with k + 1 <= best, and ends before the first rise behind
    # it, coherence[k+1] > coherence[k] with k >= best.
    rising = np.diff(coherence, axis=1) > 0
    falling = np.diff(coherence, axis=1) < 0
    left_of_best = at[1:] <= best[:, None]
    foot = np.max(np.where(falling & left_of_best, at[1:], 0), axis=1, initial=0)
    right_end = np.min(
        np.where(rising & ~left_of_best, at[:-1], n_trials - 1), axis=1, initial=n_trials - 1
    )
    lobe = (at >= foot[:, None]) & (at <= right_end[:, None])
    return np.asarray(np.where(lobe, 0.0, coherence).max(axis=1))


def refine(
    c: NDArray[np.complex64], best: NDArray[np.intp], search: SlopeSearch
) -> NDArray[np.float32]:
    """Trial slope plus the least-squares slope of what is left; 0 when incoherent."""
    coarse, base = trial_slopes(search)[best], search.base.astype(np.float32)
    left = times_conjugate(c, phasor(coarse[:, None] * base))
    offset = angle(times_conjugate(left, sum_in_order(left)[:, None]))
    size = modulus(c)
    weighted = (size * base).astype(np.float64)
    correction = (weighted * (size * offset)).sum(axis=1) / (weighted**2).sum(axis=1)
    slope = coarse + correction.astype(np.float32)
    left = c * np.exp(-1j * slope[:, None].astype(np.float64) * search.base)
    coherence = np.abs(left.sum(axis=1)) / np.abs(left).sum(axis=1)
    return np.where(coherence < LOWEST_COHERENCE, np.float32(0), slope)
