"""Displacement of a place in time: the mean of the points near it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import calendar_date
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.products.chosen import ChosenPoints
from pystamps.rows import taken_rows


@dataclass(frozen=True, slots=True)
class PlaceSeries:
    """Displacement of a place in time.

    Attributes
    ----------
    date : datetime64[D], (n_date,)
    displacement_mm : float64, (n_date,)
        Mean of the points, toward the satellite, relative to reference image and area.
    spread_mm : float64, (n_date,)
        Standard deviation of the points; NaN with one point.
    point_id : int64, (n_point,)
    velocity_mm_yr : float
        Mean of the velocities of the points.
    """

    date: np.ndarray[Any, np.dtype[np.datetime64]]
    displacement_mm: Float64
    spread_mm: Float64
    point_id: np.ndarray[Any, np.dtype[np.int64]]
    velocity_mm_yr: float


_LEAST_METRES_PER_DEGREE = 100_000
"""Of latitude, with room: points farther north or south need no projection."""


def series_of_place(
    points: ChosenPoints, longitude: float, latitude: float, radius_m: float
) -> PlaceSeries:
    """Give the displacement of the points within a distance of a place.

    Parameters
    ----------
    points : ChosenPoints
    longitude, latitude : float
        Degrees.
    radius_m : float

    Raises
    ------
    ParameterError
        There is no point so near.
    """
    place = np.array([longitude, latitude])
    strip = np.flatnonzero(
        np.abs(points.place_lonlat[:, 1] - latitude) <= radius_m / _LEAST_METRES_PER_DEGREE
    )
    rows = strip[_distance_m(points.place_lonlat[strip], place) <= radius_m]
    if not rows.size:
        distance_m = _distance_m(points.place_lonlat, place)
        raise ParameterError(
            f"series: no point within {radius_m:g} m of {longitude}, {latitude}; the nearest "
            f"one is {np.nanmin(distance_m):.0f} m away"
        )
    values = taken_rows(points.displacement, rows).astype(np.float64)
    spread = values.std(axis=0, ddof=1) if rows.size > 1 else np.full(points.day.size, np.nan)
    return PlaceSeries(
        date=np.array([calendar_date(day) for day in points.day], dtype="datetime64[D]"),
        displacement_mm=np.nanmean(values, axis=0),
        spread_mm=spread,
        point_id=points.columns["point_id"][rows],
        velocity_mm_yr=float(np.nanmean(points.columns["velocity"][rows])),
    )


def _distance_m(lonlat: Float64, place: Float64) -> Float64:
    """Give the distances of points from a place."""
    return np.asarray(np.hypot(*llh2local(lonlat, place).T) * 1000)
