"""Raw exports of SNAP and GAMMA: ``rslc/``, ``diff0/``, ``geo/``, or ``SMALL_BASELINES/``."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from types import MappingProxyType

from pystamps.doctor.export import (
    NAME_WITHOUT_DATE,
    NO_IMAGES,
    NO_INTERFEROGRAMS,
    SIZE_UNKNOWN,
    Image,
    Pair,
    RawExport,
    date_in,
    dates_in,
    first_of,
)
from pystamps.doctor.rasters import Role
from pystamps.findings import Code, Finding, Severity, read
from pystamps.io.par_file import ParFile, read_par

SMALL_BASELINES = "SMALL_BASELINES"

HEADER_MISSING = Code(
    "header-missing",
    "error",
    "a parameter file (.par, .xml, .res) is missing",
    "The size of the image and the geometry of the orbit are in it. The file name is that of the "
    "raster with .par (SNAP, GAMMA) or .xml (ISCE) added.",
    "copy it from where the export was made, or export again",
)
BASELINE_MISSING = Code(
    "baseline-missing",
    "error",
    "the baseline of an interferogram is missing",
    "SNAP and GAMMA: one .base file beside every .diff file; ISCE: <date>/baseline; Doris: "
    "<date>/interferogram.out, or bperp.1.in for all.",
    "copy it from where the export was made, or export again",
)
INTERFEROGRAM_MISSING = Code(
    "interferogram-missing",
    "warning",
    "an image or a baseline file has no interferogram",
    "Typical of a SNAP export that was stopped, or whose interferograms were made of another list "
    "of images than the stack. SNAP, GAMMA: the date is not in the result; Doris, ISCE: stage 1 "
    "stops, because amplitudes and interferograms have different dates.",
    "export again, or move the files of this date out of the export",
)
IMAGE_MISSING = Code(
    "image-missing",
    "warning",
    "an interferogram or a parameter file has no image",
    "The amplitude dispersion misses this date. Without the image of the reference, and with "
    "Doris and ISCE, the preparation stops.",
    "export again, or move the files of this date out of the export",
)
IMAGE_FOLDERS = Code(
    "several-image-folders",
    "error",
    "images lie in several folders whose names end with slc",
    "StaMPS would take the images of all of them, for example of slc/ and rslc/.",
    "keep the folder with the co-registered images only",
)
PAIR_INCOMPLETE = Code(
    "pair-folder-wrong",
    "error",
    "a folder of SMALL_BASELINES does not hold two images, one .diff and one .base",
    "Images are paired by their order; one image more or less pairs all later ones wrongly.",
    "keep exactly the two images of the pair with their .par files, one .diff and one .base",
)


def take_stock_gamma(root: Path) -> RawExport:
    """Look through an export of SNAP or GAMMA."""
    if (root / SMALL_BASELINES).is_dir():
        return _small_baselines(root)
    findings: list[Finding] = []
    images = _images(root, findings)
    pairs = _pairs(root, findings)
    masters = Counter(pair.reference for pair in pairs)
    master = masters.most_common(1)[0][0] if masters else ""
    findings += _incomplete(root, images, pairs, master)
    return _with_header(root, images, pairs, master, findings)


def _images(root: Path, findings: list[Finding]) -> list[Image]:
    """List the images; those without a date are reported."""
    paths = sorted(path for path in root.glob("*slc/*.*slc") if not path.is_dir())
    folders = sorted({path.parent for path in paths})
    if len(folders) > 1:
        names = " and ".join(folder.name for folder in folders)
        findings.append(IMAGE_FOLDERS.at(root, names, expected="one folder *slc with images"))
    if not paths:
        findings.append(NO_IMAGES.at(root / "rslc", "none", expected="images YYYYMMDD.rslc"))
    images = []
    for path in paths:
        date = date_in(path.name)
        if not date:
            findings.append(NAME_WITHOUT_DATE.at(path, path.name, expected="YYYYMMDD.rslc"))
            continue
        images.append(Image(date, path, _beside(path, ".par")))
        if images[-1].header is None:
            findings.append(HEADER_MISSING.at(f"{path}.par", "no such file"))
    return images


def _pairs(root: Path, findings: list[Finding]) -> list[Pair]:
    paths = sorted(path for path in (root / "diff0").glob("*.diff") if not path.is_dir())
    if not paths:
        findings.append(
            NO_INTERFEROGRAMS.at(root / "diff0", "none", expected="YYYYMMDD_YYYYMMDD.diff")
        )
    return [pair for path in paths for pair in _pair(path, findings)]


def _pair(path: Path, findings: list[Finding]) -> list[Pair]:
    """Give the interferogram of a file; none when its name is wrong."""
    dates = dates_in(path.stem)
    if len(dates) < 2:
        findings.append(
            NAME_WITHOUT_DATE.at(path, path.name, expected="two dates YYYYMMDD_YYYYMMDD.diff")
        )
        return []
    base = path.with_suffix(".base")
    if not base.is_file():
        findings.append(BASELINE_MISSING.at(base, "no such file"))
    return [Pair(dates[-2], dates[-1], path, base if base.is_file() else None)]


def _incomplete(root: Path, images: list[Image], pairs: list[Pair], master: str) -> list[Finding]:
    """Compare images, parameter files, interferograms and baselines by their dates."""
    findings = []
    dated = {image.date for image in images}
    covered = {pair.secondary for pair in pairs} | {master}
    folder = images[0].path.parent if images else root / "rslc"
    for path in sorted(root.glob("*slc/*slc.par")):
        if not path.with_suffix("").exists():
            findings.append(IMAGE_MISSING.at(path.with_suffix(""), "only its .par file"))
            dated.add(date_in(path.name))
    for path in sorted((root / "diff0").glob("*.base")):
        if not path.with_suffix(".diff").exists():
            findings.append(
                INTERFEROGRAM_MISSING.at(path.with_suffix(".diff"), "only its .base file")
            )
            covered |= set(dates_in(path.stem)[-1:])
    if pairs and images:
        for date in sorted(dated - covered):
            missing = root / "diff0" / f"{master}_{date}.diff"
            findings.append(INTERFEROGRAM_MISSING.at(missing, "only the image of this date"))
        for date in sorted(covered - dated):
            name = folder / f"{date}.rslc"
            what = "image of the reference" if date == master else "image of an interferogram"
            severity: Severity = "error" if date == master else "warning"
            findings.append(
                IMAGE_MISSING.at(name, "no such file", expected=what, severity=severity)
            )
    return findings


def _with_header(
    root: Path, images: list[Image], pairs: list[Pair], master: str, findings: list[Finding]
) -> RawExport:
    """Read the parameter file of the reference image and complete the export."""
    geometry = _geometry(root, findings, master)
    sources = {f"{root / 'diff0'} (first dates)": master} if master else {}
    for role in ("longitude", "latitude"):
        path = geometry.get(role)
        if path is not None and date_in(path.name):
            sources[str(path)] = date_in(path.name)
    par = _master_par(images, master, findings)
    width, length = (_whole(par, key) for key in ("range_samples", "azimuth_lines"))
    if par is not None and not (width and length):
        findings.append(
            SIZE_UNKNOWN.at(
                par.path,
                f"range_samples {_text(par, 'range_samples')}, "
                f"azimuth_lines {_text(par, 'azimuth_lines')}",
                expected="positive whole numbers",
            )
        )
    return RawExport(
        root=root,
        processor="snap" if (root / "geo" / "elevation_dem.rdc").exists() else "gamma",
        is_small_baseline=(root / SMALL_BASELINES).is_dir(),
        width=width,
        length=length,
        master=master,
        master_sources=MappingProxyType(sources),
        images=_with_format(images, par),
        pairs=tuple(pairs),
        geometry=MappingProxyType(geometry),
        par=par,
        findings=tuple(findings),
    )


def _geometry(root: Path, findings: list[Finding], master: str) -> dict[Role, Path]:
    patterns: dict[Role, str] = {"longitude": "*.lon", "latitude": "*.lat", "height": "*dem.rdc"}
    found = {
        role: first_of(root / "geo", pattern, findings, role=role, master=master)
        for role, pattern in patterns.items()
    }
    return {role: path for role, path in found.items() if path is not None}


def _master_par(images: list[Image], master: str, findings: list[Finding]) -> ParFile | None:
    """Read the parameter file of the reference image, else of the first image that has one."""
    headers = sorted(
        (image for image in images if image.header is not None), key=lambda i: i.date != master
    )
    for image in headers:
        assert image.header is not None
        par = read(read_par, image.header)
        if not isinstance(par, Finding):
            return par
        findings.append(par)
    return None


def _small_baselines(root: Path) -> RawExport:
    """Look through an export of pairs."""
    findings: list[Finding] = []
    images: dict[Path, Image] = {}
    pairs: list[Pair] = []
    folders = sorted(path for path in (root / SMALL_BASELINES).iterdir() if path.is_dir())
    for folder in folders:
        slc = sorted(path for path in folder.glob("*.*slc") if not path.is_dir())
        counts = {
            "images": len(slc),
            ".diff": len(list(folder.glob("*.diff"))),
            ".base": len(list(folder.glob("*.base"))),
        }
        if list(counts.values()) != [2, 1, 1]:
            text = ", ".join(f"{number} {what}" for what, number in counts.items())
            findings.append(PAIR_INCOMPLETE.at(folder, text, expected="2 images, 1 .diff, 1 .base"))
        for path in slc:
            images[path] = Image(date_in(path.name), path, _beside(path, ".par"))
            if images[path].header is None:
                findings.append(HEADER_MISSING.at(f"{path}.par", "no such file"))
        for path in sorted(folder.glob("*.diff")):
            pairs += _pair(path, findings)
    if not folders:
        findings.append(
            NO_INTERFEROGRAMS.at(root / SMALL_BASELINES, "none", expected="folders M_S")
        )
    return _with_header(root, list(images.values()), pairs, "", findings)


def _beside(path: Path, suffix: str) -> Path | None:
    other = path.with_name(path.name + suffix)
    return other if other.is_file() else None


def _whole(par: ParFile | None, key: str) -> int:
    """Give a positive whole number of the header, 0 when it is none."""
    word = par.word(key) if par else None
    return int(word) if word and word.isdecimal() and word.isascii() else 0


def _text(par: ParFile, key: str) -> str:
    return " ".join(par.words.get(key, ["missing"]))


def _with_format(images: list[Image], par: ParFile | None) -> tuple[Image, ...]:
    """Give the images the sample format that the reference image's parameter file says."""
    if par is None or par.word("image_format") != "SCOMPLEX":
        return tuple(images)
    return tuple(dataclasses.replace(image, is_short=True) for image in images)
