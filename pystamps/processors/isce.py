"""Stack of ISCE: native byte order, ``isce_minrefdem.int`` per date, rasters with XML."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.processors.acquisitions import read_acquisitions
from pystamps.processors.constants import constants_of_texts
from pystamps.processors.dated_stack import DATED_FILES
from pystamps.processors.dates_in_names import date_in, has_date
from pystamps.processors.export import Export
from pystamps.processors.insar_folder import (
    InsarFolder,
    lines_of,
    reference_date,
    require_secondaries,
    require_text,
)
from pystamps.processors.isce_patch import read_isce_patch, read_raster
from pystamps.processors.processor import InputFile, Processor
from pystamps.processors.rasters import Raster

_INTERFEROGRAM = "isce_minrefdem.int"
_MASTERS = ("master/master.slc", "reference/reference.slc")
_SECONDARIES = ("slave.slc", "secondary.slc")
_READY = ("bperp.1.in", "heading.1.in", "lambda.1.in", "demparms.in")
_NO_HEADING = -270.0
_LINES_AT_A_TIME = 256


def find(folder: Path, master: str) -> Export:
    """Find an ISCE stack (``mt_prep_isce`` and ``mt_extract_info_isce`` of ISCE2)."""
    stack = InsarFolder.of(folder)
    secondaries = stack.dates_with(_INTERFEROGRAM)
    master = reference_date(master, _master_dates(stack), path=stack.insar)
    require_secondaries(secondaries, master, folder=stack.insar, name=_INTERFEROGRAM)
    size = stack.size() or _size(stack.insar / "lon.raw")
    images, interferograms = (
        _pairs(stack) if stack.is_small_baseline else _single(stack, secondaries)
    )
    settings = _input_file(stack)
    mask = settings.get("maskfile")
    links = _links(stack, secondaries)
    notes = [f"{name}: no such file named in input_file; no mask" for name in [mask] if name]
    path = None if mask is None else _existing(stack, mask)
    return Export(
        processor="isce",
        folder=folder,
        is_small_baseline=stack.is_small_baseline,
        size=size,
        master=master,
        images=tuple(Raster(image, size, "complex float", "<") for image in images),
        interferograms=tuple(Raster(ifg, size, "complex float", "<") for ifg in interferograms),
        longitude=Raster(stack.insar / "lon.raw", size, "float", "<"),
        latitude=Raster(stack.insar / "lat.raw", size, "float", "<"),
        height=Raster(stack.insar / "dem.raw", size, "float", "<"),
        texts=_texts(stack, master, secondaries, settings),
        links=links,
        mask=path,
        notes=tuple(notes) if path is None else (),
    )


def _master_dates(stack: InsarFolder) -> list[str]:
    """Give what the stack says about the date of its reference image."""
    for name in ("master_day.1.in", "master/baseline", "reference/baseline"):
        text = stack.text(name)
        if text is not None and text.split():
            return [date_in(text.split()[0], path=stack.insar / name)]
    name = stack.insar.name.rpartition("_")[2]
    return [name] if has_date(name) else []


def _single(stack: InsarFolder, dates: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Give images (the reference image first) and interferograms."""
    images = [_first(stack.insar, _MASTERS)]
    images += [_first(stack.insar / date, _SECONDARIES) for date in dates]
    return images, [stack.insar / date / _INTERFEROGRAM for date in dates]


def _pairs(stack: InsarFolder) -> tuple[list[Path], list[Path]]:
    """Give the two images of every pair, and the interferograms."""
    images: list[Path] = []
    interferograms: list[Path] = []
    for pair in stack.pairs_with(_INTERFEROGRAM):
        folder = stack.folder_of(pair)
        found = sorted(folder.glob("*.slc"))
        if len(found) != 2:
            raise ArtifactError(f"{folder}: found {len(found)} images *.slc, expected two")
        images += found
        interferograms.append(folder / _INTERFEROGRAM)
    if not images:
        raise ArtifactError(f"{stack.stack}: holds no YYYYMMDD_YYYYMMDD/{_INTERFEROGRAM}")
    return images, interferograms


def _first(folder: Path, names: Sequence[str]) -> Path:
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    if path is None:
        raise ArtifactError(f"{folder}: holds neither {' nor '.join(names)}; complete the stack")
    return path


def _size(raster: Path) -> tuple[int, int]:
    """Give samples and lines from the description of a raster."""
    if not raster.is_file():
        raise ArtifactError(f"{raster}: file is missing; complete the stack")
    length, width = read_raster(raster).shape
    return width, length


def _input_file(stack: InsarFolder) -> dict[str, str]:
    """Read the settings with which the stack was made: one key and value per line."""
    text = stack.text("input_file")
    if text is None and (stack.insar.parent / "input_file").is_file():
        text = (stack.insar.parent / "input_file").read_text(errors="replace")
    rows = (line.replace("=", " ").split() for line in (text or "").splitlines())
    return {words[0].rstrip(":"): words[1] for words in rows if len(words) > 1}


def _existing(stack: InsarFolder, name: str) -> Path | None:
    places = (stack.stack / name, stack.insar / name, stack.insar.parent / name)
    return next((path for path in places if path.is_file()), None)


def _texts(
    stack: InsarFolder, master: str, dates: Sequence[str], settings: dict[str, str]
) -> dict[str, str]:
    """Give the files of ``mt_extract_info_isce``: those that are there, else derived."""
    texts = {
        "day.1.in": lines_of(dates),
        "master_day.1.in": f"{master}\n",
        "slc_osfactor.1.in": "1\n",
        "bperp.1.in": _baselines(stack, dates),
        "lambda.1.in": lines_of([settings["lambda"]] if "lambda" in settings else []),
    }
    if stack.is_small_baseline:
        pairs = stack.pairs_with(_INTERFEROGRAM)
        texts["ifgday.1.in"] = lines_of(" ".join(pair) for pair in pairs)
    texts |= stack.texts(_READY)
    if "heading.1.in" not in texts and (stack.insar / "heading.raw").is_file():
        texts["heading.1.in"] = _mean_heading(stack.insar / "heading.raw")
    for name, hint in (
        ("heading.1.in", "no heading.raw"),
        ("lambda.1.in", "no lambda in input_file"),
        ("bperp.1.in", "no baseline file in the folder of every date"),
    ):
        require_text(texts, name, folder=stack.insar, hint=hint)
    return texts


def _baselines(stack: InsarFolder, dates: Sequence[str]) -> str:
    """Take the nominal baselines from ``<date>/baseline``; empty when one is missing."""
    values = []
    for date in dates:
        words = (stack.text(f"{date}/baseline") or "").split()
        if len(words) < 2:
            return ""
        values.append(words[1])
    return lines_of(values)


def _mean_heading(path: Path) -> str:
    """Average the heading over the pixels that have one."""
    raster = read_raster(path)
    total, count = 0.0, 0
    for first in range(0, raster.shape[0], _LINES_AT_A_TIME):
        block = np.asarray(raster[first : first + _LINES_AT_A_TIME], dtype=np.float64)
        good = block[np.isfinite(block) & (block != _NO_HEADING)]
        total, count = total + float(good.sum()), count + good.size
    return f"{total / count:.4f}\n" if count else ""


def _links(stack: InsarFolder, dates: Sequence[str]) -> dict[str, Path]:
    """Give the rasters (with descriptions) that stage 1 looks for beside the data set."""
    names = ["inc_angle.raw", "look_angle.raw", *(f"baselineGRID_{date}" for date in dates)]
    found = {}
    for name in names:
        for part in (name, f"{name}.xml"):
            if (stack.insar / part).is_file():
                found[part] = stack.insar / part
    return found


PROCESSOR = Processor(
    name="isce",
    summary="Stack of ISCE (INSAR_<date>, or its SMALL_BASELINES).",
    byte_order="<",
    angle="inc",
    angle_file="inc_angle.raw",
    constants=("lambda", "heading"),
    input_files=(
        *DATED_FILES,
        InputFile("inc_angle.raw", "incidence angle; else look_angle.raw", is_needed=False),
        InputFile("look_angle.raw", "look angle; else no angle", is_needed=False),
        InputFile("baselineGRID_????????", "baselines; else bperp.1.in", is_needed=False),
    ),
    dates_in="day.1.in",
    find=find,
    read_constants=lambda root, _: constants_of_texts(root),
    read_acquisitions=read_acquisitions,
    read_patch=lambda patch, _: read_isce_patch(patch),
)
