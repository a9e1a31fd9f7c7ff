"""Values of a map: of every point, and for interferograms of every point and interferogram."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ParameterError
from pystamps.model import LookAngleError, PairLookAngleError
from pystamps.plotting.pair_values import velocity_by_covariance
from pystamps.plotting.source import PlotSource, with_dates
from pystamps.plotting.stack_columns import InterferogramLabel, wanted_interferograms
from pystamps.plotting.stack_values import columns_shown, stack_values
from pystamps.plotting.value_types import ValueType
from pystamps.products.bootstrap import bootstrap_draws, bootstrap_velocity_std
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.gnss_reference import is_gnss_fit
from pystamps.products.layers import reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.rows import Matrix, Rows, chosen_columns, chosen_rows, taken_rows
from pystamps.stages.least_squares import solution_rows, usable_std

_RELATIVE_TO_STATIONS = ("v", "vs", "std", "rmse")
"""Kinds that follow a fit to GNSS stations."""


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Which values of which points.

    Attributes
    ----------
    choice : PointChoice
        Points and reference; its value type is that of the map.
    interferograms, dates : str
        See :func:`~pystamps.plotting.stack_columns.wanted_interferograms`; of velocities, those
        that take part in the fit.
    is_complete : bool
        Dropped interferograms are shown as well.
    """

    choice: PointChoice = field(default_factory=PointChoice)
    interferograms: str = ""
    dates: str = ""
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class MapValues:
    """What a map shows, and what has to be written beside it.

    Attributes
    ----------
    kind : ValueType
    lonlat : float64, (n, 2), degrees
    values : Matrix of float32, (n, k)
        NaN where not known.
    labels : tuple of InterferogramLabel
        Of the k columns; empty where the value belongs to the points.
    reference_lonlat : float64, (m, 2), or None
        Points of the reference area; None = nothing is referenced.
    n_all : int
        Points of the table.
    about : mapping
        Metadata of the points.
    """

    kind: ValueType
    lonlat: Float64
    values: Matrix
    labels: tuple[InterferogramLabel, ...]
    reference_lonlat: Float64 | None
    n_all: int
    about: Mapping[str, Any]

    def column(self, number: int) -> FloatArray:
        """Give one column as an array, (n,)."""
        return np.asarray(chosen_columns(self.values, np.array([number])))[:, 0]


def map_values(source: PlotSource, kind: ValueType, request: MapRequest) -> MapValues:
    """Give the values of a map.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
    request : MapRequest

    Returns
    -------
    MapValues
        Matrices of stacks are read when they are asked for.

    Raises
    ------
    ArtifactError
        A result of the stages that the values come from is missing.
    ParameterError
        Nothing is left of the points or the interferograms.
    """
    if kind.is_of_pairs:
        source.require_pairs(kind)
    if kind.kind not in _RELATIVE_TO_STATIONS and is_gnss_fit(request.choice.reference):
        raise ParameterError(
            f"plot {kind.name}: a fit to GNSS stations moves velocities and series of the table "
            f"only ({', '.join(_RELATIVE_TO_STATIONS)}, ts); give an area as --reference"
        )
    points = source.choose(_choice_of(kind, request.choice))
    rows = np.asarray(points.columns["point_id"], dtype=np.int64) - 1
    asked = _asked_columns(source, kind, request)
    if kind.kind in ("v", "vs", "std", "rmse", "vdrop"):
        values, columns = _of_fit(source, kind, points, asked)
    elif kind.kind in ("vsb", "vsm"):
        velocity = velocity_by_covariance(source, kind, request.choice.reference, asked)
        values, columns = velocity[rows, None].astype(np.float32), np.zeros(0, dtype=np.int64)
    elif kind.is_stack:
        columns = columns_shown(source.columns_of(kind), asked, is_complete=request.is_complete)
        values = chosen_rows(stack_values(source, kind, columns, request.choice.reference), rows)
    else:
        if asked is not None:
            raise ParameterError(
                f"plot {kind.name}: has one value for all interferograms; leave out --ifg and "
                "--dates"
            )
        columns = np.zeros(0, dtype=np.int64)
        values = _of_points(source, kind, points)[:, None]
    has_reference = kind.is_referenced or (kind.is_stack and bool(request.choice.reference))
    reference = points.reference_rows if has_reference else None
    return MapValues(
        kind=kind,
        lonlat=source.drawn_lonlat[rows],
        values=values,
        labels=tuple(source.columns_of(kind).labels[column] for column in columns),
        reference_lonlat=None if reference is None else source.drawn_lonlat[reference],
        n_all=points.n_all,
        about=points.about,
    )


def _asked_columns(source: PlotSource, kind: ValueType, request: MapRequest) -> Index | None:
    """Give the columns that are asked for; a table that lies alone is enough where none are."""
    if not request.interferograms and not request.dates:
        return None
    columns = source.columns_of(kind)
    return wanted_interferograms(columns, request.interferograms, request.dates)


def _choice_of(kind: ValueType, choice: PointChoice) -> PointChoice:
    """Give the choice with the value type that the fit needs."""
    if kind.kind not in ("v", "vs", "vdrop"):
        return choice
    return replace(choice, value_type=f"v-{kind.letters}" if kind.letters else "v")


def _of_fit(
    source: PlotSource, kind: ValueType, points: ChosenPoints, asked: Index | None
) -> tuple[Matrix, Index]:
    """Give what follows from the fit of the series, and the columns of a stack."""
    if kind.kind == "vdrop":
        columns = np.intersect1d(source.used_columns, source.images.stack.observed)
        columns = columns if asked is None else np.intersect1d(columns, asked)
        places = np.searchsorted(source.used_columns, columns)
        return velocity_without_each(points, places), columns
    if asked is not None:
        points = _refitted(with_dates(points, np.flatnonzero(np.isin(source.used_columns, asked))))
    if kind.kind == "vs":
        draws = bootstrap_draws(points.day.size - 1)
        found = bootstrap_velocity_std(
            points.displacement, points.day, points.reference_column, draws=draws,
            ifg_std_deg=points.noise_deg,
        )  # fmt: skip
    else:
        name = {"v": "velocity", "std": "velocity_std", "rmse": "rmse"}[kind.kind]
        found = np.asarray(points.columns[name])
    return found[:, None], np.zeros(0, dtype=np.int64)


def _refitted(points: ChosenPoints) -> ChosenPoints:
    """Give the points with the velocities of their dates."""
    line = fit_lines(
        points.displacement, points.day, points.reference_column, ifg_std_deg=points.noise_deg
    )
    fitted = {"velocity": line.velocity, "velocity_std": line.velocity_std, "rmse": line.rmse}
    return replace(points, columns=dict(points.columns) | fitted)


def velocity_without_each(points: ChosenPoints, left_out: Index) -> Matrix:
    """Give the velocity without each of some dates, (n, n_left_out), mm/yr, computed by rows.

    Parameters
    ----------
    points : ChosenPoints
    left_out : ndarray of int64
        Places among the dates, the reference image not among them.

    Raises
    ------
    ParameterError
        Fewer than three interferograms: without one, no velocity is left.

    Notes
    -----
    StaMPS value types ``vdrop``. A slope is linear in the observations, so that the weights of all
    fits are one small matrix.
    """
    observed = np.flatnonzero(np.arange(points.day.size) != points.reference_column)
    if observed.size < 3:
        raise ParameterError(
            f"vdrop: {observed.size} interferograms, a velocity without one of them needs three"
        )
    years = (points.day - points.day[points.reference_column]) / DAYS_PER_YEAR
    weights = np.zeros((left_out.size, points.day.size))
    for number, place in enumerate(left_out):
        kept = observed[observed != place]
        std = None if points.noise_deg is None else usable_std(points.noise_deg[kept])
        design = np.stack([np.ones(kept.size), years[kept]], axis=1)
        weights[number, kept] = solution_rows(design, std=std)[1]
    series = points.displacement

    def give(rows: slice) -> FloatArray:
        return np.asarray((series[rows].astype(np.float64) @ weights.T).astype(np.float32))

    return Rows((len(series), left_out.size), np.float32, give)


def _of_points(source: PlotSource, kind: ValueType, points: ChosenPoints) -> FloatArray:
    """Give one value of every point."""
    columns = {"hgt": "height", "dem": "dem_error", "coh": "coherence", "inc": "incidence_angle",
               "da": "amplitude_dispersion"}  # fmt: skip
    if kind.kind in columns:
        return np.asarray(points.columns[columns[kind.kind]], dtype=np.float32)
    name = {"d": "k_ps_uw", "dsb": "k_ps_uw", "m": "c_ps_uw"}[kind.kind]
    owner = PairLookAngleError if kind.is_of_pairs else LookAngleError
    values = np.asarray(source.field_of(owner, name))[:, None]
    relative = referenced(values, reference_series(values, points.reference_rows))
    rows = np.asarray(points.columns["point_id"], dtype=np.int64) - 1
    return taken_rows(relative, rows)[:, 0]
