"""Dates of a raw export: reference image, doubles, lists that disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pystamps.doctor.export import RawExport, date_in
from pystamps.findings import Code, Finding, read, some
from pystamps.io.par_file import ParFile, read_par

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
    "rename the folder to INSAR_YYYYMMDD",
)
NULL_INTERFEROGRAM = Code(
    "null-interferogram",
    "warning",
    "there is an interferogram of the reference image with itself",
    "pySTAMPS leaves it out. StaMPS takes it for a further image and gets wrong numbers.",
    "delete it when StaMPS is to read the export too",
)
MASTER_AT_END = Code(
    "master-at-end",
    "info",
    "the reference image is the first or the last in time",
    "pySTAMPS works. StaMPS stops in stage 1 when it is the last. The longest time spans get the "
    "strongest decorrelation; a reference in the middle is usually better.",
)
HEADER_DATE = Code(
    "header-date-differs",
    "warning",
    "the date inside a parameter file is not that of its name",
    "Files were renamed or copied over each other.",
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


def check_dates(export: RawExport) -> Iterator[Finding]:
    """Dates that occur twice, and interferograms of the reference with itself."""
    if export.is_small_baseline:
        return
    for what, dates in (
        ("images", [image.date for image in export.images]),
        ("interferograms", [pair.secondary for pair in export.pairs]),
    ):
        for date, count in sorted(Counter(filter(None, dates)).items()):
            if count > 1:
                files = [i.path for i in export.images if i.date == date]
                files = files if what == "images" else [
                    p.path for p in export.pairs if p.secondary == date
                ]  # fmt: skip
                yield DUPLICATE_DATE.at(
                    files[-1], f"{count} {what} of {date}", expected="one per date"
                )
    for pair in export.pairs:
        if pair.reference and pair.reference == pair.secondary:
            yield NULL_INTERFEROGRAM.at(pair.path, f"both dates are {pair.reference}")


def check_master(export: RawExport) -> Iterator[Finding]:
    """All sources name one reference image, which lies inside the list of dates."""
    if export.is_small_baseline:
        return
    masters = sorted({pair.reference for pair in export.pairs if pair.reference})
    if len(masters) > 1:
        yield SEVERAL_MASTERS.at(
            export.pairs[0].path.parent, f"{len(masters)}: {some(masters)}", expected="one"
        )
        return
    named = {source: date for source, date in export.master_sources.items() if date}
    if len(set(named.values())) > 1:
        text = ", ".join(f"{date} ({source})" for source, date in named.items())
        yield MASTER_DIFFERS.at(export.root, text, expected="one date")
    if not export.master and export.pairs:
        yield MASTER_UNKNOWN.at(export.root, "no date")
    secondaries = sorted({p.secondary for p in export.pairs} - {export.master})
    if export.master and secondaries and not secondaries[0] < export.master < secondaries[-1]:
        yield MASTER_AT_END.at(
            export.root,
            f"reference {export.master}, other images {secondaries[0]} to {secondaries[-1]}",
        )


def check_number_of_interferograms(export: RawExport) -> Iterator[Finding]:
    """There are enough interferograms."""
    number = len({pair.path for pair in export.pairs if pair.reference != pair.secondary})
    if number:  # none at all is reported by what looked for them
        yield from few_interferograms(export.root, number)


def few_interferograms(where: object, number: int) -> Iterator[Finding]:
    """Report a small number of interferograms."""
    if number < FEWEST_USEFUL:
        yield FEW_INTERFEROGRAMS.at(
            str(where),
            str(number),
            expected=f"{FEWEST_USEFUL} or more",
            severity="error" if number < FEWEST_POSSIBLE else None,
        )


def check_header_dates(export: RawExport) -> Iterator[Finding]:
    """The ``date:`` line of a parameter file is the date of its name."""
    for image in export.images:
        if image.header is None or image.header.suffix != ".par":
            continue
        par = read(read_par, image.header)
        if isinstance(par, Finding):
            yield par
            continue
        date = _date_of(par)
        if date and image.date and date != image.date:
            yield HEADER_DATE.at(image.header, date, expected=image.date)


def _date_of(par: ParFile) -> str:
    """Give the date that a parameter file says, "" without one."""
    words = par.words.get("date", [])[:3]
    try:
        return date_in("{:04d}{:02d}{:02d}".format(*(int(float(word)) for word in words)))
    except (ValueError, IndexError, OverflowError):
        return ""
