"""Noise of the series of a band at each pixel: as over the whole scene, or stronger or weaker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.gaussian_low_pass import GaussianLowPass
from pystamps.accuracy.noise_in_time import NoiseInTime
from pystamps.arrays import Bool, Float64

_LEAST_FACTOR = 0.2
_NULL_MAPS = 8


@dataclass(frozen=True, slots=True)
class BandFit:
    """Least squares of the unknowns from the series of a band, and what is left of the series.

    Attributes
    ----------
    rows : float64, (n_unknown, n_column), the unknowns from the series
    null : float64, (n_column, n_freedom), what holds nothing of the unknowns, with unit variances
        where the noise is white with the variances of the images
    colour : float64, (n_freedom,), variances of the same by the coloured part of the noise
    white_error, coloured_error : float64, (n_unknown, n_unknown), covariances of the unknowns by
        the white and by the coloured part
    """

    rows: Float64
    null: Float64
    colour: Float64
    white_error: Float64
    coloured_error: Float64


def fit_of_band(design: Float64, noise: NoiseInTime, *, colour_share: float = 1.0) -> BandFit:
    """Prepare generalised least squares with the noise of a band.

    Parameters
    ----------
    design : ndarray of float64, shape (n_column, n_unknown)
    noise : NoiseInTime
    colour_share : float
        Share of the coloured part that the weights reckon with.
    """
    coloured = noise.covariance - np.diag(noise.white)
    inverse = np.linalg.inv(np.diag(noise.white) + colour_share * coloured)
    rows = np.asarray(np.linalg.solve(design.T @ inverse @ design, design.T @ inverse), np.float64)
    root = np.sqrt(noise.white)
    basis = np.linalg.svd(design / root[:, None])[0][:, design.shape[1] :]
    null = basis / root[:, None]
    strength, turn = np.linalg.eigh(null.T @ coloured @ null)
    return BandFit(
        rows,
        null @ turn,
        np.maximum(strength, 0),
        (rows * noise.white) @ rows.T,
        rows @ coloured @ rows.T,
    )


@dataclass(frozen=True, slots=True)
class NoiseFactors:
    """How much stronger the noise of a pixel is than that of the scene.

    Attributes
    ----------
    white, coloured : float64, (n_ps,), factors on variances
    samples : float, independent pixels in the window
    """

    white: Float64
    coloured: Float64
    samples: float


def factors_of_pixels(null_values: Float64, is_usual: Bool) -> NoiseFactors:
    """Judge the noise of single pixels, each by its own series.

    Notes
    -----
    The mean square of the m null values of a pixel has m degrees of freedom. It is drawn to the
    mean of all pixels by as many as the spread of the factors over the pixels says, so that a
    series that is quiet by chance is not believed to be.
    """
    freedom = null_values.shape[1]
    own = np.mean(null_values**2, axis=1)
    mean = float(own[is_usual].mean())
    spread = float(np.minimum(own, 9 * mean)[is_usual].var())
    real = max((spread - 2 * mean**2 / freedom) / (1 + 2 / freedom), 1e-3 * mean**2)
    prior = 2 * mean**2 / real
    factor = (freedom * own + prior * mean) / (freedom + prior)
    return NoiseFactors(factor, np.ones_like(factor), float(is_usual.sum()))


def factors_of_windows(
    null_values: Float64, colour: Float64, window: GaussianLowPass, generator: np.random.Generator
) -> NoiseFactors:
    """Judge the noise around pixels, by the null values in a window.

    Parameters
    ----------
    null_values : ndarray of float64, shape (n_ps, n_freedom)
    colour : ndarray of float64, shape (n_freedom,)
        Their variances by colour in the whole scene; 0 = white.
    window : GaussianLowPass
    generator : numpy.random.Generator
        Chooses null values that show how many independent pixels a window holds.

    Notes
    -----
    The mean square of null value j is ``q + c colour_j``; both factors follow by weighted least
    squares. How many independent pixels ``n`` a window holds is seen from null values themselves:
    local means of squares of noise with unit variance have the variance ``2 / n``.
    """
    weight = 1 / (1 + colour) ** 2
    squares = null_values**2
    if colour.max(initial=0.0) < 1e-3:
        white = np.maximum(window.means(squares.mean(axis=1)), _LEAST_FACTOR).astype(np.float64)
        coloured = np.ones_like(white)
    else:
        terms = np.column_stack([np.ones_like(colour), colour])
        solve = np.linalg.solve((terms.T * weight) @ terms, terms.T * weight)
        found = window.means(squares @ solve.T).astype(np.float64)
        white, coloured = np.maximum(found[:, 0], _LEAST_FACTOR), np.maximum(found[:, 1], 0)
    chosen = generator.permutation(squares.shape[1])[:_NULL_MAPS]
    expected = white[:, None] + coloured[:, None] * colour[chosen]
    apart = window.means(squares[:, chosen]) / expected - 1
    return NoiseFactors(white, coloured, 2 / max(float(np.mean(apart**2)), 1e-6))
