"""Layout that SNAP and GAMMA exports share: ``rslc``, ``diff0``, ``geo``, ``SMALL_BASELINES``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from pystamps.findings import Finding, Severity
from pystamps.io.folder_entries import entries_like, entry_named, files_like, visible_entries
from pystamps.processors.date_checks import (
    MASTER_UNKNOWN,
    NULL_INTERFEROGRAM,
    SEVERAL_MASTERS,
    master_not_found,
)
from pystamps.processors.dates_in_names import date_pair, dates_in, first_date
from pystamps.processors.export import Export
from pystamps.processors.export_codes import (
    GEOMETRY_AMBIGUOUS,
    GEOMETRY_MISSING,
    IMAGE_FOLDERS,
    IMAGE_MISSING,
    INTERFEROGRAM_MISSING,
    NAME_WITHOUT_DATE,
    NO_IMAGES,
    NO_INTERFEROGRAMS,
    PAIR_INCOMPLETE,
)
from pystamps.processors.header_checks import header_findings
from pystamps.processors.image_headers import (
    baseline_file_findings,
    common_size,
    headers_of_images,
    with_formats,
)
from pystamps.processors.insar_folder import SMALL_BASELINES
from pystamps.processors.processor import SLANT_RANGE_ORDER
from pystamps.processors.rasters import Raster, Role
from pystamps.processors.scene_centre import centre_of_par

_GEOMETRY: dict[Role, str] = {"longitude": "*.lon", "latitude": "*.lat", "height": "*dem.rdc"}
_UNKNOWN = (0, 0)


def has_gamma_layout(folder: Path) -> bool:
    """Tell whether a folder looks like an export of SNAP or GAMMA."""
    has_images = any(path.is_dir() for path in entries_like(folder, "*slc"))
    return has_images or any(
        entry_named(folder, name).is_dir() for name in ("diff0", SMALL_BASELINES)
    )


def scan_gamma_family(
    folder: Path,
    master: str,
    *,
    processor: str,
    default_format: str = "",
    geometry_remedy: str | None = None,
    are_ranges_rough: bool = False,
) -> Export:
    """Look through a SNAP or GAMMA export.

    Parameters
    ----------
    folder : Path
    master : str
        Empty = taken from the interferograms, or from the name of the longitude raster.
    processor : str
    default_format : str
        Image format without ``image_format`` in the parameter file; empty = an error.
    geometry_remedy : str, optional
        What to do where longitudes, latitudes or heights are missing.
    are_ranges_rough : bool
        The exporter always writes spacing and ranges roughly; that is a note then.
    """
    findings: list[Finding] = []
    is_small = entry_named(folder, SMALL_BASELINES).is_dir()
    if is_small:
        images, pairs = _small_baselines(folder, findings)
        master = _master_of_pairs(folder, master, pairs, findings)
    else:
        images, pairs = _images(folder, findings), _interferograms(folder, findings)
        master = _single_master(folder, master, images, pairs, findings)
        findings += _incomplete(folder, images, pairs, master)
        pairs = [pair for pair in pairs if pair.dates[0] != pair.dates[1]]
    geometry = _geometry(folder, master, geometry_remedy, findings)
    headers = headers_of_images(images, master, findings)
    own = [headers[i.path] for i in images if i.path in headers and i.date == master]
    par = next(reversed(own or list(headers.values())), None)
    size = common_size(par, list(headers.values()), findings)
    images = with_formats(images, headers, par, default_format, findings)
    if par is not None:
        findings += header_findings(par, width=size[0], are_ranges_rough=are_ranges_rough)
    findings += [found for pair in pairs for found in baseline_file_findings(pair)]
    sources = {f"{folder / 'diff0'} (first dates)": master} if not is_small else {}
    sources |= {str(raster.path): first_date(raster.path.name) for raster in geometry.values()}
    return Export(
        processor=processor,
        folder=folder,
        is_small_baseline=is_small,
        master=master,
        master_sources=sources,
        images=tuple(images),
        interferograms=tuple(pairs),
        geometry=geometry,
        par=par,
        centre=centre_of_par(par),
        findings=tuple(findings),
    ).with_size(size)


def _images(folder: Path, findings: list[Finding]) -> list[Raster]:
    """List the images of a single-master export in date order."""
    paths = files_like(folder, "*slc/*.*slc")
    folders = sorted({path.parent for path in paths})
    if len(folders) > 1:
        names = " and ".join(found.name for found in folders)
        findings.append(IMAGE_FOLDERS.at(folder, names, expected="one folder *slc with images"))
    if not paths:
        findings.append(NO_IMAGES.at(folder / "rslc", "none", expected="images YYYYMMDD.rslc"))
    for path in paths:
        if not first_date(path.name):
            findings.append(NAME_WITHOUT_DATE.at(path, path.name, expected="YYYYMMDD.rslc"))
    images = [_image(path) for path in paths if first_date(path.name)]
    return sorted(images, key=lambda image: (image.date, image.path.name))


def _image(path: Path) -> Raster:
    return Raster(
        path,
        _UNKNOWN,
        "complex float",
        SLANT_RANGE_ORDER,
        "image",
        (first_date(path.name),),
        _par_of(path),
    )


def _par_of(image: Path) -> Path:
    return entry_named(image.parent, f"{image.name}.par")


def _interferograms(folder: Path, findings: list[Finding]) -> list[Raster]:
    """List the interferograms of a single-master export by the date of the secondary image."""
    paths = files_like(folder, "diff0/*.diff")
    if not paths:
        findings.append(
            NO_INTERFEROGRAMS.at(folder / "diff0", "none", expected="YYYYMMDD_YYYYMMDD.diff")
        )
    pairs = []
    for path in paths:
        dates = date_pair(path.stem)
        if dates is None:
            findings.append(
                NAME_WITHOUT_DATE.at(path, path.name, expected="two dates YYYYMMDD_YYYYMMDD.diff")
            )
        else:
            pairs.append(_pair(path, dates))
    return sorted(pairs, key=lambda pair: (pair.date, pair.path.name))


def _pair(path: Path, dates: tuple[str, str]) -> Raster:
    base = entry_named(path.parent, path.with_suffix(".base").name)
    return Raster(path, _UNKNOWN, "complex float", SLANT_RANGE_ORDER, "interferogram", dates, base)


def _single_master(
    folder: Path, given: str, images: Sequence[Raster], pairs: Sequence[Raster],
    findings: list[Finding],
) -> str:  # fmt: skip
    """Give the reference date: that of the interferograms, which has to be what was asked for."""
    if given and images and given not in {image.date for image in images}:
        findings.append(master_not_found(folder, given, (image.date for image in images)))
        return ""
    found = Counter(pair.dates[0] for pair in pairs)
    if len(found) > 1 or (given and found and given not in found):
        findings.append(
            SEVERAL_MASTERS.at(
                folder / "diff0",
                f"the interferograms have the reference dates {', '.join(sorted(found))}",
                expected=given or "one",
            )
        )
    return given or (found.most_common(1)[0][0] if found else "")


def _incomplete(
    folder: Path, images: Sequence[Raster], pairs: Sequence[Raster], master: str
) -> Iterator[Finding]:
    """Compare images, parameter files, interferograms and baselines by their dates."""
    for pair in pairs:
        if pair.dates[0] == pair.dates[1]:
            # it carries nothing; stage 1 adds its own
            text = f"left out, the reference image with itself ({master})"
            yield NULL_INTERFEROGRAM.at(pair.path, text)
    dated = {image.date for image in images}
    covered = {pair.date for pair in pairs} | {master}
    for path in entries_like(folder, "*slc/*slc.par"):
        image = entry_named(path.parent, path.with_suffix("").name)
        if not image.exists() and not image.is_symlink():
            date = first_date(path.name)
            severity: Severity = "error" if date == master else "warning"
            yield IMAGE_MISSING.at(path.with_suffix(""), "only its .par file", severity=severity)
            dated.add(date)
    for path in entries_like(folder, "diff0/*.base"):
        if not entry_named(path.parent, path.with_suffix(".diff").name).exists():
            yield INTERFEROGRAM_MISSING.at(path.with_suffix(".diff"), "only its .base file")
            covered |= set(dates_in(path.stem)[-1:])
    if pairs and images and master:
        for date in sorted(dated - covered):
            missing = folder / "diff0" / f"{master}_{date}.diff"
            yield INTERFEROGRAM_MISSING.at(missing, "only the image of this date")
        yield from _without_image(images, sorted(covered - dated), master)


def _without_image(images: Sequence[Raster], dates: list[str], master: str) -> Iterator[Finding]:
    for date in dates:
        path = images[0].path.with_name(f"{date}.rslc")
        what = "image of the reference" if date == master else "image of an interferogram"
        severity: Severity = "error" if date == master else "warning"
        yield IMAGE_MISSING.at(path, "no such file", expected=what, severity=severity)


def _small_baselines(folder: Path, findings: list[Finding]) -> tuple[list[Raster], list[Raster]]:
    """List images and interferograms of a small-baseline export, pair after pair."""
    images: list[Raster] = []
    pairs: list[Raster] = []
    inside = visible_entries(entry_named(folder, SMALL_BASELINES))
    folders = [path for path in inside if path.is_dir()]
    if not folders:
        findings.append(
            NO_INTERFEROGRAMS.at(
                folder / SMALL_BASELINES, "none", expected="folders YYYYMMDD_YYYYMMDD"
            )
        )
    by_pair = [(date_pair(path.name), path) for path in folders]
    for dates, path in by_pair:
        if dates is None:
            findings.append(NAME_WITHOUT_DATE.at(path, path.name, expected="YYYYMMDD_YYYYMMDD"))
    for dates, path in sorted((pair, path) for pair, path in by_pair if pair is not None):
        findings += _wrong_pair(path, dates)
        images += [_image(found) for found in files_like(path, "*.*slc")]
        pairs += [_pair(found, dates) for found in entries_like(path, "*.diff")[:1]]
    counts = Counter(pair.dates for pair in pairs)
    for twice in sorted(pair for pair, count in counts.items() if count > 1):
        text = f"two folders of {'_'.join(twice)}"
        findings.append(PAIR_INCOMPLETE.at(folder / SMALL_BASELINES, text, expected="one"))
    return images, pairs


def _wrong_pair(folder: Path, pair: tuple[str, str]) -> Iterator[Finding]:
    """Report a folder without the two images of its pair; any other number pairs wrong images."""
    dates = [first_date(path.name) for path in files_like(folder, "*.*slc")]
    if sorted(dates) != sorted(pair):
        yield PAIR_INCOMPLETE.at(
            folder,
            f"holds images of {', '.join(dates) or 'no date'}",
            expected=f"one of {pair[0]} and one of {pair[1]}",
        )
    number = len(entries_like(folder, "*.diff"))
    if number != 1:
        yield PAIR_INCOMPLETE.at(folder, f"{number} interferograms (*.diff)", expected="one")


def _master_of_pairs(
    folder: Path, given: str, pairs: Sequence[Raster], findings: list[Finding]
) -> str:
    """Give the reference date of a small-baseline export, else from the name of the longitudes."""
    paths = entries_like(folder, f"geo/{_GEOMETRY['longitude']}")
    master = given or (first_date(paths[0].name) if len(paths) == 1 else "")
    dates = {date for pair in pairs for date in pair.dates}
    if master and dates and master not in dates:
        findings.append(master_not_found(folder, master, dates))
    if not master and len(paths) == 1:
        findings.append(MASTER_UNKNOWN.at(paths[0], "no date in the name", expected="YYYYMMDD.lon"))
    return master


def _geometry(
    folder: Path, master: str, remedy: str | None, findings: list[Finding]
) -> dict[Role, Raster]:
    """Give the rasters of ``geo``: those of the reference image, else the only ones."""
    geometry: dict[Role, Raster] = {}
    for role, pattern in _GEOMETRY.items():
        found = entries_like(folder, f"geo/{pattern}")
        own = [path for path in found if master and master in path.name]
        if not found:
            text = f"no such file: holds no {pattern}"
            findings.append(GEOMETRY_MISSING.at(folder / "geo", text, action=remedy))
            continue
        if len(own or found) > 1:
            names = ", ".join(path.name for path in (own or found)[:4])
            findings.append(GEOMETRY_AMBIGUOUS.at(folder / "geo", names, expected=f"one {pattern}"))
        geometry[role] = Raster((own or found)[0], _UNKNOWN, "float", SLANT_RANGE_ORDER, role)
    return geometry
