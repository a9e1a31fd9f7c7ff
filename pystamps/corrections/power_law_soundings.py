"""Height and exponent of the power law of delay, from soundings of balloons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError

FEWEST_SOUNDINGS = 4
_EQUAL_M = 5e-4
"""Spread of the delays of two soundings below which they count as equal."""
_LOWEST_H0_M = 6000.0
_HIGHEST_OF_EXPONENT_M = 4000.0
_STEP_M = 1.0
_DIFFERENT_ENDS_M = 1000.0

_HYDROSTATIC = 77.6  # K/hPa
_WET = (23.3, 3.75e5)  # K/hPa, K^2/hPa
_FREEZING_K, _VAPOUR_AT_FREEZING_HPA = 273.16, 6.11
_LATENT_HEAT, _GAS_CONSTANT = 2.5e6, 461.524  # J/kg, J/(kg K)
_ZERO_CELSIUS_K = 273.15


@dataclass(frozen=True, slots=True)
class Sounding:
    """What a balloon has measured.

    Attributes
    ----------
    name : str, file, for messages
    height : float64, (n,), m, ascending
    pressure : float64, (n,), hPa
    temperature : float64, (n,), degrees Celsius
    humidity : float64, (n,), relative humidity in percent
    """

    name: str
    height: Float64
    pressure: Float64
    temperature: Float64
    humidity: Float64

    def refractivity(self) -> Float64:
        """Give the refractivity of the air, hydrostatic and wet, in parts per million."""
        kelvin = self.temperature + _ZERO_CELSIUS_K
        exponent = _LATENT_HEAT / _GAS_CONSTANT * (1 / _FREEZING_K - 1 / kelvin)
        vapour = self.humidity / 100 * _VAPOUR_AT_FREEZING_HPA * np.exp(exponent)
        wet = _WET[0] * vapour / kelvin + _WET[1] * vapour / kelvin**2
        return np.asarray(_HYDROSTATIC * self.pressure / kelvin + wet)


def power_law_of_soundings(
    soundings: Sequence[Sounding], *, h0_km: float = 0.0
) -> tuple[float, float]:
    """Give the height from which on delays are equal, and the exponent below it.

    Parameters
    ----------
    soundings : sequence of Sounding
        Of the season and the hours of the images, near the scene.
    h0_km : float
        Known height; 0 = the lowest at which two soundings differ by at most 0.5 mm (standard
        deviation, zenith).

    Returns
    -------
    h0_km, alpha : float

    Raises
    ------
    ParameterError
        Too few soundings reach high enough, or the height found is below 6 km.

    Notes
    -----
    ``sounding`` of TRAIN (Bekaert et al., 2015, doi:10.1002/2014JB011558): the exponent is the
    slope of the logarithm of the mean delay against that of the distance to h0, up to 4 km. TRAIN
    takes at most 400 pairs of soundings at random; here all pairs count, by their variance.
    """
    heights, usable = _common_heights(soundings, h0_km * 1000)
    delays = np.stack([_delays(sounding, heights) for sounding in usable], axis=1)
    h0 = heights[-1] if h0_km else _height_of_equal_delays(heights, delays)
    below = heights < h0
    mean = (delays[below] - delays[np.searchsorted(heights, h0)]).mean(axis=1)
    fitted = (heights[below] <= _HIGHEST_OF_EXPONENT_M) & (mean > 0)
    if np.count_nonzero(fitted) < 2:
        raise ParameterError(
            f"troposphere.soundings: the {len(usable)} soundings begin at {heights[0]:.0f} m, and "
            f"the exponent is that of the lowest {_HIGHEST_OF_EXPONENT_M:.0f} m; take soundings "
            "that begin near the ground"
        )
    distance = h0 - heights[below]
    slope = np.polyfit(np.log10(distance[fitted]), np.log10(mean[fitted]), 1)[0]
    return float(h0) / 1000, float(slope)


def _common_heights(soundings: Sequence[Sounding], h0_m: float) -> tuple[Float64, list[Sounding]]:
    """Give heights that the soundings share, in steps of a metre; those that end early are left."""
    _require_enough(soundings, soundings)
    tops = np.array([sounding.height[-1] for sounding in soundings])
    bottoms = np.array([sounding.height[0] for sounding in soundings])
    top = h0_m or float(tops.min())
    if not h0_m and tops.mean() - top > _DIFFERENT_ENDS_M:
        top = float(tops.mean())
    bottom = float(bottoms.max())
    if bottom - float(np.median(bottoms)) > _DIFFERENT_ENDS_M:
        bottom = float(np.median(bottoms))
    usable = [s for s in soundings if s.height[-1] >= top and s.height[0] <= bottom]
    _require_enough(usable, soundings, f" that reach from {bottom:.0f} to {top:.0f} m")
    return np.arange(math.ceil(bottom), math.floor(top) + _STEP_M / 2, _STEP_M), usable


def _require_enough(
    usable: Sequence[Sounding], soundings: Sequence[Sounding], words: str = ""
) -> None:
    if len(usable) < FEWEST_SOUNDINGS:
        raise ParameterError(
            f"troposphere.soundings: {len(usable)} of {len(soundings)} soundings{words}, "
            f"{FEWEST_SOUNDINGS} or more are needed; add soundings, or set troposphere.h0_km and "
            "troposphere.alpha"
        )


def _delays(sounding: Sounding, heights: Float64) -> Float64:
    """Give the zenith delay from every height to the top, m."""
    ppm = np.interp(heights, sounding.height, sounding.refractivity())
    return np.asarray(np.cumsum(ppm[::-1])[::-1] * 1e-6 * _STEP_M)


def _height_of_equal_delays(heights: Float64, delays: Float64) -> float:
    """Give the lowest height at which the delays of two soundings differ by next to nothing."""
    spread = math.sqrt(2) * delays.std(axis=1, ddof=1)
    h0 = float(heights[np.argmax(spread <= _EQUAL_M)])
    if h0 < _LOWEST_H0_M:
        raise ParameterError(
            f"troposphere.soundings: delays are equal from {h0 / 1000:.1f} km on, "
            f"{_LOWEST_H0_M / 1000:g} km or more are expected; the soundings end too early or "
            "are one and the same: set "
            "troposphere.h0_km"
        )
    return h0
