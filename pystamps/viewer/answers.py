"""What a page is told that asks for points: tiles, series, means, sums, tables."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, isfinite
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, Index
from pystamps.errors import ParameterError
from pystamps.export.csv_files import write_plain_csv
from pystamps.export.formats import ExportOptions
from pystamps.progress import silent
from pystamps.viewer.large_table import DISPLACEMENT, LargeTable, ShownPoints, mean_series
from pystamps.viewer.tile_index import LARGEST_ZOOM

MOST_ROWS_OF_TABLE = 200_000
"""Points of a table that a page may take away."""

_SAMPLE = 100_000
_POINTS_OF_ALL_DATES = 2_000
_SAMPLE_OF_HISTOGRAM = 1_000_000
_BINS = 48
_MOST_OF_PROFILE = 20_000
_MOST_CORNERS = 1_000
_OUTER_SHARE = 0.02

Query = Mapping[str, str]
"""The part of an address after the question mark."""


def shown_points(query: Query, table: LargeTable) -> ShownPoints:
    """Read what a page shows from the address of a request.

    Raises
    ------
    ParameterError
        A value is impossible.
    """
    column = query.get("column", "velocity")
    if column != DISPLACEMENT and column not in table.points.columns:
        raise ParameterError(f"column {column!r}: there is none of this name")
    date = int(_number(query, "date", 0))
    if not 0 <= date < table.points.day.size:
        raise ParameterError(f"date {date}: expected 0 to {table.points.day.size - 1}")
    reference = query.get("reference", "")
    words = reference.split(",") if reference else []
    if words and (len(words) != 3 or not all(isfinite(_float(word)) for word in words)):
        raise ParameterError(f"reference {reference!r}: expected longitude,latitude,radius")
    std = _number(query, "std", inf) if query.get("std") else inf
    return ShownPoints(column, date, _number(query, "coherence", 0.0), std, reference)


def _float(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def _number(query: Query, name: str, otherwise: float) -> float:
    found = _float(query[name]) if name in query else otherwise
    if not isfinite(found) and found != otherwise:
        raise ParameterError(f"{name} {query[name]!r}: expected a number")
    return found


def tile_answer(query: Query, table: LargeTable) -> bytes:
    """Give the points of a tile: their number, 1 if these are all, then x, y and values (float32).

    Little-endian, as pages read it.
    """
    zoom, column, line = (int(_number(query, name, -1)) for name in ("z", "x", "y"))
    if not (0 <= zoom <= LARGEST_ZOOM and 0 <= column < 2**zoom and 0 <= line < 2**zoom):
        raise ParameterError(f"tile {zoom}/{column}/{line}: there is none")
    shown = shown_points(query, table)
    places, is_all = table.tile(zoom, column, line, shown)
    index = table.index
    parts = (index.x[places], index.y[places], table.values(places, shown))
    head = struct.pack("<II", places.size, is_all)
    return head + b"".join(part.astype("<f4").tobytes() for part in parts)


def summary_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give the number of shown points, and limits that leave out the outermost values."""
    shown = shown_points(query, table)
    places, _ = _sampled(table, shown, _SAMPLE)
    if shown.column == DISPLACEMENT:  # of all dates, so that limits stay
        places, _ = _sampled(table, shown, _POINTS_OF_ALL_DATES)
        values = table.series(table.index.row[places].astype(np.int64), shown.reference).ravel()
    else:
        values = table.values(places, shown).astype(np.float64)
    values = values[np.isfinite(values)]
    keep = table.keep(shown)
    limits = np.quantile(values, (_OUTER_SHARE, 1 - _OUTER_SHARE)) if values.size else values
    count = len(table.index) if keep is None else int(keep.sum())
    return {"shown": count, "limits": [float(limit) for limit in limits]}


def histogram_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give counts of shown points between limits; of very many every k-th (``every``)."""
    shown = shown_points(query, table)
    low, high = (_number(query, name, 0.0) for name in ("low", "high"))
    places, every = _sampled(table, shown, _SAMPLE_OF_HISTOGRAM)
    values = table.values(places, shown)
    counts = np.histogram(values[np.isfinite(values)], _BINS, (low, max(high, low + 1e-9)))[0]
    return {"counts": counts.tolist(), "every": every}


def _sampled(table: LargeTable, shown: ShownPoints, most: int) -> tuple[Index, int]:
    """Give places of shown points, evenly chosen: every k-th of their squares' order, and k."""
    keep = table.keep(shown)
    every = max(1, -(-len(table.index) // most))
    places = np.arange(0, len(table.index), every)
    return (places if keep is None else places[keep[places]]), every


def nearest_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give the shown point nearest to a place, with its values and its series; row -1 = none."""
    x, y = (_number(query, name, 0.0) for name in ("x", "y"))
    shown = shown_points(query, table)
    place = table.index.nearest(x, y, table.keep(shown))
    row = -1 if place < 0 else int(table.index.row[place])
    return {"row": row} if row < 0 else point_answer({**query, "row": str(row)}, table)


def point_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give all of a point: values relative to the reference, series as in the table, its place.

    The point is named by ``row``, or by ``id``, its number.
    """
    shown = shown_points(query, table)
    row = int(_number(query, "row", -1))
    if "id" in query:
        wanted = _number(query, "id", -1)
        found = np.flatnonzero(table.points.columns["point_id"] == wanted)
        row = int(found[0]) if found.size else -1
    if not 0 <= row < len(table.points):
        return {"row": -1}
    rows = np.array([row])
    values = {name: _plain(table.column(name, shown.reference, rows))[0]
              for name in table.points.columns}  # fmt: skip
    lonlat = [float(table.points.columns[axis][row]) for axis in ("longitude", "latitude")]
    x, y = table.local(*lonlat)
    series = _plain(table.series(rows, "")[0])
    return {"row": row, "x": x, "y": y, "values": values, "series": series}


def _plain(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def polygon_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give number, mean and spread of the shown points in a polygon, as in the table."""
    rows = _rows_inside(query, table, shown_points(query, table))
    mean, spread, _ = mean_series(table.points.displacement, rows)
    return {"count": rows.size, "mean": _plain(mean), "spread": _plain(spread)}


def profile_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give places and values of the shown points in a polygon; of very many every k-th."""
    shown = shown_points(query, table)
    places = _places_inside(query, table, shown)
    every = max(1, -(-places.size // _MOST_OF_PROFILE))
    places = places[::every]
    found = [table.index.x[places], table.index.y[places], table.values(places, shown)]
    return {"every": every, **{name: _plain(v) for name, v in zip("xyv", found, strict=True)}}


def _places_inside(query: Query, table: LargeTable, shown: ShownPoints) -> Index:
    places = table.index.in_polygon(_corners(query.get("corners", "")))
    keep = table.keep(shown)
    return places if keep is None else places[keep[places]]


def _rows_inside(query: Query, table: LargeTable, shown: ShownPoints) -> Index:
    return np.sort(table.index.row[_places_inside(query, table, shown)]).astype(np.int64)


def _corners(text: str) -> Float64:
    """Read ``x,y;x,y;...`` in m."""
    words = [place.split(",") for place in text.split(";")]
    numbers = [[_float(word) for word in place] for place in words[: _MOST_CORNERS + 1]]
    is_good = 3 <= len(numbers) <= _MOST_CORNERS and all(len(place) == 2 for place in numbers)
    if not is_good or not np.isfinite(numbers).all():
        raise ParameterError(f"corners: expected 3 to {_MOST_CORNERS} places x,y in m")
    return np.array(numbers)


def reference_answer(query: Query, table: LargeTable) -> dict[str, Any]:
    """Give how many points a reference has, and its series, which the page takes off."""
    shown = shown_points(query, table)
    reference = table.reference(shown.reference)
    if reference is None:
        raise ParameterError("reference: is missing")
    return {"count": reference.rows.size, "shift": _plain(reference.shift)}


def table_answer(query: Query, polygons: Sequence[str], table: LargeTable, folder: Path) -> Path:
    """Write the table of points (``rows``) and polygons; give the file.

    Raises
    ------
    ParameterError
        More than :data:`MOST_ROWS_OF_TABLE` points.
    """
    shown = shown_points(query, table)
    chosen = [int(_float(word)) for word in query.get("rows", "").split(",") if word.isdigit()]
    parts = [_rows_inside({"corners": text}, table, shown) for text in polygons]
    rows = np.unique(np.concatenate([np.array(chosen, np.int64), *parts]))
    rows = rows[rows < len(table.points)]
    if not 0 < rows.size <= MOST_ROWS_OF_TABLE:
        raise ParameterError(
            f"{rows.size} points: a table from here has 1 to {MOST_ROWS_OF_TABLE}; choose points "
            "or a polygon; pystamps export D --to points.csv --area ... writes any number"
        )
    columns = {name: table.column(name, shown.reference, rows) for name in table.points.columns}
    series = table.series(rows, shown.reference).astype(np.float32)
    taken = replace(table.points, columns=columns, displacement=series)
    path = folder / "points.csv"
    write_plain_csv(path, taken, ExportOptions(), silent)
    return path
