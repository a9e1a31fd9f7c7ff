"""Raw exports of Doris and ISCE: an ``INSAR_<date>`` folder with one folder per image."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import MappingProxyType

from pystamps.doctor.export import (
    NO_IMAGES,
    NO_INTERFEROGRAMS,
    SIZE_UNKNOWN,
    Image,
    Pair,
    RawExport,
    date_in,
    dates_in,
    first_of,
    is_date,
    text_size,
)
from pystamps.doctor.export_gamma import (
    BASELINE_MISSING,
    HEADER_MISSING,
    IMAGE_MISSING,
    INTERFEROGRAM_MISSING,
    PAIR_INCOMPLETE,
    SMALL_BASELINES,
)
from pystamps.doctor.rasters import Role
from pystamps.findings import Finding, read

_DORIS_IMAGE, _DORIS_PAIR = ("slave_res.slc",), "cint.minrefdem.raw"
_ISCE_IMAGE, _ISCE_PAIR = ("slave.slc", "secondary.slc"), "isce_minrefdem.int"
_ISCE_MASTERS = (("master", "master.slc"), ("reference", "reference.slc"))
_ISCE_GEOMETRY: dict[Role, str] = {
    "longitude": "lon.raw",
    "latitude": "lat.raw",
    "height": "dem.raw",
}
_DORIS_GEOMETRY = _ISCE_GEOMETRY | {"height": "dem_radar_i.raw"}


def looks_like_doris(root: Path) -> bool:
    """Tell whether a folder holds files that only Doris makes."""
    patterns = ("*/slave_res.slc", f"*/{_DORIS_PAIR}", "*_crop.slc", "*_crop_ovs.slc", "master.res")
    return any(next(root.glob(pattern), None) for pattern in patterns)


def looks_like_isce(root: Path) -> bool:
    """Tell whether a folder holds files that only ISCE makes."""
    patterns = [f"*/{_ISCE_PAIR}", *(f"*/{name}" for name in _ISCE_IMAGE)]
    patterns += ["/".join(parts) for parts in _ISCE_MASTERS]
    return any(next(root.glob(pattern), None) for pattern in patterns)


def take_stock_doris(folder: Path) -> RawExport:
    """Look through an export of Doris: ``INSAR_<date>``, or its ``SMALL_BASELINES``."""
    findings: list[Finding] = []
    is_pairs = folder.name == SMALL_BASELINES
    root = folder.parent if is_pairs else folder
    found = sorted(path for path in root.glob("[12]*_crop*.slc") if date_in(path.name))
    sources = _master_sources(root)
    if found:
        sources[str(found[0])] = date_in(found[0].name)
    master = next(iter(sources.values()), "")
    width, length = _doris_size(root, findings)
    if not (root / "master.res").is_file() and not (root / "lambda.1.in").is_file():
        findings.append(HEADER_MISSING.at(root / "master.res", "no such file"))
    images = []
    if found:
        short = (root / "master.res").is_file() and not found[0].name.endswith("_ovs.slc")
        short = short and "complex_short" in _text(root / "master.res")
        images = [Image(master or date_in(found[0].name), found[0], is_short=short)]
    if not found:
        findings.append(
            IMAGE_MISSING.at(root / f"{master or 'YYYYMMDD'}_crop.slc", "no such file",
                             expected="image of the reference", severity="error")
        )  # fmt: skip
    geometry = _geometry(root, _DORIS_GEOMETRY, findings)
    if is_pairs:
        images = []
        slaves, pairs = _pair_folders(folder, "*filtrg.slc", _DORIS_PAIR, findings)
    else:
        slaves, pairs = _date_folders(root, _DORIS_IMAGE, _DORIS_PAIR, master, findings)
    if not is_pairs and not (root / "bperp.1.in").is_file():
        pairs = _with_baselines(pairs, ("interferogram.out",), findings)
    return RawExport(
        root=folder,
        processor="doris",
        is_small_baseline=is_pairs,
        width=width,
        length=length,
        byte_order="<",
        master=master,
        master_sources=MappingProxyType(sources),
        images=(*images, *slaves),
        pairs=tuple(pairs),
        geometry=MappingProxyType(geometry),
        findings=tuple(findings),
    )


def take_stock_isce(folder: Path) -> RawExport:
    """Look through an export of ISCE: ``INSAR_<date>``, or its ``SMALL_BASELINES``."""
    findings: list[Finding] = []
    is_pairs = folder.name == SMALL_BASELINES
    root = folder.parent if is_pairs else folder
    sources = _master_sources(root)
    master = next(iter(sources.values()), "")
    path = next((root.joinpath(*m) for m in _ISCE_MASTERS if root.joinpath(*m).exists()), None)
    images = [] if path is None else [Image(master, path)]
    if path is None:
        findings.append(
            IMAGE_MISSING.at(root / "reference" / "reference.slc", "no such file",
                             expected="image of the reference, or master/master.slc",
                             severity="error")
        )  # fmt: skip
    geometry = _geometry(root, _ISCE_GEOMETRY, findings)
    for raster in geometry.values():
        header = raster.with_name(f"{raster.name}.xml")
        if not header.is_file():
            findings.append(HEADER_MISSING.at(header, "no such file", severity="warning"))
    width, length = _isce_size(root, geometry, findings)
    if is_pairs:
        images = []
        slaves, pairs = _pair_folders(folder, "*.slc", _ISCE_PAIR, findings)
    else:
        slaves, pairs = _date_folders(root, _ISCE_IMAGE, _ISCE_PAIR, master, findings)
        pairs = _with_baselines(pairs, ("baseline",), findings)
    return RawExport(
        root=folder,
        processor="isce",
        is_small_baseline=is_pairs,
        width=width,
        length=length,
        byte_order="<",
        master=master,
        master_sources=MappingProxyType(sources),
        images=(*images, *slaves),
        pairs=tuple(pairs),
        geometry=MappingProxyType(geometry),
        findings=tuple(findings),
    )


def _master_sources(root: Path) -> dict[str, str]:
    """Collect what names the date of the reference image."""
    sources = {}
    if root.name.startswith("INSAR_") and date_in(root.name):
        sources[root.name] = date_in(root.name)
    for name in ("master_day.1.in", "master/baseline", "reference/baseline"):
        path = root / name
        text = read(_text, path) if path.is_file() else ""
        if isinstance(text, Finding):
            continue
        if date_in((text.split() or [""])[0]):
            sources[str(path)] = date_in(text.split()[0])
    return sources


def _date_folders(
    root: Path, image_names: tuple[str, ...], pair_name: str, master: str, findings: list[Finding]
) -> tuple[list[Image], list[Pair]]:
    """List images and interferograms in the folders named by a date."""
    images, pairs = [], []
    folders = sorted(p for p in root.glob("[12]" + "[0-9]" * 7) if p.is_dir() and is_date(p.name))
    for folder in folders:
        image = next((folder / name for name in image_names if (folder / name).exists()), None)
        pair = folder / pair_name
        if image is None and not pair.exists():
            findings.append(
                INTERFEROGRAM_MISSING.at(
                    folder, "neither image nor interferogram", severity="error"
                )
            )
            continue
        if image is None:
            findings.append(
                IMAGE_MISSING.at(folder / image_names[-1], "no such file", severity="error")
            )
        else:
            images.append(Image(folder.name, image))
        if pair.exists():
            pairs.append(Pair(master, folder.name, pair))
        else:
            findings.append(INTERFEROGRAM_MISSING.at(pair, "no such file", severity="error"))
    if not images:
        findings.append(NO_IMAGES.at(root, "none", expected=f"YYYYMMDD/{image_names[-1]}"))
    if not pairs:
        findings.append(NO_INTERFEROGRAMS.at(root, "none", expected=f"YYYYMMDD/{pair_name}"))
    return images, pairs


def _pair_folders(
    root: Path, images: str, pair_name: str, findings: list[Finding]
) -> tuple[list[Image], list[Pair]]:
    """List the images and interferograms in the folders named by two dates."""
    found, pairs = [], []
    for folder in sorted(path for path in root.glob("[12]*") if path.is_dir()):
        dates = dates_in(folder.name)
        slc = sorted(folder.glob(images))
        pair = folder / pair_name
        if len(dates) != 2:
            continue
        if len(slc) != 2 or not pair.exists():
            text = f"{len(slc)} images, {int(pair.exists())} {pair_name}"
            findings.append(PAIR_INCOMPLETE.at(folder, text, expected=f"2 images, 1 {pair_name}"))
        found += [Image(date, path) for date, path in zip(dates, slc, strict=False)]
        pairs += [Pair(dates[0], dates[1], pair)] if pair.exists() else []
    if not pairs:
        findings.append(NO_INTERFEROGRAMS.at(root, "none", expected=f"D1_D2/{pair_name}"))
    return found, pairs


def _with_baselines(
    pairs: list[Pair], names: tuple[str, ...], findings: list[Finding]
) -> list[Pair]:
    """Add the text file with the baseline to every pair that has one; report the others."""
    complete = []
    for pair in pairs:
        folder = pair.path.parent
        path = next((folder / name for name in names if (folder / name).is_file()), None)
        if path is None:
            findings.append(BASELINE_MISSING.at(folder / names[0], "no such file"))
        complete.append(Pair(pair.reference, pair.secondary, pair.path, path))
    return complete


def _geometry(root: Path, names: dict[Role, str], findings: list[Finding]) -> dict[Role, Path]:
    found = {role: first_of(root, name, findings, role=role) for role, name in names.items()}
    return {role: path for role, path in found.items() if path is not None}


def _doris_size(root: Path, findings: list[Finding]) -> tuple[int, int]:
    """Read width and length from the text files, else from the bounds in ``master.res``."""
    width, length = text_size(root, findings)
    path = root / "master.res"
    text = read(_text, path) if path.is_file() else ""
    if not (width and length) and not isinstance(text, Finding):
        bounds = []
        for key in ("First_pixel", "Last_pixel", "First_line", "Last_line"):
            found = re.findall(rf"^{key} .*:\s*(\d{{1,9}})\s*$", text, flags=re.MULTILINE)
            bounds.append(int(found[-1]) if found else 0)
        if all(bounds):
            width, length = bounds[1] - bounds[0] + 1, bounds[3] - bounds[2] + 1
    if min(width, length) < 1:
        findings.append(SIZE_UNKNOWN.at(root / "len.txt", f"width {width}, length {length}",
                                        expected="positive whole numbers"))  # fmt: skip
        return 0, 0
    return width, length


def _text(path: Path) -> str:
    return path.read_text(errors="replace")


def _isce_size(root: Path, geometry: dict[Role, Path], findings: list[Finding]) -> tuple[int, int]:
    """Read width and length from the description of a geometry raster."""
    sizes: set[tuple[int, int]] = set()
    for raster in geometry.values():
        header = raster.with_name(f"{raster.name}.xml")
        size = read(xml_size, header) if header.is_file() else (0, 0)
        if isinstance(size, Finding):
            findings.append(size)
        elif all(size):
            sizes.add(size)
    if len(sizes) > 1:
        text = " and ".join(f"{width} x {length}" for width, length in sorted(sizes))
        findings.append(SIZE_UNKNOWN.at(root, text, expected="one size in all .xml files"))
    if len(sizes) == 1:
        return sizes.pop()
    width, length = text_size(root, findings)
    if not (width and length) and not sizes:
        findings.append(SIZE_UNKNOWN.at(root / "lon.raw.xml", "no width and length"))
    return width, length


def xml_size(path: Path) -> tuple[int, int]:
    """Give width and length that the description of a raster says; 0 for what it does not say.

    Raises
    ------
    ValueError
        Not XML.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(f"is not XML ({error})") from None
    words = {p.get("name", ""): p.findtext("value", "").strip() for p in root.findall("property")}
    width, length = (words.get(key, "") for key in ("width", "length"))
    return tuple(int(n) if n.isdecimal() and len(n) < 10 else 0 for n in (width, length))  # type: ignore[return-value]
