"""Spatial filters on a phase grid: Goldstein filter and local fringe frequency.

StaMPS: ``wrap_filt`` and ``gradient_filt``. The filter follows Goldstein and Werner (1998):
within overlapping windows the spectrum is weighted by a power of its own smoothed magnitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.typing import NDArray

from pystamps.arrays import Complex64, Float64
from pystamps.errors import ParameterError
from pystamps.matlab import gauss_window

_SMALLEST_WINDOW_POPULATION = 6
_SPECTRUM_SMOOTHING = 7


@dataclass(frozen=True, slots=True)
class WindowFilter:
    """Settings and weights of :func:`wrap_filter` for one window size.

    Attributes
    ----------
    n_win : int, cells
    alpha : float
    size : int, cells of the zero-padded transform
    taper : float64, (n_win, n_win), weights of a window in the sum of overlapping windows
    low_pass : float64, (size, size), Gaussian in the frequency domain
    """

    n_win: int
    alpha: float
    size: int
    taper: Float64
    low_pass: Float64

    @classmethod
    def of(cls, n_win: int, alpha: float) -> WindowFilter:
        """Make the weights; the padding is a quarter of the window.

        Raises
        ------
        ParameterError
            The window is odd.
        """
        if n_win % 2 or n_win < 2:
            raise ParameterError(f"unwrap_gold_n_win: {n_win} is not an even number of cells")
        size = n_win + int(np.floor(n_win / 4 + 0.5))
        # Rise t = 1 ... h, fall h ... 1, h = n_win / 2. Windows advance by h, so that two of them
        # meet in a row, and t[m] + t[m + h] = (m + 1) + (h - m) = h + 1 is the same everywhere:
        # they are faded over. The sums t[a] + t[b] in two directions have that property too. Only
        # the phase of the result counts, so the constant is not divided out.
        rise = np.arange(1.0, n_win // 2 + 1)
        rise = np.concatenate([rise, rise[::-1]])
        gauss = gauss_window(size, 16.0)
        # The Gaussian is centred on sample (size - 1) / 2, zero frequency lies at size / 2 before
        # the shift: for even sizes the low-pass is half a bin off, -pi / size rad per cell, as in
        # the original.
        low_pass = np.fft.ifftshift(np.outer(gauss, gauss))
        return cls(n_win, alpha, size, rise[:, None] + rise, low_pass)


def wrap_filter(ph: Complex64, window_filter: WindowFilter) -> Complex64:
    """Goldstein-filtered phase with the magnitude of the input, shape of ``ph``.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_i, n_j)
        NaN counts as empty.
    window_filter : WindowFilter

    Raises
    ------
    ParameterError
        The grid is smaller than the window.
    """
    return wrap_filter_both(ph, window_filter, with_low_pass=False)[0]


def wrap_filter_both(
    ph: Complex64, window_filter: WindowFilter, *, with_low_pass: bool = True
) -> tuple[Complex64, Complex64]:
    """Goldstein-filtered and low-pass filtered phase with the magnitude of the input.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_i, n_j)
    window_filter : WindowFilter
    with_low_pass : bool
        False leaves the second result empty, shape (0, 0).

    Notes
    -----
    ``wrap_filt``. Windows advance by half a window; the last ones are moved back inside and
    their weights shifted the other way, so that every weight stays at its place.
    """
    ph = np.where(np.isnan(ph), np.complex64(0), ph)
    n_win = window_filter.n_win
    if min(ph.shape) < n_win:
        raise ParameterError(f"unwrap_gold_n_win: {n_win} exceeds the grid of {ph.shape} cells")
    rows, columns = (window_starts(length, n_win) for length in ph.shape)
    tapers = [
        [shifted_taper(window_filter.taper, down, right) for _, right in columns]
        for _, down in rows
    ]
    filtered = np.zeros(ph.shape, dtype=np.complex128)
    smooth = np.zeros(ph.shape if with_low_pass else (0, 0), dtype=np.complex128)
    for (top, _), row_of_tapers in zip(rows, tapers, strict=True):
        strip = np.stack([ph[top : top + n_win, left : left + n_win] for left, _ in columns])
        spectrum = spectrum_of(strip, window_filter.size)
        add_windows(
            filtered,
            spectrum * weight_of(spectrum, window_filter.alpha),
            top,
            columns,
            row_of_tapers,
        )
        if with_low_pass:
            add_windows(smooth, spectrum * window_filter.low_pass, top, columns, row_of_tapers)
    magnitude = np.abs(ph)
    result = [
        (magnitude * np.exp(1j * np.angle(total))).astype(np.complex64)
        if total.size
        else total.astype(np.complex64)
        for total in (filtered, smooth)
    ]
    return result[0], result[1]


def window_starts(length: int, n_win: int) -> list[tuple[int, int]]:
    """Give the first cell of every window, and by how much its weights are shifted.

    Half windows: the last of ceil(length / step) - 1 windows ends at ceil(length / step) * step,
    which is the edge of the grid or beyond it; there it is moved back.
    """
    step = n_win // 2
    wanted = [number * step for number in range(-(-length // step) - 1)]
    return [(min(start, length - n_win), max(0, start + n_win - length)) for start in wanted]


def shifted_taper(taper: Float64, down: int, right: int) -> Float64:
    """Give the weights moved down and to the right, zero where nothing moved in."""
    n_win = len(taper)
    moved = np.zeros_like(taper)
    moved[down:, right:] = taper[: n_win - down, : n_win - right]
    return moved


def spectrum_of(windows: NDArray[Any], size: int) -> NDArray[np.complex128]:
    """Two-dimensional transforms of zero-padded windows, in double precision."""
    result: NDArray[np.complex128] = scipy.fft.fft2(windows.astype(np.complex128), s=(size, size))
    return result


def weight_of(spectrum: NDArray[np.complex128], alpha: float) -> Float64:
    """Smoothed magnitude of every spectrum, relative to its median, to the power ``alpha``.

    Goldstein and Werner: strong fringes are made stronger. The median only sets the scale, which
    the phase does not keep. Magnitudes are smoothed with zero frequency in the middle and zeros
    beyond the ends, so that frequencies at the ends are lowered.
    """
    centred = np.fft.fftshift(np.abs(spectrum), axes=(1, 2))
    gauss = gauss_window(_SPECTRUM_SMOOTHING)
    for axis in (1, 2):
        centred = scipy.ndimage.correlate1d(centred, gauss, axis=axis, mode="constant")
    weight = np.fft.ifftshift(centred, axes=(1, 2))
    median = np.median(weight.reshape(len(weight), -1), axis=1)
    weight /= np.where(median == 0, 1.0, median)[:, None, None]
    return np.asarray(weight**alpha)


def add_windows(
    total: NDArray[np.complex128],
    spectrum: NDArray[np.complex128],
    top: int,
    columns: list[tuple[int, int]],
    tapers: list[Float64],
) -> None:
    """Transform a row of windows back and add them, weighted, from left to right."""
    windows = scipy.fft.ifft2(spectrum, overwrite_x=True)
    n_win = len(tapers[0])
    for window, (left, _), taper in zip(windows, columns, tapers, strict=True):
        total[top : top + n_win, left : left + n_win] += window[:n_win, :n_win] * taper


@dataclass(frozen=True, slots=True)
class FringeFrequency:
    """Strongest fringe of every window of :func:`fringe_frequency`; windows row by row.

    Attributes
    ----------
    ifreq, jfreq : float64, (n,), rad per cell along rows and columns; NaN in empty windows
    centre : float64, (n, 2), 0-based row and column
    peak : float64, (n,), magnitude of the strongest fringe relative to the mean magnitude
    """

    ifreq: Float64
    jfreq: Float64
    centre: Float64
    peak: Float64


def fringe_frequency(
    ph: Complex64, n_win: int, *, column_sign_reversed: bool = True
) -> FringeFrequency:
    """Local fringe frequency from the maximum of the spectrum of overlapping windows.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_i, n_j)
    n_win : int
    column_sign_reversed : bool
        As the original: a phase that grows along columns gives a negative ``jfreq``.

    Notes
    -----
    ``gradient_filt``. Windows advance by a quarter of a window; the last of ceil(length / step) - 3
    ends at ceil(length / step) * step and is moved back inside.

    A phase f_i i + f_j j puts the maximum of the transform, whose kernel is exp(-j 2 pi k m / n),
    at k = f n / (2 pi) in both directions: the frequency has the sign of the bin. The original
    turns the one along columns round.
    """
    ph = np.where(np.isnan(ph), np.complex64(0), ph)
    step = n_win // 4
    rows, columns = (
        [min(number * step, length - n_win) for number in range(-(-length // step) - 3)]
        for length in ph.shape
    )
    by_row = [strongest_fringes(ph[top : top + n_win], columns, n_win) for top in rows]
    at_row, at_column, peak = (np.concatenate(part) for part in zip(*by_row, strict=True))
    sign = -1.0 if column_sign_reversed else 1.0
    found = (signed_frequency(at_row, n_win), sign * signed_frequency(at_column, n_win))
    ifreq, jfreq = (np.where(np.isnan(peak), np.nan, values) for values in found)
    starts = np.array([(top, left) for top in rows for left in columns])
    return FringeFrequency(ifreq, jfreq, starts + (n_win - 1) / 2, peak)


def strongest_fringes(
    strip: Complex64, columns: list[int], n_win: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Float64]:
    """Row and column of the largest spectral magnitude of each window of a strip, and its size.

    The size is relative to the mean magnitude, NaN where the window is nearly empty.
    """
    windows = np.stack([strip[:, left : left + n_win] for left in columns])
    spectrum = np.abs(spectrum_of(windows, n_win))
    # Column-major order decides between equal maxima.
    flat = spectrum.transpose(0, 2, 1).reshape(len(columns), -1)
    at_column, at_row = np.divmod(np.argmax(flat, axis=1), n_win)
    with np.errstate(invalid="ignore"):  # an empty window has no mean
        peak = flat.max(axis=1) / flat.mean(axis=1)
    sparse = np.count_nonzero(windows, axis=(1, 2)) < _SMALLEST_WINDOW_POPULATION
    return at_row, at_column, np.where(sparse, np.nan, peak)


def signed_frequency(number: NDArray[np.intp], n_win: int) -> Float64:
    """Frequency of a bin of the transform in rad per cell, in [-pi, pi)."""
    return np.asarray(2 * np.pi / n_win * np.where(number < n_win / 2, number, number - n_win))
