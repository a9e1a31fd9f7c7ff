"""Which interferograms of an export are added to a data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import DatasetError, ParameterError
from pystamps.findings import first_few, raise_first_error
from pystamps.prep.earlier_stack import EarlierStack
from pystamps.processors.export import Export
from pystamps.processors.joined_exports import DatePair


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """What is to be added.

    Attributes
    ----------
    export : Path
        Export of the longer stack, or of the new interferograms alone.
    pairs : tuple of DatePair
        Small baselines: only these; empty = all.
    pairs_with_next : int or None
        Small baselines: only pairs of images with at most so many steps between them, in the order
        of their dates.
    """

    export: Path
    pairs: tuple[DatePair, ...] = ()
    pairs_with_next: int | None = None


def refuse_other_stack(earlier: EarlierStack, found: Export) -> None:
    """Refuse an export of another kind, or of another reference image.

    Raises
    ------
    PystampsError
    """
    if found.is_small_baseline != earlier.is_small_baseline:
        kinds = ("one reference image", "small baselines")
        raise DatasetError(
            f"{found.folder}: has {kinds[found.is_small_baseline]}, {earlier.root} has "
            f"{kinds[earlier.is_small_baseline]}; give an export of the same kind"
        )
    if not found.interferograms:
        raise_first_error(found.findings)
    references = {found.master} - {""}
    if not found.is_small_baseline:
        references |= {raster.dates[0] for raster in found.interferograms}
    others = references - {earlier.reference}
    if others:
        raise DatasetError(
            f"{found.folder}: has the reference image {first_few(sorted(others))}, "
            f"{earlier.root} has {earlier.reference}; make the new interferograms with that one "
            "(a stack with another reference image is a data set of its own)"
        )


def added_pairs(
    earlier: EarlierStack, found: Export, request: UpdateRequest
) -> tuple[DatePair, ...]:
    """Give the interferograms of an export that a data set lacks and that are asked for.

    Raises
    ------
    PystampsError
        There are none, or one that is asked for is not in the export.
    """
    is_chosen = bool(request.pairs) or request.pairs_with_next is not None
    if is_chosen and not earlier.is_small_baseline:
        raise ParameterError(
            f"{earlier.root}: has one reference image, with which every new image is combined; "
            "leave --pair and --pairs-with-next out"
        )
    given = [(raster.dates[0], raster.dates[1]) for raster in found.interferograms]
    absent = ["_".join(pair) for pair in request.pairs if pair not in given]
    if absent:
        raise DatasetError(
            f"{found.folder}: holds no interferogram {first_few(absent)}; it holds "
            f"{first_few(['_'.join(pair) for pair in given])}"
        )
    added = [pair for pair in given if pair not in earlier.rows]
    if request.pairs:
        added = [pair for pair in added if pair in request.pairs]
    if request.pairs_with_next is not None:
        added = _near_in_order(added, {*earlier.dates, *found.dates}, request.pairs_with_next)
    if not added:
        raise DatasetError(_nothing(earlier, found.folder, is_chosen=is_chosen))
    return tuple(added)


def _near_in_order(pairs: Iterable[DatePair], dates: Iterable[str], most: int) -> list[DatePair]:
    place = {date: number for number, date in enumerate(sorted(dates))}
    return [pair for pair in pairs if abs(place[pair[1]] - place[pair[0]]) <= most]


def _nothing(earlier: EarlierStack, folder: Path, *, is_chosen: bool) -> str:
    what = "interferogram" if earlier.is_small_baseline else "date"
    asked = " and that is asked for" if is_chosen else ""
    return (
        f"{folder}: holds no {what} that {earlier.root} lacks{asked} (it has {len(earlier.rows)} "
        f"interferograms of {len(earlier.dates)} images, the last of {earlier.dates[-1]}); "
        "nothing was changed"
    )
