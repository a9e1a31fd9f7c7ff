"""Offset and plane that bring velocities of points into the frame of GNSS stations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.errors import ParameterError
from pystamps.geo import llh2local

FEWEST_FOR_PLANE = 4
"""Stations: one more than coefficients, so that something checks the plane."""
_LINE = 0.1
"""Stations whose extent across is less than this part of that along lie on a line."""


@dataclass(frozen=True, slots=True)
class StationVelocity:
    """A station and the points around it, toward the satellite.

    Attributes
    ----------
    name : str
    longitude, latitude : float
        Degrees.
    n_point : int
        Points within the radius that have a velocity.
    gnss, gnss_std : float
        Velocity of the station toward the satellite, mm/yr, and its standard deviation; NaN = not
        known.
    points, points_std : float
        Mean velocity of the points, and the mean of their standard deviations: errors of
        neighbours are alike, so that more points make it no smaller.
    """

    name: str
    longitude: float
    latitude: float
    n_point: int
    gnss: float
    gnss_std: float
    points: float
    points_std: float

    @property
    def difference(self) -> float:
        """Station less points, mm/yr: what has to be added to the points."""
        return self.gnss - self.points


@dataclass(frozen=True, slots=True)
class StationLeftOut:
    """A station that cannot be compared.

    Attributes
    ----------
    name : str
    reason : str
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class GnssFit:
    """What has to be added to velocities toward the satellite.

    Attributes
    ----------
    centre : float64, (2,)
        Longitude and latitude of the mean of the stations, degrees.
    coefficients, coefficients_std : float64, (1,) or (3,)
        Offset at the centre in mm/yr; of a plane also mm/yr per km to the east and north. Standard
        deviations are NaN where nothing says them.
    residuals : float64, (n_station,)
        Station less points less fit, mm/yr.
    rms_before, rms : float
        Root mean square of the differences about their mean, and of the residuals, mm/yr.
    reduced_chi_square : float
        About 1 where the standard deviations are right; NaN for equal weights or no station to
        spare.
    weighting : str
    """

    centre: Float64
    coefficients: Float64
    coefficients_std: Float64
    residuals: Float64
    rms_before: float
    rms: float
    reduced_chi_square: float
    weighting: str

    def at(self, lonlat: Float64) -> Float64:
        """Give what has to be added at some places, mm/yr, (n,)."""
        return _design(lonlat, self.centre, self.coefficients.size) @ self.coefficients


def fit_to_stations(stations: Sequence[StationVelocity], *, has_plane: bool = False) -> GnssFit:
    """Fit an offset, or a plane, to the differences of stations and points.

    Parameters
    ----------
    stations : sequence of StationVelocity
    has_plane : bool

    Raises
    ------
    ParameterError
        A plane needs more stations, or stations that do not lie on a line; standard deviations are
        given for some stations only.

    Notes
    -----
    Weights are one over the sum of the variances of station and points; equal where they are not
    known. The standard deviations of the coefficients follow from these variances, or from the
    residuals where weights are equal.
    """
    lonlat = np.array([[item.longitude, item.latitude] for item in stations])
    centre = lonlat.mean(axis=0)
    design = _design(lonlat, centre, 3 if has_plane else 1)
    if has_plane:
        _refuse_plane(design[:, 1:])
    difference = np.array([item.difference for item in stations])
    variance = np.array([item.gnss_std**2 + item.points_std**2 for item in stations])
    _refuse_mixed(stations)
    is_weighted = bool((np.isfinite(variance) & (variance > 0)).all())
    weight = 1 / np.sqrt(variance) if is_weighted else np.ones(difference.size)
    solution = np.linalg.pinv(design * weight[:, None])
    coefficients = solution @ (difference * weight)
    residuals = difference - design @ coefficients
    spare = difference.size - coefficients.size
    chi = float(np.sum((residuals * weight) ** 2)) / spare if spare else np.nan
    spread = np.sqrt(np.sum(solution**2, axis=1))
    return GnssFit(
        centre=centre,
        coefficients=coefficients,
        coefficients_std=spread if is_weighted else spread * np.sqrt(chi),
        residuals=residuals,
        rms_before=float(difference.std()),
        rms=float(np.sqrt(np.mean(residuals**2))),
        reduced_chi_square=chi if is_weighted else np.nan,
        weighting="1 / (variance of the station + variance of the points)"
        if is_weighted
        else "equal: standard deviations are not given",
    )


def _design(lonlat: Float64, centre: Float64, n_term: int) -> Float64:
    ones = np.ones((len(lonlat), 1))
    return ones if n_term == 1 else np.hstack([ones, llh2local(lonlat, centre)])


def _refuse_plane(places_km: Float64) -> None:
    count = len(places_km)
    if count < FEWEST_FOR_PLANE:
        raise ParameterError(
            f"gnss: a plane needs {FEWEST_FOR_PLANE} stations with points near them, found "
            f"{count}; fit the offset alone, or enlarge --radius"
        )
    along, across = np.linalg.svd(places_km - places_km.mean(axis=0), compute_uv=False)
    if across < _LINE * along:
        raise ParameterError(
            f"gnss: the {count} stations lie on a line (extent across {across / along:.3f} of that "
            "along), which says nothing about a plane; fit the offset alone, or add a station"
        )


def _refuse_mixed(stations: Sequence[StationVelocity]) -> None:
    without = [item.name for item in stations if not np.isfinite(item.gnss_std)]
    if without and len(without) < len(stations):
        raise ParameterError(
            f"gnss: {', '.join(without)} have no standard deviation, and others have; give "
            "sigma_e, sigma_n, sigma_u of all stations, or of none"
        )
