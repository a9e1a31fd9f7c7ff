"""Whether a series is coloured in time, where white noise of unequal variances is expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from pystamps.arrays import Float64


@dataclass(frozen=True, slots=True)
class ColourTest:
    """A quadratic form of the residuals of one series, and what it reaches without colour.

    Attributes
    ----------
    form : float64, (n_column, n_column)
    scale, freedom : float, of the chi-square that the form is without colour
    """

    form: Float64
    scale: float
    freedom: float

    def chances(self, moments: Float64) -> Float64:
        """Say how often the form of second moments, (..., n_column, n_column), is so large."""
        values = np.sum(self.form * moments, axis=(-2, -1))
        return np.asarray(chi2.sf(values / self.scale, self.freedom))


def colour_test(expected: Float64, coloured: Float64) -> ColourTest:
    """Prepare the locally most powerful test of a covariance beside an expected one.

    Parameters
    ----------
    expected : ndarray of float64, shape (n_column, n_column)
        Covariance of the residuals without colour.
    coloured : ndarray of float64, shape (n_column, n_column)
        What colour would add to it.

    Notes
    -----
    The form is r' P C P r with P the inverse of ``expected``. Without colour it is a sum of
    chi-squares; its distribution is taken for that of one chi-square with the same mean and
    variance (Satterthwaite, 1946), for one realisation of the series.
    """
    inverse = np.linalg.pinv(expected, rcond=1e-6, hermitian=True)
    form = inverse @ coloured @ inverse
    product = form @ expected
    mean, square = float(np.trace(product)), float(np.sum(product * product.T))
    return ColourTest(form, square / mean, mean**2 / square)
