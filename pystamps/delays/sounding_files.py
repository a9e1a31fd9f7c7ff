"""Soundings of balloons as CSV files: the columns of the University of Wyoming."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.corrections.power_law_soundings import Sounding
from pystamps.errors import DatasetError
from pystamps.io.bounded_text import read_text_of_paths

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "pressure": ("pressure_hpa",),
    "height": ("geopotential height_m", "height_m"),
    "temperature": ("temperature_c",),
    "humidity": ("relative humidity_%",),
}
_FEWEST_LEVELS = 10
_LIMITS = {"pressure": (0.1, 1100.0), "temperature": (-120.0, 60.0), "humidity": (0.0, 110.0)}


def sounding_paths(folder: Path) -> list[Path]:
    """Give the CSV files of a folder of soundings, in their order."""
    return sorted(path for path in folder.glob("*.csv") if path.is_file())


def read_soundings(folder: Path) -> list[Sounding]:
    """Read all soundings of a folder.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    DatasetError
        There is none, a column is missing, or its numbers are in another unit.
    """
    paths = sounding_paths(folder)
    if not paths:
        raise DatasetError(f"{folder}: holds no soundings (*.csv); correct troposphere.soundings")
    return [_read_sounding(path) for path in paths]


def _read_sounding(path: Path) -> Sounding:
    rows = list(csv.reader(read_text_of_paths(path).splitlines()))
    head = [word.strip().lower() for word in rows[0]] if rows else []
    levels = np.column_stack([_column(path, head, rows[1:], name) for name in _COLUMNS])
    known = levels[np.isfinite(levels).all(axis=1)]
    _, first = np.unique(known[:, 1], return_index=True)
    if first.size < _FEWEST_LEVELS:
        raise DatasetError(
            f"{path}: {first.size} levels with pressure, height, temperature and humidity, "
            f"{_FEWEST_LEVELS} or more are needed; take the file out"
        )
    pressure, height, temperature, humidity = known[first].T
    for name, values in zip(_LIMITS, (pressure, temperature, humidity), strict=True):
        low, high = _LIMITS[name]
        if values.min() < low or values.max() > high:
            raise DatasetError(
                f"{path}: {_COLUMNS[name][0]} from {values.min():g} to {values.max():g}, expected "
                f"{low:g} to {high:g}; the column is in another unit, or the file is damaged"
            )
    return Sounding(path.name, height, pressure, temperature, humidity)


def _column(path: Path, head: list[str], rows: list[list[str]], name: str) -> Float64:
    """Give a column; cells that are empty or beyond a short line are NaN."""
    at = next((head.index(title) for title in _COLUMNS[name] if title in head), None)
    if at is None:
        raise DatasetError(
            f"{path}: has no column {' or '.join(_COLUMNS[name])}; found {', '.join(head)[:200]}"
        )
    try:
        cells = [row[at].strip() if at < len(row) else "" for row in rows]
        return np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float64)
    except ValueError as error:
        raise DatasetError(f"{path}: {_COLUMNS[name][0]}: {error}; expected a number") from error
