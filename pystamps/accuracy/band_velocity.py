"""Velocity and look-angle error in bands of scale, as result of a data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.band_estimate import BandEstimate, BandStack, estimate_in_bands
from pystamps.accuracy.orbit_plane import velocity_plane
from pystamps.accuracy.series_of_images import ImageSeries, series_of_images
from pystamps.arrays import Bool, Float64, Index
from pystamps.model import AccurateVelocity
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix
from pystamps.stages.reference_area import reference_pixels

_CLEARLY_NEARER = 0.75


@dataclass(frozen=True, slots=True)
class BandMethod:
    """How a velocity is estimated.

    Attributes
    ----------
    orbit_plane : str
        See :func:`~pystamps.accuracy.orbit_plane.velocity_plane`.
    is_drawn : bool
        Values are drawn to what the neighbourhood shows (``accuracy.estimation: bands``); False =
        least squares of both unknowns at once (``joint``).
    is_posterior : bool
        The look-angle error gets a standard deviation (``accuracy.uncertainty``).
    is_motion_possible : bool
        The whole scene may move as a plane (``accuracy.long_wave_motion``).
    """

    orbit_plane: str
    is_drawn: bool
    is_posterior: bool
    is_motion_possible: bool


def band_velocity(
    parts: PhaseParts, bperp: Matrix, parameters: Parameters, method: BandMethod
) -> AccurateVelocity:
    """Estimate velocity and look-angle error of every pixel together.

    Parameters
    ----------
    parts : PhaseParts
        After stage 6; what stage 7 has estimated is not used.
    bperp : Matrix of float, shape (n_ps, n_image)
        m, of the images relative to the reference image.
    parameters : Parameters
    method : BandMethod

    Returns
    -------
    AccurateVelocity
        NaN at pixels that lack phase in one of the images.

    Raises
    ------
    ParameterError
        As :func:`~pystamps.accuracy.series_of_images.series_of_images`, or no pixel lies in the
        reference area.
    """
    reference = reference_pixels(parts.pixels, parameters)
    if not parts.pixels.n_ps:
        return AccurateVelocity(*np.zeros((7, 0)))
    series = series_of_images(parts, bperp, parameters)
    found = estimate_in_bands(_stack_of(series), is_drawn=method.is_drawn)
    rows = _known_rows(reference, series.is_known)
    factor = -mm_per_radian(parameters.lambda_)
    place = found.place - found.place[rows].mean(axis=0)
    whole = found.values[:, 0] + found.place @ found.slopes[:, 0]
    velocity = factor * (whole - whole[rows].mean())
    smooth = factor * (found.smooth + place @ found.slopes[:, 0])
    allowed = factor**2 * np.diag(found.slopes_error[:, 0])
    plane = velocity_plane(
        method.orbit_plane, velocity, smooth, place, allowed,
        is_motion_possible=method.is_motion_possible,
    )  # fmt: skip
    unshrunk = factor * (found.unshrunk[:, 0] + found.place @ found.slopes[:, 0])
    local_std = abs(factor) * np.sqrt(found.covariance[:, 0, 0])
    k_ps = found.values[:, 1] + found.place @ found.slopes[:, 1]
    known = series.is_known
    return AccurateVelocity(
        v=_at_all(velocity - plane.plane, known),
        v_std=_at_all(np.hypot(local_std, plane.std), known),
        v_unshrunk=_at_all(unshrunk - unshrunk[rows].mean() - plane.plane, known),
        gain=_at_all(np.clip(found.gain, 0, 1), known),
        plane=_at_all(plane.plane, known),
        plane_std=_at_all(plane.std, known),
        k_ps=_at_all(k_ps, known),
        k_std=_at_all(_k_std(found), known) if method.is_posterior else None,
    )


def heights_in_doubt(joint: Float64, stepwise: Float64, bands: Float64) -> str:
    """Say why look-angle errors of least squares are not sure to be better than those of stage 7.

    Parameters
    ----------
    joint, stepwise, bands : ndarray of float64, shape (n_ps,)
        K in rad/m by least squares with the velocity, by stage 7, and by the estimate in bands; NaN
        is passed over.

    Returns
    -------
    str
        Empty where there is no doubt.

    Notes
    -----
    The estimate in bands, drawn to what neighbourhoods show, is nearer to the truth than both. It
    is made of the same phase as that of least squares and shares its errors, which stage 7's does
    only in part, so that distances from it flatter least squares: these have to be nearer by a
    quarter.
    """
    known = np.isfinite(joint) & np.isfinite(stepwise) & np.isfinite(bands)
    if not known.any():
        return ""
    from_joint, from_stepwise = (
        float(np.std(values[known] - bands[known])) for values in (joint, stepwise)
    )
    if from_joint <= _CLEARLY_NEARER * from_stepwise:
        return ""
    share = from_joint / max(from_stepwise, np.finfo(float).tiny)
    return (
        f"its heights are {share:.2f} times as far from those of the estimate in bands as those of "
        f"stage 7 are, expected {_CLEARLY_NEARER:g} or less: atmosphere may be in them"
    )


def _stack_of(series: ImageSeries) -> BandStack:
    return BandStack(series.xy, series.phase, series.bperp, series.years, series.coloured)


def _known_rows(reference: Index | None, is_known: Bool) -> Index:
    """Give the reference pixels among those that are known; all where none of them is."""
    place = np.cumsum(is_known) - 1
    everywhere = np.arange(int(is_known.sum()))
    if reference is None or not is_known[reference].any():
        return everywhere
    return np.asarray(place[reference[is_known[reference]]])


def _k_std(found: BandEstimate) -> Float64:
    variance = found.covariance[:, 1, 1] + found.place**2 @ found.slopes_error[:, 1]
    return np.asarray(np.sqrt(np.maximum(variance, 0)))


def _at_all(values: Float64, is_known: Bool) -> Float64:
    """Put values of the known pixels among all, NaN elsewhere."""
    every = np.full(is_known.size, np.nan)
    every[is_known] = values
    return every
