"""The local metric coordinates of StaMPS: polyconic projection, rotation, order of the pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.matlab import round_half_away

SEMI_MAJOR_AXIS = 6378137.0
"""Metres."""

# StaMPS takes the second eccentricity of WGS84 (the first is 0.0818191908): the scale is wrong
# by less than 5e-5, but all distances, grids and reference radii are made with it.
ECCENTRICITY = 0.08209443794970

FARTHEST_KM = 1000.0
"""No pixel of a scene lies so far from the middle of the others: its position is damaged."""

_FIRST_ECCENTRICITY_SQUARED = 6.69437999014e-3
"""Of WGS 84: positions that people take away are not those of StaMPS' own scale."""
_EARTH_RADIUS_KM = 6371.0
_PLACES_FOR_THE_MIDDLE = 100_000
_PLACES_AT_A_TIME = 1_000_000
_PLACES_IN_CACHE = 16_384
_MAX_NEWTON_STEPS = 100
_NEWTON_TOLERANCE = 1e-8


def llh2local(lonlat: Float64, ll0: Float64) -> Float64:
    """Project longitude and latitude to local coordinates in km.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    ll0 : ndarray of float64, shape (2,)
        Origin, degrees.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        East and north of the origin, km.

    Notes
    -----
    StaMPS routine ``llh2local``; polyconic projection. Positions on the other side of the 180th
    meridian are taken the short way, there around the Earth.
    """
    places = np.asarray(lonlat, dtype=np.float64)
    origin = np.asarray(ll0, dtype=np.float64).ravel() * np.pi / 180
    found = np.empty(places.shape)
    for first in range(0, len(places), _PLACES_IN_CACHE):
        part = slice(first, first + _PLACES_IN_CACHE)
        found[part] = _projected(places[part], origin)
    return found


def _projected(lonlat: Float64, origin: Float64) -> Float64:
    """Project some places, degrees, to km from an origin in radians."""
    lon, lat = (lonlat * np.pi / 180).T
    lon0, lat0 = origin
    on_equator = lat == 0
    slope = np.where(on_equator, 1.0, lat)  # any latitude but 0, where the cotangent has a pole
    n_cot = SEMI_MAJOR_AXIS / np.sqrt(1 - ECCENTRICITY**2 * np.sin(lat) ** 2) / np.tan(slope)
    east = lon - lon0
    east = np.where(np.abs(east) > np.pi, east - np.copysign(2 * np.pi, east), east)
    turn = east * np.sin(lat)
    x = np.where(on_equator, SEMI_MAJOR_AXIS * east, n_cot * np.sin(turn))
    y = _meridian_arc(lat) - _meridian_arc(lat0)
    y = y + np.where(on_equator, 0.0, n_cot * (1 - np.cos(turn)))
    return np.column_stack([x, y]) / 1000


def local2llh(xy_km: Float64, ll0: Float64) -> Float64:
    """Give longitude and latitude of local coordinates, the inverse of :func:`llh2local`.

    Parameters
    ----------
    xy_km : ndarray of float64, shape (n, 2)
        km, not rotated.
    ll0 : ndarray of float64, shape (2,)
        Origin, degrees.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees.

    Notes
    -----
    StaMPS routine ``local2llh``: Newton iteration on the latitude, to 1e-8 rad.

    Raises
    ------
    ValueError
        The iteration does not converge: the point is too far from the origin.
    """
    x, y = np.asarray(xy_km, dtype=np.float64).T * 1000 / SEMI_MAJOR_AXIS
    lon0, lat0 = np.asarray(ll0, dtype=np.float64).ravel() * np.pi / 180
    north = y + _meridian_arc(lat0) / SEMI_MAJOR_AXIS
    on_equator = north == 0
    target = np.where(on_equator, 1.0, north)
    lat = _footpoint_latitude(target, target**2 + x**2)
    _, c = _curvature(lat)
    lon = np.where(on_equator, x, np.arcsin(x * c) / np.sin(lat)) + lon0
    return np.column_stack([lon, np.where(on_equator, 0.0, lat)]) * 180 / np.pi


def shifted_lonlat(lonlat: Float64, east_m: FloatArray, north_m: FloatArray) -> Float64:
    """Move positions by short distances, on the ellipsoid.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    east_m, north_m : ndarray of float, shape (n,)
        Metres; up to some kilometres, over which the radii of curvature are constant.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Degrees.
    """
    lon, lat = np.asarray(lonlat, dtype=np.float64).T
    sine, cosine = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    shape = 1 - _FIRST_ECCENTRICITY_SQUARED * sine**2
    meridian_m = SEMI_MAJOR_AXIS * (1 - _FIRST_ECCENTRICITY_SQUARED) / shape**1.5
    parallel_m = SEMI_MAJOR_AXIS / np.sqrt(shape) * cosine
    return np.column_stack(
        [lon + np.degrees(east_m / parallel_m), lat + np.degrees(north_m / meridian_m)]
    )


def near_longitudes(longitude: FloatArray, reference: float) -> Float64:
    """Give longitudes as they are within half a turn of another one: whole turns apart, degrees.

    Those that are near already keep their bits.
    """
    degrees = np.asarray(longitude, dtype=np.float64)
    if not np.isfinite(reference):
        return degrees
    with np.errstate(invalid="ignore"):
        turns = np.rint((degrees - reference) / 360)
        return np.where(np.isfinite(turns) & (turns != 0), degrees - 360 * turns, degrees)


def continuous_longitudes(longitude: FloatArray) -> Float64:
    """Give the longitudes of a scene without the jump at 180 degrees (or at 0), for maps."""
    return near_longitudes(longitude, _middle(np.asarray(longitude, dtype=np.float64)))


def is_between_longitudes(longitude: FloatArray, limits: tuple[float, ...]) -> Bool:
    """Tell which longitudes lie between two, exclusive, whatever the turns they are given in.

    Parameters
    ----------
    longitude : ndarray of float
        Degrees.
    limits : tuple of two float
        West and east; a west that is larger than the east means across the 180th meridian.
        Infinite limits are none.
    """
    west, east = limits
    if np.isfinite(west) and np.isfinite(east):
        east = east + 360 if east < west else east
        if east - west < 360:
            longitude = near_longitudes(longitude, (west + east) / 2)
    return np.asarray((longitude > west) & (longitude < east))


def distance_km(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Give the distance of two places (longitude, latitude in degrees) on a sphere."""
    start, end = _directions(np.array([first, second]))
    half_chord = float(np.linalg.norm(end - start)) / 2
    return 2 * _EARTH_RADIUS_KM * float(np.arcsin(min(half_chord, 1.0)))


def _middle(longitude: Float64) -> float:
    """Give the middle of the longitudes of a scene; NaN without any.

    More than half a turn is taken for a scene on both sides of the 180th meridian, or of that of
    Greenwich where longitudes run from 0 to 360.
    """
    finite = longitude[np.isfinite(longitude)]
    if not finite.size:
        return float("nan")
    if np.ptp(finite) > 180:
        east = np.where(finite < 0, finite + 360, finite)
        west = np.where(finite > 180, finite - 360, finite)
        # around a pole neither is narrow, and any middle will do
        finite = west if np.ptp(west) <= 180 else east
    middle = float((finite.max() + finite.min()) / 2)
    return middle - 360 if middle > 180 else middle


def local_origin(lonlat: Float64) -> Float64:
    """Give the origin of the projection: middle of the extent, degrees (NaN without positions).

    More than half a turn of longitude is taken for a scene on both sides of the 180th meridian,
    or of that of Greenwich where longitudes run from 0 to 360.
    """
    with np.errstate(invalid="ignore"):
        high = np.fmax.reduce(lonlat, axis=0, initial=-np.inf)
        low = np.fmin.reduce(lonlat, axis=0, initial=np.inf)
        middle: Float64 = (high + low) / 2
    if high[0] - low[0] > 180:
        middle[0] = _middle(lonlat[:, 0])
    if middle[0] > 180:
        middle[0] -= 360
    return middle


def distances_from_middle_km(lonlat: Float64) -> Float64:
    """Give the distance of each position from the middle of most of them, km.

    Parameters
    ----------
    lonlat : ndarray of float, shape (n, 2)
        Degrees, on both sides of the 180th meridian or not.

    Returns
    -------
    ndarray of float64, shape (n,)
        Great-circle distance from the median direction; NaN for positions that are not finite, 0
        everywhere where the extent already says that none is farther than :data:`FARTHEST_KM`.
    """
    if not _may_be_far(np.asarray(lonlat) * (np.pi / 180 * _EARTH_RADIUS_KM)):
        return np.zeros(len(lonlat))
    sampled = _directions(lonlat[:: max(1, len(lonlat) // _PLACES_FOR_THE_MIDDLE)])
    middle = np.nanmedian(sampled, axis=0)
    middle /= max(float(np.linalg.norm(middle)), np.finfo(np.float64).tiny)
    distances = np.empty(len(lonlat))
    for first in range(0, len(lonlat), _PLACES_AT_A_TIME):
        block = slice(first, first + _PLACES_AT_A_TIME)
        chord = np.linalg.norm(_directions(lonlat[block]) - middle, axis=1)
        distances[block] = 2 * _EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1))
    return distances


def distances_from_middle_of_plane_km(xy: FloatArray) -> Float64:
    """Give the distance of each place from the middle of most of them, km.

    Parameters
    ----------
    xy : ndarray of float, shape (n, 2)
        Local coordinates in m.

    Returns
    -------
    ndarray of float64, shape (n,)
        As :func:`distances_from_middle_km`.
    """
    if not _may_be_far(np.asarray(xy) / 1000):
        return np.zeros(len(xy))
    middle = np.nanmedian(xy[:: max(1, len(xy) // _PLACES_FOR_THE_MIDDLE)], axis=0)
    return np.asarray(np.hypot(*(xy.astype(np.float64) - middle).T) / 1000)


def _may_be_far(places_km: FloatArray) -> bool:
    """Tell whether the extent of places allows one that is far from the others."""
    with np.errstate(invalid="ignore"):
        high = np.fmax.reduce(places_km, axis=0, initial=-np.inf)
        low = np.fmin.reduce(places_km, axis=0, initial=np.inf)
    extent = np.maximum(high - low, 0)  # no place at all: no extent
    return bool(np.hypot(*extent) > FARTHEST_KM)


def _directions(lonlat: Float64) -> Float64:
    """Give unit vectors from the centre of the Earth, (n, 3)."""
    lon, lat = np.asarray(lonlat, dtype=np.float64).T * (np.pi / 180)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def rotation_angle(heading_deg: float) -> float:
    """Give the angle that turns north-up coordinates along the satellite's track, rad."""
    theta = (180 - heading_deg) * np.pi / 180
    return theta - 2 * np.pi if theta > np.pi else theta


def rotated_if_smaller(xy: Float64, heading_deg: float) -> Float64:
    """Turn coordinates along the track if both extents shrink, else give them back.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        Metres; NaN rows take no part in the decision.
    heading_deg : float
        Degrees; NaN never rotates.
    """
    if np.isnan(heading_deg):
        return xy
    turned = turned_along_track(xy, heading_deg)
    return turned if bool(np.all(_extent(turned) < _extent(xy))) else xy


def turned_along_track(xy: Float64, heading_deg: float) -> Float64:
    """Turn coordinates, (n, 2), from east and north along the satellite's track."""
    theta = rotation_angle(heading_deg)
    x, y = xy.T
    return np.column_stack(
        [x * np.cos(theta) + y * np.sin(theta), -x * np.sin(theta) + y * np.cos(theta)]
    )


def local_coordinates(lonlat: Float64, ll0: Float64, heading_deg: float) -> Float32:
    """Give local coordinates in m, turned along the track if that makes the area smaller.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    ll0 : ndarray of float64, shape (2,)
        Origin, degrees (:func:`local_origin`).
    heading_deg : float
        Degrees clockwise from north.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Not rounded to mm, not sorted: see :func:`sorted_by_y`.
    """
    return rotated_if_smaller(llh2local(lonlat, ll0) * 1000, heading_deg).astype(np.float32)


def sorted_by_y(xy: Float32) -> tuple[Index, Float32]:
    """Order pixels by y, then x, and round the coordinates to mm.

    Parameters
    ----------
    xy : ndarray of float32, shape (n, 2)
        Metres.

    Returns
    -------
    order : ndarray of int64, shape (n,)
        Rows in their new order; ties keep their order, NaN comes last.
    xy : ndarray of float32, shape (n, 2)
        Sorted and rounded. Rounding comes after sorting, as in StaMPS, so that rows can be
        out of order by up to 1 mm.
    """
    order = np.lexsort((xy[:, 0], xy[:, 1])).astype(np.int64)
    millimetres = round_half_away(xy[order] * np.float32(1000))
    return order, millimetres / np.float32(1000)


def _meridian_arc(lat: Any) -> Any:
    """Length of the meridian from the equator in m; radians in."""
    e2, e4, e6 = ECCENTRICITY**2, ECCENTRICITY**4, ECCENTRICITY**6
    return SEMI_MAJOR_AXIS * (
        (1 - e2 / 4 - 3 * e4 / 64 - 5 * e6 / 256) * lat
        - (3 * e2 / 8 + 3 * e4 / 32 + 45 * e6 / 1024) * np.sin(2 * lat)
        + (15 * e4 / 256 + 45 * e6 / 1024) * np.sin(4 * lat)
        - (35 * e6 / 3072) * np.sin(6 * lat)
    )


def _curvature(lat: Float64) -> tuple[Float64, Float64]:
    """Factor sqrt(1 - e^2 sin^2 lat) and its product with tan lat."""
    factor = np.sqrt(1 - ECCENTRICITY**2 * np.sin(lat) ** 2)
    return factor, factor * np.tan(lat)


def _footpoint_latitude(north: Float64, square: Float64) -> Float64:
    """Solve the polyconic equation for the latitude (Snyder 1987, polyconic, ellipsoid)."""
    e2, e4, e6 = ECCENTRICITY**2, ECCENTRICITY**4, ECCENTRICITY**6
    lat = north
    for _ in range(_MAX_NEWTON_STEPS):
        _, c = _curvature(lat)
        arc = _meridian_arc(lat) / SEMI_MAJOR_AXIS
        slope = (
            (1 - e2 / 4 - 3 * e4 / 64 - 5 * e6 / 256)
            - 2 * (3 * e2 / 8 + 3 * e4 / 32 + 45 * e6 / 1024) * np.cos(2 * lat)
            + 4 * (15 * e4 / 256 + 45 * e6 / 1024) * np.cos(4 * lat)
            - 6 * (35 * e6 / 3072) * np.cos(6 * lat)
        )
        value = north * (c * arc + 1) - arc - 0.5 * (arc**2 + square) * c
        bend = e2 * np.sin(2 * lat) * (arc**2 + square - 2 * north * arc) / (4 * c)
        tilt = (north - arc) * (c * slope - 2 / np.sin(2 * lat)) - slope
        step = value / (bend + tilt)
        lat = np.asarray(lat - step)
        if not np.any(np.abs(step) > _NEWTON_TOLERANCE):
            return lat
    raise ValueError("the projection cannot be inverted: positions too far from the origin")


def _extent(xy: Float64) -> Float64:
    """Largest minus smallest coordinate, NaN left out; -inf without positions."""
    high = np.fmax.reduce(xy, axis=0, initial=-np.inf)
    low = np.fmin.reduce(xy, axis=0, initial=np.inf)
    extent: Float64 = high - low
    return extent
