"""The elevation model on a map, as exporters of SNAP and GAMMA add it; nothing reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, floor, radians, sin, sqrt, tan
from typing import Any

import numpy as np

from pystamps.arrays import Float32
from pystamps.simulate.stack import Stack

_SEMI_MAJOR_M, _ECCENTRICITY_SQUARED, _SCALE = 6378137.0, 6.69437999014e-3, 0.9996

_MAP_NODES = 1 << 20
"""Most cells of the elevation model in map geometry."""


@dataclass(frozen=True, slots=True)
class MapGrid:
    """A grid in geographic coordinates.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns.
    corner : tuple of float
        Longitude and latitude of the centre of the north-western cell, degrees.
    post : float
        Size of a cell in degrees.
    """

    shape: tuple[int, int]
    corner: tuple[float, float]
    post: float


def geographic_grid(stack: Stack) -> MapGrid:
    """Give the grid that covers a scene with about the size of its pixels."""
    scene, geometry = stack.scene, stack.geometry
    line, sample = np.array([0, scene.lines - 1])[:, None], np.array([0, scene.samples - 1])[None]
    longitude, latitude = geometry.lonlat(line, sample)
    wide, high = np.ptp(longitude), np.ptp(latitude)
    finest = min(geometry.spacing_m) / 111e3
    post = float(f"{max(finest, np.sqrt(wide * high / _MAP_NODES)):.9e}")
    shape = (int(np.ceil(high / post)) + 1, int(np.ceil(wide / post)) + 1)
    corner = (round(float(longitude.min()), 7), round(float(latitude.max()), 7))
    return MapGrid(shape, corner, post)


def map_rows(stack: Stack, grid: MapGrid) -> Iterator[Float32]:
    """Give the heights of a grid, row after row from the north, m."""
    east = grid.corner[0] + grid.post * np.arange(grid.shape[1])
    for row in range(grid.shape[0]):
        south = np.full(grid.shape[1], grid.corner[1] - grid.post * row)
        inside = _inside(stack, stack.geometry.line_sample_of(east, south))
        yield np.asarray(stack.heights.at(*inside), dtype=np.float32)


def _inside(stack: Stack, position: tuple[Any, Any]) -> tuple[Any, Any]:
    return (
        np.clip(position[0], 0, stack.scene.lines - 1),
        np.clip(position[1], 0, stack.scene.samples - 1),
    )


def utm_metres(longitude: float, latitude: float) -> tuple[float, float]:
    """Give easting and northing in the UTM zone of a position in degrees.

    Notes
    -----
    Snyder (1987), *Map Projections: A Working Manual*, equations 8-9, 8-10 and 3-21, to a metre.
    """
    phi, zone_centre = radians(latitude), 6 * floor(longitude / 6) + 3
    square = _ECCENTRICITY_SQUARED
    second = square / (1 - square)
    vertical = _SEMI_MAJOR_M / sqrt(1 - square * sin(phi) ** 2)
    tangent, curved = tan(phi) ** 2, second * cos(phi) ** 2
    wide = radians(longitude - zone_centre) * cos(phi)
    arc = _SEMI_MAJOR_M * (
        (1 - square / 4 - 3 * square**2 / 64 - 5 * square**3 / 256) * phi
        - (3 * square / 8 + 3 * square**2 / 32 + 45 * square**3 / 1024) * sin(2 * phi)
        + (15 * square**2 / 256 + 45 * square**3 / 1024) * sin(4 * phi)
        - 35 * square**3 / 3072 * sin(6 * phi)
    )
    east = wide + (1 - tangent + curved) * wide**3 / 6
    north = arc + vertical * tan(phi) * (
        wide**2 / 2 + (5 - tangent + 9 * curved + 4 * curved**2) * wide**4 / 24
    )
    south_of_equator = 1e7 if latitude < 0 else 0.0
    return _SCALE * vertical * east + 500_000.0, _SCALE * north + south_of_equator
