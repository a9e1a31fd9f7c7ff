"""How much of an estimate is signal, when the variance of the signal has to be learnt too."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammainc, gammaln, hyp1f1

from pystamps.arrays import Float64


class Shrinkage(NamedTuple):
    """Share of noise in estimates of unit error variance.

    Attributes
    ----------
    noise_share : float64, posterior mean of B = 1 / (1 + variance of the signal)
    variance : float64, posterior variance of B
    """

    noise_share: Float64
    variance: Float64


def uniform_shrinkage(mean_square: Float64, samples: Float64 | float) -> Shrinkage:
    """Give the posterior of the share of noise B for a uniform prior on it.

    Parameters
    ----------
    mean_square : ndarray of float64
        Mean square of estimates whose error has variance 1; any shape.
    samples : ndarray of float64 or float
        Number of independent estimates in that mean.

    Notes
    -----
    The estimates have variance T = 1 / B >= 1, so that n times the mean square S is T times
    chi-square with n degrees of freedom. With B uniform on (0, 1) the posterior density is
    B**(n/2) exp(-n S B / 2) on (0, 1), a truncated gamma density (Strawderman, 1971; Morris, 1983,
    J. Am. Stat. Assoc. 78, 47-55; Daniels, 1999). Its mean is below 1 even where S is below 1: few
    samples cannot show that there is no signal. The error of a shrunk estimate x (1 - B) then is
    1 - E[B] + x**2 Var[B], which a plug-in of max(S - 1, 0) leaves out.
    """
    half = np.asarray(samples, dtype=np.float64) / 2
    rate = np.maximum(half * mean_square, 1e-12)
    first = _moment(half, rate, 1)
    second = _moment(half, rate, 2)
    return Shrinkage(first, np.maximum(second - first**2, 0))


def _moment(half: Float64, rate: Float64, order: int) -> Float64:
    """Give E[B**order] of the density B**half exp(-rate B) on (0, 1)."""
    return np.asarray(np.exp(_log_integral(half + order, rate) - _log_integral(half, rate)))


def _log_integral(power: Float64, rate: Float64) -> Float64:
    """Give the logarithm of the integral of B**power exp(-rate B) over (0, 1).

    The incomplete gamma function underflows at small rates, the confluent hypergeometric function
    overflows at large ones.
    """
    a = power + 1
    is_small = rate < a
    small, large = np.where(is_small, rate, 0.0), np.where(is_small, a, rate)
    series = np.log(hyp1f1(1, a + 1, small)) - small - np.log(a)
    complete = np.log(gammainc(a, large)) + gammaln(a) - a * np.log(large)
    return np.asarray(np.where(is_small, series, complete))
