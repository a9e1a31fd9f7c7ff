"""Area of interest: a box or polygons in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.errors import ParameterError
from pystamps.io.user_paths import path_of_user
from pystamps.prep.area_files import Polygons, Ring, polygons_of_file


@dataclass(frozen=True, slots=True)
class Area:
    """Union of polygons (holes count as outside).

    Attributes
    ----------
    polygons : tuple of tuple of ring
        Per polygon its outline and its holes.
    """

    polygons: Polygons

    def contains(self, longitude: Float64, latitude: Float64) -> Bool:
        """Tell which positions lie inside; the shape of the input is kept."""
        inside = np.zeros(longitude.shape, np.bool_)
        for rings in self.polygons:
            crossings = np.zeros(longitude.shape, np.bool_)
            for ring in rings:
                crossings ^= _is_in_ring(ring, longitude, latitude)
            inside |= crossings
        return inside


def read_area(text: str) -> Area:
    """Read an area of interest.

    Parameters
    ----------
    text : str
        ``WEST,SOUTH,EAST,NORTH`` in degrees, or the path of a GeoJSON or GeoPackage file with
        polygons in longitude and latitude.

    Raises
    ------
    ParameterError
        Neither, or the file holds no polygon.
    """
    corners = _numbers(text)
    if corners is not None:
        return _box(corners, text)
    path = path_of_user(text)
    if not path.is_file():
        raise ParameterError(
            f"area {text!r}: expected WEST,SOUTH,EAST,NORTH in degrees or a GeoJSON or "
            "GeoPackage file"
        )
    return Area(polygons_of_file(path))


def is_box(text: str) -> bool:
    """Tell whether an area is given by its bounds rather than by a file."""
    return _numbers(text) is not None


def _numbers(text: str) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError:
        return None
    return numbers or None


def _box(corners: tuple[float, ...], text: str) -> Area:
    if len(corners) != 4 or not (corners[0] < corners[2] and corners[1] < corners[3]):
        raise ParameterError(f"area {text!r}: expected WEST,SOUTH,EAST,NORTH, ascending")
    west, south, east, north = corners
    outline = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Area(((np.array(outline),),))


def _is_in_ring(ring: Ring, longitude: Float64, latitude: Float64) -> Bool:
    """Count how often a line towards the east crosses the ring; odd = inside."""
    inside = np.zeros(longitude.shape, np.bool_)
    closed = np.vstack([ring, ring[:1]])
    for (x0, y0), (x1, y1) in pairwise(closed):
        if y0 == y1:
            continue
        spans = (y0 > latitude) != (y1 > latitude)
        inside ^= spans & (longitude < x0 + (latitude - y0) * (x1 - x0) / (y1 - y0))
    return inside
