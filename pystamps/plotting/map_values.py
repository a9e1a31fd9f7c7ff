"""Values of a map: of every point, and for interferograms of every point and interferogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64, FloatArray, Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.errors import ArtifactError, ParameterError
from pystamps.model import (
    CorrectedPhase,
    LookAngleError,
    SelectedNoise,
    SmoothedLookAngleError,
    UnwrapGrid,
)
from pystamps.plotting.source import (
    InterferogramLabel,
    PlotSource,
    wanted_interferograms,
    with_dates,
)
from pystamps.plotting.value_types import ValueType
from pystamps.products.bootstrap import bootstrap_draws, bootstrap_velocity_std
from pystamps.products.chosen import ChosenPoints, PointChoice
from pystamps.products.layers import reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix, Rows, chosen_columns, chosen_rows, taken_rows
from pystamps.stages.least_squares import solution_rows, usable_std


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Which values of which points.

    Attributes
    ----------
    choice : PointChoice
        Points and reference; its value type is that of the map.
    interferograms, dates : str
        See :func:`~pystamps.plotting.source.wanted_interferograms`; of velocities, those that take
        part in the fit.
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
    points = source.choose(_choice_of(kind, request.choice))
    rows = np.asarray(points.columns["point_id"], dtype=np.int64) - 1
    asked = wanted_interferograms(source, request.interferograms, request.dates)
    if kind.kind in ("v", "vs", "std", "rmse", "vdrop"):
        values, columns = _of_fit(source, kind, points, asked)
    elif kind.is_stack:
        columns = _columns_shown(source, kind, asked, is_complete=request.is_complete)
        values = chosen_rows(_stack(source, kind, columns, request.choice.reference), rows)
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
        lonlat=source.lonlat[rows],
        values=values,
        labels=tuple(source.labels[column] for column in columns),
        reference_lonlat=None if reference is None else source.lonlat[reference],
        n_all=points.n_all,
        about=points.about,
    )


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
        stack = source.pixels.interferograms
        columns = np.intersect1d(source.used_columns, stack.observed)
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


def _columns_shown(
    source: PlotSource, kind: ValueType, asked: Index | None, *, is_complete: bool
) -> Index:
    """Give the interferograms of a stack: those asked for, else all that are not dropped."""
    if asked is not None:
        return asked
    stack = source.pixels.interferograms
    return stack.observed if is_complete else np.intersect1d(source.used_columns, stack.observed)


def _stack(source: PlotSource, kind: ValueType, columns: Index, reference: str) -> Matrix:
    """Give the values of all points in some columns of all images; NaN where nothing is known."""
    if kind.kind in ("u", "s"):
        found = _of_layers(source, kind)
        return _referenced_phase(source, _spread(source, found, columns), columns, reference)
    if kind.kind == "o":
        found = chosen_columns(_ramp(source, LookAngleError), columns)
        return _referenced_phase(source, found, columns, reference)
    complex_phase = chosen_columns(_wrapped(source, kind), columns)
    if reference:
        complex_phase = _relative_to_phase_of_area(source, complex_phase, reference)
    return _by_rows(complex_phase, np.float32, lambda block: np.where(block == 0, np.nan,
                                                                      np.angle(block)))  # fmt: skip


def _of_layers(source: PlotSource, kind: ValueType) -> Matrix:
    """Give phase in rad from the layers of the table, at its dates."""
    layers = source.table.layers
    factor = np.float32(-1 / mm_per_radian(float(source.table.about["wavelength_m"])))
    if kind.kind == "u":
        return _by_rows(layers.series(kind.letters), np.float32, lambda block: block * factor)
    if "s" not in layers.parts:
        raise ArtifactError(
            f"{source.root}: spatially correlated noise is not known, scn2.mat is missing; run "
            "stage 8 first"
        )
    return _by_rows(layers.parts["s"], np.float32, lambda block: block * factor)


def _spread(source: PlotSource, values: Matrix, columns: Index) -> Matrix:
    """Give columns of all images of values at the dates of the table; NaN at dropped ones."""
    place = np.full(source.pixels.n_ifg, -1)
    place[source.used_columns] = np.arange(source.used_columns.size)
    wanted = place[columns]

    def widen(block: Array) -> Array:
        return np.where(wanted >= 0, block[:, np.maximum(wanted, 0)], np.float32(np.nan))

    return _by_rows(values, np.float32, widen, n_column=columns.size)


def _referenced_phase(source: PlotSource, values: Matrix, columns: Index, reference: str) -> Matrix:
    """Give phase relative to the mean of the reference area in every interferogram."""
    rows = source.choose(PointChoice(reference=reference)).reference_rows
    means = np.zeros(columns.size)
    known = np.flatnonzero(np.isin(columns, source.used_columns))
    means[known] = reference_series(chosen_columns(values, known), rows)
    return referenced(values, means)


def _ramp(source: PlotSource, artifact: type) -> Matrix:
    """Give the planes of stage 7.

    Raises
    ------
    ArtifactError
        Stage 7 has estimated none.
    """
    ramp = source.rows_of(artifact, "ph_ramp")
    if not ramp.size:
        raise ArtifactError(
            f"{source.root}: stage 7 has estimated no planes (ph_ramp is empty); set scla_deramp "
            "to y and run stage 7 again, or take u and u-o, which need none"
        )
    return ramp


def _wrapped(source: PlotSource, kind: ValueType) -> Matrix:
    """Give complex phase in all columns of the stack."""
    stack = source.pixels.interferograms
    if kind.kind == "p":
        return stack.with_null_column(source.rows_of(SelectedNoise, "ph_patch"), 0)
    if kind.kind == "wf":
        return _of_unwrapping_grid(source)
    phase = source.rows_of(CorrectedPhase, "ph_rc")
    taken: list[Matrix] = []
    if "d" in kind.letters:
        taken.append(source.rows_of(SmoothedLookAngleError, "ph_scla"))
    if "m" in kind.letters:
        of_reference = source.field_of(SmoothedLookAngleError, "c_ps_uw")
        taken.append(np.where(stack.is_null, 0, of_reference[:, None]))
    if "o" in kind.letters:
        taken.append(
            _ramp(source, SmoothedLookAngleError if "d" in kind.letters else LookAngleError)
        )

    def give(rows: slice) -> Array:
        turned = phase[rows]
        for part in taken:
            turned = turned * np.exp(-1j * part[rows])
        return turned

    return Rows(phase.shape, np.complex64, give)


def _of_unwrapping_grid(source: PlotSource) -> Matrix:
    """Give the phase of the cell of every point, 0 in columns that are not unwrapped."""
    cells = np.asarray(source.field_of(UnwrapGrid, "grid_ij"))
    node_of_cell = np.full(source.field_of(UnwrapGrid, "nzix").shape, -1)
    place = source.field_of(UnwrapGrid, "ij")
    node_of_cell[place[:, 0], place[:, 1]] = np.arange(len(place))
    nodes = node_of_cell[cells[:, 0], cells[:, 1]]
    phase = source.field_of(UnwrapGrid, "ph")
    stack = source.pixels.interferograms
    unwrapped = stack.used(source.parameters.drop_ifg_index).observed
    if phase.shape[1] != unwrapped.size:
        raise ArtifactError(
            f"{source.root}/uw_grid.mat: ph has {phase.shape[1]} interferograms, expected "
            f"{unwrapped.size}: drop_ifg_index has changed; run stage 6 again"
        )
    return stack.in_all_columns(phase[nodes], unwrapped)


def _relative_to_phase_of_area(source: PlotSource, phase: Matrix, reference: str) -> Matrix:
    """Turn complex phase so that the sum over the reference area has the phase 0."""
    rows = source.choose(PointChoice(reference=reference)).reference_rows
    if rows is None:
        return phase
    of_area = taken_rows(phase, rows)
    size = np.abs(of_area)
    total = np.where(size > 0, of_area / np.where(size > 0, size, 1), 0).sum(axis=0)
    return _by_rows(phase, np.complex64, lambda block: block * np.conj(total))


def _of_points(source: PlotSource, kind: ValueType, points: ChosenPoints) -> FloatArray:
    """Give one value of every point."""
    columns = {"hgt": "height", "dem": "dem_error", "coh": "coherence", "inc": "incidence_angle",
               "da": "amplitude_dispersion"}  # fmt: skip
    if kind.kind in columns:
        return np.asarray(points.columns[columns[kind.kind]], dtype=np.float32)
    name = {"d": "k_ps_uw", "m": "c_ps_uw"}[kind.kind]
    values = np.asarray(source.field_of(LookAngleError, name))[:, None]
    relative = referenced(values, reference_series(values, points.reference_rows))
    rows = np.asarray(points.columns["point_id"], dtype=np.int64) - 1
    return taken_rows(relative, rows)[:, 0]


def _by_rows(
    values: Matrix, dtype: Any, change: Callable[[Array], Array], *, n_column: int | None = None
) -> Matrix:
    """Give a matrix whose blocks of rows are changed when they are read."""
    shape = (len(values), values.shape[1] if n_column is None else n_column)
    return Rows(shape, dtype, lambda rows: np.asarray(change(values[rows]), dtype=dtype))
