"""Values of every point and interferogram: phase unwrapped and wrapped, with or without parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pystamps.arrays import Array, Index
from pystamps.errors import ArtifactError
from pystamps.model import (
    CorrectedPhase,
    LookAngleError,
    PairLookAngleError,
    SelectedNoise,
    SmoothedLookAngleError,
    SmoothedPairLookAngleError,
    UnwrapGrid,
)
from pystamps.plotting.pair_values import phase_of_pairs
from pystamps.plotting.source import PlotSource
from pystamps.plotting.stack_columns import StackColumns
from pystamps.plotting.value_types import ValueType
from pystamps.products.chosen import PointChoice
from pystamps.products.layers import Layers, reference_series, referenced
from pystamps.products.oscillator_drift import drift_phase, has_drift
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix, Rows, chosen_columns, taken_rows


def columns_shown(columns: StackColumns, asked: Index | None, *, is_complete: bool) -> Index:
    """Give the columns of a stack: those asked for, else all that are not dropped.

    Parameters
    ----------
    columns : StackColumns
    asked : ndarray of int64 or None
    is_complete : bool
        Dropped ones count too.
    """
    if asked is not None:
        return asked
    observed = columns.stack.observed
    return observed if is_complete else np.intersect1d(columns.used, observed)


def stack_values(source: PlotSource, kind: ValueType, columns: Index, reference: str) -> Matrix:
    """Give the values of all points in some interferograms, read by rows.

    Parameters
    ----------
    source : PlotSource
    kind : ValueType
        Of phase: ``u``, ``s``, ``a``, ``o``, ``w``, ``wa``, ``p``, ``wf``; of small baselines
        ``usb``, ``rsb``, ``asb``.
    columns : ndarray of int64
        Of all columns that the kind has.
    reference : str
        Area, as for exports; empty = that of the run, and none for wrapped phase.

    Returns
    -------
    Matrix of float32, shape (n_ps, n_column)
        rad; NaN where nothing is known.
    """
    if kind.kind in ("u", "s", "a"):
        found = _of_layers(source, kind)
        return _referenced_phase(source, kind, _spread(source, found, columns), columns, reference)
    if kind.kind == "o":
        found = chosen_columns(_ramp(source, LookAngleError), columns)
        return _referenced_phase(source, kind, found, columns, reference)
    if kind.is_of_pairs:
        found = phase_of_pairs(source, kind, columns)
        return _referenced_phase(source, kind, found, columns, reference)
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
    if kind.kind == "a":
        return _by_rows(_delay_layer(layers, kind), np.float32, lambda block: block * factor)
    if "s" not in layers.parts:
        raise ArtifactError(
            f"{source.root}: spatially correlated noise is not known, scn2.mat is missing; run "
            "stage 8 first"
        )
    return _by_rows(layers.parts["s"], np.float32, lambda block: block * factor)


def _delay_layer(layers: Layers, kind: ValueType) -> Matrix:
    """Give the tropospheric part in mm, without its planes where the letters say so."""
    part = layers.part("a")
    if "o" not in kind.letters:
        return part
    surface, plane = layers.surface, layers.plane_of_delay()
    return Rows(part.shape, np.float32, lambda rows: part[rows] - surface[rows] @ plane)


def _spread(source: PlotSource, values: Matrix, columns: Index) -> Matrix:
    """Give columns of all images of values at the dates of the table; NaN at dropped ones."""
    place = np.full(source.images.stack.n_ifg, -1)
    place[source.used_columns] = np.arange(source.used_columns.size)
    wanted = place[columns]

    def widen(block: Array) -> Array:
        return np.where(wanted >= 0, block[:, np.maximum(wanted, 0)], np.float32(np.nan))

    return _by_rows(values, np.float32, widen, n_column=columns.size)


def _referenced_phase(
    source: PlotSource, kind: ValueType, values: Matrix, columns: Index, reference: str
) -> Matrix:
    """Give phase relative to the mean of the reference area in every column."""
    used = source.columns_of(kind).used
    rows = source.choose(PointChoice(reference=reference)).reference_rows
    means = np.zeros(columns.size)
    known = np.flatnonzero(np.isin(columns, used))
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
    if kind.kind == "wa":
        delays = source.delays(kind)
        return Rows(delays.shape, np.complex64, lambda rows: np.exp(-1j * delays[rows]))
    phase = source.rows_of(CorrectedPhase, "ph_rc")
    is_of_pairs = source.pixels.pairs is not None
    smoothed = SmoothedPairLookAngleError if is_of_pairs else SmoothedLookAngleError
    taken: list[Matrix] = []
    if has_drift(source.look):
        taken.append(drift_phase(source.pixels, source.parameters.lambda_))
    if "d" in kind.letters:
        taken.append(source.rows_of(smoothed, "ph_scla"))
    if "a" in kind.letters:
        taken.append(source.delays(kind))
    if "m" in kind.letters:
        of_reference = source.field_of(smoothed, "c_ps_uw")
        taken.append(np.where(stack.is_null, 0, of_reference[:, None]))
    if "o" in kind.letters:
        plain = PairLookAngleError if is_of_pairs else LookAngleError
        taken.append(_ramp(source, smoothed if "d" in kind.letters else plain))

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


def _by_rows(
    values: Matrix, dtype: Any, change: Callable[[Array], Array], *, n_column: int | None = None
) -> Matrix:
    """Give a matrix whose blocks of rows are changed when they are read."""
    shape = (len(values), values.shape[1] if n_column is None else n_column)
    return Rows(shape, dtype, lambda rows: np.asarray(change(values[rows]), dtype=dtype))
