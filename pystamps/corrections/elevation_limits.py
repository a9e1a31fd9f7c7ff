"""What a scene allows when delay is estimated from phase and height; what it looks like."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.config import Troposphere
from pystamps.corrections.estimation_windows import width_of_windows
from pystamps.corrections.power_law_delays import (
    OCTAVES_M,
    PowerLaw,
    bands_that_fit,
    cell_of_bands,
)
from pystamps.corrections.spatial_bands import Band
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.rows import Matrix, row_blocks

HIGH_CORRELATION_WITH_HEIGHT = 0.5
"""Of velocity and height, from which on motion may be taken for delay."""
_FEWEST_FOR_TREND, _SIGNIFICANT = 4, 3.0
_HIGHEST_CELL_SHARE = 4
"""Nodes that a wavelength needs."""


def power_law_of_settings(
    settings: Troposphere, extent_km: Float64, *, h0_km: float, alpha: float
) -> PowerLaw:
    """Give the power law that settings mean for a scene, or refuse what it does not allow.

    Parameters
    ----------
    settings : Troposphere
    extent_km : ndarray of float64, shape (2,)
        Of the pixels along both axes.
    h0_km, alpha : float
        Of the settings, or of soundings.

    Raises
    ------
    ParameterError
        A band is longer than the scene or shorter than the cells, the windows are narrower than the
        shortest wavelength, or there is no such band.
    """
    bands = bands_of_text(settings.bands_km) or bands_that_fit(float(extent_km.max()))
    _refuse_bands(settings, bands, extent_km)
    cell = settings.cell_m or cell_of_bands(bands)
    shortest = min(band[0] for band in bands)
    if cell * _HIGHEST_CELL_SHARE > shortest:
        raise ParameterError(
            f"troposphere.cell_m: {cell:g} m, at most {shortest / _HIGHEST_CELL_SHARE:g} m for the "
            f"shortest wavelength of {shortest / 1000:g} km (troposphere.bands_km)"
        )
    _refuse_windows(settings, extent_km, shortest)
    if settings.kept_band > len(bands):
        raise ParameterError(
            f"troposphere.kept_band: {settings.kept_band}, there are {len(bands)} bands: "
            f"{bands_in_words(bands)}"
        )
    return PowerLaw(
        h0_km, alpha, bands, settings.windows, settings.window_overlap, cell, settings.kept_band
    )


def bands_of_text(text: str) -> tuple[Band, ...]:
    """Give the bands of a text such as ``2-4,4-8``, km, in m; of an empty one none.

    Raises
    ------
    ParameterError
        A band does not grow.
    """
    found = []
    for word in filter(None, text.split(",")):
        short, long = (1000 * float(number) for number in word.split("-"))
        if not 0 < short < long:
            raise ParameterError(
                f"troposphere.bands_km: {word.strip()}: expected SHORTEST-LONGEST, for example 2-4"
            )
        found.append((short, long))
    return tuple(found)


def bands_in_words(bands: tuple[Band, ...]) -> str:
    """Give bands as people write them, km."""
    return ",".join(f"{band[0] / 1000:g}-{band[1] / 1000:g}" for band in bands) + " km"


def motion_that_follows_height(
    phase: Matrix, stack: Interferograms, columns: Index, height: FloatArray, is_used: Bool
) -> float:
    """Tell how velocity and height correlate, if the phase follows the height ever more with time.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad.
    stack : Interferograms
    columns : ndarray of int64
        Interferograms that are used.
    height : ndarray of float, shape (n_ps,)
        m.
    is_used : ndarray of bool, shape (n_ps,)

    Returns
    -------
    float
        0 where the slopes of phase against height have no trend in time (t below 3): delays come
        and go, and leave a correlation of the velocities by chance.
    """
    spans = stack.temporal_baseline[columns]
    if stack.is_single_master:
        spans = spans - spans.mean()
    velocity = np.empty(len(phase))
    centred = np.where(is_used, height - np.nanmean(np.where(is_used, height, np.nan)), 0.0)
    slopes = np.zeros(columns.size)
    for rows in row_blocks(phase):
        block = phase[rows][:, columns].astype(np.float64)
        velocity[rows] = block @ spans
        slopes += centred[rows] @ np.nan_to_num(block)
    known = is_used & np.isfinite(velocity)
    if columns.size < _FEWEST_FOR_TREND or not known.any() or not np.ptp(velocity[known]):
        return 0.0
    if _size_of_trend(slopes, spans, stack.is_single_master) < _SIGNIFICANT:
        return 0.0
    return float(np.corrcoef(velocity[known], height[known])[0, 1])


def _size_of_trend(values: Float64, spans: Float64, has_constant: bool) -> float:
    """Give the slope of values over its standard deviation (t)."""
    left = values - values.mean() if has_constant else values
    size = float(spans @ spans)
    slope = float(left @ spans) / size
    residual = left - slope * spans
    freedom = values.size - 1 - has_constant
    noise = float(np.sqrt(residual @ residual / freedom / size))
    return abs(slope) / noise if noise else np.inf


def _refuse_bands(settings: Troposphere, bands: tuple[Band, ...], extent_km: Float64) -> None:
    longest = 2 * float(extent_km.max())
    if not bands:
        raise ParameterError(
            f"troposphere.bands_km: the scene of {extent_km[0]:.1f} by {extent_km[1]:.1f} km holds "
            f"no band of {OCTAVES_M[0][0] / 1000:g} km or more (half a wave has to fit); name "
            f"shorter ones up to {longest:.1f} km, or take troposphere.method linear"
        )
    wrong = tuple(band for band in bands if band[1] / 1000 > longest)
    if wrong:
        raise ParameterError(
            f"troposphere.bands_km: {bands_in_words(wrong)}: longer than the scene of "
            f"{extent_km[0]:.1f} by {extent_km[1]:.1f} km allows, {longest:.1f} km (half a wave "
            "has to fit); take it out"
        )


def _refuse_windows(settings: Troposphere, extent_km: Float64, shortest_m: float) -> None:
    if not settings.windows:
        return
    width = width_of_windows(extent_km, settings.windows, settings.window_overlap)
    if float(width.max()) * 1000 < shortest_m:
        area = float(np.prod(extent_km))
        most = max(1, int(area / (shortest_m / 1000) ** 2))
        raise ParameterError(
            f"troposphere.windows: {settings.windows} windows over {extent_km[0]:.1f} by "
            f"{extent_km[1]:.1f} km are {width[0]:.2f} by {width[1]:.2f} km, narrower than the "
            f"shortest wavelength of {shortest_m / 1000:g} km; take about {most} or fewer"
        )
