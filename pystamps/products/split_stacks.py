"""Two halves of a stack give two velocities: do they differ by as much as is stated?

Images are shared out in turn, so that both halves span the same time. Each half has a look-angle
error and a velocity of its own; what they share is the reference image, which changes no velocity,
and the selection and the unwrapping of the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.products.agreement import rms
from pystamps.products.image_stack import ImageStack
from pystamps.products.velocity_coverage import StatedVelocity, stated_velocity
from pystamps.stages.reference_area import reference_pixels
from pystamps.stages.stage7_scla import estimate_look_angle_error

FEWEST_OF_HALF = 5
"""Images of a half, from which look-angle error, velocity and their errors can be told."""


@dataclass(frozen=True, slots=True)
class SplitStacks:
    """Velocities ``v-d`` of two halves of a stack, and how they differ.

    Attributes
    ----------
    images : tuple of two ints
    difference_rms : float
        mm/yr, over the pixels, relative to the reference area.
    stated_rms : float
        mm/yr, what the stated standard deviations of both halves make of it.
    within_1, within_2 : float
        Share of the pixels whose difference is within 1 and 2 stated standard deviations.
    local_rms, stated_local_rms, local_within_1, local_within_2 : float
        The same without the plane over the scene.
    """

    images: tuple[int, int]
    difference_rms: float
    stated_rms: float
    within_1: float
    within_2: float
    local_rms: float
    stated_local_rms: float
    local_within_1: float
    local_within_2: float

    @property
    def whole_rms(self) -> float:
        """Error of the velocity of all images that the difference speaks for, mm/yr.

        The velocity of all is about the mean of those of the halves, whose error has half the
        standard deviation of their difference where their errors are independent.
        """
        return self.difference_rms / 2


def split_stacks(stack: ImageStack) -> SplitStacks | str:
    """Compare the velocities of two halves of a stack.

    Parameters
    ----------
    stack : ImageStack

    Returns
    -------
    SplitStacks or str
        Why there is none: too few images, or dates that do not determine the velocity of a half.
    """
    secondaries = stack.secondaries
    halves = secondaries[0::2], secondaries[1::2]
    fewest = min(half.size for half in halves)
    if fewest < FEWEST_OF_HALF:
        return f"{secondaries.size} secondary images, two halves need {2 * FEWEST_OF_HALF}"
    stated = [_velocity_without(stack, other) for other in reversed(halves)]
    for each in stated:
        if isinstance(each, str):
            return each
    first, second = (each for each in stated if isinstance(each, StatedVelocity))
    return _compared(first, second, (halves[0].size, halves[1].size))


def _velocity_without(stack: ImageStack, left_out: Index) -> StatedVelocity | str:
    """Give the velocity of all images but some, with the look-angle error of these alone."""
    parameters = stack.parameters
    listed = {*parameters.scla_drop_index, *(int(k) + 1 for k in left_out)}
    scla = estimate_look_angle_error(
        stack.scla_input(stack.ph_uw), replace(parameters, scla_drop_index=tuple(sorted(listed)))
    )
    parts = stack.parts(stack.ph_uw, scla)
    return stated_velocity(
        parts,
        parts.used(parameters).without(left_out),
        reference_pixels(stack.pixels, parameters),
        wavelength=parameters.lambda_,
        ifg_std_deg=stack.noise_of_dates_deg,
    )


def _compared(
    first: StatedVelocity, second: StatedVelocity, images: tuple[int, int]
) -> SplitStacks:
    difference = first.velocity - second.velocity
    known = np.isfinite(difference)
    difference, place = difference[known], first.place[known]
    difference = difference - _mean_of_area(difference, known, first.reference_rows)
    local = np.hypot(first.local_std, second.local_std)[known]
    planar = np.hypot(first.plane_std, second.plane_std)[known]
    left = difference - place @ np.linalg.lstsq(place, difference, rcond=None)[0]
    whole = np.hypot(local, planar)
    return SplitStacks(
        images,
        rms(difference), rms(whole), _share(difference, whole, 1), _share(difference, whole, 2),
        rms(left), rms(local), _share(left, local, 1), _share(left, local, 2),
    )  # fmt: skip


def _mean_of_area(difference: Float64, known: Float64, rows: Index | None) -> float:
    if rows is None or not difference.size:
        return 0.0
    of_area = np.zeros(known.size, np.bool_)
    of_area[rows] = True
    return float(difference[of_area[known]].mean())


def _share(values: Float64, std: Float64, sigmas: int) -> float:
    return float(np.mean(np.abs(values) <= sigmas * std)) if values.size else float("nan")
