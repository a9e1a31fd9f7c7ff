"""Posterior of velocity and look-angle error in one band of scale, pixel by pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pystamps.accuracy.gaussian_low_pass import GaussianLowPass
from pystamps.accuracy.uniform_shrinkage import uniform_shrinkage
from pystamps.arrays import Bool, Float64

GUARD_STARTS = 9.0
"""Chi-square (two unknowns) from which on a value of the pixel itself is no longer drawn."""
GUARD_FULL = 13.5
"""Chi-square from which on it is kept as it is."""
_FAR_OUT = 50.0
"""Chi-square of pixels that do not tell what is usual."""


class BandPosterior(NamedTuple):
    """What of a band is signal.

    Attributes
    ----------
    mean : float64, (n_ps, 2), velocity and look-angle error
    gain : float64, (n_ps, 2, 2), from the values to ``mean``
    covariance : float64, (n_ps, 2, 2), of the error of ``mean``
    """

    mean: Float64
    gain: Float64
    covariance: Float64


def band_posterior(
    values: Float64,
    error: Float64,
    *,
    samples: float,
    window: GaussianLowPass | None,
    is_usual: Bool,
    is_drawn: bool = True,
) -> BandPosterior:
    """Draw estimates to zero as far as they are noise.

    Parameters
    ----------
    values : ndarray of float64, shape (n_ps, 2)
    error : ndarray of float64, shape (n_ps, 2, 2)
        Covariance of the errors of the values.
    samples : float
        Independent pixels of a window.
    window : GaussianLowPass or None
        Where the signal is judged; None = over all pixels.
    is_usual : ndarray of bool, shape (n_ps,)
        Pixels that may tell what is usual.
    is_drawn : bool
        False = the values stay as they are, least squares.

    Notes
    -----
    With unit errors, the mean of z z' in the window has eigenvalues S; along each eigenvector the
    share of noise follows from S (:func:`~pystamps.accuracy.uniform_shrinkage.uniform_shrinkage`).
    The guard: where z is so far out that the prior cannot explain it (chi-square 9 and more), the
    pixel keeps its own value. Without it pixels that move alone lose a fifth of their motion.
    """
    if not is_drawn:
        whole = np.broadcast_to(np.eye(2), error.shape)
        return BandPosterior(values, whole, error)
    root = _root(error)
    unit = np.asarray(np.linalg.solve(root, values[:, :, None])[:, :, 0], dtype=np.float64)
    strength, turn = np.linalg.eigh(_mean_products(unit, window, is_usual))
    drawn = uniform_shrinkage(np.maximum(strength, 0), samples)
    along = np.einsum("nji,nj->ni", turn, unit)
    distance = (along**2 * drawn.noise_share).sum(axis=1)
    pull = 1 - np.clip((distance - GUARD_STARTS) / (GUARD_FULL - GUARD_STARTS), 0, 1)[:, None]
    kept = 1 - pull * drawn.noise_share
    unsure = kept + pull * along**2 * drawn.variance
    axes = root @ turn
    gain = (axes * kept[:, None, :]) @ np.linalg.inv(axes)
    covariance = (axes * unsure[:, None, :]) @ np.swapaxes(axes, 1, 2)
    return BandPosterior((gain @ values[:, :, None])[:, :, 0], gain, covariance)


def _root(error: Float64) -> Float64:
    """Give the lower triangular root of covariances (2, 2)."""
    root = np.zeros_like(error)
    root[:, 0, 0] = np.sqrt(error[:, 0, 0])
    root[:, 1, 0] = error[:, 1, 0] / root[:, 0, 0]
    root[:, 1, 1] = np.sqrt(np.maximum(error[:, 1, 1] - root[:, 1, 0] ** 2, 1e-30))
    return root


def _mean_products(unit: Float64, window: GaussianLowPass | None, is_usual: Bool) -> Float64:
    """Give the mean of z z' around each pixel, (n_ps, 2, 2), or over all of them, (1, 2, 2)."""
    if window is None:
        chosen = unit[is_usual & ((unit**2).sum(axis=1) < _FAR_OUT)]
        return np.asarray(chosen.T @ chosen / max(len(chosen), 1))[None]
    first, second = unit.T
    means = window.means(np.column_stack([first**2, first * second, second**2]))
    return np.asarray(means[:, [0, 1, 1, 2]].reshape(-1, 2, 2), dtype=np.float64)
