"""Folder of multilooked interferograms as Doris and StaMPS leave them: what is where, and sizes.

::

    DATE1_DATE2/coh_4l.raw, cint.minrefdem_4l.raw     small baselines
    DATE/coh_4l.raw, cint.minrefdem_4l.raw            single master, DATE of the secondary image
    lon_4l.raw or lon.raw, lat..., dem_radar_4l.raw or dem_radar_i.raw
    width.txt, len.txt, looks.txt (4), ar.txt (5), master_day.1.in, bperp_DATE.1.in, ...

What belongs to the whole stack lies in the folder or in the one above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.dates import datenum
from pystamps.errors import ArtifactError, DatasetError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.text_numbers import find_near, read_dates, read_integer, require_near
from pystamps.processors.candidate_values import are_stray
from pystamps.processors.rasters import ByteOrder, Raster, Role, check_sizes
from pystamps.processors.value_limits import ValueLimits

LOOKS, ASPECT_RATIO = 4, 5
"""Of StaMPS, where looks.txt and ar.txt are missing."""

COHERENCE = ValueLimits("a coherence", 0, 1.001, "")
_FOLDER = re.compile(r"(\d{8})(?:_(\d{8}))?")
_POSITIONS: dict[Role, tuple[str, str]] = {
    "longitude": ("lon", "lon.raw"),
    "latitude": ("lat", "lat.raw"),
    "height": ("dem_radar", "dem_radar_i.raw"),
}


@dataclass(frozen=True, slots=True)
class MultilookedStack:
    """Interferograms of cells, and where their positions and heights stand.

    Attributes
    ----------
    root : Path
    width, length : int, samples and lines of the full image
    looks, aspect_ratio : int
        Samples of a cell along range, and lines along azimuth for each of them.
    reference_day : float, date number of the reference image
    days : float64, (n, 2), date numbers of the first and second image of every interferogram
    is_small_baseline : bool
    coherence, phase : tuple of Raster, of every interferogram
    longitude, latitude, height : Raster, of cells or of the full image
    """

    root: Path
    width: int
    length: int
    looks: int
    aspect_ratio: int
    reference_day: float
    days: Float64
    is_small_baseline: bool
    coherence: tuple[Raster, ...]
    phase: tuple[Raster, ...]
    longitude: Raster
    latitude: Raster
    height: Raster

    @property
    def cell_lines(self) -> int:
        """Lines of the full image that a cell takes in."""
        return self.looks * self.aspect_ratio

    @property
    def shape(self) -> tuple[int, int]:
        """Lines and samples of cells."""
        return self.length // self.cell_lines, self.width // self.looks

    def is_of_cells(self, raster: Raster) -> bool:
        """Tell whether a raster is multilooked already."""
        return raster.size == (self.shape[1], self.shape[0])


def find_multilooked(
    root: Path, names: tuple[str, ...] = (), *, byte_order: ByteOrder = "<"
) -> MultilookedStack:
    """Find the multilooked interferograms of a folder, and check that all files are complete.

    Parameters
    ----------
    root : Path
    names : tuple of str
        Folders of the interferograms that are taken; none = all that there are, by name.
    byte_order : str
        "<" or ">", of all rasters.

    Raises
    ------
    ArtifactError, DatasetError
        A file is missing, of another size or unreadable, or the folders are of both kinds.
    """
    if not root.is_dir():
        raise DatasetError(f"{root}: no such directory; give the folder of the interferograms")
    width, length = (read_integer(require_near(root, name)) for name in ("width.txt", "len.txt"))
    looks, ratio = _number_or(root, "looks.txt", LOOKS), _number_or(root, "ar.txt", ASPECT_RATIO)
    cells = (width // looks, length // (looks * ratio))
    if not min(cells):
        raise ArtifactError(
            f"{root}: {length} lines of {width} samples (len.txt, width.txt) hold no cell of "
            f"{looks * ratio} lines and {looks} samples (looks.txt {looks}, ar.txt {ratio}); "
            "correct them"
        )
    coherence_name, phase_name = f"coh_{looks}l.raw", f"cint.minrefdem_{looks}l.raw"
    folders = names or _folders_in(root, (coherence_name, phase_name))
    if not any("_" in name for name in folders):
        folders = tuple(sorted(folders))  # their columns are those of the images
    reference_day = _reference_day(root)
    days, is_small_baseline = _days(root, folders, reference_day)
    stack = MultilookedStack(
        root, width, length, looks, ratio, reference_day, days, is_small_baseline,
        tuple(Raster(root / f / coherence_name, cells, "float", byte_order) for f in folders),
        tuple(Raster(root / f / phase_name, cells, "complex float", byte_order) for f in folders),
        **{
            role: _raster_of_positions(root, role, looks, cells, (width, length), byte_order)
            for role in _POSITIONS
        },
    )  # fmt: skip
    check_sizes((*stack.coherence, *stack.phase))
    check_sizes((stack.longitude, stack.latitude, stack.height))
    return stack


def read_list_of_interferograms(path: Path) -> tuple[str, ...]:
    """Read names of folders of interferograms, DATE1_DATE2 or DATE, one after the other."""
    words = read_bounded(path).decode("utf-8-sig", errors="replace").split()
    names = tuple(word.rstrip("/") for word in words)
    wrong = [name for name in names if not _FOLDER.fullmatch(name)]
    if wrong or not names:
        found = repr(wrong[0][:60]) if wrong else "nothing"
        raise ArtifactError(
            f"{path}: found {found}, expected names of folders, YYYYMMDD_YYYYMMDD or YYYYMMDD"
        )
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ArtifactError(f"{path}: {twice[0]} is listed twice; keep one line")
    return names


def require_values(raster: Raster, values: Array, limits: ValueLimits) -> None:
    """Refuse a raster with values that cannot be; NaN is a gap and no fault.

    Raises
    ------
    ArtifactError
        Says it too where the values make sense with their bytes swapped.
    """
    given = np.ascontiguousarray(values, dtype=np.float32)
    wrong = (~limits.are_possible(given) & ~np.isnan(given)) | are_stray(given)
    if not wrong.any():
        return
    swapped = given[wrong].byteswap()
    other = "big" if raster.byte_order == "<" else "little"
    way = "make the file again"
    if limits.are_possible(swapped).all() and not are_stray(swapped).any():
        way = f"with bytes swapped they can be: give --byte-order {other}"
    first = float(given[wrong][0])
    raise ArtifactError(
        f"{raster.path}: {limits.fault_of(first) or f'{first:g} cannot be'} "
        f"({np.count_nonzero(wrong)} of {given.size} such), expected {limits.expected}; {way}"
    )


def _number_or(root: Path, name: str, default: int) -> int:
    path = find_near(root, name)
    return default if path is None else read_integer(path)


def _folders_in(root: Path, needed: Iterable[str]) -> tuple[str, ...]:
    """Give the folders with a date for a name that hold one of the files, by name."""
    dated = (path for path in root.iterdir() if _FOLDER.fullmatch(path.name))
    found = sorted(p.name for p in dated if any((p / name).exists() for name in needed))
    if not found:
        raise DatasetError(
            f"{root}: no folder YYYYMMDD_YYYYMMDD or YYYYMMDD with {' and '.join(needed)}; give "
            "the folder of the multilooked interferograms, and their looks in looks.txt"
        )
    return tuple(found)


def _reference_day(root: Path) -> float:
    path = require_near(root, "master_day.1.in")
    days = read_dates(path)
    if days.size != 1:
        raise ArtifactError(
            f"{path}: found {days.size} dates, expected one, of the reference image"
        )
    return float(days[0])


def _days(root: Path, folders: tuple[str, ...], reference_day: float) -> tuple[Float64, bool]:
    """Give the days of both images of every interferogram, and whether they are pairs."""
    are_pairs = {"_" in name for name in folders}
    if len(are_pairs) > 1:
        raise DatasetError(
            f"{root}: folders of pairs (YYYYMMDD_YYYYMMDD) and of single dates; list those of one "
            "kind in a file and give it with --list"
        )
    days = np.array([list(_days_of_name(root / name, reference_day)) for name in folders])
    same = days[:, 0] == days[:, 1]
    if same.any():
        raise DatasetError(
            f"{root / folders[int(np.argmax(same))]}: both images are the same; take the folder "
            "off the list, or out of the data set"
        )
    if reference_day not in days:
        raise ArtifactError(
            f"{root}: the reference image (master_day.1.in) is in none of the {len(folders)} "
            "interferograms, so that their series would refer to nothing; take one with it"
        )
    return days, are_pairs == {True}


def _days_of_name(folder: Path, reference_day: float) -> Iterator[float]:
    match = _FOLDER.fullmatch(folder.name)
    assert match is not None
    try:
        if match[2] is None:
            yield reference_day
        yield from (datenum(date) for date in match.groups() if date)
    except ValueError as error:
        raise DatasetError(f"{folder}: {error}; rename the folder, or leave it out") from None


def _raster_of_positions(
    root: Path, role: Role, looks: int, cells: tuple[int, int], full: tuple[int, int],
    byte_order: ByteOrder,
) -> Raster:  # fmt: skip
    """Give the multilooked raster of the folder, else the full one; else those one folder up."""
    base, name = _POSITIONS[role]
    multilooked = f"{base}_{looks}l.raw"
    for folder in (root, root.parent):
        if (folder / multilooked).exists():
            return Raster(folder / multilooked, cells, "float", byte_order, role)
        if (folder / name).exists():
            return Raster(folder / name, full, "float", byte_order, role)
    raise ArtifactError(
        f"{root / multilooked}: file is missing, and so is {name} of the full image, here and one "
        "folder up; copy one of them"
    )
