"""The annotated listings of ``docs/inputs.md``: what exporters write, and what of it is read.

A stack of three images is simulated as every exporter writes it, prepared and loaded; which files
are opened on the way is observed. Run it after a change of an exporter or of a reader::

    python scripts/input_listings.py           write
    python scripts/input_listings.py --check   fail when the page is out of date
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory

from pystamps.config import RawExport, RunConfig
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.prep.prepare import prepare_dataset
from pystamps.simulate import Scene, WriteOptions, changed_scene, simulate_dataset

PAGE = Path(__file__).resolve().parent.parent / "docs" / "inputs.md"
LISTED = (("snap", "13"), ("gamma", "fcomplex"), ("isce", "tops"), ("isce", "stripmap-2.3"),
          ("doris", "4"), ("doris", "4-oversampled"), ("doris", "5"))  # fmt: skip
"""Exporters and forms that the page lists."""

_SCENE = changed_scene(
    Scene(),
    {"lines": 24, "samples": 24, "acquisitions.interferograms": 3,
     "preparation.patches": (1, 1), "preparation.overlap": (0, 0)},
)  # fmt: skip
_MEANINGS = (
    ("*/REFERENCE.rslc", "image of the reference"),
    ("*/DATE.rslc", "co-registered image"),
    ("*.diff", "interferogram without topographic phase"),
    ("*.base", "baseline: cross and normal part, and their rates"),
    ("*/REFERENCE.rslc.par", "size, sample format, orbit and ranges of the stack"),
    ("*/DATE.rslc.par", "size and sample format of the image"),
    ("*.diff.par", "the same text again"),
    ("*.lon.par", "the same text again"),
    ("*.lat.par", "the same text again"),
    ("*_dem.rdc.par", "description of the heights"),
    ("*.lon", "longitudes, degrees"),
    ("*.lat", "latitudes, degrees"),
    ("*_dem.rdc", "heights, m"),
    ("dem/*", "elevation model on a map, for GAMMA's pt2geo"),
    ("*.diff_par", "for GAMMA's pt2geo"),
    ("*.off", "offsets of the images"),
    ("RSLC_tab", "list of the images"),
    ("itab", "list of the interferograms"),
    ("input_file_REFERENCE", "settings of the stack"),
    ("merged/SLC/*.xml", "description of ISCE"),
    ("merged/SLC/*.vrt", "description of GDAL"),
    ("merged/SLC/*.hdr", "description of ENVI"),
    ("merged/SLC/*", "co-registered image"),
    ("merged/geom_*", "geometry as the stack processor has it"),
    ("merged/baselines/*.txt", "baseline of a pair"),
    ("merged/baselines/*", "baselines on a coarse grid"),
    ("*/slcs.list", "dates of the other images"),
    ("*/input_file", "settings: wavelength, mask, reference"),
    ("*/lambda.1.in", "wavelength, m"),
    ("*/heading.1.in", "heading, degrees"),
    ("*/width.txt", "samples of the image"),
    ("*/len.txt", "lines of the image"),
    ("*/baseline", "date, and mean perpendicular baseline in m"),
    ("*/baseline_overview*", "the same of all images"),
    ("*/baselineGRID_DATE", "perpendicular baselines, m; any size"),
    ("*/baselineGRID_DATE.xml", "its description"),
    ("*/inc_angle.raw", "incidence angle, degrees"),
    ("*/inc_angle.raw.xml", "its description"),
    ("*/heading.raw", "heading per pixel; where heading.1.in is missing"),
    ("*/lon.raw", "longitudes, degrees"),
    ("*/lat.raw", "latitudes, degrees"),
    ("*/dem.raw", "heights, m"),
    ("*.raw.xml", "description of ISCE"),
    ("*.raw.vrt", "description of GDAL"),
    ("*/?.raw", "unit vector toward the satellite"),
    ("*/coreg_fine/*", "links to the image, descriptions made anew"),
    ("*/geom/*", "links to the geometry"),
    ("*/DATE/isce_minrefdem.int", "interferogram without topographic phase"),
    ("*.int.xml", "description of ISCE"),
    ("*.vrt", "description of GDAL"),
    ("*/DATE/secondary.slc", "link to the image"),
    ("*/DATE/slave.slc", "link to the image"),
    ("*/DATE/reference.slc", "link to the image of the reference"),
    ("*/DATE/master.slc", "link to the image of the reference"),
    ("*/reference/reference.slc", "link to the image of the reference"),
    ("*/master/master.slc", "link to the image of the reference"),
    ("*/reference/*", "links to the image, descriptions made anew"),
    ("*/master/*", "links to the image, descriptions made anew"),
    ("SLC/*", "result files of the images before"),
    ("*/DATE/SLC", "link to the folder of the image"),
    ("INSAR_REFERENCE/master.res", "wavelength, size and sample format of the reference image"),
    ("*/DATE/master.res", "a copy"),
    ("*/slave.res", "result file of the image"),
    ("*/coreg.out", "result file of the co-registration"),
    ("*/DATE/interferogram.out", "baseline at the centre (Bperp)"),
    ("*/DATE/ifgs.res", "baseline at the centre (Bperp)"),
    ("*/ifgs.res", "result file of one pair"),
    ("*/step_coarse.log", "baselines and look angles on 50 x 50 nodes at 0 and 1000 m"),
    ("*/bperp_DATE.1.in", "baselines on 50 x 50 nodes at 0 and 1000 m"),
    ("*/look_angle.1.in", "look angles on the same nodes, degrees"),
    ("*.slc.rsc", "heading"),
    ("*/dem.dorisin", "cards of the elevation model, for plots"),
    ("*/timing.dorisin", "cards of the timing step"),
    ("*/looks.txt", "looks of previews"),
    ("*/ar.txt", "aspect ratio of previews"),
    ("*/cropparams.txt", "crop of the images"),
    ("*_crop.slc", "image of the reference"),
    ("*_crop_ovs.slc", "oversampled image of the reference"),
    ("*/slave_res.slc", "co-registered image"),
    ("*/cint.minrefdem.raw", "interferogram without topographic phase"),
    ("*/dem_radar.raw", "the heights again"),
    ("*/dem_radar_i.raw", "heights, m"),
    ("*.txt", "list of the scripts"),
)
"""Pattern of a path and what the file is; the first that fits counts."""

_OPENED: list[set[Path]] = []
_INSTALLED: list[bool] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    """Note files that are opened for reading."""
    if _OPENED and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _OPENED[-1].add(Path(os.fsdecode(arguments[0])).absolute())


@contextmanager
def observed() -> Iterator[set[Path]]:
    """Give the set of files that are opened while the block runs."""
    if not _INSTALLED:
        sys.addaudithook(_hook)
        _INSTALLED.append(True)
    _OPENED.append(set())
    try:
        yield _OPENED[-1]
    finally:
        _OPENED.pop()


def listing(exporter: str, form: str) -> str:
    """Give the annotated listing of an export: path, who reads it, what it is."""
    options = WriteOptions(layout="raw", exporter=exporter, exporter_form=form, truth_cubes=False)
    with TemporaryDirectory() as parent:
        root = Path(parent).resolve() / "export"
        folder = simulate_dataset(root, _SCENE, options=options).raw
        raw = RawExport(exporter, export=folder, patches="1x1", overlap="0x0", threshold=1.0)
        run = root.parent / "run"
        with observed() as prepared:
            prepare_dataset(run, raw)
        with observed() as loaded:
            stage1_load_initial(run / "PATCH_1", RunConfig(dataset=run))
        readers = {"preparation": _own(prepared, run), "stage 1": _own(loaded, run)}
        dates = sorted({path.name for path in root.rglob("20??????")} | _dates(root))
        rows = [_row(path, root, readers) for path in _files(root)]
        master = _master(folder)
    other = min(date for date in dates if date != master)
    named = [_renamed(row, master, other, dates) for row in rows]
    return _table([row for row in named if row is not None])


def _own(opened: set[Path], run: Path) -> set[Path]:
    """Give the opened files; links in the data set stand for what they point to."""
    return {path.resolve() if run in path.parents else path for path in opened}


def _dates(root: Path) -> set[str]:
    names = [path.name for path in root.rglob("*")]
    return {word for name in names for word in name.replace(".", "_").split("_")
            if len(word) == 8 and word.isdigit()}  # fmt: skip


def _files(root: Path) -> list[Path]:
    found = [path for path in root.rglob("*") if path.is_symlink() or path.is_file()]
    return sorted(path for path in found if path.name != "truth.h5")


def _master(folder: Path) -> str:
    if folder.name.startswith("INSAR_"):
        return folder.name.partition("_")[2]
    return next((folder / "geo").glob("*.lon")).stem


def _row(path: Path, root: Path, readers: dict[str, set[Path]]) -> tuple[str, str]:
    read = [name for name, opened in readers.items() if path in opened]
    return str(path.relative_to(root)), ", ".join(read) or "-"


def _renamed(
    row: tuple[str, str], master: str, other: str, dates: list[str]
) -> tuple[str, str] | None:
    """Put names for the dates; files of further dates are left out."""
    path = row[0].replace(master, "REFERENCE").replace(other, "DATE")
    return None if any(date in path for date in dates) else (path, row[1])


def _table(rows: list[tuple[str, str]]) -> str:
    width = max(len(path) for path, _ in rows)
    reader = max(len(read) for _, read in rows)
    lines = [f"{path:<{width}}  {read:<{reader}}  {meaning_of(path)}" for path, read in rows]
    return "\n".join(lines) + "\n"


def meaning_of(path: str) -> str:
    """Say what a file of an export is.

    Raises
    ------
    LookupError
        Nobody has said it.
    """
    for pattern, meaning in _MEANINGS:
        if fnmatch(path, pattern):
            return meaning
    raise LookupError(f"{path}: say in scripts/input_listings.py what it is")


def page_with_listings(page: str) -> str:
    """Put the listings between their marks in a page.

    Raises
    ------
    ValueError
        The page has no place for one.
    """
    for exporter, form in LISTED:
        begin, end = f"<!-- listing {exporter} {form} -->\n", "<!-- end listing -->\n"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"docs/inputs.md has no mark {begin.strip()}")
        page = f"{before}{begin}\n```text\n{listing(exporter, form)}```\n\n{end}{after}"
    return page


def main() -> int:
    written = PAGE.read_text()
    text = page_with_listings(written)
    if "--check" in sys.argv:
        print("" if text == written else f"{PAGE}: out of date; run {Path(__file__).name}")
        return int(text != written)
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
