"""Dates of a raw export: reference image, doubles, lists that disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pystamps.errors import DatasetError, ParameterError
from pystamps.findings import Code, Finding
from pystamps.processors.export import Export

DUPLICATE_DATE = Code(
    "duplicate-date",
    "error",
    "a date occurs twice",
    "Two files of one day, for example .rslc and .slc, or two slices. Both would be counted.",
    "keep one of them; join slices of one day before co-registration",
)
SEVERAL_MASTERS = Code(
    "several-masters",
    "error",
    "the interferograms have more than one reference image",
    "A single-master stack has one. Interferograms of another run were left in the folder, or the "
    "stack is a small-baseline stack.",
    "keep the interferograms of one reference image",
    error=ParameterError,
)
MASTER_DIFFERS = Code(
    "master-differs",
    "warning",
    "files name different reference images",
    "Geometry, folder name and interferograms should speak of the same reference image; otherwise "
    "positions and baselines may belong to another image.",
    "export again with one reference image, or rename what carries the wrong date",
)
MASTER_UNKNOWN = Code(
    "master-unknown",
    "error",
    "nothing says which image is the reference",
    "Doris and ISCE: the folder is called INSAR_<date of the reference>; SNAP and GAMMA: the "
    "first date of every interferogram.",
    "rename the folder to INSAR_YYYYMMDD, or give the date (--master)",
    error=DatasetError,
)
NULL_INTERFEROGRAM = Code(
    "null-interferogram",
    "warning",
    "there is an interferogram of the reference image with itself",
    "SNAP, GAMMA: pySTAMPS leaves it out; StaMPS takes it for a further image and gets wrong "
    "numbers. Doris, ISCE: the reference image would be among the others, which is an error.",
    "delete it when StaMPS is to read the export too",
    error=ParameterError,
)
MASTER_AT_END = Code(
    "master-at-end",
    "info",
    "the reference image is the first or the last in time",
    "pySTAMPS works. StaMPS stops in stage 1 when it is the last. The longest time spans get the "
    "strongest decorrelation; a reference in the middle is usually better.",
)
MASTER_NOT_FOUND = Code(
    "master-not-found",
    "error",
    "there is no image of the reference date that was asked for",
    "--master, or dataset.raw.master, names a date that the stack does not have.",
    "give one of them",
    error=ParameterError,
)


def master_not_found(where: Path, given: str, dates: Iterable[str]) -> Finding:
    """Report a reference date that was asked for and is not among the dates of the images."""
    known = sorted(set(dates))
    listed = ", ".join(known[:5]) + (f", ... {known[-1]}" if len(known) > 5 else "")
    return MASTER_NOT_FOUND.at(
        where,
        f"no image of the reference date {given!r}; the {len(known)} dates are {listed or 'none'}",
    )


def check_dates(export: Export) -> Iterator[Finding]:
    """Dates that occur twice."""
    if export.is_small_baseline:
        return
    for what, rasters in (("images", export.images), ("interferograms", export.interferograms)):
        counts = Counter(raster.date for raster in rasters if raster.date)
        for date in sorted(date for date, count in counts.items() if count > 1):
            last = [raster.path for raster in rasters if raster.date == date][-1]
            yield DUPLICATE_DATE.at(
                last, f"two {what} of {date}" if counts[date] == 2 else
                f"{counts[date]} {what} of {date}", expected="one per date",
            )  # fmt: skip


def check_master(export: Export) -> Iterator[Finding]:
    """All sources name one reference image, which lies inside the list of dates."""
    if not export.master:
        if export.interferograms:
            yield MASTER_UNKNOWN.at(export.folder, "no date")
        return
    named = {source: date for source, date in export.master_sources.items() if date}
    if len({*named.values(), export.master}) > 1:
        text = ", ".join(f"{date} ({source})" for source, date in named.items())
        yield MASTER_DIFFERS.at(export.folder, text, expected=f"{export.master} everywhere")
    secondaries = sorted({raster.date for raster in export.interferograms} - {export.master})
    if not secondaries or export.is_small_baseline:
        return
    if not secondaries[0] < export.master < secondaries[-1]:
        yield MASTER_AT_END.at(
            export.folder,
            f"reference {export.master}, other images {secondaries[0]} to {secondaries[-1]}",
        )
