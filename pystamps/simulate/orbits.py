"""State vectors of a circular orbit that sees the scene as its geometry says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.simulate.geometry import Geometry

START_S = 85211.0
"""Time of the first line after midnight."""

INTERVAL_S = 10.0
"""Time between state vectors."""

_BEFORE, _AFTER = 8, 9
_SPEED_PER_RADIUS = 1.06e-3
"""Angular speed of low orbits in rad/s."""


@dataclass(frozen=True, slots=True)
class StateVectors:
    """Positions and velocities of the satellite.

    Attributes
    ----------
    time_s : float64, (vectors,), after midnight
    position_m, velocity_m_s : float64, (vectors, 3), Earth-centred and Earth-fixed
    """

    time_s: Float64
    position_m: Float64
    velocity_m_s: Float64


def state_vectors(geometry: Geometry) -> StateVectors:
    """Give the orbit of the reference image; the Earth does not turn in a simulation."""
    up, east, north = _local_axes(*geometry.centre_lonlat)
    heading = math.radians(geometry.heading_deg)
    flight = north * math.cos(heading) + east * math.sin(heading)
    left = north * math.sin(heading) - east * math.cos(heading)
    middle = geometry.look.size // 2
    angle = float(geometry.incidence[middle] - geometry.look[middle])
    nadir = up * math.cos(angle) + left * math.sin(angle)
    centre_s = START_S + (geometry.azimuth_s[-1] - geometry.azimuth_s[0]) / 2
    time: Float64 = INTERVAL_S * np.arange(-_BEFORE, _AFTER, dtype=np.float64)
    time = time + INTERVAL_S * (START_S // INTERVAL_S)
    turned = _SPEED_PER_RADIUS * (time - centre_s)[:, None]
    radius = geometry.sar_to_earth_centre_m
    return StateVectors(
        time_s=time,
        position_m=radius * (nadir * np.cos(turned) + flight * np.sin(turned)),
        velocity_m_s=radius
        * _SPEED_PER_RADIUS
        * (flight * np.cos(turned) - nadir * np.sin(turned)),
    )


def _local_axes(longitude: float, latitude: float) -> tuple[Float64, Float64, Float64]:
    """Give the unit vectors up, east and north on a sphere; degrees."""
    lon, lat = math.radians(longitude), math.radians(latitude)
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    return up, east, np.cross(up, east)
