"""Defects that an export of any processor can have, found by what its scan says of its files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster

ALL = ("snap", "gamma", "isce", "doris")
SLANT, DATED = ("snap", "gamma"), ("isce", "doris")


@dataclass(frozen=True)
class Defect:
    """What is done to an export, the code that has to be reported, and of which exporters."""

    damage: Callable[[Export], object]
    code: str
    exporters: tuple[str, ...] = ALL
    is_refused: bool = True


def stored_type(raster: Raster) -> str:
    return raster.byte_order + {"complex int16": "i2"}.get(raster.kind, "f4")


def swap_bytes(raster: Raster) -> None:
    np.fromfile(raster.path, stored_type(raster)).byteswap().tofile(raster.path)


def fill(raster: Raster, value: float, *, part: float = 1.0) -> None:
    values = np.fromfile(raster.path, stored_type(raster))
    values[: int(part * values.size)] = value
    values.tofile(raster.path)


def scale(raster: Raster, factor: float) -> None:
    values = np.fromfile(raster.path, stored_type(raster))
    (values * factor).astype(values.dtype).tofile(raster.path)


def cut(raster: Raster) -> None:
    raster.path.write_bytes(raster.path.read_bytes()[:-8])


def link_to_nothing(raster: Raster) -> None:
    raster.path.unlink()
    raster.path.symlink_to("/nowhere/merged.slc")


def own_image(export: Export) -> Raster:
    """Give the image of the reference."""
    return next(image for image in export.images if image.date == export.master)


def other_image(export: Export) -> Raster:
    return next(image for image in export.images if image.date != export.master)


def pair(export: Export, number: int = 0) -> Raster:
    return export.interferograms[number]


def baseline_file(export: Export) -> Path:
    """Give the text file with the baseline of the first interferogram."""
    if export.processor in SLANT:
        return pair(export).path.with_suffix(".base")
    found = pair(export).companion
    assert found is not None
    return found


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def edit_line(path: Path, key: str, line: str) -> None:
    """Replace the line of a key."""
    lines = path.read_text().splitlines()
    assert any(key in each for each in lines)
    path.write_text("".join(f"{line if key in each else each}\n" for each in lines))


def header(export: Export) -> Path:
    return own_image(export).path.with_name(f"{own_image(export).path.name}.par")


DEFECTS: dict[str, Defect] = {
    "image cut off": Defect(lambda e: cut(other_image(e)), "raster-size"),
    "reference image cut off": Defect(lambda e: cut(own_image(e)), "raster-size"),
    "interferogram cut off": Defect(lambda e: cut(pair(e)), "raster-size"),
    "longitudes cut off": Defect(lambda e: cut(e.longitude), "raster-size"),
    "heights of nothing": Defect(lambda e: e.height.path.write_bytes(b""), "raster-size"),
    "image in the other byte order": Defect(lambda e: swap_bytes(other_image(e)), "byte-order"),
    "reference image in the other byte order": Defect(
        lambda e: swap_bytes(own_image(e)), "byte-order"),
    "interferogram in the other byte order": Defect(lambda e: swap_bytes(pair(e)), "byte-order"),
    "latitudes in the other byte order": Defect(lambda e: swap_bytes(e.latitude), "byte-order"),
    "heights in the other byte order": Defect(lambda e: swap_bytes(e.height), "byte-order"),
    "image of zeros": Defect(lambda e: fill(other_image(e), 0), "raster-zero"),
    "interferogram of zeros": Defect(lambda e: fill(pair(e), 0), "raster-zero"),
    "writing of an image interrupted": Defect(
        lambda e: fill(other_image(e), 0, part=0.5), "raster-partly-zero", is_refused=False),
    "interferogram of not-a-numbers": Defect(lambda e: fill(pair(e), np.nan), "raster-nan"),
    "no longitude is a number": Defect(lambda e: fill(e.longitude, np.nan), "raster-nan"),
    "geocoding with gaps": Defect(
        lambda e: fill(e.longitude, np.nan, part=0.2), "raster-nan", is_refused=False),
    "positions of zero": Defect(
        lambda e: fill(e.latitude, 0, part=0.2), "positions-zero", is_refused=False),
    "latitudes in metres": Defect(
        lambda e: fill(e.latitude, 4.5e6, part=0.5), "positions-wrong"),
    "image a thousand times brighter": Defect(
        lambda e: scale(other_image(e), 1000), "amplitude-implausible", ("snap", "isce", "doris"),
        is_refused=False),
    "interferogram copied over another": Defect(
        lambda e: shutil.copy(pair(e).path, pair(e, 1).path), "rasters-equal", is_refused=False),
    "no heights": Defect(lambda e: e.height.path.unlink(), "geometry-missing"),
    "no longitudes": Defect(lambda e: e.longitude.path.unlink(), "geometry-missing"),
    "reference image missing": Defect(lambda e: own_image(e).path.unlink(), "image-missing"),
    "image is a link to nothing": Defect(lambda e: link_to_nothing(other_image(e)), "broken-link"),
    "interferogram is a link to nothing": Defect(
        lambda e: link_to_nothing(pair(e)), "broken-link"),
    "baseline missing": Defect(lambda e: baseline_file(e).unlink(), "baseline-missing"),
    "no headers at all": Defect(
        lambda e: [p.unlink() for p in e.folder.glob("rslc/*.par")], "header-missing", SLANT),
    "no size": Defect(
        lambda e: [edit_line(p, "range_samples", "range_samples:\tmany")
                   for p in e.folder.glob("rslc/*.par")], "size-unknown", SLANT),
    "no heading": Defect(lambda e: edit(header(e), "heading", "course"), "header-value", SLANT),
    "frequency in GHz": Defect(
        lambda e: edit_line(header(e), "radar_frequency", "radar_frequency:\t5.405\tHz"),
        "header-impossible", SLANT),
    "baseline not a number": Defect(
        lambda e: edit_line(baseline_file(e), "initial_baseline(TCN)",
                            "initial_baseline(TCN):\t0.0\tNaN\tNaN\tm m m"),
        "header-value", SLANT),
    "no date has an interferogram": Defect(
        lambda e: [raster.path.unlink() for raster in e.interferograms], "no-interferograms"),
    "reference image among the others": Defect(
        lambda e: shutil.copytree(pair(e).path.parent, e.folder / e.master, symlinks=True),
        "null-interferogram", DATED),
    "folder of no day": Defect(
        lambda e: pair(e).path.parent.rename(e.folder / "20181399"), "name-without-date", DATED),
    "no wavelength": Defect(
        lambda e: [(e.folder / name).unlink() for name in ("lambda.1.in", "input_file")],
        "preparation-refuses", ("isce",)),
    "nothing says the size": Defect(
        lambda e: [(e.folder / name).unlink()
                   for name in ("width.txt", "len.txt", "lon.raw.xml", "lat.raw.xml",
                                "dem.raw.xml")], "size-unknown", ("isce",)),
    "baseline of isce not a number": Defect(
        lambda e: baseline_file(e).write_text(f"{pair(e).date} nan \n"), "text-value", ("isce",)),
    "result file of the reference missing": Defect(
        lambda e: (e.folder / "master.res").unlink(), "size-unknown", ("doris",)),
    "no file of the heading": Defect(
        lambda e: [p.unlink() for p in e.folder.glob("*.slc.rsc")], "preparation-refuses",
        ("doris",)),
    "log of the baselines cut off": Defect(
        lambda e: [pair(e).path.with_name("step_coarse.log").write_text("INFO: done\n"),
                   *(p.unlink() for p in e.folder.glob("look_angle.1.in"))],
        "no-look-angle", ("doris",), is_refused=False),
}  # fmt: skip
