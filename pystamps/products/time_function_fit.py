"""A sum of functions of time fitted to the displacement of every pixel, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.fit_condition import require_determined, time_function_condition
from pystamps.products.time_functions import TimeModel, parse_time_functions
from pystamps.rows import Matrix, Rows, row_blocks
from pystamps.stages.least_squares import solution_rows, usable_std


@dataclass(frozen=True, slots=True)
class FitDesign:
    """What a fit has in common for all pixels.

    Attributes
    ----------
    model : TimeModel
    observed : int64, (n_observed,)
        Places of the dates that take part: all but that of the reference image.
    matrix : float64, (n_observed, n_function)
    weights : float64, (n_observed,)
        Inverse variances; their size means nothing.
    solution : float64, (n_function, n_observed)
        Turns observations into coefficients.
    """

    model: TimeModel
    observed: Index
    matrix: Float64
    weights: Float64
    solution: Float64

    @property
    def freedom(self) -> int:
        """Observations beyond the unknowns."""
        return int(self.matrix.shape[0] - self.matrix.shape[1])

    @property
    def leverage(self) -> Float64:
        """Part of every observation in its own fit, (n_observed,), 0 to 1."""
        return np.asarray(np.einsum("ij,ji->i", self.matrix, self.solution))


class CoefficientSpread(Protocol):
    """Says how sure coefficients are, for a block of pixels."""

    def covariance(self, rows: slice, data: Float64, residual: Float64) -> Float64:
        """Give the covariance of the coefficients, (n, n_function, n_function).

        Parameters
        ----------
        rows : slice
            Of the pixels.
        data, residual : ndarray of float64, shape (n, n_observed), mm
        """


@dataclass(frozen=True, slots=True)
class ResidualSpread:
    """Independent errors: their weights are given, their size is that of the pixel's residuals.

    Atmosphere that lasts over dates, and what other estimates took from the same data, are not in
    it.
    """

    design: FitDesign

    def covariance(self, rows: slice, data: Float64, residual: Float64) -> Float64:
        """See :class:`CoefficientSpread`."""
        design = self.design
        normal = design.matrix.T @ (design.matrix * design.weights[:, None])
        size = residual**2 @ design.weights / design.freedom
        return np.asarray(np.linalg.inv(normal) * size[:, None, None])


@dataclass(frozen=True, slots=True)
class SeasonalWave:
    """A wave as amplitude and time of its highest point.

    Attributes
    ----------
    amplitude, amplitude_std : float32, (n_ps,), mm
        The standard deviation is that of first order: too small where the amplitude is not
        larger than it.
    peak_day : float32, (n_ps,)
        Days from 1 January to the (first) highest point of a year.
    """

    amplitude: Float32
    amplitude_std: Float32
    peak_day: Float32


@dataclass(frozen=True, slots=True)
class TimeFunctionFit:
    """Functions of time, fitted.

    Attributes
    ----------
    model : TimeModel
        Names, units and meanings of the coefficients: ``model.functions``.
    coefficients, std : float32, (n_ps, n_function)
        Toward the satellite; NaN for pixels that lack a date.
    rmse : float32, (n_ps,), mm, of the series about the fit
    waves : mapping of str to SeasonalWave
        By name, ``annual`` and ``semiannual``, where they are fitted.
    """

    model: TimeModel
    coefficients: Float32
    std: Float32
    rmse: Float32
    waves: Mapping[str, SeasonalWave]

    def coefficient(self, name: str) -> Float32:
        """Give one coefficient by name, (n_ps,)."""
        return np.asarray(self.coefficients[:, self.model.names.index(name)])

    def coefficient_std(self, name: str) -> Float32:
        """Give the standard deviation of one coefficient by name, (n_ps,)."""
        return np.asarray(self.std[:, self.model.names.index(name)])

    def predict(self, day: Float64) -> Matrix:
        """Give the fit at any dates, mm, float32, (n_ps, n_date), computed by rows.

        Parameters
        ----------
        day : ndarray of float64, shape (n_date,), MATLAB date numbers
        """
        values = self.model.design(np.asarray(day, dtype=np.float64)).T

        def give(rows: slice) -> FloatArray:
            return np.asarray((self.coefficients[rows] @ values).astype(np.float32))

        return Rows((len(self.coefficients), values.shape[1]), np.float32, give)


def fit_design(
    day: Float64,
    functions: str,
    *,
    reference_column: int,
    ifg_std_deg: FloatArray | None = None,
) -> FitDesign:
    """Make what a fit has in common for all pixels.

    Parameters
    ----------
    day : ndarray of float64, shape (n_date,), MATLAB date numbers
    functions : str
        See :mod:`~pystamps.products.time_functions`.
    reference_column : int
        Place of the reference image, where nothing is observed: it does not take part.
    ifg_std_deg : ndarray of float, shape (n_date,), optional
        Noise of the interferograms, their weights; all equal when omitted.

    Raises
    ------
    ParameterError
        The functions are unknown, or not determined by the dates.
    """
    observed = np.flatnonzero(np.arange(day.size) != reference_column)
    model = parse_time_functions(functions, day, float(day[reference_column]))
    matrix = model.design(day[observed])
    std = None if ifg_std_deg is None else usable_std(ifg_std_deg[observed])
    require_determined(
        time_function_condition(matrix, model.names, std),
        f"time functions {functions!r}",
        remedy="fit fewer or other functions",
    )
    weights = np.ones(observed.size) if std is None else std**-2.0
    return FitDesign(model, observed, matrix, weights, solution_rows(matrix, std=std))


def fit_time_function(
    day: Float64,
    series: Matrix,
    functions: str,
    *,
    reference_column: int,
    ifg_std_deg: FloatArray | None = None,
) -> TimeFunctionFit:
    """Fit functions of time to every series, the dates weighted by their noise.

    Parameters
    ----------
    day : ndarray of float64, shape (n_date,), MATLAB date numbers
    series : Matrix of float, shape (n_ps, n_date)
        mm, referenced; read in blocks.
    functions : str
        Such as ``linear + seasonal + step@2019-07-13``; see
        :mod:`~pystamps.products.time_functions`.
    reference_column : int
        Place of the reference image, where nothing is observed: it does not take part.
    ifg_std_deg : ndarray of float, shape (n_date,), optional
        Noise of the interferograms, their weights; all equal when omitted.

    Returns
    -------
    TimeFunctionFit
        Standard deviations as :class:`ResidualSpread` has them.

    Raises
    ------
    ParameterError
        The functions are unknown, or not determined by the dates.
    """
    design = fit_design(day, functions, reference_column=reference_column, ifg_std_deg=ifg_std_deg)
    return fit_series(design, series, ResidualSpread(design))


def fit_series(design: FitDesign, series: Matrix, spread: CoefficientSpread) -> TimeFunctionFit:
    """Fit the functions of a design to every series; see :func:`fit_time_function`."""
    model, n_ps = design.model, len(series)
    coefficients = np.empty((n_ps, len(model.names)), dtype=np.float32)
    std, rmse = np.empty_like(coefficients), np.empty(n_ps, dtype=np.float32)
    waves = {name: np.empty((3, n_ps), dtype=np.float32) for name in model.waves}
    for rows in row_blocks(series):
        data = _observations(design, series, rows)
        found = data @ design.solution.T
        residual = data - found @ design.matrix.T
        covariance = spread.covariance(rows, data, residual)
        coefficients[rows] = found
        std[rows] = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        rmse[rows] = np.sqrt(np.mean(residual**2, axis=1))
        for name, values in waves.items():
            at = list(model.columns_of_wave(name))
            parts = covariance[:, at][:, :, at]
            values[:, rows] = _wave_of(found[:, at], parts, model.waves[name])
    return TimeFunctionFit(
        model, coefficients, std, rmse, {name: SeasonalWave(*v) for name, v in waves.items()}
    )


def fitted_coefficient(design: FitDesign, series: Matrix, name: str) -> Float32:
    """Give one coefficient of :func:`fit_series`, without how sure it is, (n_ps,)."""
    found = np.empty(len(series), dtype=np.float32)
    column = design.model.names.index(name)
    for rows in row_blocks(series):
        found[rows] = (_observations(design, series, rows) @ design.solution.T)[:, column]
    return found


def _observations(design: FitDesign, series: Matrix, rows: slice) -> Float64:
    return np.asarray(series[rows][:, design.observed].astype(np.float64))


def _wave_of(parts: Float64, covariance: Float64, period: float) -> Float64:
    """Give amplitude, its standard deviation and day of the peak from sine and cosine, (3, n)."""
    amplitude = np.hypot(*parts.T)
    direction = parts / np.where(amplitude > 0, amplitude, 1)[:, None]
    variance = np.einsum("ni,nij,nj->n", direction, covariance, direction)
    turn = np.arctan2(parts[:, 0], parts[:, 1]) / (2 * np.pi) % 1
    return np.stack([amplitude, np.sqrt(np.maximum(variance, 0)), turn * period])
