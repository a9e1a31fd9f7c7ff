"""Delays at points, from any program: a table (CSV), or HDF5 with a series per point."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.corrections.scattered_points import ScatteredPoints
from pystamps.delays.delay_reader import TOTAL, DateDelays, DelayPlaces
from pystamps.delays.hdf5_arrays import dataset_of, dates_of, numbers_of_variable
from pystamps.errors import DatasetError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.hdf5_files import opened_hdf5

METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
QUANTITIES = {"zenith": 1.0, "slant": 1.0, "displacement": -1.0}
"""What the numbers are, and their sign: displacement is slant delay as MintPy stores it."""

_DATE = re.compile(r"\d{8}")


@dataclass(frozen=True, slots=True)
class PointDelays:
    """Delays at points; made by :func:`delays_of_table` or :func:`delays_of_hdf5`.

    Attributes
    ----------
    path : Path
    points : ScatteredPoints
    positions : dict of str to int
        Place of each date.
    values_of : function
        Gives the numbers of a date as they are stored: (n,), by its place.
    factor : float
        Turns the numbers into metres, positive = longer path.
    is_slant : bool
    """

    path: Path
    points: ScatteredPoints
    positions: dict[str, int]
    values_of: Callable[[int], FloatArray]
    factor: float
    is_slant: bool

    @property
    def dates(self) -> Collection[str]:
        """Dates that there are, YYYYMMDD."""
        return self.positions.keys()

    def at(self, date: str, places: DelayPlaces) -> DateDelays:
        """Give the delays of a date.

        Raises
        ------
        DatasetError
            The points are of several heights, and the places have none.
        """
        if self.points.has_profiles and np.isnan(places.height).any():
            raise DatasetError(
                f"{self.path}: holds delays by height, and the data set has no heights of "
                f"{np.isnan(places.height).sum()} pixels (hgt2.mat); add them"
            )
        stored = np.asarray(self.values_of(self.positions[date]), dtype=np.float64)
        found = self.points.at(self.factor * stored, places.lonlat, places.height)
        lon, lat = self.points.lonlat.T
        extent = f"{lon.min():.6g}..{lon.max():.6g} E, {lat.min():.6g}..{lat.max():.6g} N"
        where = f"{self.path}, date {date}"
        return DateDelays(where, {TOTAL: found}, extent, is_slant=self.is_slant)


def delays_of_table(path: Path, *, quantity: str, unit: str) -> PointDelays:
    """Read a table: a line of names, then one line per point.

    Parameters
    ----------
    path : Path
        Columns ``lon``, ``lat``, ``height`` (m; may be missing) and one per date, YYYYMMDD. An
        empty cell is a delay that is not known.
    quantity : str
        One of :data:`QUANTITIES`.
    unit : str
        One of :data:`METRES`.

    Raises
    ------
    DatasetError
        A column is missing or twice, or a cell is no number: with its line.
    """
    lines = csv.reader(read_text_of_paths(path).splitlines())
    names = [name.strip() for name in next(lines, [])]
    dates = [name for name in names if _DATE.fullmatch(name)]
    others = [name for name in names if name not in ("lon", "lat", "height", *dates)]
    missing = [name for name in ("lon", "lat") if name not in names]
    if missing or others or not dates or len(set(names)) < len(names):
        raise DatasetError(
            f"{path}: its first line is {','.join(names)[:80]!r}, expected lon,lat, height where "
            "there are heights, and one date YYYYMMDD for every column of delays, each once"
        )
    rows = [_numbers(row, names, path, n) for n, row in enumerate(lines, 2) if any(row)]
    table = np.array(rows).reshape(-1, len(names))
    columns = dict(zip(names, table.T, strict=True))
    values = [columns[date] for date in dates]
    return _point_delays(
        path, columns, {date: at for at, date in enumerate(dates)},
        lambda position: values[position], quantity, unit,
    )  # fmt: skip


def _numbers(row: list[str], names: list[str], path: Path, line: int) -> list[float]:
    if len(row) != len(names):
        raise DatasetError(
            f"{path}: line {line} has {len(row)} cells, expected {len(names)}; correct it"
        )
    found = []
    for name, cell in zip(names, row, strict=True):
        try:
            found.append(float(cell) if cell.strip() else np.nan)
        except ValueError as error:
            raise DatasetError(
                f"{path}: line {line}, column {name}: {cell!r}, expected a number; correct it"
            ) from error
    return found


def delays_of_hdf5(path: Path, *, quantity: str, unit: str) -> PointDelays:
    """Open a file of delays at points.

    Parameters
    ----------
    path : Path
        Variables ``lon``, ``lat``, ``height`` (point; the height may be missing), ``date`` (date;
        YYYYMMDD) and ``delay`` (date, point), NaN = not known.
    quantity, unit : str
        As for :func:`delays_of_table`.

    Raises
    ------
    DatasetError
        A variable is missing or of another size.
    """
    with opened_hdf5(path) as file:
        columns = {name: numbers_of_variable(file, path, name) for name in ("lon", "lat")}
        if "height" in file:
            columns["height"] = numbers_of_variable(file, path, "height")
        dates, delay = dates_of(file, path), dataset_of(file, path, "delay")
        expected = (len(dates), columns["lon"].size)
        sizes = {values.size for values in columns.values()}
        if delay.shape != expected or len(sizes) > 1 or delay.dtype.kind not in "fiu":
            raise DatasetError(
                f"{path}: delay has {delay.dtype} of shape {delay.shape}, expected numbers of "
                f"shape {expected} (dates, points), and lon, lat and height of one size"
            )

    def values_of(position: int) -> FloatArray:
        with opened_hdf5(path) as file:
            return np.asarray(file["delay"][position], dtype=np.float64)

    positions = {date: at for at, date in enumerate(dates)}
    return _point_delays(path, columns, positions, values_of, quantity, unit)


def _point_delays(
    path: Path,
    columns: dict[str, Float64],
    positions: dict[str, int],
    values_of: Callable[[int], FloatArray],
    quantity: str,
    unit: str,
) -> PointDelays:
    lonlat = np.column_stack([columns["lon"], columns["lat"]])
    height = columns.get("height")
    if not np.isfinite(lonlat).all() or (height is not None and not np.isfinite(height).all()):
        raise DatasetError(f"{path}: lon, lat or height of a point is no number; correct it")
    try:
        points = ScatteredPoints(lonlat, height)
    except ValueError as error:
        raise DatasetError(f"{path}: {error}; keep one of them") from error
    factor = METRES[unit] * QUANTITIES[quantity]
    return PointDelays(path, points, positions, values_of, factor, quantity != "zenith")
