"""Area of interest: a box or polygons in longitude and latitude."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.errors import ParameterError
from pystamps.io.user_paths import path_of_user
from pystamps.prep.wkb import rings_of_geopackage

Ring = Float64
"""Corners of a closed line, shape (n, 2): longitude, latitude in degrees."""

_WGS84 = 4326


@dataclass(frozen=True, slots=True)
class Area:
    """Union of polygons (holes count as outside).

    Attributes
    ----------
    polygons : tuple of tuple of ring
        Per polygon its outline and its holes.
    """

    polygons: tuple[tuple[Ring, ...], ...]

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
    polygons = _geopackage(path) if path.suffix.lower() == ".gpkg" else _geojson(path)
    if not polygons:
        raise ParameterError(f"{path}: holds no polygon")
    for ring in (ring for rings in polygons for ring in rings):
        if not (np.isfinite(ring).all() and (np.abs(ring) <= (360, 90)).all()):
            raise ParameterError(
                f"{path}: coordinates are not longitude and latitude in degrees; convert it"
            )
    return Area(polygons)


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


def _geojson(path: Path) -> tuple[tuple[Ring, ...], ...]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return tuple(
            tuple(np.array([corner[:2] for corner in ring], dtype=np.float64) for ring in rings)
            for rings in _polygons(found)
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ParameterError(f"{path}: is not GeoJSON with polygons ({error})") from None


def _polygons(geometry: Any) -> Iterator[Any]:
    """Walk through a GeoJSON object and give the rings of every polygon."""
    kind = geometry["type"]
    if kind == "FeatureCollection":
        for feature in geometry["features"]:
            yield from _polygons(feature)
    elif kind == "Feature":
        if geometry["geometry"] is not None:
            yield from _polygons(geometry["geometry"])
    elif kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part)
    elif kind == "Polygon":
        yield geometry["coordinates"]
    elif kind == "MultiPolygon":
        yield from geometry["coordinates"]


def _geopackage(path: Path) -> tuple[tuple[Ring, ...], ...]:
    """Read all polygons of a GeoPackage, which is an SQLite file."""
    polygons: list[tuple[Ring, ...]] = []
    try:
        connection = sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True)
        try:
            layers = connection.execute(
                "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
            ).fetchall()
            for table, column, system in layers:
                if system != _WGS84:
                    raise ParameterError(
                        f"{path}: layer {table} has coordinate system {system}, expected "
                        f"{_WGS84} (longitude and latitude, WGS 84); convert it"
                    )
                quoted = [name.replace('"', '""') for name in (column, table)]
                rows = connection.execute('SELECT "{}" FROM "{}"'.format(*quoted))
                for (blob,) in rows:
                    polygons += rings_of_geopackage(blob) if blob else []
        finally:
            connection.close()
    except (sqlite3.Error, ValueError) as error:
        raise ParameterError(f"{path}: is not a GeoPackage with polygons ({error})") from None
    return tuple(polygons)
