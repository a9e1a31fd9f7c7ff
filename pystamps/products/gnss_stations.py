"""Motion of GNSS stations in the line of sight, beside that of the points around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.dates import DAYS_PER_YEAR, calendar_date
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.io.gnss_files import GnssStation
from pystamps.products.chosen import ChosenPoints
from pystamps.products.gnss_fit import StationLeftOut, StationVelocity

FEWEST_EPOCHS = 10
"""Of a series within the time of the images."""
LEAST_SHARE = 0.5
"""Of the time of the images that a series has to cover."""
_YEARS_FOR_SEASONS = 2.0
_SMALLEST_MM, _LARGEST_MM = 0.1, 1000.0
"""mm/yr: no set of stations moves less, none more; they were given in another unit."""
_SIGHT = ("los_east", "los_north", "los_up")


def compare_stations(
    points: ChosenPoints, stations: Sequence[GnssStation], *, radius_m: float
) -> tuple[tuple[StationVelocity, ...], tuple[StationLeftOut, ...]]:
    """Compare stations with the points around them.

    Parameters
    ----------
    points : ChosenPoints
    stations : sequence of GnssStation
    radius_m : float
        Points within this distance stand for a station.

    Returns
    -------
    (tuple of StationVelocity, tuple of StationLeftOut)

    Raises
    ------
    ParameterError
        The direction to the satellite is not known, no station is left, or stations move as none
        can: their file is in another unit.

    Notes
    -----
    The velocity toward the satellite is the scalar product of the motion east, north, up with the
    unit vector from the ground to the satellite, the mean of those of the points.
    """
    sight = np.column_stack([points.columns[name] for name in _SIGHT]).astype(np.float64)
    if not np.isfinite(sight).all(axis=1).any():
        raise ParameterError(
            "gnss: the direction to the satellite is not known of any point (heading, or incidence "
            "or look angles, are missing); set heading, or prepare the data set with its angles"
        )
    velocity = np.asarray(points.columns["velocity"], dtype=np.float64)
    usable = np.isfinite(velocity) & np.isfinite(sight).all(axis=1)
    motions = [_motion(station, points) for station in stations]
    _refuse_other_unit([found[0] for found in motions if not isinstance(found, str)])
    compared, left_out = [], []
    for station, motion in zip(stations, motions, strict=True):
        place = np.array([station.longitude, station.latitude])
        distance_m = np.hypot(*llh2local(points.place_lonlat, place).T) * 1000
        near = usable & (distance_m <= radius_m)
        if not near.any():
            left_out.append(StationLeftOut(station.name, _far(points, station, distance_m[usable])))
        elif isinstance(motion, str):
            left_out.append(StationLeftOut(station.name, motion))
        else:
            compared.append(_compared(station, motion, points, near, sight[near].mean(axis=0)))
    if not compared:
        reasons = "; ".join(f"{item.name}: {item.reason}" for item in left_out)
        raise ParameterError(f"gnss: no station is left: {reasons}")
    return tuple(compared), tuple(left_out)


def _refuse_other_unit(velocities: Sequence[Float64]) -> None:
    """Refuse velocities that no set of stations has."""
    largest = max((float(np.abs(velocity).max()) for velocity in velocities), default=0.0)
    if 0 < largest < _SMALLEST_MM or largest > _LARGEST_MM:
        unit = "m" if largest < _SMALLEST_MM else "mm"
        raise ParameterError(
            f"gnss: the largest velocity of the stations is {largest:g} mm/yr, which cannot be; "
            f"the file seems to be in {unit}: give --unit {unit}"
        )


def _compared(
    station: GnssStation,
    motion: tuple[Float64, Float64 | None],
    points: ChosenPoints,
    near: Bool,
    sight: Float64,
) -> StationVelocity:
    velocity, sigma = motion
    std = np.asarray(points.columns["velocity_std"], dtype=np.float64)[near]
    return StationVelocity(
        name=station.name,
        longitude=station.longitude,
        latitude=station.latitude,
        n_point=int(near.sum()),
        gnss=float(sight @ velocity),
        gnss_std=np.nan if sigma is None else float(np.sqrt(sight**2 @ sigma**2)),
        points=float(np.mean(points.columns["velocity"][near], dtype=np.float64)),
        points_std=float(np.mean(std)),
    )


def _far(points: ChosenPoints, station: GnssStation, distance_m: Float64) -> str:
    """Say how far a station without points is from them."""
    low, high = points.place_lonlat.min(axis=0), points.place_lonlat.max(axis=0)
    place = np.array([station.longitude, station.latitude])
    is_inside = bool(((place >= low) & (place <= high)).all())
    where = "no point is so near" if is_inside else "lies outside the scene"
    return f"{where}: the nearest point is {distance_m.min() / 1000:.2f} km away"


def _motion(station: GnssStation, points: ChosenPoints) -> tuple[Float64, Float64 | None] | str:
    """Give velocity and standard deviations of a station; why there is none of its series."""
    if station.velocity is not None:
        return station.velocity, station.sigma
    first, last = float(points.day.min()), float(points.day.max())
    inside = (station.day >= first) & (station.day <= last)
    day = station.day[inside]
    span = float(np.ptp(day)) if day.size else 0.0
    if day.size < FEWEST_EPOCHS or span < LEAST_SHARE * (last - first):
        return (
            f"its series has {day.size} epochs over {span / DAYS_PER_YEAR:.1f} years of the "
            f"{(last - first) / DAYS_PER_YEAR:.1f} years of the images "
            f"({calendar_date(first)} to {calendar_date(last)}); half of them are needed"
        )
    sigma = None if station.position_sigma is None else station.position_sigma[inside]
    return velocity_of_positions(day, station.position[inside], sigma)


def velocity_of_positions(
    day: Float64, position: Float64, sigma: Float64 | None
) -> tuple[Float64, Float64]:
    """Fit constant, velocity and, of two years or more, an annual wave to a series.

    Parameters
    ----------
    day : ndarray of float64, shape (n_epoch,)
    position : ndarray of float64, shape (n_epoch, 3)
        mm.
    sigma : ndarray of float64, shape (n_epoch, 3), or None
        mm; weights.

    Returns
    -------
    (ndarray of float64, ndarray of float64), each of shape (3,)
        Velocity and standard deviation, mm/yr; the latter from the residuals, as if they were
        independent.
    """
    years = (day - day.mean()) / DAYS_PER_YEAR
    terms = [np.ones(years.size), years]
    if np.ptp(years) >= _YEARS_FOR_SEASONS:
        terms += [np.cos(2 * np.pi * years), np.sin(2 * np.pi * years)]
    design = np.column_stack(terms)
    velocity, std = np.zeros((2, 3))
    for axis in range(3):
        weight = np.ones(years.size) if sigma is None else 1 / sigma[:, axis]
        solution = np.linalg.pinv(design * weight[:, None])
        fitted = solution @ (position[:, axis] * weight)
        residual = (position[:, axis] - design @ fitted) * weight
        variance = residual @ residual / (years.size - design.shape[1])
        velocity[axis] = fitted[1]
        std[axis] = np.sqrt(variance * (solution[1] @ solution[1]))
    return velocity, std
