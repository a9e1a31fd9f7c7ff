"""A fit to GNSS stations as a file, and points relative to it instead of to an area."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import read_bounded
from pystamps.io.user_paths import path_of_user
from pystamps.products.gnss_fit import GnssFit, StationLeftOut, StationVelocity
from pystamps.products.point_table import PointTable, letters_of_series
from pystamps.rows import Rows

GNSS_FORMAT = "pySTAMPS GNSS fit 1"
_SUFFIX = ".json"
_SAME = ("value_type", "reference_area", "reference_date", "first_date", "last_date")
"""What has to be that of the points which a fit is applied to."""


@dataclass(frozen=True, slots=True)
class StoredFit:
    """A fit as its file holds it.

    Attributes
    ----------
    path : Path
    fit : GnssFit
    about : mapping of str to str
        Value type, reference area and dates of the points that it was made of.
    reference : str
        What these points were relative to, as it was asked for; empty = as in the run.
    station_lonlat : float64, (n_station, 2), degrees
    radius_m : float
    """

    path: Path
    fit: GnssFit
    about: Mapping[str, str]
    reference: str
    station_lonlat: Float64
    radius_m: float


def is_gnss_fit(reference: str) -> bool:
    """Tell whether a reference is the file of a fit, and no area (GeoJSON may end like it)."""
    path = path_of_user(reference) if reference.lower().endswith(_SUFFIX) else None
    return path is not None and path.is_file() and GNSS_FORMAT.encode() in read_bounded(path)


def fit_as_json(
    fit: GnssFit,
    stations: Sequence[StationVelocity],
    left_out: Sequence[StationLeftOut],
    about: Mapping[str, Any],
    *,
    reference: str,
    radius_m: float,
) -> dict[str, Any]:
    """Give all that is to be kept of a fit: coefficients, residuals, what the points are.

    Parameters
    ----------
    fit : GnssFit
    stations : sequence of StationVelocity
    left_out : sequence of StationLeftOut
    about : mapping
        Metadata of the points.
    reference : str
        What the points are relative to, as it was asked for.
    radius_m : float
    """
    names = ("offset_mm_per_year", "plane_east_mm_per_year_km", "plane_north_mm_per_year_km")
    terms = names[: fit.coefficients.size]
    return {
        "format": GNSS_FORMAT,
        "comment": "add offset and plane to velocities toward the satellite, mm/yr",
        "coefficients": dict(zip(terms, map(float, fit.coefficients), strict=True)),
        "coefficients_std": dict(zip(terms, map(_known, fit.coefficients_std), strict=True)),
        "centre_longitude_latitude": fit.centre.tolist(),
        "residuals_rms_mm_per_year": fit.rms,
        "differences_rms_mm_per_year": fit.rms_before,
        "reduced_chi_square": _known(fit.reduced_chi_square),
        "weighting": fit.weighting,
        "points": {name: str(about.get(name, "unknown")) for name in _SAME},
        "reference": reference,
        "radius_m": radius_m,
        "stations": [station_row(*pair) for pair in zip(stations, fit.residuals, strict=True)],
        "left_out": [{"name": item.name, "reason": item.reason} for item in left_out],
    }


def station_row(station: StationVelocity, residual: float) -> dict[str, Any]:
    """Give the numbers of a station by name; velocities in mm/yr toward the satellite."""
    return {
        "name": station.name,
        "longitude": station.longitude,
        "latitude": station.latitude,
        "points": station.n_point,
        "gnss": station.gnss,
        "gnss_std": _known(station.gnss_std),
        "points_velocity": station.points,
        "points_std": _known(station.points_std),
        "difference": station.difference,
        "residual": float(residual),
    }


def write_stored_fit(path: Path, content: Mapping[str, Any], *, overwrite: bool) -> None:
    """Write the file of a fit.

    Raises
    ------
    ParameterError
        It is there, and is not to be replaced, or its name does not end with ``.json``.
    """
    if path.suffix.lower() != _SUFFIX:
        raise ParameterError(f"--fit {path}: has to end with .json, by which --reference knows it")
    if path.exists() and not overwrite:
        raise ParameterError(f"{path}: is there already; give --overwrite or another name")
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")


def read_stored_fit(path: Path) -> StoredFit:
    """Read the file of a fit.

    Raises
    ------
    ParameterError
        It is missing, or no fit.
    """
    try:
        held = json.loads(read_bounded(path, error=ParameterError))
        if held["format"] != GNSS_FORMAT:
            raise ValueError
        stations = [(row["longitude"], row["latitude"]) for row in held["stations"]]
        coefficients = np.array(list(held["coefficients"].values()), dtype=np.float64)
        if coefficients.size not in (1, 3) or not np.isfinite(coefficients).all():
            raise ValueError
        return StoredFit(
            path=path,
            fit=GnssFit(
                centre=np.array(held["centre_longitude_latitude"], dtype=np.float64).reshape(2),
                coefficients=coefficients,
                coefficients_std=np.array(
                    list(held["coefficients_std"].values()), dtype=np.float64
                ),
                residuals=np.array([row["residual"] for row in held["stations"]], np.float64),
                rms_before=float(held["differences_rms_mm_per_year"]),
                rms=float(held["residuals_rms_mm_per_year"]),
                reduced_chi_square=float(held["reduced_chi_square"] or np.nan),
                weighting=str(held["weighting"]),
            ),
            about={name: str(held["points"][name]) for name in _SAME},
            reference=str(held["reference"]),
            station_lonlat=np.array(stations, dtype=np.float64).reshape(-1, 2),
            radius_m=float(held["radius_m"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ParameterError(
            f"--reference {path}: is no fit to GNSS stations; pystamps gnss --fit FILE.json makes "
            "one"
        ) from None


def relative_to_stations(table: PointTable, stored: StoredFit) -> PointTable:
    """Give points relative to the stations: offset and plane added to velocities and series.

    Parameters
    ----------
    table : PointTable
        Relative to what the points of the fit are relative to.
    stored : StoredFit

    Returns
    -------
    PointTable
        The points around the stations are its reference; series stay 0 at the reference image.

    Raises
    ------
    ParameterError
        The fit was made of other points, another value type or another reference.
    """
    _refuse_other_points(table, stored)
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    rate = stored.fit.at(lonlat)
    layers, shown = table.layers, table.displacement
    years = (layers.day - layers.day[layers.reference_column]) / DAYS_PER_YEAR

    def give(rows: slice) -> FloatArray:
        return np.asarray(shown[rows] + (rate[rows, None] * years).astype(np.float32))

    near = np.zeros(len(lonlat), dtype=np.bool_)
    for place in stored.station_lonlat:
        near |= np.hypot(*llh2local(lonlat, place).T) * 1000 <= stored.radius_m
    velocity = (table.columns["velocity"] + rate).astype(np.float32)
    count = len(stored.station_lonlat)
    about = dict(table.about) | {
        "reference_area": f"{count} GNSS stations ({stored.path.name})",
        "reference_points": int(near.sum()),
        "gnss_fit": f"{stored.fit.coefficients.size} coefficients, residuals of "
        f"{stored.fit.rms:.2f} mm/yr, relative to {stored.about['reference_area']} before",
    }
    return replace(
        table,
        columns=dict(table.columns) | {"velocity": velocity},
        displacement=Rows(shown.shape, np.float32, give),
        reference_rows=np.flatnonzero(near),
        about=about,
    )


def _refuse_other_points(table: PointTable, stored: StoredFit) -> None:
    is_delayed = table.layers.is_reference_delayed
    letters = letters_of_series(stored.about["value_type"], is_reference_delayed=is_delayed)
    if letters != table.letters:
        raise ParameterError(
            f"--reference {stored.path}: was fitted to {stored.about['value_type']}, the points "
            f"are {table.about.get('value_type', 'v')}; give --value "
            f"{stored.about['value_type']}, or fit again"
        )
    for name in _SAME[1:]:
        found = str(table.about.get(name, "unknown"))
        if found != stored.about[name]:
            raise ParameterError(
                f"--reference {stored.path}: was fitted to points whose {name} is "
                f"{stored.about[name]}, it is {found} here; run pystamps gnss on this data set"
            )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
