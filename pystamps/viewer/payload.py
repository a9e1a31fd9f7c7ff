"""All that the viewer shows, as one block of bytes: a head in JSON, then packed arrays."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.dates import calendar_date
from pystamps.export.fields import DECIMALS, about_as_json, value_names
from pystamps.interferograms import Interferograms
from pystamps.products.chosen import ChosenPoints
from pystamps.progress import Progress
from pystamps.stages.least_squares import usable_std
from pystamps.viewer.packed import packed_bytes, packed_integers, whole_numbers
from pystamps.viewer.scene_picture import ScenePicture

MAGIC = b"pySTAMPS viewer 1\n"
_SMALLEST_STEP_MM = 0.05
_ROWS_OF_PART = 32_768
_PLACES = {
    "longitude": 7, "latitude": 7, "longitude_corrected": 7, "latitude_corrected": 7,
}  # fmt: skip
"""A centimetre; finer does not fit into 32 bits."""


def viewer_payload(
    points: ChosenPoints,
    title: str,
    pictures: Sequence[ScenePicture],
    progress: Progress,
    *,
    tiles: str = "",
) -> bytes:
    """Give the block of bytes.

    Parameters
    ----------
    points : ChosenPoints
    title : str
        What the page is called: the name of the data set.
    pictures : sequence of ScenePicture
        What can stand behind the points.
    progress : Progress
        Hears of the points done.
    tiles : str
        Address of map tiles that people may choose; empty = none.

    Returns
    -------
    bytes
        A line that says the format, the length of the head (uint32, little-endian), the head (JSON,
        ASCII), the packed arrays; the head says where each begins.
    """
    packed = _Packed()
    columns = [
        {**column_head(points, name), "array": _column(packed, name, points.columns[name])}
        for name in _in_order(points)
    ]
    own = {"columns": columns, "series": _series(packed, points, progress), "streamed": None}
    return _block(packed, {**_head(points, title, tiles), **own}, pictures)


def streamed_payload(
    points: ChosenPoints,
    title: str,
    pictures: Sequence[ScenePicture],
    place: Mapping[str, Any],
    *,
    tiles: str = "",
) -> bytes:
    """Give the block of bytes of a page that asks its server for points and series.

    Parameters
    ----------
    points : ChosenPoints
    title : str
    pictures : sequence of ScenePicture
    place : mapping
        Where the tiles lie (:meth:`~pystamps.viewer.large_table.LargeTable.place`).
    tiles : str
        Address of map tiles that people may choose; empty = none.
    """
    columns = [{**column_head(points, name), "array": None} for name in _in_order(points)]
    own = {"columns": columns, "series": {"step_mm": 0, "parts": []}, "streamed": dict(place)}
    return _block(_Packed(), {**_head(points, title, tiles), **own}, pictures)


def _block(packed: _Packed, head: dict[str, Any], pictures: Sequence[ScenePicture]) -> bytes:
    head["pictures"] = [_picture(packed, picture) for picture in pictures]
    head["arrays"] = packed.places
    text = json.dumps(head, allow_nan=False).encode("ascii")
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *packed.parts])


def _head(points: ChosenPoints, title: str, tiles: str) -> dict[str, Any]:
    """Say all that is no array."""
    return {
        "title": title,
        "points": len(points),
        "points_of_the_run": points.n_all,
        "dates": [calendar_date(day).isoformat() for day in points.day],
        "days": points.day.tolist(),
        "reference_column": points.reference_column,
        "bperp_m": _numbers(points.bperp),
        "pairs": _pairs(points),
        "noise_deg": None if points.noise_deg is None else _numbers(points.noise_deg),
        "weights": _weights(points),
        "about": json.loads(about_as_json(points.about)),
        "tiles": tiles or None,
    }


class _Packed:
    """Arrays one after the other, and where each begins."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.places: list[tuple[int, int]] = []
        self._end = 0

    def add(self, content: bytes) -> int:
        """Append an array; give its number."""
        self.parts.append(content)
        self.places.append((self._end, len(content)))
        self._end += len(content)
        return len(self.places) - 1


def _in_order(points: ChosenPoints) -> list[str]:
    """Give the names of the columns in the order of plain tables, new ones last."""
    first = ("longitude", "latitude", *value_names(points))
    return [*first, *(name for name in points.columns if name not in first)]


def _pairs(points: ChosenPoints) -> list[list[int]]:
    """Give the two dates of every interferogram, that of the reference with itself left out."""
    pairs = points.pairs
    if pairs is None:
        stack = Interferograms.single_master(points.day, points.bperp, points.reference_column)
        pairs = np.column_stack([stack.first, stack.second])[stack.observed]
    return [[int(first), int(second)] for first, second in pairs]


def _weights(points: ChosenPoints) -> list[float]:
    """Give the weights of the dates in fits, those of the velocity; 0 for the reference image."""
    found = np.ones(points.day.size)
    observed = np.arange(points.day.size) != points.reference_column
    if points.noise_deg is not None:
        found[observed] = usable_std(points.noise_deg[observed]) ** -2
    return [float(weight) for weight in found * observed]


def _numbers(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def column_head(points: ChosenPoints, name: str) -> dict[str, Any]:
    """Say what a column means, and its digits."""
    meaning = points.meanings[name]
    return {
        "name": name, "unit": meaning.unit, "meaning": meaning.meaning,
        "decimals": _decimals(name, points.columns[name]),
    }  # fmt: skip


def _decimals(name: str, values: Array) -> int:
    return _PLACES.get(name, DECIMALS.get(name, 0 if values.dtype.kind in "iu" else 4))


def _column(packed: _Packed, name: str, values: Array) -> int:
    """Pack a column; give the number of the array."""
    step = 10.0 ** -_decimals(name, values)
    return packed.add(packed_integers(whole_numbers(values, step, np.int32)))


def _series(packed: _Packed, points: ChosenPoints, progress: Progress) -> Mapping[str, Any]:
    """Pack the series, part after part; the step is as small as the largest value allows."""
    largest = max(
        (float(np.nanmax(np.abs(block), initial=0.0)) for _, block in points.blocks()), default=0.0
    )
    step = _SMALLEST_STEP_MM
    while largest / step > np.iinfo(np.int16).max:
        step *= 2
    parts = []
    for begin in range(0, len(points), _ROWS_OF_PART):
        rows = slice(begin, min(begin + _ROWS_OF_PART, len(points)))
        numbers = whole_numbers(np.asarray(points.displacement[rows]), step, np.int16)
        number = packed.add(packed_integers(numbers))
        parts.append({"rows": [rows.start, rows.stop], "array": number})
        progress(rows.stop, len(points))
    return {"step_mm": step, "parts": parts}


def _picture(packed: _Packed, picture: ScenePicture) -> Mapping[str, Any]:
    height, width = picture.grey.shape
    return {
        "name": picture.name, "width": width, "height": height,
        "array": packed.add(packed_bytes(picture.grey)),
        "mesh": list(picture.mesh_lonlat.shape[:2]),
        "lonlat": np.round(picture.mesh_lonlat, 7).ravel().tolist(),
    }  # fmt: skip
