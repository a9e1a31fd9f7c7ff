"""What a finished run says about its own accuracy, without any truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool
from pystamps.errors import ParameterError
from pystamps.io.artifacts import artifact_name, read_variable
from pystamps.model import LookAngleError
from pystamps.prep.area import read_area
from pystamps.products.agreement import rms, without_plane
from pystamps.products.image_stack import ImageStack, read_image_stack
from pystamps.products.layers import layers_of
from pystamps.products.loop_closure import TripletClosure, loop_closure
from pystamps.products.point_table import PointTable
from pystamps.products.residual_colour import DISTANCES_M, ResidualColour, residual_colour
from pystamps.products.split_stacks import SplitStacks, split_stacks
from pystamps.products.stable_ground import stable_ground
from pystamps.products.velocity_coverage import StatedVelocity, stated_velocity
from pystamps.stages.reference_area import reference_pixels

SQUARE_M = 500.0
"""Side of the squares of which it is asked whether the ground deforms."""

_MERGED = 2
_FEWEST = 10
_AWAY = 1.0


@dataclass(frozen=True, slots=True)
class StableArea:
    """Velocities where the ground is taken for stable.

    Attributes
    ----------
    words : str
        Which area, and who chose it.
    points : int
    rms, stated_rms : float
        Of the velocity ``v-d`` without its mean, and of its stated standard deviation, mm/yr.
    local_rms, stated_local_rms : float
        The same without the plane of the area, and without that of planes.
    """

    words: str
    points: int
    rms: float
    stated_rms: float
    local_rms: float
    stated_local_rms: float


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """All figures; a text says why there is none.

    Attributes
    ----------
    halves : SplitStacks or str
    closure : TripletClosure or str
    residuals : ResidualColour or str
    stable : StableArea or str
    """

    halves: SplitStacks | str
    closure: TripletClosure | str
    residuals: ResidualColour | str
    stable: StableArea | str

    def lines(self) -> list[str]:
        """Give them as lines for people."""
        return [*_lines_of_halves(self.halves), *_lines_of_closure(self.closure),
                *_lines_of_residuals(self.residuals), *_lines_of_stable(self.stable)]  # fmt: skip


def check_itself(
    root: Path, table: PointTable, *, area: str = "", stamps: Mapping[str, Any] | None = None
) -> SelfCheck:
    """Work out figures of a finished run that need no truth.

    Parameters
    ----------
    root : Path
        Root of the data set, after stage 7.
    table : PointTable
        Of the same run.
    area : str
        Where the ground is stable: a box in degrees, or a file of polygons; empty = the squares
        that differ little from a plane are found.
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ArtifactError
        A file is missing.
    ParameterError
        The area holds fewer than ten points.
    """
    stack = read_image_stack(root, stamps)
    stated = _stated(stack)
    is_stable, words = _stable_rows(table, area)
    return SelfCheck(
        halves=split_stacks(stack),
        closure=loop_closure(stack),
        residuals=_residuals(stack),
        stable=stated if isinstance(stated, str) else _stable(stated, stack, is_stable, words),
    )


def _with_look_angle_error(stack: ImageStack) -> LookAngleError:
    path = stack.root / artifact_name(LookAngleError, _MERGED)
    return LookAngleError(
        ph_scla=read_variable(LookAngleError, "ph_scla", path),
        k_ps_uw=read_variable(LookAngleError, "k_ps_uw", path),
        c_ps_uw=read_variable(LookAngleError, "c_ps_uw", path),
        ph_ramp=np.zeros((0, 0)),
        ifg_vcm=np.zeros((0, 0)),
    )


def _stated(stack: ImageStack) -> StatedVelocity | str:
    parts = stack.parts(stack.ph_uw, _with_look_angle_error(stack))
    return stated_velocity(
        parts,
        parts.used(stack.parameters),
        reference_pixels(stack.pixels, stack.parameters),
        wavelength=stack.parameters.lambda_,
        ifg_std_deg=stack.noise_of_dates_deg,
    )


def _residuals(stack: ImageStack) -> ResidualColour | str:
    parts = stack.parts(stack.ph_uw, _with_look_angle_error(stack))
    layers = layers_of(parts, parts.used(stack.parameters), wavelength=stack.parameters.lambda_)
    secondaries = stack.secondaries
    if secondaries.size < _FEWEST or stack.pixels.n_ps < _FEWEST:
        return f"{secondaries.size} secondary images, {stack.pixels.n_ps} pixels: {_FEWEST} needed"
    series = np.asarray(layers.series("dm")[:], dtype=np.float64)[:, secondaries]
    place = stack.pixels.xy[:, 1:].astype(np.float64)
    bperp = parts.columns.bperp[secondaries].astype(np.float64)
    return residual_colour(series, layers.day[secondaries], bperp, place)


def _stable_rows(table: PointTable, area: str) -> tuple[Bool, str]:
    """Give a mask of the points that are taken for stable, and words for it."""
    columns = table.columns
    if not area:
        ground = stable_ground(table, SQUARE_M)
        away = ground.distance_to_deformation(ground.metres) > _AWAY * SQUARE_M
        return away, "found: squares whose velocity differs little from a plane"
    inside = read_area(area).contains(columns["longitude"], columns["latitude"])
    if inside.sum() < _FEWEST:
        raise ParameterError(
            f"--area {area}: {int(inside.sum())} points lie inside, {_FEWEST} are needed; give a "
            "larger area"
        )
    return inside, area


def _stable(
    stated: StatedVelocity, stack: ImageStack, is_stable: Bool, words: str
) -> StableArea | str:
    chosen = is_stable & np.isfinite(stated.velocity)
    if chosen.sum() < _FEWEST:
        return f"{int(chosen.sum())} points in stable squares, {_FEWEST} are needed"
    velocity = stated.velocity[chosen] - stated.velocity[chosen].mean()
    place = stack.pixels.xy[chosen, 1:].astype(np.float64)
    local, planar = stated.local_std[chosen], stated.plane_std[chosen]
    return StableArea(
        words,
        int(chosen.sum()),
        rms(velocity),
        rms(np.hypot(local, planar)),
        rms(without_plane(velocity, place)),
        rms(local),
    )


def _lines_of_halves(found: SplitStacks | str) -> list[str]:
    if isinstance(found, str):
        return [f"halves         none: {found}"]
    return [
        f"halves         velocities v-d of {found.images[0]} and {found.images[1]} images differ "
        f"by rms {found.difference_rms:.2f} mm/yr, stated {found.stated_rms:.2f}; "
        f"{100 * found.within_1:.1f} % within 1 sigma, {100 * found.within_2:.1f} % within 2",
        f"  local        rms {found.local_rms:.2f} mm/yr, stated {found.stated_local_rms:.2f}; "
        f"{100 * found.local_within_1:.1f} % within 1 sigma, {100 * found.local_within_2:.1f} % "
        "within 2, without a plane",
        f"  all images   about {found.whole_rms:.2f} mm/yr, as far as errors of both are "
        "independent",
    ]


def _lines_of_closure(found: TripletClosure | str) -> list[str]:
    if isinstance(found, str):
        return [f"closure        none: {found}"]
    return [
        f"closure        {found.loops} loops, {100 * found.open_share:.2f} % open by a cycle, "
        f"worst loop {100 * found.worst_loop_share:.2f} %; {100 * found.open_pixel_share:.1f} % of "
        f"the pixels are open somewhere; rest {found.misclosure_rad:.3f} rad",
    ]


def _lines_of_residuals(found: ResidualColour | str) -> list[str]:
    if isinstance(found, str):
        return [f"residuals      none: {found}"]
    lines = [f"residuals      rms {found.rms_mm:.2f} mm about the lines, {found.dates} dates"]
    for name, each in (("pixels", found.of_pixels), ("squares", found.of_squares)):
        if each is None:
            lines.append(f"  of {name:<10}too few points for squares of 500 m")
            continue
        verdict = "white" if each.is_white else "NOT white: neighbouring dates are alike"
        lines.append(
            f"  of {name:<10}correlation of neighbouring dates {each.lag_1:+.2f}, expected "
            f"{each.expected_lag_1:+.2f} ({each.sigmas:+.1f} sigma, {verdict}); a year takes "
            f"{100 * each.annual:.0f} %, expected {100 * each.expected_annual:.0f} %"
        )
    shown = [
        f"{value:+.2f} to {far:g} m"
        for value, far in zip(found.by_distance, DISTANCES_M[1:], strict=True)
        if np.isfinite(value)
    ]
    return [*lines, f"  in space     correlation {', '.join(shown)}"]


def _lines_of_stable(found: StableArea | str) -> list[str]:
    if isinstance(found, str):
        return [f"stable ground  none: {found}"]
    return [
        f"stable ground  {found.points:,} points ({found.words}): velocity rms {found.rms:.2f} "
        f"mm/yr, stated {found.stated_rms:.2f}",
        f"  local        rms {found.local_rms:.2f} mm/yr, stated {found.stated_local_rms:.2f}, "
        "without a plane",
    ]
