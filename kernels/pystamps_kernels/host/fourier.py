"""Fourier transforms of small matrices for use inside compiled loops.

A batch of transforms lies in flat arrays of real and imaginary parts: element ``k`` of
transform ``lane`` at ``k * lanes + lane``. The self-sorting mixed-radix scheme of Stockham keeps
all inner loops contiguous over the lanes.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]


@compiled
def circle(n: int) -> tuple[Float64, Float64]:
    """Cosine and sine of 2 pi k / n, k = 0 .. n - 1."""
    cosine, sine = np.empty(n), np.empty(n)
    for k in range(n):
        cosine[k], sine[k] = math.cos(2 * math.pi * k / n), math.sin(2 * math.pi * k / n)
    return cosine, sine


@compiled
def _radix(n: int) -> int:
    """Give the factor of n that the next pass takes: 4 if possible, else the smallest prime."""
    if n % 4 == 0:
        return 4
    factor = 2
    while n % factor:
        factor += 1
    return factor


@compiled
def _pass_of_four(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, row: int, n: int,
    cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """One radix-4 pass over groups of ``row`` contiguous values; ``n`` is what is left.

    Unsigned indices cannot count from the end, which would keep the compiler from making
    vector instructions; few arrays keep the test short whether they overlap.
    """
    part = n // 4
    turn = cosine.size // n
    u, v = np.uint64(row), np.uint64(part * row)
    u2, u3, v2, v3 = u + u, u + u + u, v + v, v + v + v
    for p in range(part):
        c1, s1 = cosine[p * turn], sine[p * turn]
        c2, s2 = cosine[2 * p * turn], sine[2 * p * turn]
        c3, s3 = cosine[3 * p * turn], sine[3 * p * turn]
        ar, ai = xr[p * row :], xi[p * row :]
        br, bi = yr[4 * p * row : 4 * (p + 1) * row], yi[4 * p * row : 4 * (p + 1) * row]
        for q in range(u):
            sum_r, sum_i = ar[q] + ar[q + v2], ai[q] + ai[q + v2]
            dif_r, dif_i = ar[q] - ar[q + v2], ai[q] - ai[q + v2]
            odd_r, odd_i = ar[q + v] + ar[q + v3], ai[q + v] + ai[q + v3]
            turned_r, turned_i = ai[q + v] - ai[q + v3], ar[q + v3] - ar[q + v]
            br[q], bi[q] = sum_r + odd_r, sum_i + odd_i
            r, i = dif_r + turned_r, dif_i + turned_i
            br[q + u], bi[q + u] = r * c1 + i * s1, i * c1 - r * s1
            r, i = sum_r - odd_r, sum_i - odd_i
            br[q + u2], bi[q + u2] = r * c2 + i * s2, i * c2 - r * s2
            r, i = dif_r - turned_r, dif_i - turned_i
            br[q + u3], bi[q + u3] = r * c3 + i * s3, i * c3 - r * s3


@compiled
def _pass_of_two(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, row: int, n: int,
    cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """One radix-2 pass; see :func:`_pass_of_four`."""
    part = n // 2
    turn = cosine.size // n
    u, v = np.uint64(row), np.uint64(part * row)
    for p in range(part):
        c, s = cosine[p * turn], sine[p * turn]
        ar, ai = xr[p * row :], xi[p * row :]
        br, bi = yr[2 * p * row : 2 * (p + 1) * row], yi[2 * p * row : 2 * (p + 1) * row]
        for q in range(u):
            br[q], bi[q] = ar[q] + ar[q + v], ai[q] + ai[q + v]
            r, i = ar[q] - ar[q + v], ai[q] - ai[q + v]
            br[q + u], bi[q + u] = r * c + i * s, i * c - r * s


@compiled
def _pass_of_prime(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, row: int, n: int, radix: int,
    cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """One pass of any radix, as a plain sum."""
    part = n // radix
    turn = cosine.size // n
    for p in range(part):
        for k in range(radix):
            out = (radix * p + k) * row
            yr[out : out + row] = 0.0
            yi[out : out + row] = 0.0
            for j in range(radix):
                angle = (k * (p + part * j) * turn) % cosine.size
                c, s = cosine[angle], sine[angle]
                at = (p + part * j) * row
                for q in range(row):
                    yr[out + q] += xr[at + q] * c + xi[at + q] * s
                    yi[out + q] += xi[at + q] * c - xr[at + q] * s


@compiled
def transform(
    xr: Float64, xi: Float64, yr: Float64, yi: Float64, lanes: int,
    cosine: Float64, sine: Float64,
) -> tuple[Float64, Float64, Float64, Float64]:  # fmt: skip
    """Forward transforms of length ``cosine.size``, one per lane.

    The inverse (not divided by the length) follows by exchanging real and imaginary arrays.

    Parameters
    ----------
    xr, xi : ndarray of float64
        Input; overwritten.
    yr, yi : ndarray of float64
        Work space of the same size.
    lanes : int
        Number of transforms.
    cosine, sine : ndarray of float64
        Of :func:`circle`.

    Returns
    -------
    tuple of ndarray
        Real and imaginary part of the result, then the two arrays that are free again.
    """
    n, row = cosine.size, lanes
    while n > 1:
        radix = _radix(n)
        if radix == 4:
            _pass_of_four(xr, xi, yr, yi, row, n, cosine, sine)
        elif radix == 2:
            _pass_of_two(xr, xi, yr, yi, row, n, cosine, sine)
        else:
            _pass_of_prime(xr, xi, yr, yi, row, n, radix, cosine, sine)
        xr, xi, yr, yi = yr, yi, xr, xi
        n //= radix
        row *= radix
    return xr, xi, yr, yi


@compiled
def transpose(a: Float64, rows: int, columns: int, out: Float64) -> None:
    """Exchange the axes of a matrix in flat storage."""
    for i in range(rows):
        for j in range(columns):
            out[j * rows + i] = a[i * columns + j]
