"""The adaptive gain of the phase filter, for use inside compiled loops.

Spectra are flat arrays of n * n values with the zero frequency in the middle, so that the
smoothing, which is not circular, works on neighbours in memory.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled

Float64 = npt.NDArray[np.float64]

GATHERED = 48
"""The search for a median ends when so few values are left that sorting them is cheap."""

_REACH = 3


@compiled
def smooth(h: Float64, n: int, taps: Float64, work: Float64) -> None:
    """Correlate with the outer product of seven symmetric taps, zeros outside, in place.

    Parameters
    ----------
    h : ndarray of float64, shape (n * n,)
    n : int
    taps : ndarray of float64, shape (4,)
        Centre first, then outwards.
    work : ndarray of float64, shape ((n + 6) * n,)
    """
    edge = _REACH * n
    work[:edge] = 0.0
    work[edge + n * n :] = 0.0
    for q in range(n * n):
        work[edge + q] = h[q]
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    for q in range(n * n):
        c = edge + q
        h[q] = (
            t0 * work[c]
            + t1 * (work[c - n] + work[c + n])
            + t2 * (work[c - 2 * n] + work[c + 2 * n])
            + t3 * (work[c - 3 * n] + work[c + 3 * n])
        )
    line = work[: n + 2 * _REACH]
    line[:_REACH] = 0.0
    line[n + _REACH :] = 0.0
    for row in range(n):
        for v in range(n):
            line[_REACH + v] = h[row * n + v]
        for v in range(n):
            h[row * n + v] = (
                t0 * line[v + 3]
                + t1 * (line[v + 2] + line[v + 4])
                + t2 * (line[v + 1] + line[v + 5])
                + t3 * (line[v] + line[v + 6])
            )


@compiled
def _count_up_to(h: Float64, limit: float) -> int:
    count = 0
    for q in range(h.size):
        count += 1 if h[q] <= limit else 0
    return count


@compiled
def median(h: Float64, gathered: Float64) -> float:
    """Median of an even number of finite values: the mean of the two in the middle.

    Counting how many values lie below a limit needs no branches, so halving the interval that
    holds the middle, until few values are left in it, is faster than partitioning.
    """
    target = h.size // 2  # the middle two have the ranks target - 1 and target, from 0
    low, high = float(h[0]), float(h[0])
    for q in range(h.size):
        low, high = min(low, h[q]), max(high, h[q])
    below, upto = _count_up_to(h, low), h.size
    if below >= target:
        return 0.5 * (low + (low if below > target else _smallest_above(h, low)))
    while upto - below > GATHERED:
        limit = 0.5 * (low + high)
        if not low < limit < high:
            break  # all that are left are equal to high
        count = _count_up_to(h, limit)
        if count >= target:
            high, upto = limit, count
        else:
            low, below = limit, count
    lower = upper = high
    if upto - below <= GATHERED:
        _gather_sorted(h, low, high, gathered)
        lower, upper = gathered[target - 1 - below], gathered[min(target, upto - 1) - below]
    if upto == target:
        upper = _smallest_above(h, high)
    return float(0.5 * (lower + upper))


@compiled
def _smallest_above(h: Float64, limit: float) -> float:
    smallest = np.inf
    for q in range(h.size):
        smallest = min(smallest, h[q] if h[q] > limit else np.inf)
    return smallest


@compiled
def _gather_sorted(h: Float64, low: float, high: float, gathered: Float64) -> None:
    """Collect the values above ``low`` up to ``high`` in ascending order."""
    n = 0
    for q in range(h.size):
        value = h[q]
        if low < value <= high:
            at = n
            while at > 0 and gathered[at - 1] > value:
                gathered[at] = gathered[at - 1]
                at -= 1
            gathered[at] = value
            n += 1


@compiled
def adaptive_gain(
    h: Float64, n: int, low_pass: Float64, alpha: float, beta: float,
    taps: Float64, work: Float64, gathered: Float64,
) -> None:  # fmt: skip
    """Turn the moduli of a spectrum into the gain of the filter, in place.

    ``beta * max(H**alpha - 1, 0) + low_pass`` where H is the smoothed spectrum over its median.
    """
    smooth(h, n, taps, work)
    middle = median(h, gathered)
    scale = 1.0 / middle if middle != 0.0 else 1.0
    if alpha == 1.0:
        for q in range(h.size):
            h[q] = beta * max(h[q] * scale - 1.0, 0.0) + low_pass[q]
        return
    for q in range(h.size):
        ratio = h[q] * scale
        h[q] = low_pass[q] + (beta * (math.pow(ratio, alpha) - 1.0) if ratio > 1.0 else 0.0)


@compiled
def gauss_taps() -> Float64:
    """Gaussian window of seven samples: the middle one and the three on either side."""
    taps = np.empty(_REACH + 1)
    for k in range(_REACH + 1):
        taps[k] = math.exp(-0.5 * (2.5 * k / _REACH) ** 2)
    return taps


@compiled
def centred_low_pass(low_pass: npt.NDArray[np.float64]) -> Float64:
    """Flatten a gain as the spectra here lie: zero frequency in the middle, axes exchanged."""
    n = low_pass.shape[0]
    centred = np.empty(n * n)
    for u in range(n):
        for v in range(n):
            centred[((v + n // 2) % n) * n + (u + n // 2) % n] = low_pass[u, v]
    return centred
