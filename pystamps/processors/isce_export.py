"""Stack of ISCE: native byte order, ``isce_minrefdem.int`` per date, rasters with XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pystamps.findings import Finding, value_or_finding
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import entry_named, files_like
from pystamps.processors.dates_in_names import is_date
from pystamps.processors.export import Export
from pystamps.processors.export_codes import (
    BASELINE_MISSING,
    HEADER_MISSING,
    IMAGE_MISSING,
    MASK_MISSING,
    SIZE_UNKNOWN,
)
from pystamps.processors.insar_folder import (
    InsarFolder,
    InsarNames,
    date_folders,
    files_per_date,
    first_file,
    geometry_rasters,
    image_raster,
    lines_of,
    pair_rasters,
    pair_text,
    reference_date,
    single_master_rasters,
    text_findings,
)
from pystamps.processors.isce_patch import (
    angle_raster,
    read_raster,
    size_of_description,
)
from pystamps.processors.raster_gaps import gap_findings
from pystamps.processors.rasters import Raster, Role, broken_link
from pystamps.processors.renamed_files import (
    BOTH_NAMES,
    REFERENCE_IMAGES,
    REFERENCE_SETTINGS,
    SECONDARY_IMAGES,
    differing_names,
)
from pystamps.processors.value_limits import BASELINE, HEADING, RAY_ANGLE

_NAMES = InsarNames(
    interferogram="isce_minrefdem.int",
    images=SECONDARY_IMAGES,
    pair_images="*.slc",
    geometry={"longitude": "lon.raw", "latitude": "lat.raw", "height": "dem.raw"},
    baseline="baseline",
)
_READY = ("bperp.1.in", "heading.1.in", "lambda.1.in", "demparms.in")
_HINTS = {
    "heading.1.in": "no heading.raw",
    "lambda.1.in": "no lambda in input_file",
    "bperp.1.in": "no baseline file in the folder of every date",
}
_ANGLES = ("inc_angle.raw", "look_angle.raw")
_GRID = "baselineGRID_{date}"
_NO_HEADING = -270.0
_LINES_AT_A_TIME = 256


def has_isce_files(folder: Path) -> bool:
    """Tell whether a folder holds files that only ISCE makes."""
    patterns = [f"*/{_NAMES.interferogram}", *(f"*/{name}" for name in _NAMES.images)]
    patterns += REFERENCE_IMAGES
    return any(files_like(folder, pattern) for pattern in patterns)


def scan_isce(folder: Path, master: str) -> Export:
    """Look through an ISCE stack (``mt_prep_isce`` and ``mt_extract_info_isce`` of ISCE2)."""
    findings: list[Finding] = []
    stack = InsarFolder.of(folder)
    settings = _input_file(stack)
    sources = stack.masters(findings) | _masters_of_settings(stack, settings, findings)
    named = list(sources.values())[:1]
    master = reference_date(master, named, where=stack.insar, findings=findings)
    dates = date_folders(stack, _NAMES, master, findings)
    if stack.is_small_baseline:
        images, pairs = pair_rasters(stack, _NAMES, findings)
    else:
        images, pairs = single_master_rasters(
            stack, _NAMES, dates, master=master, findings=findings
        )
        images = [*_master_image(stack, master, findings), *images]
    geometry = geometry_rasters(stack, _NAMES, findings)
    size = _size(stack, geometry, findings)
    texts = _texts(stack, master, dates, settings, findings)
    if stack.is_small_baseline:
        texts["ifgday.1.in"] = pair_text(pairs)
    links = _links(stack, dates)
    findings += _wrong_links(stack, links, dates, size)
    return Export(
        processor="isce",
        folder=folder,
        is_small_baseline=stack.is_small_baseline,
        master=master,
        master_sources=sources,
        images=tuple(images),
        interferograms=tuple(pairs),
        geometry=geometry,
        texts=texts,
        links=links,
        mask=_mask(stack, settings, findings),
        findings=tuple(findings),
    ).with_size(size)


def _masters_of_settings(
    stack: InsarFolder, settings: Mapping[str, str], findings: list[Finding]
) -> dict[str, str]:
    """Give the date of the reference image that ``input_file`` names."""
    found = {key: settings[key] for key in REFERENCE_SETTINGS if is_date(settings.get(key, ""))}
    if len(set(found.values())) > 1:
        text = ", ".join(f"{key} {date}" for key, date in found.items())
        findings.append(BOTH_NAMES.at(stack.insar / "input_file", text))
    return {f"input_file ({key})": date for key, date in found.items()}


def _master_image(stack: InsarFolder, master: str, findings: list[Finding]) -> list[Raster]:
    """Give the image of the reference, as a list of one, or of none where it is missing."""
    path = first_file(stack.insar, REFERENCE_IMAGES)
    findings += differing_names(stack.insar, REFERENCE_IMAGES)
    if path is not None:
        return [image_raster(path, master)]
    findings.append(
        IMAGE_MISSING.at(
            stack.insar / REFERENCE_IMAGES[-1],
            "no such file",
            expected=f"image of the reference, or {REFERENCE_IMAGES[0]}",
            severity="error",
        )
    )
    return []


def _size(
    stack: InsarFolder, geometry: Mapping[Role, Raster], findings: list[Finding]
) -> tuple[int, int]:
    """Give samples and lines from text files, else from the descriptions of the geometry."""
    before = len(findings)
    size = stack.size(findings)
    if len(findings) > before:
        return size
    for raster in geometry.values():
        header = raster.path.with_name(f"{raster.path.name}.xml")
        if not header.exists():
            findings.append(HEADER_MISSING.at(header, "no such file", severity="warning"))
            continue
        described = value_or_finding(header, size_of_description, raster.path)
        if isinstance(described, Finding):
            findings.append(described)
        elif min(size) < 1:
            size = described
        elif described != size:
            text = f"{described[0]} x {described[1]}"
            findings.append(SIZE_UNKNOWN.at(header, text, expected=f"{size[0]} x {size[1]}"))
    if min(size) < 1 and not any(found.severity == "error" for found in findings[before:]):
        text = "no description of lon.raw, lat.raw or dem.raw, and no width.txt and len.txt"
        findings.append(SIZE_UNKNOWN.at(stack.insar, text))
    return size


def _mask(stack: InsarFolder, settings: Mapping[str, str], findings: list[Finding]) -> Path | None:
    """Give the mask that ``input_file`` names, beside the stack or above it."""
    name = settings.get("maskfile")
    if name is None:
        return None
    places = (stack.stack / name, stack.insar / name, stack.insar.parent / name)
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        findings.append(MASK_MISSING.at(stack.insar / name, "no such file named in input_file"))
    return path


def _wrong_texts(
    stack: InsarFolder, texts: Mapping[str, str], dates: Sequence[str]
) -> list[Finding]:
    """Report what stage 1 would not take of the text files."""
    findings = []
    if not texts.get("bperp.1.in", "").strip():
        paths = [entry_named(stack.insar, f"{date}/{_NAMES.baseline}") for date in dates]
        findings += [
            broken_link(path) or BASELINE_MISSING.at(path, "no such file")
            for path in paths
            if not path.is_file()
        ]
    return findings + text_findings(texts, _HINTS, stack=stack, names=_NAMES, dates=dates)


def _wrong_links(
    stack: InsarFolder, links: Mapping[str, Path], dates: Sequence[str], size: tuple[int, int]
) -> list[Finding]:
    """Report rasters that stage 1 would not take: angles, and baselines per pixel."""
    grids = [_GRID.format(date=date) for date in dates]
    findings = files_per_date(grids, links, where=stack.insar)
    for path in (links[name] for name in grids if name in links):
        findings += gap_findings(path, value_or_finding(path, read_raster, path), BASELINE)
    angle = next((links[name] for name in _ANGLES if name in links), None)
    if angle is not None and min(size) > 0:
        raster = value_or_finding(angle, angle_raster, angle, size[::-1])
        findings += gap_findings(angle, raster, RAY_ANGLE)
    return findings


def _input_file(stack: InsarFolder) -> dict[str, str]:
    """Read the settings with which the stack was made: one key and value per line."""
    text = stack.text("input_file")
    if text is None and (stack.insar.parent / "input_file").is_file():
        text = read_text_of_paths(stack.insar.parent / "input_file")
    rows = (line.replace("=", " ").split() for line in (text or "").splitlines())
    return {words[0].rstrip(":"): words[1] for words in rows if len(words) > 1}


def _texts(
    stack: InsarFolder,
    master: str,
    dates: Sequence[str],
    settings: Mapping[str, str],
    findings: list[Finding],
) -> dict[str, str]:
    """Give the files of ``mt_extract_info_isce``: those that are there, else derived."""
    texts = {
        "day.1.in": lines_of(dates),
        "master_day.1.in": f"{master}\n",
        "slc_osfactor.1.in": "1\n",
        "bperp.1.in": _baselines(stack, dates),
        "lambda.1.in": lines_of([settings["lambda"]] if "lambda" in settings else []),
    }
    texts |= stack.texts(_READY)
    path = stack.insar / "heading.raw"
    if "heading.1.in" not in texts and path.is_file():
        heading = value_or_finding(path, _mean_heading, path)
        if isinstance(heading, Finding):
            findings.append(heading)
        else:
            texts["heading.1.in"] = heading
    findings += _wrong_texts(stack, texts, dates)
    return texts


def _baselines(stack: InsarFolder, dates: Sequence[str]) -> str:
    """Take the nominal baselines from ``<date>/baseline``; empty when one is missing."""
    values = []
    for date in dates:
        words = (stack.text(f"{date}/{_NAMES.baseline}") or "").split()
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
        good = block[HEADING.are_possible(block) & (block != _NO_HEADING)]
        total, count = total + float(good.sum()), count + good.size
    return f"{total / count:.4f}\n" if count else ""


def _links(stack: InsarFolder, dates: Sequence[str]) -> dict[str, Path]:
    """Give the rasters (with descriptions) that stage 1 looks for beside the data set."""
    names = [*_ANGLES, *(_GRID.format(date=date) for date in dates)]
    found = {}
    for name in names:
        for part in (name, f"{name}.xml"):
            path = entry_named(stack.insar, part)
            if path.is_file():
                found[part] = path
    return found
