"""GNSS stations from CSV (velocities or series) and tenv3 of the Nevada Geodetic Laboratory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import datenum
from pystamps.errors import ParameterError
from pystamps.io.bounded_text import read_text_of_paths

MM_OF_UNIT = {"mm": 1.0, "m": 1000.0}
"""Millimetres of the units in which a CSV file may give velocities and positions."""

_ALIASES = {
    "name": ("name", "station", "site"),
    "longitude": ("longitude", "lon"),
    "latitude": ("latitude", "lat"),
    "date": ("date",),
}
_AXES = ("e", "n", "u")
_VELOCITY = tuple(f"velocity_{axis}" for axis in _AXES)
_POSITION = ("east", "north", "up")
_SIGMA = tuple(f"sigma_{axis}" for axis in _AXES)
_EXPECTED = (
    "name, longitude, latitude, velocity_e, velocity_n, velocity_u, or name, longitude, latitude, "
    "date, east, north, up; in both may follow sigma_e, sigma_n, sigma_u"
)
_DATENUM_OF_MJD_0 = 678942
_TENV3_COLUMNS = (20, 23)
"""Without and with the position of the station."""


@dataclass(frozen=True, slots=True)
class GnssStation:
    """A station: its velocity, or its position in time.

    Attributes
    ----------
    name : str
    longitude, latitude : float
        Degrees.
    velocity : float64, (3,), or None
        East, north, up in mm/yr; None where there is a series.
    sigma : float64, (3,), or None
        Standard deviations of the velocity, mm/yr; None = not given.
    day : float64, (n_epoch,)
        MATLAB date numbers of the series, ascending.
    position : float64, (n_epoch, 3)
        East, north, up in mm, from any origin.
    position_sigma : float64, (n_epoch, 3), or None
        mm; None = not given.
    """

    name: str
    longitude: float
    latitude: float
    velocity: Float64 | None = None
    sigma: Float64 | None = None
    day: Float64 = field(default_factory=lambda: np.zeros(0))
    position: Float64 = field(default_factory=lambda: np.zeros((0, 3)))
    position_sigma: Float64 | None = None


def read_gnss_stations(paths: Sequence[Path], *, unit: str = "mm") -> tuple[GnssStation, ...]:
    """Read stations.

    Parameters
    ----------
    paths : sequence of Path
        CSV files, ``.tenv3`` files, or folders of the latter.
    unit : str
        Of velocities (per year) and positions in CSV files: ``mm`` or ``m``; tenv3 is in metres.

    Raises
    ------
    ParameterError
        A file is of another form, a value is none, or a station is there twice.
    """
    found: list[GnssStation] = []
    for path in paths:
        files = sorted(path.glob("*.tenv3")) if path.is_dir() else [path]
        if not files:
            raise ParameterError(f"{path}: holds no file that ends with .tenv3")
        for file in files:
            is_tenv3 = file.suffix.lower() == ".tenv3"
            found += [_read_tenv3(file)] if is_tenv3 else _read_csv(file, MM_OF_UNIT[unit])
    names = [station.name for station in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"--stations: {', '.join(twice)} stand there twice; leave one out")
    return tuple(found)


def _read_csv(path: Path, mm: float) -> list[GnssStation]:
    lines = [line for line in read_text_of_paths(path).splitlines() if line.strip()]
    rows = csv.DictReader(line for line in lines if not line.lstrip().startswith("#"))
    columns = _columns_of(path, rows.fieldnames or [])
    table = [
        (number, {name: (row[column] or "").strip() for name, column in columns.items()})
        for number, row in enumerate(rows, start=2)
    ]
    if not table:
        raise ParameterError(f"{path}: holds no station below the names of the columns")
    if "date" in columns:
        return list(_stations_of_series(path, table, mm))
    return [_station_of_line(path, number, row, mm) for number, row in table]


def _columns_of(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Give the columns of a file by the names that are meant."""
    plain = {name.strip().lower(): name for name in names}
    found = {}
    for name in (*_ALIASES, *_VELOCITY, *_POSITION, *_SIGMA):
        shown = next((alias for alias in _ALIASES.get(name, (name,)) if alias in plain), None)
        if shown is not None:
            found[name] = plain[shown]
    values = _POSITION if "date" in found else _VELOCITY
    lacking = [n for n in ("name", "longitude", "latitude", *values) if n not in found]
    if lacking:
        raise ParameterError(
            f"{path}: column {lacking[0]} is missing; found {', '.join(plain) or 'none'}; "
            f"expected {_EXPECTED}"
        )
    if 0 < len(set(_SIGMA) & found.keys()) < len(_SIGMA):
        raise ParameterError(f"{path}: give all of {', '.join(_SIGMA)}, or none")
    return found


def _station_of_line(path: Path, number: int, row: Mapping[str, str], mm: float) -> GnssStation:
    where = f"{path}: line {number}: station {row['name']}"
    longitude, latitude = _place(where, row["longitude"], row["latitude"])
    velocity = _numbers_of(where, row, _VELOCITY) * mm
    return GnssStation(row["name"], longitude, latitude, velocity, _sigma_of(where, row, mm))


def _stations_of_series(
    path: Path, table: Sequence[tuple[int, Mapping[str, str]]], mm: float
) -> Iterator[GnssStation]:
    """Give a station for each name; its lines may stand in any order."""
    for name in dict.fromkeys(row["name"] for _, row in table):
        lines = [(number, row) for number, row in table if row["name"] == name]
        where = f"{path}: line {lines[0][0]}: station {name}"
        longitude, latitude = _place(where, lines[0][1]["longitude"], lines[0][1]["latitude"])
        day, position, sigma = [], [], []
        for number, row in lines:
            here = f"{path}: line {number}: station {name}"
            day.append(_day_of(here, row["date"]))
            position.append(_numbers_of(here, row, _POSITION) * mm)
            sigma.append(_sigma_of(here, row, mm))
        order = np.argsort(day, kind="stable")
        known = [value for value in sigma if value is not None]
        yield GnssStation(
            name, longitude, latitude,
            day=np.array(day)[order], position=np.array(position)[order],
            position_sigma=np.array(known)[order] if known else None,
        )  # fmt: skip


def _read_tenv3(path: Path) -> GnssStation:
    """Read a series: metres east, north, up as whole and fractional parts, and the position."""
    rows, name = [], path.stem
    for number, line in enumerate(read_text_of_paths(path).splitlines(), start=1):
        words = line.split()
        if not words or words[0] == "site":
            continue
        where = f"{path}: line {number}"
        if len(words) not in _TENV3_COLUMNS:
            raise ParameterError(
                f"{where}: {len(words)} columns, expected 23 as in tenv3 (site, date, year, MJD, "
                "week, day, meridian, east, north and up in two parts each, ...)"
            )
        if len(words) < _TENV3_COLUMNS[1]:
            raise ParameterError(
                f"{where}: has no position of the station (columns 21 to 23); take a newer "
                "file, or write a CSV file"
            )
        name = words[0]
        rows.append([_number(where, f"column {k + 1}", words[k]) for k in (3, *range(7, 23))])
    if not rows:
        raise ParameterError(f"{path}: holds no epoch")
    values = np.array(rows)
    values = values[np.argsort(values[:, 0], kind="stable")]
    longitude, latitude = _place(str(path), str(values[0, 15]), str(values[0, 14]))
    position = values[:, (1, 3, 5)] + values[:, (2, 4, 6)]
    sigma = values[:, 8:11]
    if not (sigma > 0).all():
        raise ParameterError(f"{path}: a standard deviation (columns 15 to 17) is not positive")
    return GnssStation(
        name, longitude, latitude, day=values[:, 0] + _DATENUM_OF_MJD_0,
        position=1000 * (position - position[0]), position_sigma=1000 * sigma,
    )  # fmt: skip


def _place(where: str, longitude: str, latitude: str) -> tuple[float, float]:
    east, north = _number(where, "longitude", longitude), _number(where, "latitude", latitude)
    if not (abs(east) <= 360 and abs(north) <= 90):
        raise ParameterError(
            f"{where}: {east:g}, {north:g} is no longitude and latitude in degrees"
        )
    return (east + 180) % 360 - 180, north


def _day_of(where: str, text: str) -> float:
    try:
        return datenum(text.replace("-", ""))
    except (ValueError, ParameterError):
        raise ParameterError(f"{where}: date {text!r}: expected YYYY-MM-DD") from None


def _numbers_of(where: str, row: Mapping[str, str], names: Sequence[str]) -> Float64:
    return np.array([_number(where, name, row[name]) for name in names])


def _sigma_of(where: str, row: Mapping[str, str], mm: float) -> Float64 | None:
    if _SIGMA[0] not in row:
        return None
    found = _numbers_of(where, row, _SIGMA) * mm
    if not (found > 0).all():
        raise ParameterError(f"{where}: {', '.join(_SIGMA)} have to be above 0")
    return found


def _number(where: str, name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise ParameterError(
            f"{where}: {name} is {text!r}, which is no number; give one, or delete the line"
        )
    return found
