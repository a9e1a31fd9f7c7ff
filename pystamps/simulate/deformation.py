"""Displacement in the line of sight of the sources of a scene."""

from __future__ import annotations

import math

import numpy as np

from pystamps.arrays import Float64
from pystamps.simulate.elastic import (
    Dislocation,
    Vector,
    mogi_surface,
    okada_surface,
    screw_surface,
)
from pystamps.simulate.fields import Positions
from pystamps.simulate.geometry import Geometry
from pystamps.simulate.sources import Bowl, Fault, Mogi, ScrewFault, Source


def line_of_sight_mm(
    source: Source, geometry: Geometry, line: Positions, sample: Positions
) -> Float64:
    """Give the displacement by a source for a time function of 1, mm toward the satellite.

    Parameters
    ----------
    source : Bowl, Mogi, Fault or ScrewFault
    geometry : Geometry
    line, sample : integers of shapes that broadcast against each other
    """
    if isinstance(source, Bowl):
        return _bowl(source, geometry, line, sample)
    east, north, up = displacement_m(source, geometry, line, sample)
    to_east, to_north, to_up = geometry.line_of_sight
    toward = east * to_east[sample] + north * to_north[sample] + up * to_up[sample]
    return np.asarray(1000 * toward)


def displacement_m(
    source: Mogi | Fault | ScrewFault, geometry: Geometry, line: Positions, sample: Positions
) -> Vector:
    """Give the displacement by an elastic source: east, north and up, m."""
    east, north = geometry.east_north(line, sample)
    middle_east, middle_north = geometry.east_north(
        np.asarray(source.centre[1] * (geometry.azimuth_m.size - 1)),
        np.asarray(source.centre[0] * (geometry.ground_range_m.size - 1)),
    )
    east, north = east - middle_east, north - middle_north
    if isinstance(source, Mogi):
        return mogi_surface(
            east, north, depth=source.depth_m, volume=source.volume_m3, poisson=source.poisson
        )
    strike = math.radians(source.strike_deg)
    along = east * math.sin(strike) + north * math.cos(strike)
    left = -east * math.cos(strike) + north * math.sin(strike)
    if isinstance(source, ScrewFault):
        moved = screw_surface(left, locking_depth=source.locking_depth_m, slip=source.slip_m)
    else:
        moved = _rectangle(source, along, left)
    return (
        moved[0] * math.sin(strike) - moved[1] * math.cos(strike),
        moved[0] * math.cos(strike) + moved[1] * math.sin(strike),
        moved[2],
    )


def _rectangle(fault: Fault, along: Float64, left: Float64) -> Vector:
    """Give the displacement by a fault whose upper edge is centred on the origin."""
    dip = math.radians(fault.dip_deg)
    dislocation = Dislocation(
        depth=fault.depth_m + fault.width_m * math.sin(dip),
        dip=dip,
        length=fault.length_m,
        width=fault.width_m,
        slip=(fault.strike_slip_m, fault.dip_slip_m, fault.opening_m),
        poisson=fault.poisson,
    )
    # the lower edge lies down dip, to the right of strike
    return okada_surface(
        dislocation, along + fault.length_m / 2, left + fault.width_m * math.cos(dip)
    )


def _bowl(bowl: Bowl, geometry: Geometry, line: Positions, sample: Positions) -> Float64:
    across, along = geometry.ground_range_m, geometry.azimuth_m
    dx = (across[sample] - bowl.centre[0] * across[-1]) / bowl.radius_m[0]
    dy = (along[line] - bowl.centre[1] * along[-1]) / bowl.radius_m[1]
    return np.asarray(bowl.amplitude_mm * np.exp(-0.5 * (dx**2 + dy**2)))
