"""Points that people take away: which ones, relative to what, without which parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.prep.area import read_area
from pystamps.products.asked_table import table_as_asked
from pystamps.products.point_fits import UNCERTAINTIES, FittedColumns, fit_table
from pystamps.products.point_table import (
    COLUMNS,
    Column,
    PointTable,
)
from pystamps.products.time_function_fit import TimeFunctionFit
from pystamps.rows import Matrix, chosen_rows, row_blocks

_ENLARGED = 1.2
"""Squares become larger by this factor until few enough points are left."""


@dataclass(frozen=True, slots=True)
class PointChoice:
    """What to take of a table of points; the defaults take all as it is.

    Attributes
    ----------
    value_type : str
        ``v`` or ``v-`` and letters; empty = that of the table.
    reference : str
        See :func:`~pystamps.products.reference_choice.reference_rows_of`; empty = that of the run.
    area : str
        Box in degrees, or a file of polygons; empty = everywhere.
    min_coherence : float
    max_velocity_std : float
        mm/yr.
    cell_m : float
        Of each square of this size the point of the highest coherence alone; 0 = all points.
    functions : str or None
        Functions of time to fit (:mod:`~pystamps.products.time_functions`).
    uncertainty : str
        Of their coefficients (:data:`~pystamps.products.point_fits.UNCERTAINTIES`).
    most_points : int
        Where more are left, the squares are enlarged until it is so many at most; 0 = no limit.
    """

    value_type: str = ""
    reference: str = ""
    area: str = ""
    min_coherence: float = 0.0
    max_velocity_std: float = inf
    cell_m: float = 0.0
    functions: str | None = None
    uncertainty: str = "covariance"
    most_points: int = 0


@dataclass(frozen=True, slots=True)
class ChosenPoints:
    """Points with their values and series.

    Attributes
    ----------
    columns : mapping of str to ndarray, (n,)
        As in the table (:data:`~pystamps.products.point_table.COLUMNS`), then those of the fit.
    day : float64, (n_date,), MATLAB date numbers
    displacement : Matrix of float32, (n, n_date)
        mm toward the satellite.
    reference_column : int
        Place of the reference image among the dates.
    bperp : float64, (n_date,), nominal perpendicular baselines in m
    noise_deg : float64, (n_date,), or None
        Noise of the dates.
    n_all : int
        Points of the table.
    reference_rows : int64 or None
        Points of the table that the displacement is relative to.
    about : mapping of str to str or number
        Metadata, those of the choice included.
    fit : TimeFunctionFit or None
        Functions of time, where they were asked for.
    fit_meanings : mapping of str to Column
        Unit and meaning of the columns of the fit, and of others that were added, in their order.
    pairs : int64, (n_ifg, 2), or None
        Of small baselines: the dates (from 0) that each interferogram combines.
    """

    columns: Mapping[str, Array]
    day: Float64
    displacement: Matrix
    reference_column: int
    bperp: Float64
    noise_deg: Float64 | None
    n_all: int
    reference_rows: Index | None
    about: Mapping[str, Any]
    fit: TimeFunctionFit | None = None
    fit_meanings: Mapping[str, Column] = field(default_factory=dict)
    pairs: Index | None = None

    @property
    def meanings(self) -> Mapping[str, Column]:
        """Unit and meaning of every column."""
        return {**COLUMNS, **self.fit_meanings}

    def __len__(self) -> int:
        """Give the number of points."""
        return len(self.columns["point_id"])

    @property
    def place_lonlat(self) -> Float64:
        """Longitude and latitude, (n, 2), degrees."""
        return np.column_stack([self.columns["longitude"], self.columns["latitude"]])

    def blocks(self) -> Iterator[tuple[slice, FloatArray]]:
        """Give the series in stretches of a few megabytes: rows and their displacement."""
        for rows in row_blocks(self.displacement):
            yield rows, np.asarray(self.displacement[rows])


def choose_points(table: PointTable, choice: PointChoice) -> ChosenPoints:
    """Take points out of a table, with another reference or value type where one is asked for.

    Raises
    ------
    ParameterError
        Nothing is left, or a value of the choice is wrong.
    ArtifactError
        The value type takes off a part that no stage has estimated.
    """
    table = table_as_asked(table, choice.value_type, choice.reference)
    rows, choice = _not_too_many(table, _rows(table, choice), choice)
    is_all = rows.size == table.layers.n_point
    about = dict(table.about)
    about |= {
        "number_of_points": rows.size,
        "points_of_the_run": table.layers.n_point,
        "selection": _words(choice),
        **_reference_place(table),
    }
    shown = table.displacement if is_all else chosen_rows(table.displacement, rows)
    columns = {name: values if is_all else values[rows] for name, values in table.columns.items()}
    fitted: FittedColumns | None = None
    if choice.functions is not None:
        fitted = fit_table(table, choice.functions, choice.uncertainty, rows=rows, series=shown)
        columns |= fitted.columns
        about |= _about_fit(choice, fitted)
    return ChosenPoints(
        columns=columns,
        day=table.layers.day,
        displacement=shown,
        reference_column=table.layers.reference_column,
        bperp=table.bperp,
        noise_deg=table.noise_deg,
        n_all=table.layers.n_point,
        reference_rows=table.reference_rows,
        about=about,
        fit=fitted.fit if fitted else None,
        fit_meanings=fitted.meanings if fitted else {},
        pairs=table.pairs,
    )


def _about_fit(choice: PointChoice, fitted: FittedColumns) -> dict[str, str]:
    """Give what one has to know about the columns of a fit."""
    columns = [f"{name} [{c.unit}]: {c.meaning}" for name, c in fitted.meanings.items()]
    return {
        "time_functions": fitted.fit.model.text,
        "time_functions_uncertainty": f"{choice.uncertainty}, {UNCERTAINTIES[choice.uncertainty]}",
        "time_functions_columns": "; ".join(columns),
    }


def _reference_place(table: PointTable) -> dict[str, float]:
    """Give the middle of the points of the reference area; nothing without one."""
    if table.reference_rows is None:
        return {}
    return {
        f"reference_{axis}": float(np.nanmean(table.columns[axis][table.reference_rows]))
        for axis in ("longitude", "latitude")
    }


def _rows(table: PointTable, choice: PointChoice) -> Index:
    """Give the rows of the points that are asked for."""
    columns = table.columns
    keep = np.ones(table.layers.n_point, dtype=np.bool_)
    if choice.area:
        keep &= read_area(choice.area).contains(columns["longitude"], columns["latitude"])
    if choice.min_coherence > 0:
        keep &= columns["coherence"] >= choice.min_coherence
    if choice.max_velocity_std < inf:
        keep &= columns["velocity_std"] <= choice.max_velocity_std
    rows = np.flatnonzero(keep)
    if choice.cell_m > 0:
        rows = _best_of_cells(table, rows, choice.cell_m)
    if not rows.size:
        raise ParameterError(
            f"selection: none of {table.layers.n_point} points is left ({_words(choice)}); ask for "
            "less"
        )
    return rows


def _not_too_many(table: PointTable, rows: Index, choice: PointChoice) -> tuple[Index, PointChoice]:
    """Thin points out until there are as many as are asked for; say by which squares."""
    cell_m = choice.cell_m
    found = rows
    while choice.most_points and found.size > choice.most_points:
        cell_m = max(cell_m, _side_of_squares(table, rows, 4 * choice.most_points)) * _ENLARGED
        found = _best_of_cells(table, rows, round(cell_m, 1))
    return found, replace(choice, cell_m=round(cell_m, 1))


def _side_of_squares(table: PointTable, rows: Index, count: int) -> float:
    """Give the side of so many squares that cover the points, in metres; at least 1."""
    lonlat = np.column_stack([table.columns[name][rows] for name in ("longitude", "latitude")])
    low, high = np.nanmin(lonlat, axis=0), np.nanmax(lonlat, axis=0)
    wide, tall = llh2local(high[None, :], low)[0] * 1000
    return max(float(np.sqrt(abs(wide * tall) / count)), 1.0)


def _best_of_cells(table: PointTable, rows: Index, cell_m: float) -> Index:
    """Give the point of the highest coherence in each square."""
    columns = table.columns
    lonlat = np.column_stack([columns["longitude"][rows], columns["latitude"][rows]])
    origin = np.nanmean(lonlat, axis=0)
    cells = np.floor(llh2local(lonlat, origin) * 1000 / cell_m).astype(np.int64)
    order = np.lexsort((-columns["coherence"][rows], cells[:, 1], cells[:, 0]))
    first = np.ones(order.size, dtype=np.bool_)
    first[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    return np.sort(rows[order[first]])


def _words(choice: PointChoice) -> str:
    """Say what a choice leaves out."""
    found = []
    if choice.area:
        found.append(f"area {choice.area}")
    if choice.min_coherence > 0:
        found.append(f"coherence at least {choice.min_coherence:g}")
    if choice.max_velocity_std < inf:
        found.append(
            f"standard deviation of the velocity at most {choice.max_velocity_std:g} mm/yr"
        )
    if choice.cell_m > 0:
        found.append(f"the point of the highest coherence in squares of {choice.cell_m:g} m")
    return ", ".join(found) or "all points"
