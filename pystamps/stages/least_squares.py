"""Small least-squares problems whose design is the same for all pixels."""

from __future__ import annotations

import logging

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.rows import Matrix, row_blocks

log = logging.getLogger(__name__)

_RECIPROCAL_CONDITION = 0.001
_ADDED_VARIANCE = 0.01


def solution_rows(
    design: Float64, *, std: FloatArray | None = None, covariance: Float64 | None = None
) -> Float64:
    """Give the matrix that turns observations into unknowns: ``unknowns = rows @ data``.

    Parameters
    ----------
    design : ndarray of float64, shape (n_observation, n_unknown)
    std : ndarray of float, shape (n_observation,), optional
        Standard deviation of each observation; all equal when omitted.
    covariance : ndarray of float64, shape (n_observation, n_observation), optional
        Of the observations, positive definite (:func:`usable_covariance`); instead of ``std``.

    Returns
    -------
    ndarray of float64, shape (n_unknown, n_observation)

    Notes
    -----
    The pseudo-inverse by singular values: equidistant dates make two columns of a design
    proportional, and the unknowns that are still determined keep their value then.
    """
    cut_off = max(design.shape) * np.finfo(np.float64).eps
    if covariance is not None:
        lower = np.linalg.cholesky(covariance)  # observations without correlation, of variance 1
        white = np.linalg.pinv(np.linalg.solve(lower, design), rcond=cut_off)
        rows: Float64 = np.linalg.solve(lower.T, white.T).T
        return rows
    weights = np.ones(design.shape[0]) if std is None else 1.0 / np.asarray(std, dtype=np.float64)
    return np.linalg.pinv(design * weights[:, None], rcond=cut_off) * weights


def coefficients_of_columns(design: Float64, data: Matrix, rows: Index | None = None) -> Float64:
    """Give the least-squares coefficients of every column, shape (n_unknown, n_column).

    Parameters
    ----------
    design : ndarray of float64, shape (n_observation, n_unknown)
    data : Matrix, shape (n, n_column)
        Without NaN in the rows used; read in blocks.
    rows : ndarray of int64, shape (n_observation,), optional
        Rows of ``data`` that the design belongs to, ascending; all when omitted.

    Notes
    -----
    The orthogonal factor of the design takes the data in blocks; what is left is a square
    problem, of which the solution of smallest norm is taken where it is not unique.
    """
    fit = ColumnFit(design, data.shape[1])
    for block in row_blocks(data):
        mine = block
        values = data[block].astype(np.float64)
        if rows is not None:
            mine = slice(*np.searchsorted(rows, (block.start, block.stop)))
            values = values[rows[mine] - block.start]
        fit.add(mine, values)
    return fit.coefficients()


class ColumnFit:
    """Least squares of columns whose rows come in blocks; see :func:`coefficients_of_columns`.

    ``like`` is a fit of other columns with the same design, whose factors serve this one too.
    """

    def __init__(self, design: Float64, n_column: int, *, like: ColumnFit | None = None) -> None:
        """Start with no rows."""
        orthogonal, triangular = np.linalg.qr(design) if like is None else like._factors
        self._factors: tuple[Float64, Float64] = (orthogonal, triangular)
        self._cut_off = max(design.shape) * np.finfo(np.float64).eps
        self._moments = np.zeros((self._factors[1].shape[0], n_column))

    def add(self, rows: slice, values: Float64) -> None:
        """Take the values, (n, n_column), of a stretch of rows of the design."""
        self._moments += np.einsum("ni,nj->ij", self._factors[0][rows], values)

    def coefficients(self) -> Float64:
        """Give the coefficients, (n_unknown, n_column)."""
        found = np.linalg.lstsq(self._factors[1], self._moments, rcond=self._cut_off)[0]
        return np.asarray(found)


def usable_std(std: FloatArray) -> Float64:
    """Give standard deviations that can be divided by.

    A variance of zero makes the covariance matrix singular; 0.01 is then added to all
    variances until the smallest is a thousandth of the largest, as StaMPS does with the
    covariance of small baselines.
    """
    variance = np.asarray(std, dtype=np.float64) ** 2
    if variance.size and not variance.all():
        log.warning(
            "noise of interferograms: %d of %d standard deviations are zero; "
            "variances are increased to keep the weights finite",
            np.count_nonzero(variance == 0), variance.size,
        )  # fmt: skip
        while variance.min() < _RECIPROCAL_CONDITION * variance.max() or not variance.max():
            variance = variance + _ADDED_VARIANCE
    return np.sqrt(variance)


def usable_covariance(covariance: Float64) -> Float64:
    """Give a covariance with which a fit can be weighed: itself, if it is positive definite.

    Else 0.01 rad^2 are added to all variances until its reciprocal condition number is a
    thousandth, as StaMPS does where it inverts small baselines.
    """
    if not covariance.size or np.linalg.eigvalsh(covariance)[0] > 0:
        return covariance
    usable, steps = covariance, 0
    while np.linalg.cond(usable, 1) > 1 / _RECIPROCAL_CONDITION:
        usable, steps = usable + _ADDED_VARIANCE * np.eye(len(covariance)), steps + 1
    log.warning(
        "noise of interferograms: its covariance is not positive definite; %.2f rad^2 are added to "
        "all variances", steps * _ADDED_VARIANCE,
    )  # fmt: skip
    return usable
