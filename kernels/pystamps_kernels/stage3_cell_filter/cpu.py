"""Numba: the spectra of neighbouring windows follow from each other. See the package.

Let g[i, j] be the grid with alternating signs, (-1)**(i + j) times the phase (``host.spectrum``
says why), n the size of the window, (a, b) the cell, i0 and j0 the first row and column of its
window, and w = exp(-2j pi / n). Because w**n = 1, phases may be counted from any row and column:

    C_j[u]  = sum_i g[i, j] w**(u (i - a))     i = i0 ... i0 + n - 1     from the row of the cell
    W[v, u] = sum_j C_j[u] w**(v j)            j = j0 ... j0 + n - 1     from column 0 of the grid
    T[v, u] = W[v, u] w**(-v b)                                          from the cell itself

Cells of one row of the grid share i0 and a, hence C_j. From the window at j0 to the one at j0 + 1,
column j = j0 leaves and j + n enters, whose w**(v (j + n)) is the same as w**(v j):

    W[v, u] += (C_(j+n)[u] - C_j[u]) w**(v j)                                                (1)

Half the rows of W follow from the other half: w**((v + n/2) j) = (-1)**j w**(v j). So n * n
complex products replace a transform. W is made anew where cells lie too far apart for that to pay,
at the latest for the next task: rounding adds up over fewer than PIECE steps.

The values left out, about the cell, take their own transforms from T: the cell alone takes
g[a, b] from all T[v, u], a column j of values takes their C_j[u] w**(v (j - b)). Then the inverse
transform at (a, b), where both phases are zero, is a plain sum:

    filtered[a, b] = (-1)**(a + b) / n**2 sum_(v, u) gain[v, u] T[v, u]                      (2)

The sign undoes that of g. Beside the first window of a piece of a row, what is left to do for
each cell is (1) and its gain. All in double; the original filters these windows in single.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled
from pystamps_kernels.host.fourier import circle, transform, transpose
from pystamps_kernels.host.spectrum import (
    REACH,
    adaptive_gain,
    aligned,
    centred_low_pass,
    gauss_taps,
    workspace,
)
from pystamps_kernels.host.tasks import do_tasks

Array = npt.NDArray[Any]
Float64 = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

PIECE = 128
"""Largest number of columns of the grid between the cells of a task."""

SLIDES = 9
"""Updates of a spectrum that take as long as a transform."""

IMAGES = 8
"""Interferograms per task."""


def stage3_cell_filter(
    ph_grid: Array, cells: Array, low_pass: Float64, alpha: float, beta: float,
    reach: int, reach_in_first_only: bool,
) -> Array:  # fmt: skip
    """See the package."""
    n, (n_i, n_j, m) = low_pass.shape[0], ph_grid.shape
    filtered = np.zeros((len(cells), m), np.complex64)
    if not filtered.size:
        return filtered
    order = np.lexsort((cells[:, 1], cells[:, 0]))
    rows, columns = cells[order].T
    starts = np.clip(cells[order] - n // 2, 0, np.array([n_i - n, n_j - n]))
    piece = columns // PIECE
    is_new = (np.diff(rows) != 0) | (np.diff(piece) != 0) | (np.diff(columns) > n)
    first = np.concatenate([[0], np.flatnonzero(is_new) + 1, [len(cells)]])
    # rows count from here on from the first that is needed, in the signs as well
    top, bottom = starts[0, 0], starts[-1, 0] + n
    re, im = np.empty((2, m, bottom - top, n_j))
    do_tasks(_split, bottom - top, ph_grid[top:bottom], re, im)
    local = np.column_stack([rows - top, columns, starts[:, 0] - top, starts[:, 1], order])
    reaches = np.full(m, reach)
    reaches[1:] *= not reach_in_first_only
    signs = 1.0 - 2.0 * ((rows - top + columns) % 2)
    do_tasks(
        _filter, (first.size - 1) * -(-m // IMAGES),
        re, im, local, signs, first, reaches, low_pass, alpha, beta, filtered,
    )  # fmt: skip
    return filtered


@compiled
def _split(first_task: int, end_task: int, ph_grid: Array, re: Float64, im: Float64) -> None:
    """Real and imaginary part of g, interferogram first, NaN as 0, for some rows."""
    _, n_j, m = ph_grid.shape
    for i in range(first_task, end_task):
        for j in range(n_j):
            sign = 1.0 if (i + j) % 2 == 0 else -1.0
            for k in range(m):
                value = ph_grid[i, j, k]
                is_valid = not (math.isnan(value.real) or math.isnan(value.imag))
                re[k, i, j] = sign * value.real if is_valid else 0.0
                im[k, i, j] = sign * value.imag if is_valid else 0.0


@compiled
def _filter(
    first_task: int, end_task: int,
    re: Float64, im: Float64, cells: Index, signs: Float64, first: Index, reaches: Index,
    low_pass: Float64, alpha: float, beta: float, filtered: Array,
) -> None:  # fmt: skip
    n, m = low_pass.shape[0], re.shape[0]
    circles, taps, centred = circle(n), gauss_taps(), centred_low_pass(low_pass)
    groups = (m + IMAGES - 1) // IMAGES
    for task in range(first_task, end_task):
        own = cells[first[task // groups] : first[task // groups + 1]]
        own_signs = signs[first[task // groups] : first[task // groups + 1]]
        start = task % groups * IMAGES
        for k in range(start, min(start + IMAGES, m)):
            _filter_piece(
                re[k], im[k], own, own_signs, reaches[k], circles, taps, centred, alpha, beta,
                filtered[:, k],
            )  # fmt: skip


@compiled
def _filter_piece(
    re: Float64, im: Float64, cells: Index, signs: Float64, reach: int,
    circles: tuple[Float64, Float64], taps: Float64, low_pass: Float64, alpha: float, beta: float,
    filtered: Array,
) -> None:  # fmt: skip
    """Filter cells of one row of the grid, from left to right."""
    cosine, sine = circles
    n = cosine.size
    left, right = cells[0, 3], cells[-1, 3] + n
    column_r, column_i, occupied = _columns(re, im, cells[0], left, right, cosine, sine)
    yr, yi, tr, ti = aligned(n * n), aligned(n * n), aligned(n * n), aligned(n * n)
    framed, work = workspace(n)
    h = framed[REACH * n : (REACH + n) * n]
    own_r, own_i = aligned(n), aligned(n)
    at = left - n - 1
    for cell in range(cells.shape[0]):
        a, b, i0, j0 = cells[cell, 0], cells[cell, 1], cells[cell, 2], cells[cell, 3]
        if j0 - at > min(SLIDES, n):
            _whole_window(column_r, column_i, j0, left, yr, yi, tr, ti, cosine, sine)
        else:
            for j in range(at, j0):
                _slide(column_r, column_i, j, left, yr, yi, own_r, own_i, cosine, sine)
        at = j0
        # nothing but what is left out: the result is 0, not the gain of the rounding in W
        around = occupied[j0 - left + n] - occupied[j0 - left]
        if around == _occupied_inside(re, im, a, b, i0, j0, n, reach):
            continue
        _own(re, im, a, b, b, i0, n, reach, own_r, own_i, cosine, sine)
        _without_cell(yr, yi, b, own_r, own_i, tr, ti, h, cosine, sine)
        for j in range(max(b - reach, j0), min(b + reach + 1, j0 + n)):
            if j != b:
                _own(re, im, a, b, j, i0, n, reach, own_r, own_i, cosine, sine)
                _take_out(tr, ti, j - b, own_r, own_i, h, cosine, sine)
        gain = adaptive_gain(framed, n, low_pass, alpha, beta, taps, work)
        filtered[cells[cell, 4]] = signs[cell] / (n * n) * _weighted_sum(gain, tr, ti)


@compiled
def _columns(
    re: Float64, im: Float64, cell: Index, left: int, right: int, cosine: Float64, sine: Float64
) -> tuple[Float64, Float64, Float64]:
    """Transform the columns of a row of windows: C_j[u], phases counted from the row of the cell.

    Row i goes to place (i - a) modulo n of the input, which is where its phase is w**(u (i - a)).

    Returns
    -------
    ndarray of float64, shape (columns, n)
        Real part.
    ndarray of float64, shape (columns, n)
        Imaginary part.
    ndarray of float64, shape (columns + 1,)
        Number of values other than 0 in all columns before.
    """
    n, size = cosine.size, right - left
    xr, xi = aligned(n * size), aligned(n * size)
    yr, yi = aligned(n * size), aligned(n * size)
    count = np.zeros(size)
    for i in range(cell[2], cell[2] + n):
        start = (i - cell[0]) % n * size
        to_r, to_i = xr[start : start + size], xi[start : start + size]
        from_r, from_i = re[i, left:right], im[i, left:right]
        for j in range(size):
            to_r[j], to_i[j] = from_r[j], from_i[j]
            count[j] += 1.0 if abs(from_r[j]) + abs(from_i[j]) > 0.0 else 0.0
    occupied = np.zeros(size + 1)
    for j in range(size):
        occupied[j + 1] = occupied[j] + count[j]
    pr, pi, qr, qi = transform(xr, xi, yr, yi, size, cosine, sine)
    transpose(pr, n, size, qr)
    transpose(pi, n, size, qi)
    return qr.reshape(size, n), qi.reshape(size, n), occupied


@compiled
def _whole_window(
    column_r: Float64, column_i: Float64, j0: int, left: int, yr: Float64, yi: Float64,
    tr: Float64, ti: Float64, cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """Transform a window along its rows to W[v, u]: column j goes to place j modulo n."""
    n = cosine.size
    xr, xi = aligned(n * n), aligned(n * n)
    for j in range(j0, j0 + n):
        for u in range(n):
            xr[j % n * n + u] = column_r[j - left, u]
            xi[j % n * n + u] = column_i[j - left, u]
    pr, pi, _, _ = transform(xr, xi, tr, ti, n, cosine, sine)
    for q in range(n * n):
        yr[q], yi[q] = pr[q], pi[q]


@compiled
def _slide(
    column_r: Float64, column_i: Float64, j: int, left: int, yr: Float64, yi: Float64,
    dr: Float64, di: Float64, cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """Let column j leave the window and column j + n enter it: equation (1)."""
    n = cosine.size
    in_r, in_i = column_r[j - left + n], column_i[j - left + n]
    out_r, out_i = column_r[j - left], column_i[j - left]
    for u in range(n):
        dr[u], di[u] = in_r[u] - out_r[u], in_i[u] - out_i[u]
    size, half = np.uint64(n), np.uint64(n // 2 * n)  # unsigned: see _pass_of_four
    sign = 1.0 if j % 2 == 0 else -1.0
    step, angle = j % n, 0  # angle: v j modulo n
    for v in range(n // 2):
        c, s = cosine[angle], sine[angle]
        angle += step - n if angle + step >= n else step
        row_r, row_i = yr[v * n :], yi[v * n :]
        for u in range(size):
            r, i = dr[u] * c + di[u] * s, di[u] * c - dr[u] * s
            row_r[u] += r
            row_i[u] += i
            row_r[u + half] += sign * r
            row_i[u + half] += sign * i


@compiled
def _without_cell(
    yr: Float64, yi: Float64, b: int, own_r: Float64, own_i: Float64, tr: Float64, ti: Float64,
    h: Float64, cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """Turn W into T, subtract what is left out in column b, and give the moduli too.

    w**(-v b) has the angle +2 pi v b / n: (r + 1j i) (cos + 1j sin).
    """
    n = cosine.size
    size, step, angle = np.uint64(n), b % n, 0
    for v in range(n):
        c, s = cosine[angle], sine[angle]
        angle += step - n if angle + step >= n else step
        from_r, from_i, to_r, to_i = yr[v * n :], yi[v * n :], tr[v * n :], ti[v * n :]
        moduli = h[v * n :]
        for u in range(size):
            r = from_r[u] * c - from_i[u] * s - own_r[u]
            i = from_i[u] * c + from_r[u] * s - own_i[u]
            to_r[u], to_i[u] = r, i
            moduli[u] = math.sqrt(r * r + i * i)


@compiled
def _take_out(
    tr: Float64, ti: Float64, distance: int, own_r: Float64, own_i: Float64,
    h: Float64, cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """Subtract the transform of what is left out ``distance`` = j - b columns beside the cell."""
    n = cosine.size
    for v in range(n):
        c, s = cosine[v * distance % n], sine[v * distance % n]
        for u in range(n):
            q = v * n + u
            tr[q] -= own_r[u] * c + own_i[u] * s
            ti[q] -= own_i[u] * c - own_r[u] * s
            h[q] = math.sqrt(tr[q] * tr[q] + ti[q] * ti[q])


@compiled
def _own(
    re: Float64, im: Float64, a: int, b: int, j: int, i0: int, n: int, reach: int,
    own_r: Float64, own_i: Float64, cosine: Float64, sine: Float64,
) -> None:  # fmt: skip
    """Transform what is left out of column j; phases count from row a.

    The value of row a itself has phase 0: it is the same for all u.
    """
    for u in range(n):
        own_r[u], own_i[u] = re[a, j], im[a, j]
    for i in range(max(a - reach, i0), min(a + reach + 1, i0 + n)):
        if i != a:
            for u in range(n):
                c, s = cosine[u * (i - a) % n], sine[u * (i - a) % n]
                own_r[u] += re[i, j] * c + im[i, j] * s
                own_i[u] += im[i, j] * c - re[i, j] * s


@compiled
def _occupied_inside(
    re: Float64, im: Float64, a: int, b: int, i0: int, j0: int, n: int, reach: int
) -> float:
    """Count the values other than 0 that are left out."""
    count = 0.0
    for i in range(max(a - reach, i0), min(a + reach + 1, i0 + n)):
        for j in range(max(b - reach, j0), min(b + reach + 1, j0 + n)):
            count += 1.0 if abs(re[i, j]) + abs(im[i, j]) > 0.0 else 0.0
    return count


@compiled
def _weighted_sum(gain: Float64, tr: Float64, ti: Float64) -> complex:
    """Sum of all values of a spectrum times their gain, equation (2), by folding it in halves."""
    size = gain.size // 2
    half = np.uint64(size)
    for q in range(half):
        tr[q] = gain[q] * tr[q] + gain[q + half] * tr[q + half]
        ti[q] = gain[q] * ti[q] + gain[q + half] * ti[q + half]
    while size % 2 == 0 and size > 8:
        size //= 2
        half = np.uint64(size)
        for q in range(half):
            tr[q] += tr[q + half]
            ti[q] += ti[q + half]
    re, im = 0.0, 0.0
    for q in range(size):
        re += tr[q]
        im += ti[q]
    return complex(re, im)
