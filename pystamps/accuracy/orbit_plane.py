"""Which plane of a velocity map is orbit: that of what does not move, as far as images allow it.

A plane that is fitted to every interferogram takes the plane of the motion with it. Taking planes
off interferograms and fitting lines is the same linear map as fitting lines and taking a plane off
the velocity, so that the only question is which plane of the map to take off. Two things are known
about it: how large the planes of single images are, which says what orbits can do to a velocity,
and how sure the plane of what does not move is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.uniform_shrinkage import uniform_shrinkage
from pystamps.arrays import Float64, FloatArray, Index
from pystamps.fit_condition import require_determined, surface_condition

log = logging.getLogger(__name__)

_MOST_PIXELS = 50_000
_STARTING_STEPS, _STEPS = 15, 50
_CUT_OFF, _NEAR_ZERO = 3.0, 0.3
_MAD_TO_STD = 1.4826
_MOST_CHI_SQUARE = 13.8
_PRIOR_SAMPLES = 6.0
"""Weight of the belief that planes are orbit: four fifths of their variance, with a uniform prior
on the share and so many samples of it."""
_BLOCKS = 3
"""The scene is cut into 3 x 3 blocks, of which each is left out once."""


@dataclass(frozen=True, slots=True)
class VelocityPlane:
    """The plane of a velocity map that is taken for orbit.

    Attributes
    ----------
    plane : float64, (n_ps,), mm/yr, relative to the reference area; to be taken off
    std : float64, (n_ps,), mm/yr, standard deviation of what is left of planes, relative to it
    """

    plane: Float64
    std: Float64


def velocity_plane(
    kind: str,
    velocity: Float64,
    smooth: Float64,
    place: Float64,
    allowed: Float64,
    *,
    is_motion_possible: bool,
) -> VelocityPlane:
    """Find the plane of a velocity map that is taken for orbit, and how unsure it is.

    Parameters
    ----------
    kind : str
        interferogram, none or combined (``accuracy.orbit_plane``).
    velocity : ndarray of float64, shape (n_ps,)
        mm/yr, with all planes in it; NaN is passed over.
    smooth : ndarray of float64, shape (n_ps,)
        The same without what single pixels have: a mean of near pixels.
    place : ndarray of float64, shape (n_ps, 2)
        x and y in km relative to the reference area.
    allowed : ndarray of float64, shape (2, 2)
        Covariance of the slopes that planes of the images give to a velocity, (mm/yr/km)^2.
    is_motion_possible : bool
        The whole scene may move as a plane (``accuracy.long_wave_motion``): what was taken off may
        have been motion.

    Returns
    -------
    VelocityPlane

    Raises
    ------
    ParameterError
        The pixels lie on a line.

    Notes
    -----
    With the slopes ``p`` of the plane of what does not move (Tukey's biweight), their covariance
    ``S`` (jackknife of blocks) and ``allowed`` = ``E``, combined takes off ``G p``,
    ``G = E (E + S)^-1``, and leaves the covariance ``G S``. What moves as a plane over the whole
    scene is in ``p`` and not in ``S``. Where it may, the share B of orbit in ``p`` is unsure: its
    density is that of :func:`~pystamps.accuracy.uniform_shrinkage.uniform_shrinkage` for the two
    slopes and six prior samples of mean square 0, with which four fifths of a plane are
    expected to be orbit; what is left then has the covariance
    ``E - E[B] G E + (Var[B] + (1 - E[B])^2) G p p' G'``. Where
    ``p' (E + S)^-1 p`` exceeds 13.8 (chi-square, once in 1000 by chance) orbits do not explain the
    plane, and combined takes nothing off; ``E`` is what stays unknown, as for none.
    """
    known = np.flatnonzero(np.isfinite(velocity) & np.isfinite(smooth))
    if kind == "none" or not known.size:
        return VelocityPlane(np.zeros(len(velocity)), _std(place, allowed))
    chosen = known[:: max(1, -(-known.size // _MOST_PIXELS))]
    require_determined(
        surface_condition(place[chosen] * 1000, 3),
        "plane of the velocity (positions of ps2.mat)",
        remedy="set accuracy.orbit_plane to none",
    )
    is_robust = kind == "combined"
    values = smooth[chosen] if is_robust else velocity[known]
    points = place[chosen if is_robust else known]
    slopes = _plane_slopes(values, points, is_robust=is_robust)
    spread = _jackknife(values, points, is_robust=is_robust)
    if not is_robust:
        std = _std(place, spread)
        unsure = np.maximum(std, _std(place, allowed)) if is_motion_possible else std
        return VelocityPlane(place @ slopes, unsure)
    if _is_beyond(slopes, allowed + spread):
        log.warning(
            "the velocity has a plane of %.3g mm/yr per km, more than the planes of the images "
            "explain: it is kept as motion",
            float(np.hypot(*slopes)),
        )
        return VelocityPlane(np.zeros(len(velocity)), _std(place, allowed))
    gain = allowed @ np.linalg.pinv(allowed + spread)
    left = gain @ spread
    if is_motion_possible:
        left = _left_of_plane(slopes, gain, allowed, allowed + spread)
    return VelocityPlane(place @ (gain @ slopes), _std(place, left))


def _left_of_plane(slopes: Float64, gain: Float64, allowed: Float64, total: Float64) -> Float64:
    """Give the covariance of slopes that are left where the plane taken off may be motion."""
    samples = slopes.size + _PRIOR_SAMPLES
    square = slopes @ np.linalg.pinv(total) @ slopes
    share = uniform_shrinkage(np.asarray(square / samples), samples)
    taken = np.outer(gain @ slopes, gain @ slopes)
    orbit = float(share.noise_share)
    unsure = float(share.variance) + (1 - orbit) ** 2
    return np.asarray(allowed - orbit * gain @ allowed + unsure * taken)


def _is_beyond(slopes: Float64, expected: Float64) -> bool:
    """Tell whether a plane is larger than expected."""
    return bool(slopes @ np.linalg.pinv(expected) @ slopes > _MOST_CHI_SQUARE)


def _std(place: Float64, covariance: Float64) -> Float64:
    """Give the standard deviation of a plane by the covariance of its slopes."""
    variance = np.einsum("ni,ij,nj->n", place, covariance, place)
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def _plane_slopes(values: Float64, place: Float64, *, is_robust: bool) -> Float64:
    """Fit a plane; robust = by Tukey's biweight from an L1 start."""
    terms = np.column_stack([np.ones(len(place)), place])
    if not is_robust:
        return _weighted(terms, values, np.ones(len(values)))[1:]
    left, found = values - np.median(values), np.zeros(3)
    for step in range(_STEPS):
        found = _weighted(terms, values, _weights(left, is_start=step < _STARTING_STEPS))
        left = values - terms @ found
    return found[1:]


def _weights(left: Float64, *, is_start: bool) -> Float64:
    """Give weights of residuals: of least absolute values at the start, then of the biweight."""
    scale = max(_MAD_TO_STD * float(np.median(np.abs(left))), 1e-6)
    if is_start:
        return np.asarray(1 / np.maximum(np.abs(left), _NEAR_ZERO * scale))
    share = np.minimum(np.abs(left) / (_CUT_OFF * scale), 1)
    return np.asarray((1 - share**2) ** 2)


def _weighted(terms: Float64, values: FloatArray, weights: Float64) -> Float64:
    root = np.sqrt(weights)
    return np.asarray(np.linalg.lstsq(terms * root[:, None], values * root, rcond=None)[0])


def _jackknife(values: Float64, place: Float64, *, is_robust: bool) -> Float64:
    """Give the covariance of the slopes, (2, 2), from planes that lack one block each."""
    block = _blocks(place)
    numbers = np.unique(block)
    without = [
        _plane_slopes(values[kept], place[kept], is_robust=is_robust)
        for kept in (block != number for number in numbers)
        if _is_plane(place[kept])
    ]
    if len(without) < 2:
        return np.zeros((2, 2))
    apart = np.array(without) - np.mean(without, axis=0)
    share = (len(without) - 1) / len(without)
    return np.asarray(share * apart.T @ apart)


def _is_plane(place: Float64) -> bool:
    return not surface_condition(place * 1000, 3).refusal


def _blocks(place: Float64) -> Index:
    """Give the number of the block of every pixel."""
    low, size = place.min(axis=0), np.maximum(np.ptp(place, axis=0), 1e-9)
    at = np.minimum((place - low) / size * _BLOCKS, _BLOCKS - 1).astype(np.int64)
    return np.asarray(at[:, 0] * _BLOCKS + at[:, 1])
