"""Stack of Doris: native byte order, ``slave_res.slc`` and ``cint.minrefdem.raw`` per date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.processors.acquisitions import read_acquisitions
from pystamps.processors.constants import constants_of_texts
from pystamps.processors.dated_stack import DATED_FILES
from pystamps.processors.dates_in_names import date_in
from pystamps.processors.doris_patch import read_doris_patch
from pystamps.processors.export import Export
from pystamps.processors.insar_folder import (
    InsarFolder,
    lines_of,
    reference_date,
    require_secondaries,
    require_text,
)
from pystamps.processors.processor import InputFile, Processor
from pystamps.processors.rasters import Kind, Raster

_INTERFEROGRAM = "cint.minrefdem.raw"
_READY = ("bperp.1.in", "heading.1.in", "lambda.1.in", "look_angle.1.in", "demparms.in")
_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_N_NODE_VALUES = 5000
_DEM_WORDS = (
    ("CRD_IN_DEM", 1), ("CRD_IN_SIZE", 2), ("CRD_IN_SIZE", 1), ("CRD_IN_UL", 2),
    ("CRD_IN_UL", 1), ("CRD_IN_DELTA", 1), ("CRD_IN_FORMAT", 1),
)  # fmt: skip


def find(folder: Path, master: str) -> Export:
    """Find a Doris stack (StaMPS: ``mt_prep`` and ``mt_extract_info``)."""
    stack = InsarFolder.of(folder)
    results = stack.text("master.res") or ""
    oversampling = _oversampling(stack, results)
    pattern = "[12]*_crop_ovs.slc" if oversampling > 1 else "[12]*_crop.slc"
    masters = sorted(stack.insar.glob(pattern))
    found = [date_in(path.name, path=path) for path in masters]
    master = reference_date(master, found, path=stack.insar)
    secondaries = stack.dates_with(_INTERFEROGRAM)
    require_secondaries(secondaries, master, folder=stack.insar, name=_INTERFEROGRAM)
    size = stack.size() or _size(stack, results)
    texts = _texts(stack, master, secondaries, oversampling, results)
    if stack.is_small_baseline:
        images, interferograms = _pairs(stack, size)
    else:
        # an oversampled image is float whatever the original was
        short = "complex_short" in results and oversampling == 1
        first = Raster(masters[0], size, "complex int16" if short else "complex float", "<")
        images = (first, *_rasters(stack, secondaries, "slave_res.slc", size))
        interferograms = _rasters(stack, secondaries, _INTERFEROGRAM, size)
    return Export(
        processor="doris",
        folder=folder,
        is_small_baseline=stack.is_small_baseline,
        size=size,
        master=master,
        images=images,
        interferograms=interferograms,
        longitude=Raster(stack.insar / "lon.raw", size, "float", "<"),
        latitude=Raster(stack.insar / "lat.raw", size, "float", "<"),
        height=Raster(stack.insar / "dem_radar_i.raw", size, "float", "<"),
        texts=texts,
        notes=() if "look_angle.1.in" in texts else ("no look angles on nodes: no la1.mat",),
    )


def _rasters(
    stack: InsarFolder, dates: Sequence[str], name: str, size: tuple[int, int]
) -> tuple[Raster, ...]:
    kind: Kind = "complex float"
    return tuple(Raster(stack.insar / date / name, size, kind, "<") for date in dates)


def _pairs(
    stack: InsarFolder, size: tuple[int, int]
) -> tuple[tuple[Raster, ...], tuple[Raster, ...]]:
    """Give images and interferograms of a small-baseline stack."""
    images: list[Path] = []
    interferograms: list[Path] = []
    for pair in stack.pairs_with(_INTERFEROGRAM):
        folder = stack.folder_of(pair)
        found = sorted(folder.glob("*filtrg.slc"))
        if len(found) != 2:
            raise ArtifactError(f"{folder}: found {len(found)} images *filtrg.slc, expected two")
        images += found
        interferograms.append(folder / _INTERFEROGRAM)
    if not images:
        raise ArtifactError(f"{stack.stack}: holds no YYYYMMDD_YYYYMMDD/{_INTERFEROGRAM}")
    return (
        tuple(Raster(path, size, "complex float", "<") for path in images),
        tuple(Raster(path, size, "complex float", "<") for path in interferograms),
    )


def _size(stack: InsarFolder, results: str) -> tuple[int, int]:
    """Give samples and lines from the bounds of the cropped image in ``master.res``."""
    bounds = []
    for key in ("First_pixel", "Last_pixel", "First_line", "Last_line"):
        found = re.findall(rf"^{key} .*:\s*(\d+)", results, flags=re.MULTILINE)
        if not found:
            raise ArtifactError(
                f"{stack.insar / 'master.res'}: {key} is missing, so that the size of the images "
                "is not known; write width.txt and len.txt"
            )
        bounds.append(int(found[-1]))
    return bounds[1] - bounds[0] + 1, bounds[3] - bounds[2] + 1


def _oversampling(stack: InsarFolder, results: str) -> float:
    """Give the oversampling factor of the images; 1 without an oversample section."""
    ready = stack.text("slc_osfactor.1.in")
    if ready is not None and ready.split():
        return float(ready.split()[0])
    section = re.search(r"_Start_oversample(.*?)End_oversample", results, flags=re.DOTALL)
    factor = section and re.search(rf"Multilook\w*range\w*:\s*{_NUMBER}", section[1])
    return 1 / float(factor[1]) if factor else 1.0


def _texts(
    stack: InsarFolder, master: str, dates: Sequence[str], oversampling: float, results: str
) -> dict[str, str]:
    """Give the files of ``mt_extract_info``: those that are there, else derived."""
    texts = {
        "day.1.in": lines_of(dates),
        "master_day.1.in": f"{master}\n",
        "slc_osfactor.1.in": f"{oversampling:g}\n",
        "bperp.1.in": _baselines(stack, dates),
        "heading.1.in": _heading(stack),
        "lambda.1.in": lines_of(re.findall(rf"Radar_wavelength.*?:\s*{_NUMBER}", results)[:1]),
        "demparms.in": _dem_parameters(stack),
    }
    texts |= _node_files(stack, dates)
    if stack.is_small_baseline:
        pairs = stack.pairs_with(_INTERFEROGRAM)
        texts["ifgday.1.in"] = lines_of(" ".join(pair) for pair in pairs)
    texts |= stack.texts([*_READY, *(f"bperp_{date}.1.in" for date in dates)])
    if not texts["demparms.in"]:
        del texts["demparms.in"]
    for name, hint in (
        ("heading.1.in", "no HEADING in *.slc.rsc"),
        ("lambda.1.in", "no Radar_wavelength in master.res"),
        ("bperp.1.in", "no Bperp in the interferogram.out of every date"),
    ):
        require_text(texts, name, folder=stack.insar, hint=hint)
    return texts


def _baselines(stack: InsarFolder, dates: Sequence[str]) -> str:
    """Take the nominal baselines from ``interferogram.out``; empty when one is missing."""
    values = []
    for date in dates:
        found = re.search(rf"Bperp[^\d+-]*{_NUMBER}", stack.text(f"{date}/interferogram.out") or "")
        if found is None:
            return ""
        values.append(found[1])
    return lines_of(values)


def _heading(stack: InsarFolder) -> str:
    found: list[str] = []
    for path in sorted(stack.insar.glob("*.slc.rsc")):
        found += re.findall(rf"HEADING\s+{_NUMBER}", path.read_text(errors="replace"))
    return lines_of(found[-1:])


def _node_files(stack: InsarFolder, dates: Sequence[str]) -> dict[str, str]:
    """Take baselines and look angles on the nodes from the logs of Doris, where they are."""
    texts: dict[str, str] = {}
    for date in dates:
        for log in ("step_coarse.log", "make_orbits.log"):
            text = stack.text(f"{date}/{log}") or ""
            baselines = _sixth_words(text, "Bpar, Bperp")
            if len(baselines) == _N_NODE_VALUES:
                texts[f"bperp_{date}.1.in"] = lines_of(baselines)
                texts["look_angle.1.in"] = lines_of(_sixth_words(text, "Look angle"))
                break
        else:
            return {}
    return texts


def _sixth_words(text: str, label: str) -> list[str]:
    rows = (line.split() for line in text.splitlines() if label in line)
    return [words[5] for words in rows if len(words) > 5]


def _dem_parameters(stack: InsarFolder) -> str:
    """Give the seven lines about the DEM (for plots only) from ``dem.dorisin``."""
    text = stack.text("dem.dorisin") or ""
    cards = {words[0]: words for words in (line.split() for line in text.splitlines()) if words}
    try:
        return lines_of(cards[key][column] for key, column in _DEM_WORDS)
    except (KeyError, IndexError):
        return ""


PROCESSOR = Processor(
    name="doris",
    summary="Stack of Doris (INSAR_<date>, or its SMALL_BASELINES).",
    byte_order="<",
    angle_file="look_angle.1.in",
    constants=("lambda", "heading", "slc_osf"),
    input_files=(
        *DATED_FILES,
        InputFile("slc_osfactor.1.in", "oversampling factor; else 1", is_needed=False),
        InputFile("look_angle.1.in", "look angle on nodes; else no la1", is_needed=False),
        InputFile("bperp_*.1.in", "baselines on nodes; else bperp.1.in", is_needed=False),
    ),
    dates_in="day.1.in",
    find=find,
    read_constants=lambda root, _: constants_of_texts(root, has_oversampling=True),
    read_acquisitions=read_acquisitions,
    read_patch=lambda patch, _: read_doris_patch(patch),
)
