"""Velocity after the look-angle error of stage 7, with the plane of what does not move."""

from __future__ import annotations

import numpy as np

from pystamps.accuracy.orbit_plane import velocity_plane
from pystamps.arrays import Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.model import AccurateVelocity
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity_coverage import StatedVelocity, stated_velocity
from pystamps.stages.reference_area import reference_pixels
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage8_spatial_filter import stage8_spatial_filter

PIXEL_SCALE_M = 150.0
"""What differs within this distance is of single pixels: it says nothing about a plane."""


def stepwise_velocity(
    parts: PhaseParts,
    parameters: Parameters,
    *,
    orbit_plane: str,
    is_motion_possible: bool,
    k_ps: Float64,
    ifg_std_deg: FloatArray | None,
    choice: KernelChoice = AUTO,
) -> AccurateVelocity:
    """Fit a straight line to the series without look-angle error; take one plane off the map.

    Parameters
    ----------
    parts : PhaseParts
        After stage 7; planes are straight (``deramp_degree`` 1).
    parameters : Parameters
    orbit_plane : str
        See :func:`~pystamps.accuracy.orbit_plane.velocity_plane`.
    is_motion_possible : bool
        As there.
    k_ps : ndarray of float64, shape (n_ps,)
        Look-angle error in rad/m.
    ifg_std_deg : ndarray of float, shape (n_image,), or None
        Noise of the images relative to the reference image.
    choice : KernelChoice

    Returns
    -------
    AccurateVelocity
        Its standard deviation is that of noise and atmosphere, as the residuals of all pixels show
        them (:mod:`pystamps.products.date_errors`), and of what stays unknown of the plane.

    Raises
    ------
    ParameterError
        The dates do not determine velocity and uncertainty.
    """
    reference = reference_pixels(parts.pixels, parameters)
    if not parts.pixels.n_ps:
        return _of_no_pixel()
    stated = stated_velocity(
        parts,
        parts.used(parameters),
        reference,
        wavelength=parameters.lambda_,
        ifg_std_deg=ifg_std_deg,
    )
    if not isinstance(stated, StatedVelocity):
        raise ParameterError(f"velocity of the accuracy modes: {stated}")
    smooth = pixel_scale_removed(parts.pixels.xy[:, 1:], stated.velocity, choice=choice)
    place = stated.place[:, :2]  # x and y; the constant is the same for all
    found = velocity_plane(
        orbit_plane, stated.velocity, smooth, place, stated.plane_covariance[:2, :2],
        is_motion_possible=is_motion_possible,
    )  # fmt: skip
    velocity = stated.velocity - found.plane
    return AccurateVelocity(
        v=velocity,
        v_std=np.hypot(stated.local_std, found.std),
        v_unshrunk=velocity,
        gain=np.ones(velocity.size),
        plane=found.plane,
        plane_std=found.std,
        k_ps=k_ps,
    )


def pixel_scale_removed(xy: FloatArray, velocity: Float64, *, choice: KernelChoice) -> Float64:
    """Give the mean velocity of near pixels, (n_ps,); NaN where none is known."""
    smooth = stage8_spatial_filter(
        xy,
        velocity.astype(np.float32)[:, None],
        wavelength=PIXEL_SCALE_M,
        is_source=np.isfinite(velocity),
        choice=choice,
    )
    return np.asarray(smooth[:, 0])


def _of_no_pixel() -> AccurateVelocity:
    none = np.zeros(0)
    return AccurateVelocity(none, none, none, none, none, none, none)
