"""Area of interest: a box or polygons in longitude and latitude."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.errors import ParameterError
from pystamps.geo import near_longitudes
from pystamps.io.user_paths import path_of_user
from pystamps.prep.area_files import Polygons, Ring, polygons_of_file

_WIDEST_ACROSS = 180.0


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
            middle = float(rings[0][:, 0].min() + rings[0][:, 0].max()) / 2
            near = near_longitudes(longitude, middle)
            crossings = np.zeros(longitude.shape, np.bool_)
            for ring in rings:
                crossings ^= _is_in_ring(ring, near, latitude)
            inside |= crossings
        return inside


def read_area(text: str) -> Area:
    """Read an area of interest.

    Parameters
    ----------
    text : str
        ``WEST,SOUTH,EAST,NORTH`` in degrees, or the path of a GeoJSON or GeoPackage file with
        polygons in longitude and latitude. Longitudes count modulo 360; a west that is larger
        than the east crosses the 180th meridian, as in RFC 7946, and so does the short way
        between two corners that are more than half a turn apart.

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
    return Area(tuple(_unbroken(rings) for rings in polygons_of_file(path)))


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
    if len(corners) != 4 or not corners[1] < corners[3] or not np.isfinite(corners).all():
        raise ParameterError(
            f"area {text!r}: expected WEST,SOUTH,EAST,NORTH in degrees, south below north"
        )
    west, south, east, north = corners
    if east < west:  # across the 180th meridian
        east += 360
    is_crossing = east != corners[2]
    if not 0 < east - west <= (_WIDEST_ACROSS if is_crossing else 360):
        raise ParameterError(
            f"area {text!r}: expected WEST,SOUTH,EAST,NORTH; a west of {corners[0]:g} and an east "
            f"of {corners[2]:g} would be across the 180th meridian and wider than half the Earth, "
            "or nothing: exchange them"
        )
    outline = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return Area(((np.array(outline),),))


def _unbroken(rings: tuple[Ring, ...]) -> tuple[Ring, ...]:
    """Give the rings of a polygon without jumps at the 180th meridian, holes beside the outline."""
    found: list[Ring] = []
    for ring in rings:
        steps = np.diff(ring[:, 0], prepend=ring[:1, 0])
        jumps = (np.abs(steps) > 180) & (np.abs(steps) < 360)  # 360: around the Earth
        longitude = ring[:, 0] - 360 * np.cumsum(np.where(jumps, np.rint(steps / 360), 0))
        if found:
            outline = found[0][:, 0]
            middle = (longitude.min() + longitude.max()) / 2
            turns = np.rint((middle - (outline.min() + outline.max()) / 2) / 360)
            longitude = longitude - 360 * turns
        found.append(np.column_stack([longitude, ring[:, 1]]))
    return tuple(found)


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
