"""Dates of a raw export: what does not stop the preparation."""

from __future__ import annotations

from collections.abc import Iterator

from pystamps.findings import Code, Finding, read_or_finding
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors.dates_in_names import first_date
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster

HEADER_DATE = Code(
    "header-date-differs",
    "warning",
    "the date inside a parameter file is not that of its name",
    "Files were renamed or copied over each other. SNAP writes all parameter files from one "
    "product, so that all say the date of the reference image: that is no finding.",
    "check which image it is, and export it again",
)
FEW_INTERFEROGRAMS = Code(
    "few-interferograms",
    "warning",
    "there are few interferograms",
    "Phase noise is estimated from the scatter over the interferograms: below about 12 random "
    "pixels look stable, below 3 nothing can be estimated.",
    "add images, or trust the result only where it is confirmed otherwise",
)

FEWEST_USEFUL = 12
FEWEST_POSSIBLE = 3


def check_number_of_interferograms(export: Export) -> Iterator[Finding]:
    """There are enough interferograms."""
    if export.interferograms:  # none at all is reported by what looked for them
        yield from few_interferograms(export.folder, len(export.interferograms))


def few_interferograms(where: object, number: int) -> Iterator[Finding]:
    """Report a small number of interferograms."""
    if number < FEWEST_USEFUL:
        yield FEW_INTERFEROGRAMS.at(
            str(where),
            str(number),
            expected=f"{FEWEST_USEFUL} or more",
            severity="error" if number < FEWEST_POSSIBLE else None,
        )


def check_header_dates(export: Export) -> Iterator[Finding]:
    """The ``date:`` line of a parameter file is the date of its name.

    Where no other image has its own date inside, all files were written from one product, that of
    the reference image, as SNAP does.
    """
    dates = dict(_dates_inside(export))
    others = [(image.date, date) for image, date in dates.items() if image.date != export.master]
    are_of_one = len(others) > 1 and not any(own == inside for own, inside in others)
    for image, date in dates.items():
        if date != image.date and not (are_of_one and date == export.master):
            assert image.companion is not None
            yield HEADER_DATE.at(image.companion, date, expected=image.date)


def _dates_inside(export: Export) -> Iterator[tuple[Raster, str]]:
    """Give the images whose parameter file says a date, and that date."""
    for image in export.images:
        if image.companion is None or image.companion.suffix.lower() != ".par":
            continue
        par = read_or_finding(read_par, image.companion)
        if isinstance(par, Finding):
            continue  # the scan has reported it
        date = _date_of(par)
        if date:
            yield image, date


def _date_of(par: ParFile) -> str:
    """Give the date that a parameter file says, "" without one."""
    words = par.words.get("date", [])[:3]
    try:
        return first_date("{:04d}{:02d}{:02d}".format(*(int(float(word)) for word in words)))
    except (ValueError, IndexError, OverflowError):
        return ""
