"""Stack of Doris: native byte order, ``slave_res.slc`` and ``cint.minrefdem.raw`` per date."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pystamps.findings import Finding, value_or_finding
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.folder_entries import entry_named, files_like
from pystamps.io.text_numbers import number_of_word, parse_numbers
from pystamps.processors.dates_in_names import first_date
from pystamps.processors.doris_patch import N_NODE, require_possible
from pystamps.processors.doris_results import DorisSection, doris_sections, image_section
from pystamps.processors.export import Export
from pystamps.processors.export_codes import (
    BASELINE_MISSING,
    HEADER_MISSING,
    IMAGE_MISSING,
    LINE_COUNT,
    NO_LOOK_ANGLE,
    SIZE_UNKNOWN,
    TEXT_VALUE,
)
from pystamps.processors.header_checks import IMAGE_SIZE_DIFFERS
from pystamps.processors.insar_folder import (
    InsarFolder,
    InsarNames,
    date_folders,
    files_per_date,
    geometry_rasters,
    image_raster,
    impossible_word,
    lines_of,
    pair_rasters,
    pair_text,
    reference_date,
    single_master_rasters,
    text_findings,
)
from pystamps.processors.rasters import Raster, broken_link
from pystamps.processors.scene_centre import SceneCentre, centre_of_frame
from pystamps.processors.value_limits import BASELINE, OVERSAMPLING, RAY_ANGLE, ValueLimits

_NAMES = InsarNames(
    interferogram="cint.minrefdem.raw",
    images=("slave_res.slc",),
    pair_images="*filtrg.slc",
    geometry={"longitude": "lon.raw", "latitude": "lat.raw", "height": "dem_radar_i.raw"},
    baseline="interferogram.out",
    other_baseline="ifgs.res",
)
_READY = ("bperp.1.in", "heading.1.in", "lambda.1.in", "look_angle.1.in", "demparms.in")
_HINTS = {
    "heading.1.in": "no HEADING in *.slc.rsc",
    "lambda.1.in": "no Radar_wavelength in master.res",
    "bperp.1.in": "no Bperp in the interferogram.out, or ifgs.res, of every date",
}
_NUMBER = r"([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)"
_N_NODE_VALUES = 2 * N_NODE**2
_DEM_WORDS = (
    ("CRD_IN_DEM", 1), ("CRD_IN_SIZE", 2), ("CRD_IN_SIZE", 1), ("CRD_IN_UL", 2),
    ("CRD_IN_UL", 1), ("CRD_IN_DELTA", 1), ("CRD_IN_FORMAT", 1),
)  # fmt: skip


def has_doris_files(folder: Path) -> bool:
    """Tell whether a folder holds files that only Doris makes."""
    patterns = ("*/slave_res.slc", f"*/{_NAMES.interferogram}", "*_crop.slc", "*_crop_ovs.slc",
                "master.res")  # fmt: skip
    return any(files_like(folder, pattern) for pattern in patterns)


def scan_doris(folder: Path, master: str) -> Export:
    """Look through a Doris stack (StaMPS: ``mt_prep`` and ``mt_extract_info``)."""
    findings: list[Finding] = []
    stack = InsarFolder.of(folder)
    results = stack.text("master.res") or ""
    sections = doris_sections(results)
    oversampling = _oversampling(stack, sections, findings)
    pattern = "[12]*_crop_ovs.slc" if oversampling > 1 else "[12]*_crop.slc"
    crops = {p: first_date(p.name) for p in files_like(stack.insar, pattern) if first_date(p.name)}
    sources = {str(path): date for path, date in crops.items()} | stack.masters(findings)
    named = list(crops.values()) or list(sources.values())[:1]
    master = reference_date(master, named, where=stack.insar, findings=findings)
    dates = date_folders(stack, _NAMES, master, findings)
    if stack.is_small_baseline:
        images, pairs = pair_rasters(stack, _NAMES, findings)
    else:
        images, pairs = single_master_rasters(
            stack, _NAMES, dates, master=master, findings=findings
        )
        first = _master_image(stack, list(crops), master, findings)
        said = image_section(sections)
        kind = (said and said.sample_kind) or "complex float"
        images = [*(dataclasses.replace(image, kind=kind) for image in first),
                  *(_with_own_format(image) for image in images)]  # fmt: skip
    geometry = geometry_rasters(stack, _NAMES, findings)
    size = _size(stack, sections, findings)
    findings += _other_windows(images, size)
    texts = _texts(stack, master, dates, oversampling, results)
    if stack.is_small_baseline:
        texts["ifgday.1.in"] = pair_text(pairs)
    findings += _wrong_texts(stack, texts, dates)
    return Export(
        processor="doris",
        folder=folder,
        is_small_baseline=stack.is_small_baseline,
        master=master,
        master_sources=sources,
        images=tuple(images),
        interferograms=tuple(pairs),
        geometry=geometry,
        centre=_centre(stack, sections),
        texts=texts,
        findings=tuple(findings),
    ).with_size(size)


def _master_image(
    stack: InsarFolder, crops: Sequence[Path], master: str, findings: list[Finding]
) -> list[Raster]:
    """Give the image of the reference, as a list of one, or of none where it is missing."""
    if not crops:
        findings.append(
            IMAGE_MISSING.at(
                stack.insar / f"{master or 'YYYYMMDD'}_crop.slc",
                "no such file",
                expected="image of the reference",
                severity="error",
            )
        )
    return [image_raster(path, master) for path in crops[:1]]


def _resampled(image: Raster) -> DorisSection | None:
    """Give the section of ``slave.res`` that describes a resampled image, where there is one."""
    path = entry_named(image.path.parent, "slave.res")
    if not path.is_file():
        return None
    return doris_sections(read_text_of_paths(path)).get("resample")


def _with_own_format(image: Raster) -> Raster:
    """Give the image of a date in the sample format that its ``slave.res`` says."""
    said = _resampled(image)
    kind = said.sample_kind if said is not None else None
    return image if kind is None else dataclasses.replace(image, kind=kind)


def _other_windows(images: Sequence[Raster], size: tuple[int, int]) -> Iterator[Finding]:
    """Report resampled images whose ``slave.res`` says another size than the reference image."""
    for image in images if min(size) > 0 else ():
        said = _resampled(image)
        if said is not None and said.size not in (None, size):
            assert said.size is not None
            yield IMAGE_SIZE_DIFFERS.at(
                image.path.with_name("slave.res"),
                f"{said.size[0]} x {said.size[1]} in the section resample",
                expected=f"{size[0]} x {size[1]}",
                action="resample the image to the crop of the reference image again",
            )


def _size(
    stack: InsarFolder, sections: Mapping[str, DorisSection], findings: list[Finding]
) -> tuple[int, int]:
    """Give samples and lines from the text files, else from the section of the image."""
    before = len(findings)
    size = stack.size(findings)
    section = image_section(sections)
    said = section.size if section is not None else None
    if min(size) > 0 or len(findings) > before:
        if min(size) > 0 and said is not None and said != size:
            assert section is not None
            findings.append(_contradiction(stack, size, said, section.name))
        return size
    if said is not None:
        return said
    findings.append(
        SIZE_UNKNOWN.at(
            stack.insar / "master.res",
            "no bounds of the image in its section crop (or oversample), and no width.txt and "
            "len.txt",
            action="write width.txt and len.txt",
        )
    )
    return 0, 0


def _contradiction(
    stack: InsarFolder, size: tuple[int, int], said: tuple[int, int], name: str
) -> Finding:
    """Say that width.txt and len.txt are not those of ``master.res``; StaMPS takes the texts."""
    return SIZE_UNKNOWN.at(
        stack.find_file("width.txt") or stack.insar / "width.txt",
        f"{size[0]} x {size[1]} with len.txt, but the section {name} of master.res says "
        f"{said[0]} x {said[1]}",
        expected="one size",
        action="the texts count; correct what is wrong",
        severity="warning",
    )


def _centre(stack: InsarFolder, sections: Mapping[str, DorisSection]) -> SceneCentre | None:
    """Give the centre of the frame from which the reference image was cut."""
    section = sections.get("readfiles")
    path = stack.find_file("master.res")
    return None if section is None or path is None else centre_of_frame(path, section.entries)


def _oversampling(
    stack: InsarFolder, sections: Mapping[str, DorisSection], findings: list[Finding]
) -> float:
    """Give the oversampling factor of the images; 1 without an oversample section."""
    path = stack.find_file("slc_osfactor.1.in")
    words = (stack.text("slc_osfactor.1.in") or "").split()
    if path is not None and words:
        wrong = impossible_word(path, words[0], OVERSAMPLING)
        findings += wrong
        return 1.0 if wrong else number_of_word(words[0])
    section = sections.get("oversample")
    word = "" if section is None else section.entries.get("Multilookfactor_range_direction", "")
    found = re.match(_NUMBER, word)
    return 1 / float(found[1]) if found and float(found[1]) else 1.0


def _wrong_texts(stack: InsarFolder, texts: dict[str, str], dates: Sequence[str]) -> list[Finding]:
    """Report what stage 1 would not take of the text files."""
    findings = []
    if stack.find_file("master.res") is None and stack.find_file("lambda.1.in") is None:
        findings.append(HEADER_MISSING.at(stack.insar / "master.res", "no such file"))
    if not texts["bperp.1.in"].strip():
        paths = [_NAMES.baseline_file(stack.insar / date) for date in dates]
        findings += [
            broken_link(path) or BASELINE_MISSING.at(path, "no such file")
            for path in paths
            if not path.is_file()
        ]
    findings += text_findings(texts, _HINTS, stack=stack, names=_NAMES, dates=dates)
    nodes = [f"bperp_{date}.1.in" for date in dates]
    findings += files_per_date(nodes, texts, where=stack.insar)
    for name in ("look_angle.1.in", *nodes):
        if name in texts:
            limits = RAY_ANGLE if name == "look_angle.1.in" else BASELINE
            findings += _wrong_nodes(stack.insar / name, texts[name], limits)
    if "look_angle.1.in" not in texts:
        findings.append(NO_LOOK_ANGLE.at(stack.insar / "look_angle.1.in", "no such file"))
    return findings


def _wrong_nodes(path: Path, text: str, limits: ValueLimits) -> Iterator[Finding]:
    """Report values on nodes that stage 1 would refuse."""
    numbers = value_or_finding(path, parse_numbers, path, text.strip().encode())
    if isinstance(numbers, Finding):
        yield TEXT_VALUE.at(path, numbers.found, expected=f"{_N_NODE_VALUES} numbers")
    elif numbers.size != _N_NODE_VALUES:
        yield LINE_COUNT.at(path, f"{numbers.size} numbers", expected=f"{_N_NODE_VALUES}")
    else:
        wrong = value_or_finding(path, require_possible, path, numbers, limits)
        if isinstance(wrong, Finding):
            yield TEXT_VALUE.at(path, wrong.found, action="")


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
    texts |= stack.texts([*_READY, *(f"bperp_{date}.1.in" for date in dates)])
    if not texts["demparms.in"]:
        del texts["demparms.in"]
    return texts


def _baselines(stack: InsarFolder, dates: Sequence[str]) -> str:
    """Take the nominal baselines from ``interferogram.out``; empty when one is missing."""
    values = []
    for date in dates:
        path = _NAMES.baseline_file(stack.insar / date)
        text = read_text_of_paths(path) if path.is_file() else ""
        found = re.search(r"\bBperp\b[^:\n]*:\s*(\S+)", text)
        if found is None:
            return ""
        values.append(found[1])
    return lines_of(values)


def _heading(stack: InsarFolder) -> str:
    found: list[str] = []
    for path in files_like(stack.insar, "*.slc.rsc"):
        found += re.findall(rf"HEADING\s+{_NUMBER}", read_text_of_paths(path))
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
