"""What an update will add to a data set: known from headers and texts, before images are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import DatasetError
from pystamps.findings import first_few, raise_first_error
from pystamps.prep.added_pairs import UpdateRequest, added_pairs, refuse_other_stack
from pystamps.prep.earlier_stack import EarlierStack, read_earlier_stack
from pystamps.prep.masks import PixelFilter, filter_of_preparation
from pystamps.processors.export import Export
from pystamps.processors.joined_exports import DatePair, WantedPairs, joined_export
from pystamps.processors.scan import file_findings, scan_export


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """What will be added.

    Attributes
    ----------
    earlier : EarlierStack
    found : Export
        The one that brings the new images, as it lies there.
    export : Export
        All images: of that one, and of earlier ones where it lacks interferograms.
    folders : tuple of Path
        Exports that it is read from, the oldest first.
    added : tuple of DatePair
    pixels : PixelFilter
    """

    earlier: EarlierStack
    found: Export
    export: Export
    folders: tuple[Path, ...]
    added: tuple[DatePair, ...]
    pixels: PixelFilter

    @property
    def new_dates(self) -> tuple[str, ...]:
        """Dates of images that the data set lacks."""
        known = self.earlier.image_dates
        return tuple(sorted({date for pair in self.added for date in pair} - known))

    @property
    def kept_from_before(self) -> tuple[str, ...]:
        """Give the dates that an export of more than the new interferograms lacks."""
        needed = {date for pair in self.added for date in pair}
        given = set(self.found.dates)
        if given <= needed | {self.earlier.reference}:
            return ()
        return tuple(date for date in self.earlier.dates if date not in given)


def plan_update(root: Path, request: UpdateRequest, *, raw_root: Path | None = None) -> UpdatePlan:
    """Find what an export adds to a data set; reads headers and candidates only.

    Parameters
    ----------
    root : Path
    request : UpdateRequest
    raw_root : Path, optional
        Folder of the earlier export, for a data set that was moved.

    Raises
    ------
    PystampsError
        Nothing is new, or the exports do not belong together.
    """
    earlier = read_earlier_stack(root, raw_root=raw_root)
    found = scan_export(earlier.processor, request.export)
    refuse_other_stack(earlier, found)
    added = added_pairs(earlier, found, request)
    wanted = WantedPairs(
        frozenset({*earlier.rows, *added}),
        earlier.image_dates.union(image.date for image in found.images),
    )
    given = {raster.dates for raster in found.interferograms}
    folders: tuple[Path, ...] = (found.folder,)
    if not wanted.pairs <= given:
        before = tuple(path for path in earlier.exports if path != found.folder)
        folders = (*before, found.folder)
    export = joined_export(earlier.processor, folders, wanted, master=earlier.reference)
    raise_first_error(export.findings)
    joined = {(raster.dates[0], raster.dates[1]) for raster in export.interferograms}
    if joined != wanted.pairs:
        _refuse_absent(earlier, folders, sorted(wanted.pairs - joined))
    raise_first_error(file_findings(export))
    pixels = filter_of_preparation(earlier.raw, export)
    return UpdatePlan(earlier, found, export, folders, added, pixels)


def _refuse_absent(
    earlier: EarlierStack, folders: tuple[Path, ...], absent: list[DatePair]
) -> None:
    """Refuse exports that do not hold all earlier interferograms."""
    shown = first_few(["_".join(pair) for pair in absent], 3)
    raise DatasetError(
        f"{earlier.root}: its interferograms {shown} are not in {', '.join(map(str, folders))}, "
        "and no other export of it is there; give an export of the whole stack, or say where the "
        "earlier one is (runtime.raw_root); pystamps drop leaves out interferograms that are not "
        "wanted any more"
    )
