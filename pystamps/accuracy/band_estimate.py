"""Velocity and look-angle error by best linear prediction in bands of scale, with uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.band_posterior import BandPosterior, band_posterior
from pystamps.accuracy.gaussian_low_pass import GaussianLowPass, gaussian_low_pass
from pystamps.accuracy.local_noise import (
    BandFit,
    NoiseFactors,
    factors_of_pixels,
    factors_of_windows,
    fit_of_band,
)
from pystamps.accuracy.noise_in_time import NoiseInTime, noise_in_time, residual_projector
from pystamps.accuracy.phase_bands import PIXELS_AT_A_TIME, SCALES_M, PhaseBands, split_in_bands
from pystamps.accuracy.uniform_shrinkage import uniform_shrinkage
from pystamps.arrays import Bool, Float32, Float64, FloatArray

WINDOW_LENGTHS = 2.0
"""Width of the window in which the signal of a band is judged, in scales of the band."""
_NOISY = 3.0
"""Medians of the rms residual beyond which a pixel does not tell what is usual."""
_BASELINE_STEPS = 2
_SEED = 1


@dataclass(frozen=True, slots=True)
class BandStack:
    """Series of pixels relative to one image.

    Attributes
    ----------
    xy : float, (n_ps, 2), m
    phase : float, (n_ps, n_column), rad, finite, without the column of the reference image
    bperp : float, (n_ps, n_column), m
    years : float64, (n_column,), time after the reference image
    coloured : sequence of float64, (n_column, n_column), covariances of noise that are possible
        beside a variance of every image
    """

    xy: FloatArray
    phase: FloatArray
    bperp: FloatArray
    years: Float64
    coloured: Sequence[Float64]

    @property
    def design(self) -> Float64:
        """Constant, velocity (per year) and look-angle error (per m): (n_column, 3)."""
        return np.column_stack([np.ones_like(self.years), self.years, self.bperp.mean(axis=0)])


@dataclass(frozen=True, slots=True)
class BandEstimate:
    """Velocity v (rad/yr) and look-angle error K (rad/m) of every pixel, planes apart.

    Attributes
    ----------
    values : float64, (n_ps, 2), v and K, drawn to what their neighbourhood shows
    unshrunk : float64, (n_ps, 2), the same by least squares
    smooth : float64, (n_ps,), v by least squares without what single pixels have
    covariance : float64, (n_ps, 2, 2), of the errors of ``values``
    gain : float64, (n_ps,), share of a pixel's own value in v of the band of single pixels
    place : float64, (n_ps, 2), km from the middle of the pixels
    slopes : float64, (2, 2), of the planes of v and K (columns), per km
    slopes_error : float64, (2, 2), variances of the same
    noise : tuple of NoiseInTime, one of each band
    """

    values: Float64
    unshrunk: Float64
    smooth: Float64
    covariance: Float64
    gain: Float64
    place: Float64
    slopes: Float64
    slopes_error: Float64
    noise: tuple[NoiseInTime, ...]


def estimate_in_bands(stack: BandStack, *, is_drawn: bool = True) -> BandEstimate:
    """Estimate velocity and look-angle error in bands of scale.

    Parameters
    ----------
    stack : BandStack
        At least six columns whose dates and baselines determine three unknowns.
    is_drawn : bool
        False = least squares, nothing is drawn to what the neighbourhood shows.

    Returns
    -------
    BandEstimate

    Notes
    -----
    The phase is split in bands of spatial scale. In each, generalised least squares with the
    covariance of the images in that band (:mod:`pystamps.accuracy.noise_in_time`) gives x = (v, K)
    and its error E; the posterior of x draws it to zero as far as the neighbourhood shows no more
    than noise (:mod:`pystamps.accuracy.band_posterior`). The errors of the bands are correlated
    since the bands overlap: with gains g and the roots L of E,
    Var = sum_b V_b + sum_(b != c) rho_bc g_b L_b L_c' g_c', rho_bc the correlation of the
    residuals of the bands.
    """
    design = stack.design
    bands = split_in_bands(stack.xy, _with_mean_baselines(stack, design))
    is_usual = _usual_pixels(bands, design)
    moments = _moments(bands, is_usual)
    samples = _independent_pixels(stack.xy, int(is_usual.sum()))
    noise = tuple(
        noise_in_time(moments[b, b], design, samples=samples[b], coloured=stack.coloured)
        for b in range(bands.n_band)
    )
    parts = [
        _of_band(stack, bands, b, noise[b], is_usual, is_drawn=is_drawn)
        for b in range(bands.n_band)
    ]
    slopes, slopes_error = _planes(bands, design, noise, is_drawn=is_drawn)
    return BandEstimate(
        values=np.sum([part.posterior.mean for part in parts], axis=0),
        unshrunk=np.sum([part.values for part in parts], axis=0),
        smooth=np.sum([part.values[:, 0] for part in parts[1:]], axis=0),
        covariance=_with_overlap(parts, moments, design),
        gain=parts[0].posterior.gain[:, 0, 0],
        place=bands.place,
        slopes=slopes,
        slopes_error=slopes_error,
        noise=noise,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A band: values, their posterior, factors on the noise, root of the covariance of errors."""

    values: Float64
    posterior: BandPosterior
    factor: Float64
    root: Float64


def _with_mean_baselines(stack: BandStack, design: Float64) -> Float32:
    """Take off K (B(x) - mean B), so that all pixels have one design."""
    rows = np.linalg.pinv(design)
    mean, middle = stack.phase.mean(axis=0), stack.bperp.mean(axis=0)
    left = np.empty(stack.phase.shape, dtype=np.float32)
    for first in range(0, len(left), PIXELS_AT_A_TIME):
        some = slice(first, first + PIXELS_AT_A_TIME)
        phase, own = stack.phase[some] - mean, stack.bperp[some] - middle
        k_ps = phase @ rows[2]
        for _ in range(_BASELINE_STEPS):
            k_ps = (phase - k_ps[:, None] * own) @ rows[2]
        left[some] = phase - k_ps[:, None] * own
    return left


def _usual_pixels(bands: PhaseBands, design: Float64) -> Bool:
    """Tell pixels whose own series fits as well as others: wrong cycles are not among them."""
    project = residual_projector(design)
    rms = np.empty(len(bands.place))
    for rows in bands.blocks():
        rms[rows] = np.sqrt(((bands.band(0, rows) @ project) ** 2).sum(axis=1))
    return np.asarray(rms <= _NOISY * np.median(rms))


def _moments(bands: PhaseBands, is_usual: Bool) -> Float64:
    """Give the second moments of all bands and columns: (band, band, column, column), rad^2."""
    n_column = bands.steps[0].shape[1]
    total = np.zeros((bands.n_band * n_column,) * 2)
    for rows in bands.blocks():
        every = np.hstack([bands.band(b, rows) for b in range(bands.n_band)])[is_usual[rows]]
        total += every.T @ every
    total /= max(int(is_usual.sum()), 1)
    return total.reshape(bands.n_band, n_column, bands.n_band, n_column).transpose(0, 2, 1, 3)


def _independent_pixels(xy: FloatArray, n_usual: int) -> list[float]:
    """Estimate how many independent pixels each band of a scene has."""
    area = float(np.prod(np.ptp(xy, axis=0)))
    return [float(n_usual), *(max(1.0, area / (np.pi * scale**2)) for scale in SCALES_M[1:])]


def _of_band(
    stack: BandStack,
    bands: PhaseBands,
    number: int,
    noise: NoiseInTime,
    is_usual: Bool,
    *,
    is_drawn: bool,
) -> _Part:
    window = None
    if number:
        window = gaussian_low_pass(stack.xy, WINDOW_LENGTHS * SCALES_M[number])
    fit = fit_of_band(stack.design, noise)
    values, null_values = _fitted(bands, number, fit)
    factors = _factors(null_values, fit, window, is_usual, number)
    if noise.is_coloured and number:
        fit = fit_of_band(stack.design, noise, colour_share=float(np.median(factors.coloured)))
        values, null_values = _fitted(bands, number, fit)
    error = (
        factors.white[:, None, None] * fit.white_error[1:, 1:]
        + factors.coloured[:, None, None] * fit.coloured_error[1:, 1:]
    )
    posterior = band_posterior(
        values,
        error,
        samples=factors.samples,
        window=window,
        is_usual=is_usual,
        is_drawn=is_drawn,
    )
    root = fit.rows[1:] @ np.linalg.cholesky(noise.covariance)
    scale = error[:, 0, 0] / float(root[0] @ root[0])
    return _Part(values, posterior, scale, root)


def _fitted(bands: PhaseBands, number: int, fit: BandFit) -> tuple[Float64, Float64]:
    """Give velocity and look-angle error of a band, (n_ps, 2), and its null values."""
    n_ps = len(bands.place)
    values, null_values = np.empty((n_ps, 2)), np.empty((n_ps, fit.null.shape[1]))
    for rows in bands.blocks():
        series = bands.band(number, rows)
        values[rows], null_values[rows] = series @ fit.rows[1:].T, series @ fit.null
    return values, null_values


def _factors(
    null_values: Float64,
    fit: BandFit,
    window: GaussianLowPass | None,
    is_usual: Bool,
    number: int,
) -> NoiseFactors:
    if window is None:
        return factors_of_pixels(null_values / np.sqrt(1 + fit.colour), is_usual)
    generator = np.random.default_rng([_SEED, number])
    return factors_of_windows(null_values, fit.colour, window, generator)


def _with_overlap(parts: Sequence[_Part], moments: Float64, design: Float64) -> Float64:
    """Add up the covariances of the bands, and what their errors have in common."""
    project = residual_projector(design)
    left = np.einsum("ij,bcjk,ki->bc", project, moments, project)
    total = np.sum([part.posterior.covariance for part in parts], axis=0)
    for b, one in enumerate(parts):
        for c, other in enumerate(parts[:b]):
            share = left[b, c] / np.sqrt(left[b, b] * left[c, c])
            common = share * np.sqrt(one.factor * other.factor)[:, None, None]
            product = common * (one.posterior.gain @ (one.root @ other.root.T))
            product = product @ np.swapaxes(other.posterior.gain, 1, 2)
            total += product + np.swapaxes(product, 1, 2)
    return np.asarray(total)


def _planes(
    bands: PhaseBands, design: Float64, noise: Sequence[NoiseInTime], *, is_drawn: bool
) -> tuple[Float64, Float64]:
    """Give the slopes of the planes of v and K, and their variances by the planes of the images.

    A scene has one plane per image, too few to show colour in time by themselves: they have that of
    the longest band in which it is shown. The plane of K is drawn to zero as far as planes of the
    images explain it.
    """
    of_images = bands.plane[1:]
    shape = _shape_in_time(noise)
    weight = np.linalg.inv(shape)
    error = np.linalg.inv(design.T @ weight @ design)
    slopes = of_images @ (error @ design.T @ weight)[1:].T
    project = residual_projector(design)
    freedom = max(float(np.trace(project @ shape @ project)), 1e-9)
    spread = ((of_images @ project) ** 2).sum(axis=1) / freedom
    variance = spread[:, None] * np.diag(error)[1:]
    if not is_drawn:
        return slopes, variance
    strength = slopes[:, 1] ** 2 / variance[:, 1]
    drawn = uniform_shrinkage(np.asarray(strength.mean()), 2.0)
    unsure = (1 - drawn.noise_share) + strength * drawn.variance
    slopes[:, 1] *= 1 - drawn.noise_share
    variance[:, 1] *= unsure
    return slopes, variance


def _shape_in_time(noise: Sequence[NoiseInTime]) -> Float64:
    """Give the covariance in time of the longest coloured band of several pixels, in its mean."""
    coloured = [each.covariance for each in noise[1:] if each.is_coloured]
    if not coloured:
        return np.eye(len(noise[0].white))
    return np.asarray(coloured[-1] / np.diag(coloured[-1]).mean())
