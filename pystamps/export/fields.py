"""Names under which other programs look for the values of a point."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.dates import yyyymmdd
from pystamps.products.chosen import ChosenPoints

FIELDS = (
    "point_id", "velocity", "velocity_std", "coherence", "dem_error", "height", "height_corrected",
    "longitude_corrected", "latitude_corrected", "rmse", "amplitude_dispersion", "azimuth", "range",
    "incidence_angle", "los_east", "los_north", "los_up",
)  # fmt: skip
"""Columns of a point beside its position, in the order in which people want to see them."""


DECIMALS = {
    "longitude": 8, "latitude": 8, "velocity": 3, "velocity_std": 3, "coherence": 4, "dem_error": 2,
    "height": 2, "rmse": 3, "amplitude_dispersion": 4, "incidence_angle": 4, "los_east": 5,
    "los_north": 5, "los_up": 5, "height_corrected": 2, "longitude_corrected": 8,
    "latitude_corrected": 8, "accurate_velocity": 3, "accurate_velocity_std": 3,
    "accurate_velocity_unshrunk": 3, "accurate_gain": 4,
}  # fmt: skip
"""Digits after the point: finer than what the numbers mean; whole numbers have none."""


def date_fields(day: Float64) -> list[str]:
    """Give the names of the dates: ``D20180624``, as InSAR Explorer, SARvey and others write them.

    Parameters
    ----------
    day : ndarray of float64
        MATLAB date numbers.
    """
    return [f"D{yyyymmdd(date)}" for date in day]


def value_names(points: ChosenPoints) -> tuple[str, ...]:
    """Give the names of the columns beside the position: :data:`FIELDS`, then those added to them.

    Cells of two tracks (:mod:`pystamps.export.decomposed_cells`) have few of :data:`FIELDS`.
    """
    return (*(name for name in FIELDS if name in points.columns), *points.fit_meanings)


def chosen_fields(points: ChosenPoints) -> Mapping[str, Array]:
    """Give the columns in the order of :func:`value_names`."""
    return {name: points.columns[name] for name in value_names(points)}


def about_as_json(about: Mapping[str, Any], *, indent: int | None = None) -> str:
    """Give metadata as JSON, sorted; null for what is not known, because JSON has no NaN."""
    known = {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in about.items()
    }
    return json.dumps(known, indent=indent, sort_keys=True, allow_nan=False)


def rows_of_lists(columns: Sequence[Array], series: Array, rows: slice) -> list[list[object]]:
    """Give a stretch of rows as lists of Python numbers: the columns, then the series."""
    left = [column[rows].tolist() for column in columns]
    right = np.asarray(series).tolist()
    return [[*values, *dates] for *values, dates in zip(*left, right, strict=True)]
