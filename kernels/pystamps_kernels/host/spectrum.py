"""The adaptive gain of the phase filter, for use inside compiled loops.

StaMPS ``clap_filt`` (Hooper et al. 2007, section 3.1): from the spectrum F of a window,

    H = |F| correlated with B, zeros outside;  H = H / median(H), unless the median is 0
    gain = beta max(H**alpha - 1, 0) + low_pass

where B is the outer product of gausswin(7) with itself. The original arranges |F| with fftshift for
the correlation, and the result back. Here spectra stay arranged: flat arrays of n * n values
with the zero frequency at n / 2 along both axes, so that the smoothing, which is not circular,
works on neighbours in memory. It takes no step to arrange them: the callers give every second
value of the image the other sign, and (-1)**i = exp(-2j pi (n/2) i / n) moves frequency u - n/2
to index u; n is even, so n / 2 is a whole number. Where a window begins decides the sign of all
its values: that leaves |F| alone. B is not scaled to a sum of 1: the median takes that out.

Spectra lie between three rows of zeros in front and three behind (:func:`workspace`).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

REACH = 3
"""Samples on either side that take part in the smoothing."""

_LARGEST = np.int64(2**63 - 1)


@compiled
def aligned(size: int) -> Float64:
    """Array of zeros that begins with a line of the cache, so that vectors lie within lines."""
    values = np.zeros(size + 8)
    first = (64 - values.ctypes.data % 64) % 64 // 8
    return values[first : first + size]


@compiled
def workspace(n: int) -> tuple[Float64, Float64]:
    """Give a spectrum of zeros with its frame, and the second array that smoothing needs."""
    # 5 + REACH = 8 values are a line of the cache: what lies between the ends is aligned too
    return aligned((n + 2 * REACH) * n), aligned(n * n + 2 * REACH + 5)[5:]


@compiled
def smooth(framed: Float64, n: int, taps: Float64, work: Float64) -> None:
    """Correlate with the outer product of seven symmetric taps, zeros outside, in place.

    Parameters
    ----------
    framed : ndarray of float64, shape ((n + 6) * n,)
        The spectrum lies in the middle, zeros around it.
    n : int
        Six or more.
    taps : ndarray of float64, shape (4,)
        Centre first, then outwards.
    work : ndarray of float64, shape (n * n + 6,)
        Zeros at both ends.
    """
    h = framed[REACH * n : (REACH + n) * n]
    # Neighbours along the first axis lie n apart, and the frame is what lies outside. Along the
    # second axis the whole matrix is one line, which is right but for the three values at both
    # ends of each row: those meet the row before or after and are computed once more.
    _correlate(framed, n, taps, work[REACH : REACH + n * n])
    _correlate(work, 1, taps, h)
    _correlate_ends(work, n, taps, h)


@compiled
def _correlate(x: Float64, step: int, taps: Float64, out: Float64) -> None:
    """Add up seven values that lie ``step`` apart; ``x`` has three steps more at both ends."""
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    size = out.size
    before_3, before_2, before_1 = x[:size], x[step : step + size], x[2 * step : 2 * step + size]
    middle, after_1 = x[3 * step : 3 * step + size], x[4 * step : 4 * step + size]
    after_2, after_3 = x[5 * step : 5 * step + size], x[6 * step : 6 * step + size]
    for q in range(size):
        out[q] = (
            t0 * middle[q]
            + t1 * (before_1[q] + after_1[q])
            + t2 * (before_2[q] + after_2[q])
            + t3 * (before_3[q] + after_3[q])
        )


@compiled
def _correlate_ends(x: Float64, n: int, taps: Float64, out: Float64) -> None:
    """Correct what :func:`_correlate` took from the next row at the first and last three."""
    t0, t1, t2, t3 = taps[0], taps[1], taps[2], taps[3]
    for row in range(n):
        a = x[REACH + row * n : REACH + (row + 1) * n]
        b = out[row * n : (row + 1) * n]
        b[0] = t0 * a[0] + t1 * a[1] + t2 * a[2] + t3 * a[3]
        b[1] = t0 * a[1] + t1 * (a[0] + a[2]) + t2 * a[3] + t3 * a[4]
        b[2] = t0 * a[2] + t1 * (a[1] + a[3]) + t2 * (a[0] + a[4]) + t3 * a[5]
        c, d, e, f, g = a[n - 1], a[n - 2], a[n - 3], a[n - 4], a[n - 5]
        b[n - 1] = t0 * c + t1 * d + t2 * e + t3 * f
        b[n - 2] = t0 * d + t1 * (c + e) + t2 * f + t3 * g
        b[n - 3] = t0 * e + t1 * (d + f) + t2 * (c + g) + t3 * a[n - 6]


@compiled
def median(h: Float64) -> float:
    """Median of an even number of values, 0 or larger: the mean of the two in the middle.

    Such numbers have the order of their bits, and the compiler makes vector instructions of
    comparisons of integers. Counting how many values lie below a limit needs no branches, so
    narrowing the interval that holds the middle is faster than partitioning.

    With N = 2 half values, the two in the middle are those number half and half + 1 by size. At
    most half - 1 values are up to ``low`` and at least half + 1 up to ``high``, so both lie
    above low and up to high. A limit with exactly half values up to it lies between the two. If
    none is found, low and high end side by side, and both values are that of ``high``.
    """
    bits = h.view(np.int64)
    half = bits.size // 2
    low, high = bits[0], bits[0]
    for q in range(bits.size):
        low, high = min(low, bits[q]), max(high, bits[q])
    low -= 1
    below, upto = 0, bits.size  # up to low, and up to high
    step = 0
    while high - low > 1:
        # where the middle lies if values are spread evenly; half of the interval now and then,
        # so that it shrinks whatever the distribution
        share = 0.5
        if step % 3:
            share = (half + 0.5 - below) / (upto - below)
        step += 1
        limit = min(max(low + np.int64((high - low) * share), low + 1), high - 1)
        count = _count_up_to(bits, limit)
        if count == half:
            return float(_mean_beside(bits, limit))
        if count > half:
            high, upto = limit, count
        else:
            low, below = limit, count
    return float(_number(high))


@compiled
def _count_up_to(bits: Index, limit: int) -> int:
    count = 0
    for q in range(bits.size):
        count += 1 if bits[q] <= limit else 0
    return count


@compiled
def _mean_beside(bits: Index, limit: int) -> float:
    """Mean of the largest value up to a limit and the smallest above it."""
    largest, smallest = np.int64(-1), _LARGEST
    for q in range(bits.size):
        is_below = bits[q] <= limit
        largest = max(largest, bits[q] if is_below else np.int64(-1))
        smallest = min(smallest, _LARGEST if is_below else bits[q])
    return float(0.5 * (_number(largest) + _number(smallest)))


@compiled
def _number(bits: int) -> float:
    """Give the number that has these bits."""
    pair = np.empty(1, np.int64)
    pair[0] = bits
    number: float = pair.view(np.float64)[0]
    return number


@compiled
def adaptive_gain(
    framed: Float64, n: int, low_pass: Float64, alpha: float, beta: float,
    taps: Float64, work: Float64,
) -> Float64:  # fmt: skip
    """Turn the moduli of a spectrum into the gain of the filter, in place, and give it.

    ``beta * max(H**alpha - 1, 0) + low_pass`` where H is the smoothed spectrum over its median.
    alpha is not negative, so H**alpha exceeds 1 only where H does: there alone is a power needed.
    """
    smooth(framed, n, taps, work)
    h = framed[REACH * n : (REACH + n) * n]
    middle = median(h)
    scale = 1.0 / middle if middle != 0.0 else 1.0
    if alpha == 1.0:
        for q in range(h.size):
            h[q] = beta * max(h[q] * scale - 1.0, 0.0) + low_pass[q]
        return h
    for q in range(h.size):
        ratio = h[q] * scale
        h[q] = low_pass[q] + (beta * (math.pow(ratio, alpha) - 1.0) if ratio > 1.0 else 0.0)
    return h


@compiled
def gauss_taps() -> Float64:
    """Gaussian window of seven samples: the middle one and the three on either side.

    ``gausswin(L)`` is exp(-(2.5 k / ((L - 1) / 2))**2 / 2) for k = -(L - 1) / 2 ..., L = 7.
    """
    taps = np.empty(REACH + 1)
    for k in range(REACH + 1):
        taps[k] = math.exp(-0.5 * (2.5 * k / REACH) ** 2)
    return taps


@compiled
def centred_low_pass(low_pass: npt.NDArray[np.float64]) -> Float64:
    """Flatten a gain as the spectra here lie: zero frequency in the middle, axes exchanged.

    Transforms go along the first axis of the image, then, transposed, along the second: the
    frequency along the columns of the image comes first.
    """
    n = low_pass.shape[0]
    centred = np.empty(n * n)
    for u in range(n):
        for v in range(n):
            centred[((v + n // 2) % n) * n + (u + n // 2) % n] = low_pass[u, v]
    return centred
