"""How sure the coefficients of a fit are: from errors of the dates, or from resampled dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.errors import ParameterError
from pystamps.fit_condition import FitCondition, require_determined, time_function_condition
from pystamps.products.bootstrap import DRAWS, bootstrap_draws
from pystamps.products.date_errors import DateErrors, ErrorGeometry, estimate_date_errors
from pystamps.products.time_function_fit import FitDesign
from pystamps.rows import Matrix
from pystamps.stages.least_squares import solution_rows

_LARGEST_CONDITION_OF_DRAW = 1e6
_ROWS = 65536


@dataclass(frozen=True, slots=True)
class DateErrorSpread:
    """Coefficients with the covariance of noise, atmosphere and planes of the dates.

    Attributes
    ----------
    errors : DateErrors
        Of the points that are fitted.
    solution : float64, (n_function, n_observed)
        Of the functions, beside the look-angle error where that was fitted to the same data.
    """

    errors: DateErrors
    solution: Float64

    def covariance(self, rows: slice, data: Float64, residual: Float64) -> Float64:
        """See :class:`~pystamps.products.time_function_fit.CoefficientSpread`."""
        variance = self.errors.local_variance(rows) + self.errors.plane_variance(rows)
        found = self._propagated(variance)
        found[:, 0, 0] += np.median(variance, axis=1)  # the reference image, as the other dates
        found[np.isnan(residual).any(axis=1)] = np.nan
        return found

    def plane_std(self, name: str, names: tuple[str, ...]) -> Float64:
        """Give the standard deviation that planes give to a coefficient, (n_ps,)."""
        return self._std_of(self.errors.plane_variance, names.index(name))

    def plane_covariance(self, name: str, names: tuple[str, ...]) -> Float64:
        """Give the covariance of the terms of the plane of a coefficient, (n_term, n_term)."""
        terms = self.errors.plane * self.solution[names.index(name)]
        return np.asarray(terms @ terms.T)

    def local_std(self, name: str, names: tuple[str, ...]) -> Float64:
        """Give the standard deviation of a coefficient without that of planes, (n_ps,)."""
        return self._std_of(self.errors.local_variance, names.index(name))

    def own_std(self, name: str, names: tuple[str, ...]) -> Float64:
        """Give the standard deviation of a coefficient that a point shares with no other."""
        return self._std_of(self.errors.own_variance, names.index(name))

    def shared_std(self, name: str, names: tuple[str, ...]) -> Float64:
        """Give the standard deviation of a coefficient that near points share, (n_ps,)."""
        return self._std_of(self.errors.shared_variance, names.index(name))

    def _std_of(self, variance: Callable[[slice], Float64], column: int) -> Float64:
        """Give the standard deviation of a coefficient, block after block."""
        found = np.empty(len(self.errors.ring))
        for first in range(0, found.size, _ROWS):
            rows = slice(first, first + _ROWS)
            found[rows] = np.sqrt(variance(rows) @ self.solution[column] ** 2)
        return found

    def _propagated(self, variance: Float64) -> Float64:
        """Take variances of the dates through the fit, (n, n_function, n_function)."""
        n_function = len(self.solution)
        squares = np.einsum("ki,li->ikl", self.solution, self.solution)
        found = variance @ squares.reshape(len(squares), -1)
        return np.asarray(found.reshape(-1, n_function, n_function))


def date_error_spread(
    design: FitDesign, series: Matrix, geometry: ErrorGeometry, *, bperp: Float64 | None
) -> DateErrorSpread:
    """Estimate errors of the dates from all points, and how they go into the coefficients.

    Parameters
    ----------
    design : FitDesign
    series : Matrix of float, shape (n_ps, n_date)
        mm, referenced, of all points, the atmosphere of the dates included.
    geometry : ErrorGeometry
    bperp : ndarray of float64, shape (n_date,), or None
        Perpendicular baselines in m, where the look-angle error was fitted to the same data and
        taken off: what it takes with it makes the coefficients less sure.

    Raises
    ------
    ParameterError
        Functions and look-angle error cannot be told apart.
    """
    matrix = design.matrix
    if bperp is not None and np.ptp(bperp[design.observed]):
        names = (*design.model.names, "look_angle_error")
        matrix = np.column_stack([matrix, bperp[design.observed]])
        require_determined(
            FitCondition(refusal=time_function_condition(matrix, names).refusal),
            f"uncertainty of time functions {design.model.text!r}",
            remedy="fit fewer functions, or ask for the uncertainty from residuals",
        )
    solution = solution_rows(matrix, std=design.weights**-0.5)
    errors = estimate_date_errors(series, design.observed, matrix, solution, geometry)
    return DateErrorSpread(errors, solution[: len(design.model.names)])


@dataclass(frozen=True, slots=True)
class BootstrapSpread:
    """Coefficients over dates drawn with replacement, the same draws for every pixel.

    As in :mod:`~pystamps.products.bootstrap` the covariance over the draws is a quadratic form of
    the observations. Weights follow the dates that are drawn; draws that do not determine all
    functions are left out.
    """

    design: FitDesign
    draws: Index
    _forms: dict[tuple[int, int], Float64] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Make the quadratic forms.

        Raises
        ------
        ParameterError
            Most draws do not determine the functions.
        """
        weights = np.array([w for w in map(self._weights_of_draw, self.draws) if w is not None])
        if 2 * len(weights) < len(self.draws):
            raise ParameterError(
                f"time functions {self.design.model.text!r}: {len(weights)} of {len(self.draws)} "
                "draws of the dates determine them, at least half are needed; fit fewer "
                "functions, or ask for another uncertainty than bootstrap"
            )
        centred = weights - weights.mean(axis=0)
        n_function = centred.shape[1]
        for k in range(n_function):
            for other in range(k, n_function):
                product = centred[:, k].T @ centred[:, other] / (len(weights) - 1)
                self._forms[k, other] = product

    def covariance(self, rows: slice, data: Float64, residual: Float64) -> Float64:
        """See :class:`~pystamps.products.time_function_fit.CoefficientSpread`."""
        n_function = self.design.matrix.shape[1]
        found = np.empty((len(data), n_function, n_function))
        for (k, other), form in self._forms.items():
            found[:, k, other] = found[:, other, k] = np.einsum("ij,ij->i", data @ form, data)
        return np.maximum(found, 0, out=found, where=np.eye(n_function, dtype=np.bool_))

    def _weights_of_draw(self, draw: Index) -> Float64 | None:
        """Give what the coefficients of a draw multiply the observations with."""
        matrix, std = self.design.matrix[draw], self.design.weights[draw] ** -0.5
        sizes = np.linalg.norm(matrix, axis=0)
        if not sizes.all() or np.linalg.cond(matrix / sizes) > _LARGEST_CONDITION_OF_DRAW:
            return None
        found = np.zeros((matrix.shape[1], self.design.observed.size))
        np.add.at(found.T, draw, solution_rows(matrix, std=std).T)
        return found


def bootstrap_spread(design: FitDesign, *, n_draw: int = DRAWS) -> BootstrapSpread:
    """Draw dates, the same at every call."""
    return BootstrapSpread(design, bootstrap_draws(design.observed.size, n_draw=n_draw))
