"""Line of sight of every pixel, and heights from look-angle errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.geo import shifted_lonlat

EARTH_RADIUS_M = 6_371_000.0
"""Mean radius: the angle of incidence differs by less than 0.1 degrees from the ellipsoid's."""


@dataclass(frozen=True, slots=True)
class LineOfSight:
    """Unit vectors from the ground to the satellite, of a radar that looks to the right.

    Attributes
    ----------
    east, north, up : float32, (n_ps,), NaN where the heading or the incidence is not known
    """

    east: Float32
    north: Float32
    up: Float32


def incidence_of_look(look: FloatArray, satellite_height_m: float) -> Float64:
    """Give the incidence angle on a sphere from the look angle at the satellite; both in rad.

    Parameters
    ----------
    look : ndarray of float
    satellite_height_m : float
        Above the ground.

    Notes
    -----
    Law of sines in the triangle of pixel, satellite and centre of the Earth.
    """
    ratio = (EARTH_RADIUS_M + satellite_height_m) / EARTH_RADIUS_M
    sine = ratio * np.sin(np.asarray(look, dtype=np.float64))
    return np.where(np.abs(sine) <= 1, np.arcsin(np.clip(sine, -1, 1)), np.nan)


def line_of_sight(incidence: FloatArray, heading_deg: float) -> LineOfSight:
    """Give the direction to the satellite.

    Parameters
    ----------
    incidence : ndarray of float, shape (n_ps,)
        Angle from the vertical at the pixel, rad.
    heading_deg : float
        Flight direction clockwise from north; NaN = not known.

    Notes
    -----
    A radar that looks to the right of a flight direction ``h`` sees the ground at azimuth
    ``h + 90``; the satellite lies at ``h - 90`` from there: east ``-sin(inc) cos(h)``, north
    ``sin(inc) sin(h)``.
    """
    heading = math.radians(heading_deg)
    sine, cosine = np.sin(incidence), np.cos(incidence)
    return LineOfSight(
        east=(-sine * math.cos(heading)).astype(np.float32),
        north=(sine * math.sin(heading)).astype(np.float32),
        up=cosine.astype(np.float32),
    )


def height_above_dem_m(
    k_ps_uw: FloatArray, incidence: FloatArray, *, wavelength: float, slant_range_m: float
) -> Float64:
    """Give the height of the scatterers above the elevation model from look-angle errors.

    Parameters
    ----------
    k_ps_uw : ndarray of float, shape (n_ps,)
        Slope of phase over perpendicular baseline, rad/m.
    incidence : ndarray of float, shape (n_ps,)
        Rad.
    wavelength : float
        Radar wavelength in m.
    slant_range_m : float

    Returns
    -------
    ndarray of float64, shape (n_ps,)
        m, positive above the model.

    Notes
    -----
    Hooper et al. (2007), eq. 8: a height ``h`` above the model adds the phase
    ``-4 pi / lambda * bperp / (R sin(inc)) * h``. Stage 7 fits the slope to phase that is relative
    to the reference area, and so is the height.
    """
    metres = wavelength * slant_range_m * np.sin(np.asarray(incidence, dtype=np.float64))
    return np.asarray(-np.asarray(k_ps_uw, dtype=np.float64) * metres / (4 * math.pi))


def scatterer_lonlat(
    lonlat: Float64, height_above_dem: FloatArray, incidence: FloatArray, heading_deg: float
) -> Float64:
    """Give the positions of scatterers that lie above or below the elevation model.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n_ps, 2)
        Degrees: where the slant range of the pixel meets the elevation model.
    height_above_dem : ndarray of float, shape (n_ps,)
        m (:func:`height_above_dem_m`).
    incidence : ndarray of float, shape (n_ps,)
        Rad.
    heading_deg : float
        Flight direction clockwise from north; NaN = not known.

    Returns
    -------
    ndarray of float64, shape (n_ps, 2)
        Degrees; NaN where height, incidence or heading are not known.

    Notes
    -----
    The pixel keeps its slant range and its line: the scatterer lies in the plane across the flight
    direction, on the circle around the satellite that meets the model at the position given. A
    metre farther along the ground makes the range longer by ``sin(inc)``, a metre higher shorter
    by ``cos(inc)``; the range stays for ``sin(inc) dy = cos(inc) dh``, so that a scatterer above
    the model lies ``dy = dh / tan(inc)`` farther from the satellite. The circle leaves this
    tangent by less than ``dh**2 / (2 R sin(inc)**3)``: 0.1 m for 200 m. Away from the satellite is
    azimuth ``heading + 90`` for a radar that looks to the right.
    """
    height = np.asarray(height_above_dem, dtype=np.float64)
    away_m = height / np.tan(np.asarray(incidence, dtype=np.float64))
    heading = math.radians(heading_deg)
    return shifted_lonlat(lonlat, away_m * math.cos(heading), -away_m * math.sin(heading))
