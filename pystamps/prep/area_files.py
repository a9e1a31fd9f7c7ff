"""Polygons of GeoJSON and GeoPackage files, read within bounds of size, depth and time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError
from pystamps.io.bounded_text import json_of, read_bounded
from pystamps.prep.wkb import rings_of_geopackage

Ring = Float64
"""Corners of a closed line, shape (n, 2): longitude, latitude in degrees."""
Polygons = tuple[tuple[Ring, ...], ...]

MOST_CORNERS = 200_000
"""Of all polygons of a file: every pixel is compared with every corner."""
_WGS84 = 4326
_DEEPEST = 32
_LARGEST_GEOMETRY = 1 << 26
_SECONDS = 20.0
_STEPS_BETWEEN_LOOKS = 10_000
_COLLECTIONS = {
    "FeatureCollection": "features",
    "Feature": "geometry",
    "GeometryCollection": "geometries",
}


def polygons_of_file(path: Path) -> Polygons:
    """Read the polygons of a GeoJSON file or, with the ending ``.gpkg``, of a GeoPackage.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of tuple of ring
        Per polygon its outline and its holes.

    Raises
    ------
    ParameterError
        It is none, is in other coordinates than longitude and latitude, or is larger or deeper
        than an area of interest.
    """
    found = _geopackage(path) if path.suffix.lower() == ".gpkg" else _geojson(path)
    polygons = tuple(rings for rings in found if rings)
    if not polygons:
        raise ParameterError(f"{path}: holds no polygon")
    count = 0
    for ring in (ring for rings in polygons for ring in rings):
        count += len(ring)
        if len(ring) < 3:
            raise ParameterError(f"{path}: a ring has {len(ring)} corners, expected 3 or more")
        if not (np.isfinite(ring).all() and (np.abs(ring) <= (360, 90)).all()):
            raise ParameterError(
                f"{path}: coordinates are not longitude and latitude in degrees; convert it"
            )
    if count > MOST_CORNERS:
        raise ParameterError(
            f"{path}: {count} corners, at most {MOST_CORNERS} are allowed; simplify the polygons"
        )
    return polygons


def _geojson(path: Path) -> Polygons:
    found = json_of(path, read_bounded(path, error=ParameterError), error=ParameterError)
    try:
        return tuple(tuple(map(_ring, rings)) for rings in _polygons(found, 0))
    except (ValueError, KeyError, TypeError, IndexError, ArithmeticError) as error:
        raise ParameterError(
            f"{path}: is not GeoJSON with polygons ({str(error)[:200]})"
        ) from error


def _ring(corners: Any) -> Ring:
    """Give the corners of a ring; heights are left out."""
    if not isinstance(corners, list) or not all(isinstance(c, list) for c in corners):
        raise ValueError("a ring is no list of corners")
    if any(len(corner) < 2 for corner in corners):
        raise ValueError("a corner has less than two coordinates")
    flat = [number for corner in corners for number in corner[:2]]
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in flat):
        raise ValueError("a coordinate is no number")
    return np.array(flat, dtype=np.float64).reshape(-1, 2)


def _polygons(geometry: Any, depth: int) -> Iterator[Any]:
    """Walk through a GeoJSON object and give the rings of every polygon."""
    if depth > _DEEPEST:
        raise ValueError(f"nested more than {_DEEPEST} levels deep")
    kind = geometry["type"]
    if kind in ("Polygon", "MultiPolygon"):
        coordinates = geometry["coordinates"]
        if not isinstance(coordinates, list):
            raise ValueError("coordinates are no list")
        yield from [coordinates] if kind == "Polygon" else coordinates
    elif isinstance(kind, str) and kind in _COLLECTIONS:
        parts = geometry[_COLLECTIONS[kind]]
        if kind == "Feature":
            parts = [] if parts is None else [parts]
        if not isinstance(parts, list):
            raise ValueError(f"{_COLLECTIONS[kind]} of a {kind} are no list")
        for part in parts:
            yield from _polygons(part, depth + 1)
    elif not isinstance(kind, str):
        raise ValueError("a type is no text")


def _geopackage(path: Path) -> Polygons:
    """Read all polygons of a GeoPackage, which is an SQLite file."""
    polygons: list[tuple[Ring, ...]] = []
    try:
        with _opened(path) as connection:
            for table, column in _layers(path, connection):
                for (blob,) in connection.execute(f"SELECT {column} FROM {table}"):
                    if blob is not None and not isinstance(blob, bytes):
                        raise ValueError("a geometry that is no binary value")
                    polygons += rings_of_geopackage(blob) if blob else []
                    if sum(len(ring) for rings in polygons[-1:] for ring in rings) > MOST_CORNERS:
                        raise ValueError(f"more than {MOST_CORNERS} corners; simplify them")
    except (sqlite3.Error, ValueError, OverflowError) as error:
        reason = "it takes too long" if str(error) == "interrupted" else str(error)[:200]
        raise ParameterError(f"{path}: is not a GeoPackage with polygons ({reason})") from error
    return tuple(polygons)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database for reading, with bounds of size and time, and no schema that acts."""
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_GEOMETRY)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA trusted_schema = OFF")
        end = time.monotonic() + _SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS_BETWEEN_LOOKS)
        yield connection


def _layers(path: Path, connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Give quoted table and column of every layer; views are refused, because they compute."""
    tables = {
        name
        for name, kind in connection.execute("SELECT name, type FROM sqlite_master")
        if kind == "table"
    }
    if "gpkg_geometry_columns" not in tables:
        raise ValueError("no table gpkg_geometry_columns")
    found = []
    layers = connection.execute(
        "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns"
    ).fetchall()
    for table, column, system in layers:
        if not isinstance(column, str) or table not in tables:
            raise ValueError(f"its layer {str(table)[:80]!r} is no table")
        if system != _WGS84:
            raise ParameterError(
                f"{path}: layer {table} has coordinate system {system}, expected "
                f"{_WGS84} (longitude and latitude, WGS 84); convert it"
            )
        found.append((_quoted(table), _quoted(column)))
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
