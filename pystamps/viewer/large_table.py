"""A table of points of any size for a page: an index in memory, values from the file as asked for.

In memory are 20 bytes a point (the index and the coherence), one byte more while points are hidden,
8 more once somebody looks at standard deviations relative to another reference, 8 to 16 more where
accuracy modes have a velocity of their own.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from pystamps.arrays import Array, Bool, Float32, Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.products.chosen import ChosenPoints
from pystamps.products.layers import referenced
from pystamps.products.line_fit import LineFit, fit_lines
from pystamps.products.reference_choice import reference_rows_of
from pystamps.progress import Progress
from pystamps.rows import Matrix, row_blocks
from pystamps.viewer.tile_index import TileIndex

DISPLACEMENT = "displacement"
"""What a page may show beside the columns: the displacement at a date."""

_PLACES_AT_A_TIME = 500_000
_ROWS_AT_A_TIME = 16_384
_MOST_TILES = 256
_MARGIN = 1.01
"""The scale of the map differs a little from that at the middle of a circle."""


@dataclass(frozen=True, slots=True)
class ShownPoints:
    """Which points a page shows, in which values, relative to what.

    Attributes
    ----------
    column : str
        Name of a column, or :data:`DISPLACEMENT`.
    date : int
        Place among the dates, for the displacement.
    coherence, std : float
        Least coherence; largest standard deviation of the velocity in mm/yr. What is not known
        passes only where nothing is asked for (0, infinity).
    reference : str
        ``longitude,latitude,radius``; empty = that of the table.
    """

    column: str = "velocity"
    date: int = 0
    coherence: float = 0.0
    std: float = inf
    reference: str = ""


class MovedReference:
    """Another reference: the mean of some points, and what follows from it."""

    def __init__(self, points: ChosenPoints, rows: Index) -> None:
        """Take the mean of the points of some rows of the table, ascending."""
        self._points = points
        self.rows = rows
        self.shift, _, self.count = mean_series(points.displacement, rows)

    @cached_property
    def velocity(self) -> float:
        """Velocity of the mean series, mm/yr."""
        return float(self._fitted(self.shift[None].astype(np.float32)).velocity[0])

    @cached_property
    def lines(self) -> LineFit:
        """Straight lines through the series of all points, relative to this reference."""
        return self._fitted(referenced(self._points.displacement, self.shift))

    def _fitted(self, series: Matrix) -> LineFit:
        points = self._points
        return fit_lines(
            series, points.day, points.reference_column, ifg_std_deg=points.noise_deg
        )  # fmt: skip


class LargeTable:
    """Points of a page that asks for what it shows.

    Attributes
    ----------
    points : ChosenPoints
        Columns and displacement may be views of a file.
    index : TileIndex
    origin : float64, (2,)
        Longitude and latitude of the origin of the local coordinates.
    """

    def __init__(self, points: ChosenPoints) -> None:
        """Sort the points by square."""
        self.points = points
        x, y, self.origin = local_places(points)
        self.index = TileIndex.of_places(x, y)
        coherence = points.columns["coherence"][self.index.row].astype(np.float32)
        self._rank = np.where(np.isnan(coherence), np.float32(-1), coherence)
        self._lock = RLock()
        self._tiles: OrderedDict[Any, tuple[Array, bool]] = OrderedDict()
        self._kept: tuple[Any, Bool | None] = (None, None)
        self._reference: tuple[str, MovedReference | None] = ("", None)

    @property
    def place(self) -> dict[str, Any]:
        """Where the squares lie: what a page needs to ask for tiles."""
        index = self.index
        ends = [(float(v.min()), float(v.max())) if v.size else (0.0, 1.0)
                for v in (index.x, index.y)]  # fmt: skip
        return {
            "origin": self.origin.tolist(),
            "corner": [index.west, index.south],
            "side": index.side,
            "west": ends[0][0], "east": ends[0][1], "south": ends[1][0], "north": ends[1][1],
        }  # fmt: skip

    def tile(self, zoom: int, column: int, line: int, shown: ShownPoints) -> tuple[Index, bool]:
        """Give the points of a tile, places in the index; and whether these are all of them."""
        key = (zoom, column, line, *self._filter(shown))
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                places, is_all = self._tiles[key]
                return places.astype(np.int64), is_all
        places, is_all = self.index.shown(zoom, column, line, self._rank, self.keep(shown))
        with self._lock:
            self._tiles[key] = places.astype(np.int32), is_all
            while len(self._tiles) > _MOST_TILES:
                self._tiles.popitem(last=False)
        return places, is_all

    @staticmethod
    def _filter(shown: ShownPoints) -> tuple[float, float, str]:
        return shown.coherence, shown.std, shown.reference if shown.std < inf else ""

    def keep(self, shown: ShownPoints) -> Bool | None:
        """Tell which points are shown, in the order of the index; None = all."""
        key = self._filter(shown)
        if shown.coherence <= 0 and shown.std == inf:
            return None
        with self._lock:
            if self._kept[0] != key:
                found = np.ones(len(self.index), dtype=np.bool_)
                if shown.coherence > 0:
                    found &= self._rank >= np.float32(shown.coherence)
                if shown.std < inf:
                    std = self.column("velocity_std", shown.reference)
                    found &= std[self.index.row] <= np.float32(shown.std)
                self._kept = (key, found)
            return self._kept[1]

    def reference(self, text: str) -> MovedReference | None:
        """Give another reference, ``longitude,latitude,radius``; None for that of the table.

        Raises
        ------
        ParameterError
            It holds no points, or none with a value at some date.
        """
        if not text:
            return None
        with self._lock:
            if self._reference[0] != text:
                self._reference = (text, self._moved_reference(text))
            return self._reference[1]

    def _moved_reference(self, text: str) -> MovedReference:
        longitude, latitude, radius = (float(word) for word in text.split(","))
        (x, y), reach = self.local(longitude, latitude), radius * _MARGIN + 1
        near = self.index.in_box(x - reach, y - reach, x + reach, y + reach)
        rows = np.sort(self.index.row[near]).astype(np.int64)
        if rows.size:
            lonlat = np.column_stack([self.points.columns[a][rows] for a in _AXES])
            rows = rows[reference_rows_of(text, lonlat.astype(np.float64))]
        found = MovedReference(self.points, rows)
        if not found.count.all():
            raise ParameterError(f"reference {text!r}: holds no point with a value at every date")
        return found

    def local(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Give local coordinates in m."""
        (place,) = llh2local(np.array([[longitude, latitude]]), self.origin) * 1000
        return float(place[0]), float(place[1])

    def values(self, places: Index, shown: ShownPoints) -> Float32:
        """Give what is shown of some points, (n,), from their places in the index."""
        rows = self.index.row[places]
        if shown.column == DISPLACEMENT:
            reference = self.reference(shown.reference)
            shift = reference.shift[shown.date] if reference else 0.0
            series = self.points.displacement
            found = series[rows, shown.date]  # type: ignore[index]
            return np.asarray(found - shift, dtype=np.float32)
        return np.asarray(self.column(shown.column, shown.reference, rows), dtype=np.float32)

    def column(self, name: str, reference: str, rows: Array | slice = slice(None)) -> Array:
        """Give a column of some rows of the table, relative to a reference."""
        moved = self.reference(reference)
        if moved is None or name not in ("velocity", "velocity_std", "rmse"):
            return np.asarray(self.points.columns[name][rows])
        if name == "velocity":
            return np.asarray(self.points.columns[name][rows] - np.float32(moved.velocity))
        with self._lock:  # one pass through the file, not one per request
            lines = moved.lines
        return np.asarray(getattr(lines, name)[rows])

    def series(self, rows: Index, reference: str) -> Float64:
        """Give the displacement of some rows of the table, (n, n_date), mm."""
        moved = self.reference(reference)
        found = self.points.displacement[rows].astype(np.float64)  # type: ignore[index]
        return np.asarray(found - (moved.shift if moved else 0.0))


_AXES = ("longitude", "latitude")


def local_places(points: ChosenPoints) -> tuple[Float32, Float32, Float64]:
    """Give local coordinates of all points in m, and longitude and latitude of their origin."""
    lonlat = [points.columns[axis] for axis in _AXES]
    ends = [(np.nanmin(values), np.nanmax(values)) for values in lonlat]
    origin = np.array([(low + high) / 2 for low, high in ends], dtype=np.float64)
    found = np.empty((2, len(points)), np.float32)
    for rows in row_blocks(found.T, n_rows=_PLACES_AT_A_TIME):
        places = np.column_stack([values[rows] for values in lonlat]).astype(np.float64)
        found[:, rows] = llh2local(places, origin).T * 1000
    return found[0], found[1], origin


def mean_series(series: Matrix, rows: Index) -> tuple[Float64, Float64, Index]:
    """Give mean, spread among the points (NaN of one) and number of values of every date.

    Parameters
    ----------
    series : Matrix of float, shape (n, n_date)
        An array or a view of a file.
    rows : ndarray of int64, ascending
    """
    n_date = series.shape[1]
    total, square, count = np.zeros(n_date), np.zeros(n_date), np.zeros(n_date, np.int64)
    for begin in range(0, rows.size, _ROWS_AT_A_TIME):
        part = rows[begin : begin + _ROWS_AT_A_TIME]
        values = np.asarray(series[part], dtype=np.float64)  # type: ignore[index]
        known = np.isfinite(values)
        total += np.where(known, values, 0).sum(axis=0)
        square += (np.where(known, values, 0) ** 2).sum(axis=0)
        count += known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        spread = np.sqrt(np.maximum(square - count * mean**2, 0) / (count - 1))
    return mean, np.where(count > 1, spread, np.nan), count


def table_for_pages(points: ChosenPoints, scratch: Path, progress: Progress) -> LargeTable:
    """Give the table; a displacement that is computed (of another value type) is written first.

    Parameters
    ----------
    points : ChosenPoints
    scratch : Path
        Folder for the displacement, 4 bytes a value, where it does not lie in the file.
    progress : Progress
        Hears of the points written.
    """
    if isinstance(points.displacement, np.ndarray):
        return LargeTable(points)
    mapped = np.memmap(scratch / "displacement", np.float32, "w+", shape=points.displacement.shape)
    for rows, block in points.blocks():
        mapped[rows] = block
        progress(rows.stop, len(points))
    mapped.flush()
    return LargeTable(replace(points, displacement=mapped))
