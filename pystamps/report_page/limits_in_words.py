"""What the results cannot say, in words: for readers who will not ask."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pystamps.io.stage_records import StageWarning
from pystamps.products.point_table import PointTable
from pystamps.products.velocity_parts import VelocityPart
from pystamps.report_page.key_numbers import InterferogramShare, KeyNumbers
from pystamps.stage_table import stage_named

FEW_IMAGES = 20
"""Images below which noise of single dates and wrong cycles weigh much in a velocity."""

_NAMED_PATCHES = 4
_SHORT_YEARS = 1.0
_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class ResultLimit:
    """A limit of the results.

    Attributes
    ----------
    title : str
        In a few words.
    text : str
        With the numbers of this data set.
    """

    title: str
    text: str


def limits_of_results(
    table: PointTable,
    numbers: KeyNumbers,
    parts: Sequence[VelocityPart],
    share: InterferogramShare,
    fits: Sequence[str],
    warnings: Sequence[StageWarning],
) -> tuple[ResultLimit, ...]:
    """Say what the results cannot tell.

    Parameters
    ----------
    table : PointTable
    numbers : KeyNumbers
    parts : sequence of VelocityPart
        The plane last (:func:`~pystamps.products.velocity_parts.velocity_parts`).
    share : InterferogramShare
    fits : sequence of str
        What dates, baselines and positions say about the fits.
    warnings : sequence of StageWarning
        What the stages have warned of while they made the results.
    """
    return (
        *_of_direction(table, numbers),
        *_of_plane(parts, numbers),
        *_of_parts(table, parts),
        *_of_images(table),
        *(ResultLimit("Weak fit", f"{words[:1].upper()}{words[1:]}.") for words in fits),
        *_of_unwrapping(table, share),
        *(_of_warning(warning) for warning in warnings),
        ResultLimit(
            "Uncertainty",
            "The standard deviations of the velocities are formal: they assume that the errors of "
            "the dates are independent. Atmosphere that lasts over dates, wrong cycles and the "
            "reference area are not in them.",
        ),
        ResultLimit(
            "Points",
            "Only what reflects steadily gives points: buildings, rock, metal. Water, fields and "
            "forest have few or none, and their motion is not in this report. A position is that "
            "of the strongest echo of a cell of the image, moved for its height only where said.",
        ),
    )


def _of_warning(warning: StageWarning) -> ResultLimit:
    number = len(warning.targets)
    patches = ", ".join(warning.targets[:_NAMED_PATCHES])
    where = f" ({patches}{f' and {number - _NAMED_PATCHES} more' * (number > _NAMED_PATCHES)})"
    return ResultLimit(
        "Warning of the computation",
        f"{stage_named(warning.stage).title}{where * bool(patches)}: {warning.text}.",
    )


def _of_direction(table: PointTable, numbers: KeyNumbers) -> Iterator[ResultLimit]:
    incidence = numbers.incidence.middle
    angle = f" ({incidence:.0f}° from the vertical)" if math.isfinite(incidence) else ""
    yield ResultLimit(
        "One direction",
        f"All motion is that toward or away from the satellite{angle}; motion along the track is "
        "not seen, and vertical and horizontal motion are not told apart.",
    )
    area = table.about.get("reference_area", "unknown")
    yield ResultLimit(
        "Relative",
        f"Everything is relative to the reference area ({area}) and to the image of "
        f"{table.about.get('reference_date', 'the reference')}: what moves like the area does "
        "not move here.",
    )


def _of_plane(parts: Sequence[VelocityPart], numbers: KeyNumbers) -> Iterator[ResultLimit]:
    plane = parts[-1] if parts else None
    if plane is None or not math.isfinite(plane.std):
        return
    size = f"{plane.low:+.1f} to {plane.high:+.1f} mm/yr over the scene (1 to 99 % of the points)"
    percent = f", {100 * plane.share:.0f} % of the spread of the velocities shown" * math.isfinite(
        plane.share
    )
    scene = f"{max(numbers.wide_km, numbers.high_km):.1f} km"
    if plane.is_taken_off:
        yield ResultLimit(
            "Planes removed",
            "A plane was taken off every interferogram, because errors of the orbits are planes: "
            f"signals longer than the scene ({scene}) are lost. The plane of the velocity that is "
            f"lost: {size}{percent}.",
        )
    else:
        yield ResultLimit(
            "Planes kept",
            "No plane was taken off: errors of the orbits, which are planes, may look like a slow "
            f"tilt of the scene ({scene}). The plane in the velocity: {size}{percent}.",
        )


def _of_parts(table: PointTable, parts: Sequence[VelocityPart]) -> Iterator[ResultLimit]:
    known = table.layers.parts
    if "a" in table.letters:
        taken = next((part for part in parts if part.letter == "a"), None)
        told = f" {taken.sentence[:1].upper()}{taken.sentence[1:]}." if taken else ""
        yield ResultLimit(
            "Troposphere removed",
            f"Tropospheric phase was taken off ({table.about.get('tropospheric_phase', 'unknown')}"
            "). What of the atmosphere it does not describe is still in the series; errors of it "
            f"are in them now.{told}",
        )
    elif "s" in table.letters:
        taken = next((part for part in parts if part.letter == "s"), None)
        told = f" {taken.sentence[:1].upper()}{taken.sentence[1:]}." if taken else ""
        yield ResultLimit(
            "Atmosphere removed",
            "What is smooth in space and not in time counts as atmosphere and was taken off; "
            f"motion of that kind is lost with it.{told}",
        )
    else:
        yield ResultLimit(
            "Atmosphere left in",
            "The atmosphere of the dates is still in the series; in a velocity it averages out "
            "with the number of dates only."
            + " Tropospheric phase that is known was not taken off them."
            * ("a" in known),
        )


def _of_images(table: PointTable) -> Iterator[ResultLimit]:
    n_image = table.layers.n_date
    years = (table.layers.day.max() - table.layers.day.min()) / _DAYS_PER_YEAR if n_image else 0.0
    if n_image < FEW_IMAGES:
        yield ResultLimit(
            "Few images",
            f"{n_image} dates: with fewer than {FEW_IMAGES}, noise of single dates and wrong "
            "cycles weigh much in every velocity.",
        )
    if years < _SHORT_YEARS:
        yield ResultLimit(
            "Short period",
            f"The dates span {years:.2f} years: seasons are not told from steady motion.",
        )


def _of_unwrapping(table: PointTable, share: InterferogramShare) -> Iterator[ResultLimit]:
    wavelength = float(table.about.get("wavelength_m", math.nan))
    if math.isfinite(wavelength):
        quarter = 1000 * wavelength / 4
        yield ResultLimit(
            "Cycles",
            f"Phase is known up to whole cycles ({2 * quarter:.0f} mm). Where neighbours differ by "
            f"more than {quarter:.0f} mm from one date to the next, motion may be missed or "
            "invented by that much.",
        )
    flagged = share.looked_at + share.better_dropped
    if flagged:
        yield ResultLimit(
            "Flagged interferograms",
            f"{flagged} of {share.judged} interferograms were used although they are noisy or "
            "contradict their neighbours in time; they are listed in this report.",
        )
