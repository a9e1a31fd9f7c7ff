"""What Doris and ISCE stacks share: ``INSAR_<date>`` with one folder per image or pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.findings import Finding, read_or_finding, value_or_finding
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import entry_named, files_like, visible_entries
from pystamps.io.text_numbers import number_of_word, read_integer
from pystamps.processors.date_checks import (
    MASTER_DIFFERS,
    NULL_INTERFEROGRAM,
    SEVERAL_MASTERS,
    master_not_found,
)
from pystamps.processors.dates_in_names import date_pair, is_date, is_eight_digits
from pystamps.processors.export_codes import (
    GEOMETRY_MISSING,
    IMAGE_MISSING,
    INTERFEROGRAM_MISSING,
    LINE_COUNT,
    NAME_WITHOUT_DATE,
    NO_INTERFEROGRAMS,
    PAIR_INCOMPLETE,
    TEXT_NOT_MADE,
    TEXT_VALUE,
)
from pystamps.processors.processor import DATED_ORDER
from pystamps.processors.rasters import Raster, Role
from pystamps.processors.renamed_files import (
    BOTH_NAMES,
    REFERENCE_BASELINES,
    REFERENCE_DAYS,
    differing_names,
)
from pystamps.processors.value_limits import BASELINE, HEADING, WAVELENGTH, ValueLimits

SMALL_BASELINES = "SMALL_BASELINES"
LIMITS = {"heading.1.in": HEADING, "lambda.1.in": WAVELENGTH}
_BASELINES = "bperp.1.in"
_UNKNOWN = (0, 0)


@dataclass(frozen=True, slots=True)
class InsarNames:
    """How a processor names the files of a stack.

    Attributes
    ----------
    interferogram : str
        In the folder of a date, or of a pair.
    images : tuple of str
        Names that the image in the folder of a date can have.
    pair_images : str
        Pattern of the two images in the folder of a pair.
    geometry : mapping of role to str
        Rasters of longitude, latitude and height in ``INSAR_<date>``.
    baseline : str
        Text file in the folder of a date that says its baseline.
    other_baseline : str
        Its name in another version; empty = the same.
    """

    interferogram: str
    images: tuple[str, ...]
    pair_images: str
    geometry: Mapping[Role, str]
    baseline: str
    other_baseline: str = ""

    def baseline_file(self, folder: Path) -> Path:
        """Give the text file of a date that says its baseline; it need not be there."""
        path = entry_named(folder, self.baseline)
        if self.other_baseline and not path.exists() and not path.is_symlink():
            other = entry_named(folder, self.other_baseline)
            return other if other.exists() else path
        return path


@dataclass(frozen=True, slots=True)
class InsarFolder:
    """Folder of a Doris or ISCE stack.

    Attributes
    ----------
    stack : Path
        The folder given: ``INSAR_<date>`` or its ``SMALL_BASELINES``.
    insar : Path
        ``INSAR_<date>``.
    """

    stack: Path
    insar: Path

    @classmethod
    def of(cls, folder: Path) -> InsarFolder:
        """Tell single-master from small-baseline stacks by the name of the folder."""
        return cls(folder, folder.parent if folder.name == SMALL_BASELINES else folder)

    @property
    def is_small_baseline(self) -> bool:
        """Whether interferograms are pairs of any two images."""
        return self.stack != self.insar

    def text(self, name: str) -> str | None:
        """Give a text file of the stack or of ``INSAR_<date>``, or None."""
        path = self.find_file(name)
        return None if path is None else read_text_of_paths(path)

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Give those text files that exist, by name."""
        found = {name: self.text(name) for name in names}
        return {name: text for name, text in found.items() if text is not None}

    def find_file(self, name: str) -> Path | None:
        """Give a file of the stack or of ``INSAR_<date>``, or None."""
        places = (entry_named(folder, name) for folder in (self.stack, self.insar))
        return next((path for path in places if path.is_file()), None)

    def size(self, findings: list[Finding]) -> tuple[int, int]:
        """Give samples and lines from ``width.txt`` and ``len.txt``; (0, 0) without them."""
        paths = [self.find_file(name) for name in ("width.txt", "len.txt")]
        sizes = []
        for path in (path for path in paths if path is not None):
            size = read_or_finding(read_integer, path)
            if isinstance(size, Finding):
                findings.append(size)
            else:
                sizes.append(size)
        return (sizes[0], sizes[1]) if len(sizes) == len(paths) else _UNKNOWN

    def masters(self, findings: list[Finding]) -> dict[str, str]:
        """Give what names the reference image, and the date; the first counts most."""
        sources = {}
        for names in (REFERENCE_DAYS, REFERENCE_BASELINES):
            found = [words[0] for name in names if (words := (self.text(name) or "").split())]
            if len(set(found)) > 1:
                text = ", ".join(found)
                findings.append(BOTH_NAMES.at(self.insar / names[1], f"with {names[0]}: {text}"))
        for name in (*REFERENCE_DAYS, *REFERENCE_BASELINES):
            words = (self.text(name) or "").split()
            if words and is_date(words[0]):
                sources[str(self.insar / name)] = words[0]
            elif words:
                findings.append(
                    MASTER_DIFFERS.at(self.insar / name, words[0], expected="a date YYYYMMDD")
                )
        name = self.insar.name.rpartition("_")[2]
        return sources | ({self.insar.name: name} if is_date(name) else {})


def reference_date(
    given: str, found: Sequence[str], *, where: Path, findings: list[Finding]
) -> str:
    """Give the date of the reference image from what the stack says and what was asked for."""
    dates = sorted(set(found))
    if len(dates) > 1:
        findings.append(SEVERAL_MASTERS.at(where, ", ".join(dates), expected="one reference date"))
    if given and dates and given not in dates:
        findings.append(master_not_found(where, given, dates))
    if given and not dates and not is_date(given):
        findings.append(NAME_WITHOUT_DATE.at(where, given, expected="a date YYYYMMDD"))
        return ""
    return given or (dates or [""])[0]


def date_folders(
    stack: InsarFolder, names: InsarNames, master: str, findings: list[Finding]
) -> list[str]:
    """Give the dates, ascending, whose folders hold an interferogram; report the other folders."""
    dates = []
    folders = [path for path in visible_entries(stack.insar) if path.is_dir()]
    for folder in (path for path in folders if is_eight_digits(path.name)):
        interferogram = entry_named(folder, names.interferogram)
        if not is_date(folder.name):
            findings.append(NAME_WITHOUT_DATE.at(folder, folder.name, expected="YYYYMMDD"))
        elif not _is_there(interferogram):
            text = "only the image of this date" if _image_in(folder, names) else "no image either"
            findings.append(INTERFEROGRAM_MISSING.at(interferogram, text))
        else:
            dates.append(folder.name)
    if not dates:
        expected = f"YYYYMMDD/{names.interferogram} in INSAR_<date>"
        findings.append(NO_INTERFEROGRAMS.at(stack.insar, "none", expected=expected))
    if master and master in dates:
        findings.append(
            NULL_INTERFEROGRAM.at(
                stack.insar / master,
                f"is the reference date {master}",
                action="remove the folder: an interferogram of the reference image with itself "
                "carries nothing",
                severity="error",
            )
        )
    return dates


def single_master_rasters(
    stack: InsarFolder,
    names: InsarNames,
    dates: Sequence[str],
    *,
    master: str,
    findings: list[Finding],
) -> tuple[list[Raster], list[Raster]]:
    """Give the images in the folders of the dates, and the interferograms."""
    images, pairs = [], []
    for date in dates:
        folder = stack.insar / date
        image = _image_in(folder, names)
        findings += differing_names(folder, names.images)
        if image is None:
            findings.append(
                IMAGE_MISSING.at(
                    folder / names.images[-1],
                    "no such file",
                    expected="image of an interferogram",
                    severity="error",
                )
            )
        else:
            images.append(image_raster(image, date))
        baseline = names.baseline_file(folder)
        interferogram = entry_named(folder, names.interferogram)
        pairs.append(_pair(interferogram, (master, date), baseline))
    return images, pairs


def image_raster(path: Path, date: str) -> Raster:
    """Describe an image; its size is filled in when it is known."""
    return Raster(path, _UNKNOWN, "complex float", DATED_ORDER, "image", (date,))


def pair_rasters(
    stack: InsarFolder, names: InsarNames, findings: list[Finding]
) -> tuple[list[Raster], list[Raster]]:
    """Give the two images of every pair, and the interferograms, in the order of the pairs."""
    images, pairs = [], []
    folders = [path for path in visible_entries(stack.stack) if path.is_dir()]
    by_pair = [(date_pair(path.name), path) for path in folders]
    for pair, folder in sorted((dates, path) for dates, path in by_pair if dates is not None):
        found = files_like(folder, names.pair_images)
        interferogram = entry_named(folder, names.interferogram)
        if len(found) != 2 or not _is_there(interferogram):
            text = f"{len(found)} images, {int(_is_there(interferogram))} {names.interferogram}"
            expected = f"2 images {names.pair_images}, 1 {names.interferogram}"
            findings.append(PAIR_INCOMPLETE.at(folder, text, expected=expected))
        images += [image_raster(path, date) for path, date in zip(found, pair, strict=False)]
        pairs += [_pair(interferogram, pair, None)] if _is_there(interferogram) else []
    if not pairs:
        expected = f"YYYYMMDD_YYYYMMDD/{names.interferogram}"
        findings.append(NO_INTERFEROGRAMS.at(stack.stack, "none", expected=expected))
    return images, pairs


def _pair(path: Path, dates: tuple[str, str], baseline: Path | None) -> Raster:
    return Raster(path, _UNKNOWN, "complex float", DATED_ORDER, "interferogram", dates, baseline)


def _is_there(path: Path) -> bool:
    """Tell whether a file is there, were it a link to nothing: its size is checked later."""
    return path.is_file() or path.is_symlink()


def _image_in(folder: Path, names: InsarNames) -> Path | None:
    return first_file(folder, names.images)


def first_file(folder: Path, names: Iterable[str]) -> Path | None:
    """Give the first of some files that a folder has, or None."""
    places = (entry_named(folder, name) for name in names)
    return next((path for path in places if _is_there(path)), None)


def geometry_rasters(
    stack: InsarFolder, names: InsarNames, findings: list[Finding]
) -> dict[Role, Raster]:
    """Give the rasters of longitude, latitude and height."""
    found: dict[Role, Raster] = {}
    for role, name in names.geometry.items():
        path = entry_named(stack.insar, name)
        if _is_there(path):
            found[role] = Raster(path, _UNKNOWN, "float", DATED_ORDER, role)
        else:
            findings.append(GEOMETRY_MISSING.at(path, "no such file", expected=f"{role} raster"))
    return found


def lines_of(values: Iterable[object]) -> str:
    """Give the text of a file with one value per line."""
    return "".join(f"{value}\n" for value in values)


def pair_text(pairs: Iterable[Raster]) -> str:
    """Give ``ifgday.1.in`` of a small-baseline stack: the dates of every pair."""
    return lines_of(" ".join(pair.dates) for pair in pairs)


def text_findings(
    texts: Mapping[str, str],
    hints: Mapping[str, str],
    *,
    stack: InsarFolder,
    names: InsarNames,
    dates: Sequence[str],
) -> list[Finding]:
    """Report texts that could not be made, or that stage 1 will not take.

    Parameters
    ----------
    texts : mapping
        Name to content.
    hints : mapping
        Name of a text that has to be there, and why it could not be derived.
    stack : InsarFolder
    names : InsarNames
    dates : sequence of str
        Of the secondary images.
    """
    findings = []
    for name, hint in hints.items():
        if not texts.get(name, "").strip():
            text = f"{name} is not there and cannot be derived ({hint})"
            findings.append(TEXT_NOT_MADE.at(stack.insar, text))
        elif name == _BASELINES:
            findings += _wrong_baselines(texts[name], stack, names, dates)
        else:
            findings += impossible_word(stack.insar / name, texts[name].split()[0], LIMITS[name])
    return findings


def _wrong_baselines(
    text: str, stack: InsarFolder, names: InsarNames, dates: Sequence[str]
) -> list[Finding]:
    """Check that there is one baseline per date; small baselines come one per pair."""
    ready, words = stack.find_file(_BASELINES), text.split()
    derived = [names.baseline_file(stack.insar / date) for date in dates]
    paths = derived if ready is None else [ready] * len(words)
    findings = []
    for path, word, date in zip(paths, words, _dates_or_numbers(words, dates), strict=False):
        what = f"baseline of {date}: " if ready is not None else ""
        findings += impossible_word(path, word, BASELINE, what=what)
    if ready is not None and not stack.is_small_baseline and len(words) != len(dates):
        findings.append(LINE_COUNT.at(ready, f"{len(words)} numbers", expected=f"{len(dates)}"))
    return findings


def _dates_or_numbers(words: Sequence[str], dates: Sequence[str]) -> Sequence[str]:
    """Name the values of a text by their dates, by their numbers where there are not as many."""
    if len(words) == len(dates):
        return dates
    return [f"number {k}" for k in range(1, len(words) + 1)]


def impossible_word(path: Path, word: str, limits: ValueLimits, *, what: str = "") -> list[Finding]:
    """Report a word that is no number, or none that can be."""
    value = value_or_finding(path, number_of_word, word)
    fault = "" if isinstance(value, Finding) else limits.fault_of(value)
    if isinstance(value, Finding) or fault:
        return [TEXT_VALUE.at(path, what + (fault or repr(word)), expected=limits.expected)]
    return []


def files_per_date(names: Sequence[str], available: Iterable[str], *, where: Path) -> list[Finding]:
    """Report that only some of the files with values per pixel are there: stage 1 wants all."""
    missing = sorted(set(names) - set(available))
    if not missing or len(missing) == len(names):
        return []
    text = f"{len(names) - len(missing)} of {len(names)} dates have such a file"
    return [LINE_COUNT.at(where / missing[0], text, expected="all or none")]
