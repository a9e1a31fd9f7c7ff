"""Several exports of one stack as one: links in a folder that is scanned as every export is.

An image that arrives later may lie in the export of the whole stack, which has grown, or in one of
its own. Layout, texts and their checks are those of the program either way, so that folders are
joined, not what was read from them.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pystamps.findings import Finding
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import visible_entries
from pystamps.processors.dates_in_names import date_pair, dates_in
from pystamps.processors.export import Export
from pystamps.processors.insar_folder import SMALL_BASELINES
from pystamps.processors.rasters import Raster
from pystamps.processors.scan import scan_export

DatePair = tuple[str, str]
"""Dates of the two images of an interferogram, YYYYMMDD."""

_OF_DATA_SETS = ("PATCH_*", "*.mat", "products", "figures", "logs", "benchmarks")
"""What a data set adds to the folder of a stack in which it lies."""
_BASELINES = "bperp.1.in"
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class WantedPairs:
    """Which interferograms and images a joined export has; what belongs to others is left out.

    Attributes
    ----------
    pairs : frozenset of tuple of str
    images : frozenset of str
        Dates of images, those of the interferograms among them or not.
    """

    pairs: frozenset[DatePair]
    images: frozenset[str] = frozenset()

    def takes(self, path: Path) -> bool:
        """Tell whether an entry of an export belongs to the interferograms, or to all images."""
        if any(fnmatchcase(path.name, pattern) for pattern in _OF_DATA_SETS):
            return False
        of_pairs = {date for pair in self.pairs for date in pair}
        if path.name == _BASELINES:
            # a list with a line for each date of a shorter stack: it is derived anew
            return len(read_text_of_paths(path).split()) == len(of_pairs) - 1
        pair = date_pair(path.name)
        return pair in self.pairs if pair else of_pairs.union(self.images) >= {*dates_in(path.name)}


def joined_export(
    processor: str, folders: Sequence[Path], wanted: WantedPairs, *, master: str
) -> Export:
    """Look through several exports as one; its findings say what is wrong with them together.

    Parameters
    ----------
    processor : str
    folders : sequence of Path
        As :func:`~pystamps.processors.scan.scan_export` takes them; where two hold a file of one
        name the first counts.
    wanted : WantedPairs
    master : str
        Date of the reference image.

    Returns
    -------
    Export
        With the paths of the files themselves; its folder is the last one.

    Raises
    ------
    PystampsError
        There is no such processor or folder.
    """
    with tempfile.TemporaryDirectory(prefix="pystamps-join-") as scratch:
        place = Path(scratch).resolve()
        is_beside = folders[-1].name == SMALL_BASELINES
        inside = place / (folders[-1].parent if is_beside else folders[-1]).name
        for folder in folders:
            source = folder.parent if is_beside else folder
            _mirror(source, inside, wanted, levels=_DEEPEST)
            # settings and masks of ISCE lie above the stack
            _link_files((p for p in visible_entries(source.parent) if p.is_file()), place)
        scanned = inside / SMALL_BASELINES if is_beside else inside
        export = scan_export(processor, scanned, master=master)
        return _with_own_paths(export, scanned, folders[-1])


def _mirror(source: Path, target: Path, wanted: WantedPairs, *, levels: int) -> None:
    """Make the folders of an export again, with links to its files."""
    target.mkdir(exist_ok=True)
    entries = [path for path in visible_entries(source) if wanted.takes(path)]
    _link_files((path for path in entries if not path.is_dir()), target)
    for path in entries if levels else ():
        if path.is_dir():
            _mirror(path, _entry_of_any_case(target, path.name), wanted, levels=levels - 1)


def _link_files(paths: Iterable[Path], target: Path) -> None:
    """Link files into a folder; those that it has already stay."""
    for path in paths:
        link = _entry_of_any_case(target, path.name)
        if not link.is_symlink():
            link.symlink_to(path.absolute())


def _entry_of_any_case(folder: Path, name: str) -> Path:
    same = (path for path in folder.iterdir() if path.name.lower() == name.lower())
    return next(same, folder / name)


def _with_own_paths(export: Export, scanned: Path, folder: Path) -> Export:
    """Put the files themselves in the place of the links to them."""

    def own(path: Path) -> Path:
        return path.readlink() if path.is_symlink() else folder / path.relative_to(scanned)

    def of_rasters(rasters: Iterable[Raster]) -> Iterator[Raster]:
        for raster in rasters:
            companion = raster.companion and own(raster.companion)
            yield dataclasses.replace(raster, path=own(raster.path), companion=companion)

    def named(finding: Finding) -> Finding:
        link = Path(finding.file)
        file = str(link.readlink()) if link.is_symlink() else finding.file
        found, action = (
            text.replace(str(scanned), str(folder)) for text in (finding.found, finding.action)
        )
        file = file.replace(str(scanned), str(folder))
        return dataclasses.replace(finding, file=file, found=found, action=action)

    par = export.par and dataclasses.replace(export.par, path=own(export.par.path))
    return dataclasses.replace(
        export,
        folder=folder,
        images=tuple(of_rasters(export.images)),
        interferograms=tuple(of_rasters(export.interferograms)),
        geometry=dict(zip(export.geometry, of_rasters(export.geometry.values()), strict=True)),
        par=par,
        links={name: own(path) for name, path in export.links.items()},
        mask=export.mask and own(export.mask),
        findings=tuple(map(named, export.findings)),
    )
