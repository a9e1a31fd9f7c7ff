"""Polygons of a GeoPackage: well-known binary behind a short header (OGC 12-128)."""

from __future__ import annotations

import struct

import numpy as np

from pystamps.arrays import Float64

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_POLYGON, _MULTI_POLYGON, _COLLECTION = 3, 6, 7
_POINT, _LINE = 1, 2
_DEEPEST = 16
_MORE_DIMENSIONS = {0: 0, 1: 1, 2: 1, 3: 2}
"""Beside longitude and latitude: height, measure, both."""


def rings_of_geopackage(blob: bytes) -> list[tuple[Float64, ...]]:
    """Give the rings of every polygon of a geometry; other kinds of geometry give none.

    Parameters
    ----------
    blob : bytes
        As a GeoPackage stores it.

    Returns
    -------
    list of tuple of float64, shape (n, 2)
        Longitude and latitude of the corners.

    Raises
    ------
    ValueError
        It is no geometry.
    """
    if blob[:2] != b"GP" or len(blob) < 8:
        raise ValueError("a geometry without the signature GP")
    envelope = (blob[3] >> 1) & 7
    if envelope >= len(_ENVELOPE_BYTES):
        raise ValueError(f"a geometry with {envelope=}")
    try:
        return _polygons(blob, 8 + _ENVELOPE_BYTES[envelope], 0)[0]
    except (struct.error, IndexError):
        raise ValueError("a geometry that is cut off") from None


def _polygons(blob: bytes, at: int, depth: int) -> tuple[list[tuple[Float64, ...]], int]:
    """Read one geometry; return its polygons and where the next one begins."""
    if depth > _DEEPEST:
        raise ValueError(f"a geometry that is nested more than {_DEEPEST} levels deep")
    if at >= len(blob):
        raise IndexError(at)
    order = "<" if blob[at] else ">"
    (code,) = struct.unpack_from(f"{order}I", blob, at + 1)
    if code // 1000 not in _MORE_DIMENSIONS:
        raise ValueError(f"a geometry of kind {code}, expected polygons")
    kind, dimensions = code % 1000, 2 + _MORE_DIMENSIONS[code // 1000]
    at += 5
    if kind == _POLYGON:
        rings, at = _rings(blob, at, order, dimensions)
        return [rings], at
    if kind in (_MULTI_POLYGON, _COLLECTION):
        (count,) = struct.unpack_from(f"{order}I", blob, at)
        at += 4
        found: list[tuple[Float64, ...]] = []
        for _ in range(count):
            more, at = _polygons(blob, at, depth + 1)
            found += more
        return found, at
    if kind == _POINT:
        return [], at + 8 * dimensions
    if kind == _LINE:
        (count,) = struct.unpack_from(f"{order}I", blob, at)
        return [], at + 4 + 8 * dimensions * count
    raise ValueError(f"a geometry of kind {kind}, expected polygons")


def _rings(blob: bytes, at: int, order: str, dimensions: int) -> tuple[tuple[Float64, ...], int]:
    (n_ring,) = struct.unpack_from(f"{order}I", blob, at)
    at += 4
    rings = []
    for _ in range(n_ring):
        (n_corner,) = struct.unpack_from(f"{order}I", blob, at)
        numbers = struct.unpack_from(f"{order}{n_corner * dimensions}d", blob, at + 4)
        at += 4 + 8 * n_corner * dimensions
        rings.append(np.array(numbers).reshape(n_corner, dimensions)[:, :2])
    return tuple(rings), at
