"""Delays that MintPy has made with PyAPS: ``ERA5.h5``, the same of other weather models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.corrections.node_grid import NodeGrid
from pystamps.corrections.scattered_points import ScatteredPoints
from pystamps.delays.delay_reader import TOTAL, DateDelays, DelayPlaces
from pystamps.delays.hdf5_arrays import dataset_of, dates_of, numbers_of_variable, text_of
from pystamps.errors import DatasetError
from pystamps.io.hdf5_files import opened_hdf5

_GEOMETRY = "geometryRadar.h5"
_CORNER = ("X_FIRST", "Y_FIRST", "X_STEP", "Y_STEP")


@dataclass(frozen=True)
class MintpyDelays:
    """A series of delays along the line of sight; made by :func:`mintpy_delays`.

    Attributes
    ----------
    path : Path
    positions : dict of str to int
        Place of each date in the series.
    corner : tuple of float, or None
        Of a geocoded file, the outer corner of its first pixel and the steps, degrees.
    """

    path: Path
    positions: dict[str, int]
    corner: tuple[float, ...] | None

    @property
    def dates(self) -> Collection[str]:
        """Dates that there are, YYYYMMDD."""
        return self.positions.keys()

    def at(self, date: str, places: DelayPlaces) -> DateDelays:
        """Give the delays of a date along the line of sight.

        MintPy stores them with the sign of a displacement, and 0 where it has masked.
        """
        with opened_hdf5(self.path) as file:
            stored = np.asarray(dataset_of(file, self.path, "timeseries")[self.positions[date]])
        delay: Float32 = np.where(stored == 0, np.float32(np.nan), -stored.astype(np.float32))
        where = f"{self.path}, date {date}"
        if self.corner is not None:
            first_lon, first_lat, lon_step, lat_step = self.corner
            middle = (first_lon + lon_step / 2, first_lat + lat_step / 2)
            grid = NodeGrid(*middle, lon_step, lat_step, delay)
            return DateDelays(where, {TOTAL: grid.at(places.lonlat)}, grid.extent, is_slant=True)
        points, kept = self._points
        if points.profile.size != kept.sum() or delay.shape != kept.shape:
            raise DatasetError(
                f"{self.path}: its raster of {delay.shape} is not that of {_GEOMETRY} beside it, "
                f"{kept.shape}; take the one that MintPy made it with"
            )
        found = points.at(delay[kept], places.lonlat, places.height)
        lon, lat = points.lonlat.T
        extent = f"{lon.min():.6g}..{lon.max():.6g} E, {lat.min():.6g}..{lat.max():.6g} N"
        return DateDelays(where, {TOTAL: found}, extent, is_slant=True)

    @cached_property
    def _points(self) -> tuple[ScatteredPoints, Any]:
        """Positions of the pixels of a file in radar geometry, and which pixels have one."""
        path = self.path.with_name(_GEOMETRY)
        if not path.is_file():
            raise DatasetError(
                f"{self.path}: is in radar geometry, and {_GEOMETRY}, which says where its pixels "
                "are, is not beside it; put it there, or geocode the file with MintPy"
            )
        with opened_hdf5(path) as file:
            lon, lat = (
                numbers_of_variable(file, path, name, 2) for name in ("longitude", "latitude")
            )
        kept = np.isfinite(lon) & np.isfinite(lat) & ((lon != 0) | (lat != 0))
        lonlat: Float64 = np.column_stack([lon[kept], lat[kept]])
        try:
            return ScatteredPoints(lonlat), kept
        except ValueError as error:
            raise DatasetError(f"{path}: {error}; make it again with MintPy") from error


def mintpy_delays(path: Path) -> MintpyDelays:
    """Open a series of delays.

    Raises
    ------
    DatasetError
        It is no such file.
    """
    with opened_hdf5(path) as file:
        series, dates = dataset_of(file, path, "timeseries"), dates_of(file, path)
        if series.ndim != 3 or len(series) != len(dates):
            raise DatasetError(
                f"{path}: timeseries has shape {series.shape} and date {len(dates)} dates, "
                "expected (date, row, column); make it again with MintPy"
            )
        unit = text_of(file.attrs.get("UNIT", "m"))
        if unit != "m":
            raise DatasetError(f"{path}: UNIT is {unit!r}, expected m; make it again with MintPy")
        corner = _corner(file, path) if _CORNER[0] in file.attrs else None
    return MintpyDelays(path, {date: at for at, date in enumerate(dates)}, corner)


def _corner(file: Any, path: Path) -> tuple[float, ...]:
    """Read where a geocoded file lies."""
    texts = [text_of(file.attrs.get(key, "")) for key in _CORNER]
    try:
        found = tuple(map(float, texts))
    except ValueError:
        found = ()
    unit = text_of(file.attrs.get("X_UNIT", "degrees"))
    if not found or not np.isfinite(found).all() or not unit.lower().startswith("deg"):
        raise DatasetError(
            f"{path}: {', '.join(_CORNER)} are {', '.join(texts)} in {unit}, expected numbers in "
            "degrees; geocode it with MintPy to longitude and latitude"
        )
    return found
