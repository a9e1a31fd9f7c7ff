"""Whether a neighbourhood moves other than linearly: by likelihood, steps among the courses."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64

_AMPLITUDES = (0.3, 1.0, 3.0, 10.0)
"""Motion that is tried, its variance as a multiple of that of the atmosphere."""
_DRAWS = 10_000
_LEAST_EIGENVALUE = 1e-6
"""Of the atmosphere, in units of its largest: below it are the lines, which residuals lack."""


def chances_of_rest(moments: Float64, noise: Float64, courses: Float64) -> Float64:
    """Say of windows how often atmosphere alone is as much like motion.

    Parameters
    ----------
    moments : ndarray of float64, shape (n_window, n_column, n_column)
        Second moments of the residuals of straight lines.
    noise : ndarray of float64, shape (n_column, n_column)
        Their covariance where nothing moves, up to a factor of the window.
    courses : ndarray of float64, shape (n_course, n_column, n_column)
        Covariances in time of motion, of residuals of lines too, each up to a factor.

    Returns
    -------
    ndarray of float64, shape (n_window,)

    Notes
    -----
    The largest of the likelihood ratios of y (S0 + a C) to y S0 over the courses C and some
    amplitudes a, the factor y estimated under each: in coordinates in which S0 is the identity of n
    dimensions and e_i are the eigenvalues of C, twice its logarithm is n log(|z|^2 / sum_i z_i^2 /
    (1 + a e_i)) - sum_i log(1 + a e_i). How often it is so large follows from draws of S0, one
    realisation each: a window whose pixels are not all alike has less scatter, so that the chance
    is rather too large.
    """
    values, vectors = np.linalg.eigh(noise)
    is_known = values > _LEAST_EIGENVALUE * values[-1]
    whitener = (vectors[:, is_known] / np.sqrt(values[is_known])).T
    white = whitener @ moments @ whitener.T
    drawn = np.random.default_rng(0).standard_normal((_DRAWS, len(whitener)))
    found = np.full(len(moments), -np.inf)
    by_chance = np.full(_DRAWS, -np.inf)
    for course in courses:
        size, axes = np.linalg.eigh(whitener @ course @ whitener.T)
        size = np.maximum(size, 0) * len(size) / size.sum()
        squares = np.einsum("ki,wkl,li->wi", axes, white, axes, optimize=True)
        found = np.maximum(found, _ratios(squares, size))
        by_chance = np.maximum(by_chance, _ratios((drawn @ axes) ** 2, size))
    by_chance.sort()
    above = _DRAWS - np.searchsorted(by_chance, found)
    return np.asarray((1 + above) / (1 + _DRAWS))


def _ratios(squares: Float64, size: Float64) -> Float64:
    """Give the largest likelihood ratio over the amplitudes, (n_window,), in logarithms."""
    shrunk = 1 / (1 + np.multiply.outer(np.asarray(_AMPLITUDES), size))
    fitted = squares @ shrunk.T
    whole = squares.sum(axis=1, keepdims=True)
    ratios = squares.shape[1] * np.log(whole / fitted) + np.log(shrunk).sum(axis=1)
    return np.asarray(ratios.max(axis=1))
