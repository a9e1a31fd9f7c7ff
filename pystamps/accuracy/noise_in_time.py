"""Covariance of the images in a band of scale, from residuals: variances, and colour in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from pystamps.arrays import Float64

PRIOR_SAMPLES = 6.0
"""Weight of the mean over the images in the variance of one image, in independent samples."""
_LEAST_SHARE = 0.1
"""Smallest variance of an image as a share of the mean."""
SIGNIFICANT = 4.0
"""Standard deviations of the test from which on colour in time is believed."""
CORRELATION_YEARS = (0.15, 0.4, 1.0)
"""Standard deviations of the Gaussian correlations in time that are tried."""


class NoiseInTime(NamedTuple):
    """Covariance of the images, and whether it is more than variances.

    Attributes
    ----------
    white : float64, (n_column,), rad^2, variances of the images
    covariance : float64, (n_column, n_column), rad^2, with the coloured part
    colour : float, largest test statistic of colour in time, in standard deviations
    is_coloured : bool, whether it is significant, and part of the covariance
    """

    white: Float64
    covariance: Float64
    colour: float
    is_coloured: bool


def correlations_in_time(years: Float64) -> tuple[Float64, ...]:
    """Give the Gaussian correlations of times with each other: (n, n) each."""
    apart = years[:, None] - years
    return tuple(np.exp(-0.5 * (apart / length) ** 2) for length in CORRELATION_YEARS)


def residual_projector(design: Float64) -> Float64:
    """Give I - A A+, which leaves the residuals of ordinary least squares: (n, n)."""
    return np.asarray(np.eye(len(design)) - design @ np.linalg.pinv(design))


def noise_in_time(
    moments: Float64, design: Float64, *, samples: float, coloured: Sequence[Float64]
) -> NoiseInTime:
    """Estimate the covariance of the images from the second moments of their phases.

    Parameters
    ----------
    moments : ndarray of float64, shape (n_column, n_column)
        Mean of f f' over pixels, rad^2.
    design : ndarray of float64, shape (n_column, n_unknown)
        What is not noise.
    samples : float
        Number of independent pixels in that mean.
    coloured : sequence of ndarray of float64, shape (n_column, n_column)
        Covariances beside variances of the images that are possible.

    Notes
    -----
    With M = I - A A+ the residuals have the moments M S M. S = diag(s) + sum c_k C_k with s, c >= 0
    is fitted to them by non-negative least squares (MINQUE; Rao, 1971), s then drawn to its mean
    by ``PRIOR_SAMPLES``. The c_k are allowed only where one of the quadratic forms
    H = P M C_k M P, P the inverse of M diag(s) M, exceeds its mean for white noise by
    ``SIGNIFICANT`` standard deviations, of the independent pixels there are.
    """
    project = residual_projector(design)
    residual = project @ moments @ project
    white = _white_variances(residual, project, samples)
    colour = max(
        (_colour_of(residual, project, white, one, samples) for one in coloured), default=0.0
    )
    if colour < SIGNIFICANT:
        return NoiseInTime(white, np.diag(white), colour, False)
    white, shares = _with_colour(residual, project, samples, coloured)
    total = np.diag(white) + sum(c * one for c, one in zip(shares, coloured, strict=True))
    return NoiseInTime(white, np.asarray(total), colour, bool(shares.any()))


def _white_variances(residual: Float64, project: Float64, samples: float) -> Float64:
    found, _ = nnls(project**2, np.diag(residual))
    return _drawn_to_mean(found, samples)


def _drawn_to_mean(variances: Float64, samples: float) -> Float64:
    mean, own = variances.mean(), samples / (samples + PRIOR_SAMPLES)
    return np.asarray(np.maximum(own * variances + (1 - own) * mean, _LEAST_SHARE * mean))


def _colour_of(
    residual: Float64, project: Float64, white: Float64, shape: Float64, samples: float
) -> float:
    """Compare a quadratic form of the residuals with what white noise gives, in deviations."""
    expected = (project * white) @ project
    inverse = np.linalg.pinv(expected, rcond=1e-6, hermitian=True)
    form = inverse @ project @ shape @ project @ inverse
    under_white = form @ expected
    spread = np.sqrt(2 * np.sum(under_white * under_white.T) / max(samples, 1.0))
    return float((np.sum(form * residual) - np.trace(under_white)) / max(spread, 1e-300))


def _with_colour(
    residual: Float64, project: Float64, samples: float, coloured: Sequence[Float64]
) -> tuple[Float64, Float64]:
    """Fit variances of the images and shares of the coloured covariances together."""
    n = len(project)
    of_images = np.einsum("ai,bi->abi", project, project).reshape(n * n, n)
    of_colours = [(project @ one @ project).reshape(n * n) for one in coloured]
    found, _ = nnls(np.column_stack([of_images, *of_colours]), residual.reshape(n * n))
    return _drawn_to_mean(found[:n], samples), found[n:]
