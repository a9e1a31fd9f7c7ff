"""Motion that is not linear in time, by collocation: apart from atmosphere, where it is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from pystamps.accuracy.motion_test import MotionTest
from pystamps.accuracy.moving_windows import moving_windows
from pystamps.accuracy.noise_in_time import CORRELATION_YEARS, residual_projector
from pystamps.arrays import Float32, Float64, FloatArray, Index

WINDOW_M = 700.0
"""Distance of the windows in which the motion of a neighbourhood is judged."""
_WIDTH, _REACH = 0.6, 2.0
_LEAST_PIXELS = 20
_BESIDE = 1.5
"""Distance of windows that lie beside each other, in ``WINDOW_M``: diagonals are among them."""
_LEAST_NOISE = 0.5
"""Smallest factor on the atmosphere of a window."""
MOST_COLOUR = 0.35
"""Colour of the atmosphere, as a share of its white part, beyond which no motion is claimed."""
_QUIET = 0.25
"""Share of the windows that move least; where they rest, colour of the others is motion."""
_OWN_SHARE = 0.7
"""Share of an image's own variance; the rest is the mean of the images."""


@dataclass(frozen=True, slots=True)
class NonlinearMotion:
    """Motion beside the straight line.

    Attributes
    ----------
    series : float32, (n_ps, n_column), rad, relative to the reference image, without slope
    variance : float32, (n_ps, n_column), rad^2, of what is left or missing in it
    claimed : float, share of the windows in which there is some
    colour : float, atmosphere that is correlated in time, as a share of the white one; it is
        expected everywhere, and is not taken for motion
    """

    series: Float32
    variance: Float32
    claimed: float
    colour: float

    @property
    def is_off(self) -> bool:
        """Tell whether the atmosphere is too much like motion for any to be claimed."""
        return self.colour > MOST_COLOUR


@dataclass(frozen=True, slots=True)
class _Model:
    """What the windows have in common: projector, atmosphere, correlations of the motion.

    ``within`` are the correlations of the images with each other, ``across`` those of what is
    predicted with the images: the motion of the images less that of the reference image and less
    its own straight line; ``own`` are the variances of that. ``beside_lines`` is what ``within``
    adds to the moments of residuals of straight lines.
    """

    project: Float64
    noise: Float64
    within: Float64
    across: Float64
    own: Float64
    beside_lines: Float64


def nonlinear_motion(xy: FloatArray, smooth: Float32, years: Float64) -> NonlinearMotion:
    """Separate motion that is not linear in time from atmosphere.

    Parameters
    ----------
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m.
    smooth : ndarray of float32, shape (n_ps, n_column)
        Phase in rad without look-angle error, planes and what single pixels have; columns of the
        secondary images.
    years : ndarray of float64, shape (n_column,)
        After the reference image.

    Notes
    -----
    In windows, the covariance in time is y S0 + sum_k c_k C_k, with S0 that of the atmosphere of
    the whole scene and C_k correlations of 0.15, 0.4 and 1.0 years and an annual cosine; y and c
    follow by non-negative least squares from the moments of the residuals of a straight line. The
    motion is the prediction C Q f, Q = S^-1 - S^-1 A (A' S^-1 A)^-1 A' S^-1 (Moritz, 1980; least
    squares collocation), less its own straight line: the velocity of the pixel is a line through
    all that moves, and holds that already.

    It is claimed only where windows beside each other are as unlike atmosphere, by likelihood with
    steps at every date among the courses (:mod:`pystamps.accuracy.motion_test`), as the same images
    turned over at random are in one scene in 100 (:mod:`pystamps.accuracy.moving_windows`). Any
    factor on the atmosphere of a window is allowed, since a step that is large raises that instead
    of the colour. Colour of the median window is taken for that of the atmosphere and is part of
    S0, so that delay that is correlated in time makes the test less sensitive. Where it exceeds
    ``MOST_COLOUR``, the scene moves in many windows if a quarter has less, whose colour takes its
    place; where that quarter exceeds it, motion and atmosphere cannot be told apart, and none is
    claimed.
    """
    model = _scene_model(smooth, years)
    centres, windows = _windows(xy)
    if not windows:
        nothing = np.zeros(smooth.shape, dtype=np.float32)
        return NonlinearMotion(nothing, nothing.copy(), 0.0, 0.0)
    moments = np.stack([_moments(smooth[near], model.project, w) for near, w in windows])
    model, colour = _with_common_colour(model, moments)
    fits = [_components(found, model) for found in moments]
    is_claimed = np.zeros(len(windows), np.bool_)
    if colour <= MOST_COLOUR:
        test = MotionTest.of(moments, model.noise, _courses(model))
        is_claimed = moving_windows(test, centres, reach_m=_BESIDE * WINDOW_M)
    total, variance = np.zeros(smooth.shape, np.float32), np.zeros(smooth.shape, np.float32)
    weights = np.zeros(len(xy))
    for (near, weight), fit, is_moving in zip(windows, fits, is_claimed, strict=True):
        filter_, left = _prediction(model, *fit, is_moving=bool(is_moving))
        if is_moving:
            total[near] += weight[:, None] * (smooth[near] @ filter_.T.astype(np.float32))
        variance[near] += (weight[:, None] * left).astype(np.float32)
        weights[near] += weight
    scale = (1 / np.maximum(weights, 1e-9)).astype(np.float32)[:, None]
    return NonlinearMotion(total * scale, variance * scale, float(is_claimed.mean()), colour)


def _scene_model(smooth: Float32, years: Float64) -> _Model:
    """Estimate the variances of the images, white in time, over the whole scene."""
    times = np.append(years, 0.0)
    apart = np.abs(times[:, None] - times)
    every = np.stack(
        [np.exp(-0.5 * (apart / length) ** 2) for length in CORRELATION_YEARS]
        + [np.cos(2 * np.pi * apart)]
    )
    line = np.column_stack([np.ones_like(years), years])
    project = residual_projector(line)
    within = every[:, :-1, :-1]
    n = len(years)
    moments = _moments(smooth, project, np.ones(len(smooth)))
    basis = np.einsum("ai,bi->abi", project, project).reshape(n * n, n)
    beside_lines = np.stack([project @ one @ project for one in within])
    shapes = beside_lines.reshape(-1, n * n)
    found = nnls(np.column_stack([basis, *shapes]), moments.reshape(n * n))[0][:n]
    white = _OWN_SHARE * found + (1 - _OWN_SHARE) * found.mean() + 1e-6
    bent = np.hstack([np.eye(n) - np.outer(years, np.linalg.pinv(line)[1]), -np.ones((n, 1))])
    across = bent @ every[:, :, :-1]
    own = np.einsum("ia,kab,ib->ki", bent, every, bent)
    return _Model(project, (project * white) @ project, within, across, own, beside_lines)


def _windows(xy: FloatArray) -> tuple[Float64, list[tuple[Index, Float64]]]:
    """Give the centres of the windows, (n, 2), the pixels around each, and their weights."""
    tree = cKDTree(xy)
    low, extent = np.min(xy, axis=0), np.ptp(xy, axis=0)
    counts = np.maximum(1, np.ceil(extent / WINDOW_M).astype(int))
    axes = [low[d] + np.arange(counts[d] + 1) * extent[d] / counts[d] for d in range(2)]
    centres, windows = [], []
    for centre in np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2):
        near = np.asarray(tree.query_ball_point(centre, _REACH * WINDOW_M), dtype=np.int64)
        if near.size >= _LEAST_PIXELS:
            distance = np.sum((xy[near] - centre) ** 2, axis=1) / WINDOW_M**2
            centres.append(centre)
            windows.append((near, np.exp(-0.5 * distance / _WIDTH**2)))
    return np.array(centres), windows


def _moments(smooth: Float32, project: Float64, weight: Float64) -> Float64:
    """Give the weighted second moments of the residuals of straight lines, rad^2."""
    heavy = smooth * np.sqrt(weight / weight.sum()).astype(np.float32)[:, None]
    return np.asarray(project @ (heavy.T @ heavy).astype(np.float64) @ project)


def _components(moments: Float64, model: _Model) -> tuple[float, Float64]:
    """Fit the factor on the atmosphere and the amplitudes of the motion of a window."""
    n = moments.size
    basis = np.column_stack([model.noise.reshape(n), *model.beside_lines.reshape(-1, n)])
    found = nnls(basis, moments.reshape(n))[0]
    return max(float(found[0]), _LEAST_NOISE), found[1:]


def _with_common_colour(model: _Model, moments: Float64) -> tuple[_Model, float]:
    """Add to the atmosphere the colour that the median window has, or that the quiet ones have.

    Atmosphere that lasts colours all windows, motion does not: the quiet quarter tells which of
    them colours more than half of a scene.
    """
    amplitudes = np.array([_components(found, model)[1] for found in moments])
    sizes = amplitudes.sum(axis=1)
    shape = amplitudes.sum(axis=0)
    if not np.median(sizes) or not shape.any():
        return model, 0.0
    of_median, share = _with_colour(model, float(np.median(sizes)) * shape / shape.sum())
    shares = amplitudes @ np.trace(model.beside_lines, axis1=1, axis2=2) / np.trace(model.noise)
    quiet = float(np.quantile(shares, _QUIET))
    if quiet > MOST_COLOUR:
        return of_median, max(share, quiet)
    if share > MOST_COLOUR:
        return _with_colour(model, float(np.quantile(sizes, _QUIET)) * shape / shape.sum())
    return of_median, share


def _with_colour(model: _Model, amplitudes: Float64) -> tuple[_Model, float]:
    """Add colour to the atmosphere; give it as a share of the white part too."""
    colour = np.einsum("k,kij->ij", amplitudes, model.beside_lines)
    share = float(np.trace(colour) / np.trace(model.noise))
    return replace(model, noise=model.noise + colour), share


def _courses(model: _Model) -> Float64:
    """Give what motion may look like in residuals of lines: correlated in time, or a step."""
    after = model.project @ np.tri(len(model.project))[:, 1:]
    return np.concatenate([model.beside_lines, np.einsum("is,js->sij", after, after)])


def _prediction(
    model: _Model, factor: float, amplitudes: Float64, *, is_moving: bool
) -> tuple[Float64, Float64]:
    """Give the filter from phases to motion, and the variance of what it misses.

    A window that shows no motion may still have as much as its amplitudes say.
    """
    own = np.einsum("k,ki->i", amplitudes, model.own)
    if not is_moving:
        return np.zeros_like(model.noise), own
    within = np.einsum("k,kij->ij", amplitudes, model.within)
    across = np.einsum("k,kij->ij", amplitudes, model.across)
    # the residuals know the atmosphere only without lines: its inverse there is what is needed
    inverse = np.linalg.pinv(
        factor * model.noise + model.project @ within @ model.project, rcond=1e-8, hermitian=True
    )
    filter_ = across @ inverse
    return filter_, np.maximum(own - np.sum(filter_ * across, axis=1), 0)
