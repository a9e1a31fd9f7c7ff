"""Functions of time for points of a table: the fit, and the columns that it adds to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Array, Index
from pystamps.errors import ParameterError
from pystamps.products.date_errors import ErrorGeometry
from pystamps.products.fit_uncertainty import DateErrorSpread, bootstrap_spread, date_error_spread
from pystamps.products.layers import reference_series, referenced
from pystamps.products.point_table import Column, PointTable
from pystamps.products.time_function_fit import (
    CoefficientSpread,
    FitDesign,
    ResidualSpread,
    SeasonalWave,
    TimeFunctionFit,
    fit_design,
    fit_series,
)
from pystamps.rows import Matrix

UNCERTAINTIES = {
    "covariance": "formal: noise of every date, atmosphere by distance from the reference area, "
    "planes, and what the look-angle error takes",
    "residuals": "formal: independent errors of the size of the residuals of the point",
    "bootstrap": "spread over dates drawn with replacement, 1500 draws, the same at every call",
}
"""Kinds of standard deviations by name, in words."""

PREFIX = "fit_"
"""Of the columns of a fit."""


@dataclass(frozen=True, slots=True)
class FittedColumns:
    """A fit as columns of points.

    Attributes
    ----------
    fit : TimeFunctionFit
    columns : mapping of str to ndarray of float32, (n,)
    meanings : mapping of str to Column
        Unit and meaning of each.
    """

    fit: TimeFunctionFit
    columns: Mapping[str, Array]
    meanings: Mapping[str, Column]


def fit_table(
    table: PointTable, functions: str, uncertainty: str, *, rows: Index, series: Matrix
) -> FittedColumns:
    """Fit functions of time to some points of a table.

    Parameters
    ----------
    table : PointTable
    functions : str
        See :mod:`~pystamps.products.time_functions`.
    uncertainty : str
        Of :data:`UNCERTAINTIES`.
    rows : ndarray of int64, shape (n,)
        Of the points.
    series : Matrix of float, shape (n, n_date)
        Their displacement.

    Raises
    ------
    ParameterError
        The functions are unknown or not determined, or there is no such uncertainty.
    """
    design = fit_design(
        table.layers.day, functions,
        reference_column=table.layers.reference_column, ifg_std_deg=table.noise_deg,
    )  # fmt: skip
    fit = fit_series(design, series, _spread(design, table, uncertainty, rows))
    found = {f"{PREFIX}{name}": (column, values) for name, column, values in _columns(fit)}
    return FittedColumns(
        fit,
        {name: values for name, (_, values) in found.items()},
        {name: column for name, (column, _) in found.items()},
    )


def error_spread_of_table(design: FitDesign, table: PointTable) -> DateErrorSpread:
    """Estimate the errors of all points of a table; see :mod:`~pystamps.products.date_errors`.

    Correlated noise that was taken off is put back first: what remains of it in the coefficients
    is not known, so that they are stated as if nothing of it had been removed.
    """
    layers = table.layers
    letters = table.letters.replace("s", "")
    shown = table.displacement
    if letters != table.letters:
        series = layers.series(letters)
        shown = referenced(series, reference_series(series, table.reference_rows))
    geometry = ErrorGeometry(
        lonlat=np.column_stack([table.columns["longitude"], table.columns["latitude"]]),
        reference_rows=table.reference_rows,
        surface=layers.surface,
        plane=layers.plane_left(letters),
    )
    bperp = table.bperp if "d" in letters else None
    return date_error_spread(design, shown, geometry, bperp=bperp)


def _spread(
    design: FitDesign, table: PointTable, uncertainty: str, rows: Index
) -> CoefficientSpread:
    if uncertainty == "covariance":
        found = error_spread_of_table(design, table)
        return DateErrorSpread(found.errors.of_rows(rows), found.solution)
    if uncertainty == "bootstrap":
        return bootstrap_spread(design)
    if uncertainty == "residuals":
        return ResidualSpread(design)
    raise ParameterError(f"uncertainty {uncertainty!r}: expected one of {', '.join(UNCERTAINTIES)}")


def _columns(fit: TimeFunctionFit) -> Iterator[tuple[str, Column, Array]]:
    """Give name, meaning and values of every column; waves as amplitude and day of the peak."""
    of_waves = {f"{name}_{part}" for name in fit.waves for part in ("sine", "cosine")}
    for function in fit.model.functions:
        if function.name not in of_waves:
            name, unit, meaning = function.name, function.unit, function.meaning
            yield name, Column(unit, meaning), fit.coefficient(name)
            std = Column(unit, f"standard deviation: {meaning}")
            yield f"{name}_std", std, fit.coefficient_std(name)
    for name, wave in fit.waves.items():
        yield from _columns_of_wave(name, wave)
    yield "rmse", Column("mm", "root mean square of the series about the fit"), fit.rmse


def _columns_of_wave(name: str, wave: SeasonalWave) -> Iterator[tuple[str, Column, Array]]:
    amplitude = f"amplitude of the {name} wave, half of its range"
    yield f"{name}_amplitude", Column("mm", amplitude), wave.amplitude
    std = Column("mm", f"standard deviation: {amplitude}")
    yield f"{name}_amplitude_std", std, wave.amplitude_std
    peak = f"days from 1 January to the first highest point of the {name} wave"
    yield f"{name}_peak_day", Column("day", peak), wave.peak_day
