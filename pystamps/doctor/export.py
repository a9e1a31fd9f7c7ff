"""What a raw export holds, whatever processor made it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pystamps.dates import datenum
from pystamps.doctor.rasters import ByteOrder, Raster, Role
from pystamps.findings import Code, Finding, read
from pystamps.io.par_file import ParFile
from pystamps.io.text_numbers import read_integer
from pystamps.parameters import Parameters

GEOMETRY_ROLES: tuple[Role, ...] = ("longitude", "latitude", "height")

NO_IMAGES = Code(
    "no-images",
    "error",
    "there are no single-look images",
    "The folder of the co-registered images is missing or empty: the export was stopped, or "
    "another folder was given.",
    "export the stack again; give the folder that holds rslc/ and diff0/ (SNAP, GAMMA) or the "
    "INSAR_<date> folder (Doris, ISCE)",
)
NO_INTERFEROGRAMS = Code(
    "no-interferograms",
    "error",
    "there are no interferograms",
    "The folder of the interferograms is missing or empty. SNAP leaves it empty when only the "
    "images were given to the StaMPS export; it needs the images and the interferograms.",
    "export again with both inputs: the co-registered stack and the interferograms without "
    "topographic phase",
)
GEOMETRY_MISSING = Code(
    "geometry-missing",
    "error",
    "a raster of longitudes, latitudes or heights is missing",
    "Candidates need positions and heights. SNAP writes them only when the interferograms hold "
    "the bands orthorectifiedLat, orthorectifiedLon and elevation.",
    "export again with the bands of latitude, longitude and elevation",
)
GEOMETRY_AMBIGUOUS = Code(
    "geometry-ambiguous",
    "error",
    "several rasters could be the longitudes, latitudes or heights",
    "None of them, or more than one, carries the date of the reference image. StaMPS takes the "
    "first by name, which may be that of another export.",
    "keep one file of each kind in the folder",
)
NAME_WITHOUT_DATE = Code(
    "name-without-date",
    "error",
    "a file or folder name holds no date YYYYMMDD, or one that is not in the calendar",
    "Dates of images and interferograms are taken from names; such a file would be left out or "
    "get a wrong date.",
    "rename it, or move it out of the export",
)
SIZE_UNKNOWN = Code(
    "size-unknown",
    "error",
    "width and length of the images are not known",
    "SNAP and GAMMA: range_samples and azimuth_lines in the .par file of the reference image; "
    "Doris: width.txt and len.txt, else the bounds in master.res; ISCE: lon.raw.xml, else "
    "width.txt and len.txt. None of them could be read.",
    "repair the file that says the size",
)

_DATE = re.compile(r"(?<!\d)(\d{8})(?!\d)")


@dataclass(frozen=True, slots=True)
class Image:
    """A single-look image: date, file, parameter file if any, whether it is complex int16."""

    date: str
    path: Path
    header: Path | None = None
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """An interferogram: dates, file, and the file with its baseline."""

    reference: str
    secondary: str
    path: Path
    baseline: Path | None = None


@dataclass(frozen=True, slots=True)
class RawExport:
    """What a raw export holds.

    Attributes
    ----------
    root : Path
    processor : str
        snap, gamma, doris or isce.
    is_small_baseline : bool
    width, length : int
        Samples and lines; 0 when not known.
    byte_order : str
        Of all rasters.
    master : str
        Date of the reference image, "" when not known.
    master_sources : mapping
        What names a reference image, and which date it names.
    images : tuple of Image
    pairs : tuple of Pair
    geometry : mapping of role to path
    par : ParFile or None
        Parameter file of the reference image (SNAP, GAMMA).
    parameters : Parameters
        With which a run would start: defaults and what the configuration says.
    findings : tuple of Finding
        What went wrong while the export was looked through.
    """

    root: Path
    processor: str
    is_small_baseline: bool = False
    width: int = 0
    length: int = 0
    byte_order: ByteOrder = ">"
    master: str = ""
    master_sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    images: tuple[Image, ...] = ()
    pairs: tuple[Pair, ...] = ()
    geometry: Mapping[Role, Path] = field(default_factory=lambda: MappingProxyType({}))
    par: ParFile | None = None
    parameters: Parameters = field(default_factory=Parameters)
    findings: tuple[Finding, ...] = ()

    @property
    def has_size(self) -> bool:
        """Whether width and length are known."""
        return self.width > 0 and self.length > 0

    @property
    def dates(self) -> tuple[str, ...]:
        """Dates of all secondary images of the interferograms and of the reference, ascending."""
        of_pairs = {date for pair in self.pairs for date in (pair.reference, pair.secondary)}
        return tuple(sorted(of_pairs))

    def rasters(self) -> tuple[Raster, ...]:
        """Give all rasters of the full image."""
        of = [
            Raster(i.path, "image", "complex int16" if i.is_short else "complex float32",
                   self.byte_order, i.date)
            for i in self.images
        ]  # fmt: skip
        of += [
            Raster(p.path, "interferogram", "complex float32", self.byte_order, p.secondary)
            for p in self.pairs
        ]
        of += [
            Raster(path, role, "float32", self.byte_order) for role, path in self.geometry.items()
        ]
        return tuple(of)


def date_in(name: str) -> str:
    """Give the first date of a name, or "" when it holds none that is in the calendar."""
    return next((text for text in _DATE.findall(name) if is_date(text)), "")


def dates_in(name: str) -> list[str]:
    """Give the dates of a name, in their order."""
    return [text for text in _DATE.findall(name) if is_date(text)]


def is_date(text: str) -> bool:
    """Tell whether eight digits are a day of the calendar."""
    try:
        datenum(text)
    except ValueError:
        return False
    return True


def first_of(
    folder: Path, pattern: str, findings: list[Finding], *, role: Role, master: str = ""
) -> Path | None:
    """Give the raster of a kind of geometry: that of the reference image, else the only one."""
    found = sorted(folder.glob(pattern))
    own = [path for path in found if master and master in path.name]
    if not found:
        wanted = f"{role} raster ({pattern})"
        findings.append(GEOMETRY_MISSING.at(folder, "no such file", expected=wanted))
        return None
    if len(own or found) > 1:
        names = ", ".join(path.name for path in (own or found)[:4])
        findings.append(GEOMETRY_AMBIGUOUS.at(folder, names, expected=f"one {role} raster"))
    return (own or found)[0]


def text_size(root: Path, findings: list[Finding]) -> tuple[int, int]:
    """Read ``width.txt`` and ``len.txt``; 0 for what is missing or broken."""
    sizes = []
    for name in ("width.txt", "len.txt"):
        path = root / name
        value = read(read_integer, path) if path.exists() else 0
        if isinstance(value, Finding):
            findings.append(value)
            value = 0
        sizes.append(value)
    return sizes[0], sizes[1]
