"""Overlapping windows over the pixels, a slope in each, and their weighted mean in between."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from pystamps.arrays import Bool, Float64, Index
from pystamps.rows import row_blocks

FEWEST_OF_WINDOW = 50
"""Pixels below which a window is left out."""
FEWEST_OF_SLOPE = 10
"""Pixels with phase below which a window tells no slope of an interferogram."""
_LARGEST_DEVIATION = sqrt(1.6448536269514722)
"""Normalised deviation from which a band is an outlier: TRAIN takes the root of the 95 % bound."""


@dataclass(frozen=True, slots=True)
class SlopeWindows:
    """SlopeWindows over pixels.

    Attributes
    ----------
    rows : tuple of int64, pixels inside each window
    centres : float64, (n_window, 2), km
    spacing : float, larger distance of neighbouring centres along an axis in km
    """

    rows: tuple[Index, ...]
    centres: Float64
    spacing: float


def windows_over(
    xy_km: Float64, *, n_windows: int, overlap_percent: float, is_used: Bool, fewest: int
) -> SlopeWindows:
    """Lay windows over pixels, and one more row of them over every edge.

    Parameters
    ----------
    xy_km : ndarray of float64, shape (n_ps, 2)
        Local coordinates in km.
    n_windows : int
        About as many, almost square, without those over the edges.
    overlap_percent : float
        Of neighbours.
    is_used : ndarray of bool, shape (n_ps,)
        Pixels that count.
    fewest : int
        Pixels below which a window is left out.

    Notes
    -----
    As in TRAIN. SlopeWindows over the edges are centred on the edge.
    """
    low = xy_km.min(axis=0)
    extent = xy_km.max(axis=0) - low
    width, spacing = _widths(extent, n_windows, overlap_percent)
    found, centres = [], []
    for column in range(_count(extent, n_windows)[0] + 2):
        in_column = _rows_between(xy_km[:, 0] - low[0], column * spacing[0], width[0]) & is_used
        for row in range(_count(extent, n_windows)[1] + 2):
            inside = _rows_between(xy_km[:, 1] - low[1], row * spacing[1], width[1]) & in_column
            if np.count_nonzero(inside) >= fewest:
                found.append(np.flatnonzero(inside))
                centres.append(low + np.array([column, row]) * spacing)
    return SlopeWindows(tuple(found), np.array(centres).reshape(-1, 2), float(max(spacing)))


def width_of_windows(extent_km: Float64, n_windows: int, overlap_percent: float) -> Float64:
    """Give the width of the windows along both axes in km, overlap included."""
    return _widths(extent_km, n_windows, overlap_percent)[0]


def common_constant(x: Float64, y: Float64, windows: SlopeWindows) -> Float64:
    """Give the constant that lines of all windows share, each with a slope of its own.

    Parameters
    ----------
    x : ndarray of float64, shape (n_ps,)
    y : ndarray of float64, shape (n_ps, n_column)
        Without NaN in the windows.

    Returns
    -------
    ndarray of float64, shape (n_column,)

    Notes
    -----
    Least squares; the slopes are eliminated: what they leave of the ones and of y is summed.
    """
    left_of_ones, left_of_y = 0.0, np.zeros(y.shape[1])
    for rows in windows.rows:
        here, values = x[rows], y[rows]
        share = here.sum() / (here @ here)
        left_of_ones += rows.size - share * here.sum()
        left_of_y += values.sum(axis=0) - share * (here @ values)
    return np.asarray(left_of_y / left_of_ones)


def window_slopes(x: Float64, y: Float64, windows: SlopeWindows) -> tuple[Float64, Float64]:
    """Fit a line in every window and band.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n_ps, n_band)
        NaN where missing.

    Returns
    -------
    slope, std : ndarray of float64, shape (n_window, n_band)
        NaN in windows with fewer than ten values.

    Notes
    -----
    The standard deviation is that of pixels drawn with replacement, of which TRAIN draws 1000
    samples at random, in the limit of many draws (White, 1980, doi:10.2307/1912934).
    """
    slope = np.full((len(windows.rows), x.shape[1]), np.nan)
    std = slope.copy()
    for k, rows in enumerate(windows.rows):
        here = rows[np.isfinite(x[rows]).all(axis=1) & np.isfinite(y[rows]).all(axis=1)]
        if here.size < FEWEST_OF_SLOPE:
            continue
        abscissa = x[here] - x[here].mean(axis=0)
        ordinate = y[here] - y[here].mean(axis=0)
        size = (abscissa**2).sum(axis=0)
        slope[k] = (abscissa * ordinate).sum(axis=0) / size
        residual = ordinate - slope[k] * abscissa
        std[k] = np.sqrt(((abscissa * residual) ** 2).sum(axis=0)) / size
    return slope, std


def mean_without_outliers(values: Float64, std: Float64) -> tuple[float, float]:
    """Give the weighted mean of the values of all bands, outliers left out, and its std.

    Parameters
    ----------
    values, std : ndarray of float64, shape (n_band,)

    Notes
    -----
    The value that deviates most, in units of the standard deviation of its deviation, is left out
    as long as that is above 1.28, the root of the one-sided 95 % bound, as in TRAIN. Two values
    deviate alike: the less certain one is left out, where rounding decides in TRAIN.
    """
    kept, noise = values, np.maximum(std, np.finfo(np.float64).tiny)
    while True:
        weight = 1 / (noise / noise.min()) ** 2
        mean = float(weight @ kept / weight.sum())
        variance = float(noise.min() ** 2 / weight.sum())
        if kept.size == 1:
            return mean, sqrt(variance)
        left = np.maximum(noise**2 - variance, np.finfo(np.float64).tiny)
        deviation = np.abs(kept - mean) / np.sqrt(left)
        worst = int(np.argmax(noise if kept.size == 2 else deviation))
        if deviation[worst] <= _LARGEST_DEVIATION:
            return mean, sqrt(variance)
        others = np.arange(kept.size) != worst
        kept, noise = kept[others], noise[others]


def between_windows(
    xy_km: Float64, windows: SlopeWindows, values: Float64, std: Float64
) -> Float64:
    """Give the mean of the windows at every pixel, by distance and certainty.

    Parameters
    ----------
    xy_km : ndarray of float64, shape (n_ps, 2)
    values, std : ndarray of float64, shape (n_window, n_column)
        NaN where a window has no value.

    Returns
    -------
    ndarray of float64, shape (n_ps, n_column)
        NaN where no window has a value.

    Notes
    -----
    The weight is a Gaussian of the distance to the centre, its standard deviation the spacing of
    the windows, over the standard deviation of the value.
    """
    has_value = np.isfinite(values) & np.isfinite(std)
    certainty = np.where(has_value, 1 / np.maximum(std, np.finfo(np.float64).tiny), 0.0)
    certainty /= np.maximum(certainty.max(axis=0), np.finfo(np.float64).tiny)
    weighted = certainty * np.where(has_value, values, 0.0)
    found = np.empty((len(xy_km), values.shape[1]))
    for rows in row_blocks(found, n_rows=max(1, 500_000 // max(1, len(windows.rows)))):
        apart = xy_km[rows, None, :] - windows.centres
        exponent = -(apart**2).sum(axis=-1) / (2 * windows.spacing**2)
        nearness = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        weight = nearness @ certainty
        found[rows] = np.divide(
            nearness @ weighted, weight, out=np.full_like(weight, np.nan), where=weight > 0
        )
    return found


def _count(extent: Float64, n_windows: int) -> tuple[int, int]:
    side = sqrt(extent[0] * extent[1] / n_windows)
    return ceil(extent[0] / side), ceil(extent[1] / side)


def _widths(extent: Float64, n_windows: int, overlap_percent: float) -> tuple[Float64, Float64]:
    """Give the width of the windows with overlap, and the distance of their centres."""
    new = 1 - overlap_percent / 100
    width = extent / (1 - new + new * np.array(_count(extent, n_windows)))
    return width, width * new


def _rows_between(position: Float64, centre: float, width: float) -> Bool:
    return np.asarray((position >= centre - width / 2) & (position < centre + width / 2))
