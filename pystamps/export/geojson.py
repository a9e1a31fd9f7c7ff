"""GeoJSON (RFC 7946): points with their values and series as properties."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pystamps.arrays import Array
from pystamps.dates import calendar_date
from pystamps.export.fields import about_as_json, rows_of_lists, value_names
from pystamps.export.formats import ExportOptions
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress

_DIGITS = {"longitude": 7, "latitude": 7}
_OTHER_DIGITS = 4


def write_geojson(
    path: Path, points: ChosenPoints, options: ExportOptions, progress: Progress
) -> None:
    """Write a collection of points; dates once for all, the series of a point as a list.

    Numbers that are not known are ``null``.
    """
    names = ("longitude", "latitude", *value_names(points))
    columns = [_rounded(points, name) for name in names]
    dates = [calendar_date(day).isoformat() for day in points.day]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f'{{"about": {about_as_json(points.about)}, "dates": {json.dumps(dates)}, ')
        stream.write('"type": "FeatureCollection", "features": [\n')
        for rows, series in points.blocks():
            lists = rows_of_lists(columns, np.round(series.astype(np.float64), 2), rows)
            lines = [_feature(row, names) for row in lists]
            stream.write(",\n".join(lines))
            stream.write("\n" if rows.stop == len(points) else ",\n")
            progress(rows.stop, len(points))
        stream.write("]}\n")


def _rounded(points: ChosenPoints, name: str) -> Array:
    values = points.columns[name]
    if np.issubdtype(values.dtype, np.integer):
        return values
    return np.round(values.astype(np.float64), _DIGITS.get(name, _OTHER_DIGITS))


def _feature(row: list[object], names: tuple[str, ...]) -> str:
    """Give a point as a line of text."""
    known = [None if value != value else value for value in row]  # NaN differs from itself
    properties = dict(zip(names[2:], known[2 : len(names)], strict=True))
    properties["displacement_mm"] = known[len(names) :]
    return json.dumps({
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": known[:2]},
        "properties": properties,
    })  # fmt: skip
