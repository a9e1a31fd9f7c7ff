"""Fourier transforms of small matrices for use inside compiled loops.

A batch of transforms lies in flat arrays of real and imaginary parts: element ``k`` of
transform ``lane`` at ``k * lanes + lane``. The self-sorting mixed-radix scheme of Stockham keeps
all inner loops contiguous over the lanes.

Wanted is ``X[k] = sum_i x[i] w_N**(k i)`` with ``w_N = exp(-2j pi / N)`` (as ``fft`` of NumPy and
MATLAB). Passes take factors off N. When the product of those taken is s, the length left is
n = N / s, and the array x[p, d] (p < n, d < s, lanes last) is such that

    X[d + s k] = sum_p x[p, d] w_n**(k p),    k < n.                                         (1)

At the start s = 1, which is the definition; at the end n = 1, which makes x[0, d] = X[d]: the
result is in its order without a permutation. A pass of radix R with part = n / R writes
p = p0 + part j and k = k0 + R k1 in (1). Since part R = n, the exponent k p splits into

    w_n**(k p) = w_n**(k0 p0) w_R**(k0 j) w_part**(k1 p0),

as the product of R k1 with part j is a multiple of n. Hence (1) holds for s R and part with

    y[p0, k0, d] = w_n**(k0 p0) sum_j w_R**(k0 j) x[p0 + part j, d],                         (2)

where (k0, d) in this order in memory is the new d + s k0. All passes are (2). The code calls p0
``p``, k0 ``k``, and the s * lanes contiguous values of one p ``row``, its counter ``q``. The tables
hold the circle in steps of 2 pi / N, so w_n**m is entry ``m * turn`` with turn = N / n, and a
factor exp(-1j a) turns (r, i) into (r cos a + i sin a, i cos a - r sin a).
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

    In (2) w_4 = -1j, so the sums over j are, with a_j the four values,
    k = 0: (a0 + a2) + (a1 + a3); 1: (a0 - a2) - 1j (a1 - a3); 2: (a0 + a2) - (a1 + a3);
    3: (a0 - a2) + 1j (a1 - a3). ``turned`` is -1j (a1 - a3): its real part is the imaginary part
    of the difference, its imaginary part minus the real one.

    Unsigned indices cannot count from the end, which would keep the compiler from making
    vector instructions; few arrays keep the test short whether they overlap.
    """
    part = n // 4
    turn = cosine.size // n
    # u: from one k to the next in the output; v: from one j to the next in the input
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
    """One radix-2 pass, w_2 = -1 in (2); see :func:`_pass_of_four`."""
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
    """One pass of any radix, as a plain sum.

    The two factors of (2) are one here: w_n**(k p0) w_R**(k j) = w_n**(k (p0 + part j)).
    """
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

    The inverse (not divided by the length) follows by exchanging real and imaginary arrays, of
    the input and of the result: the exchange turns z into 1j conj(z), and the transform of that
    is 1j times the conjugate of sum z conj(w), which the second exchange makes sum z conj(w).

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
