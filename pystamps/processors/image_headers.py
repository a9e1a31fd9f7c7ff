"""Parameter files of the images of SNAP and GAMMA: which are there, size, sample format."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pystamps.findings import Finding, first_few, read_or_finding, value_or_finding
from pystamps.io.par_file import ParFile, read_par
from pystamps.processors.export_codes import BASELINE_MISSING, HEADER_MISSING, SIZE_UNKNOWN
from pystamps.processors.header_checks import IMAGE_FORMAT, IMAGE_SIZE_DIFFERS, baseline_findings
from pystamps.processors.rasters import Raster, SampleKind, broken_link

_KINDS: dict[str, SampleKind] = {"FCOMPLEX": "complex float", "SCOMPLEX": "complex int16"}
_SIZE_KEYS = ("range_samples", "azimuth_lines")
_UNKNOWN = (0, 0)


def headers_of_images(
    images: Sequence[Raster], master: str, findings: list[Finding]
) -> dict[Path, ParFile]:
    """Read the parameter files of the images, by image; those that cannot be read are reported.

    The one of the reference image has to be there, because stage 1 reads it. Without the others
    (StaMPS reads no other) the sizes of the rasters have to fit those of the reference image.
    """
    headers: dict[Path, ParFile] = {}
    missing = []
    for image in images:
        path = image.companion
        assert path is not None
        if not path.exists() and not path.is_symlink():
            missing.append(image)
            continue
        link = broken_link(path)
        par = read_or_finding(read_par, path) if link is None else link
        if isinstance(par, Finding):
            findings.append(par)
        else:
            headers[image.path] = par
    has_own = any(i.path in headers for i in images if i.date == master)
    if has_own or not master:
        findings += _only_others(missing)
    else:
        paths = [image.companion for image in missing if image.date == master]
        findings += [HEADER_MISSING.at(path, "file is missing") for path in paths if path]
        findings += _only_others([image for image in missing if image.date != master])
    return headers


def _only_others(missing: Sequence[Raster]) -> Iterator[Finding]:
    """Say that images are taken for ones of the reference image's size and format."""
    if missing:
        names = [image.path.name for image in missing]
        yield HEADER_MISSING.at(
            missing[0].path.parent,
            f"{len(names)} images without .par file ({first_few(names, 3)})",
            expected="the size and the sample format of the reference image for them",
            action="nothing, if they are of one co-registered stack: the sizes of the files are "
            "compared",
            severity="warning",
        )


def common_size(
    reference: ParFile | None, headers: Sequence[ParFile], findings: list[Finding]
) -> tuple[int, int]:
    """Give samples and lines, which all images must share; (0, 0) when they are not known."""
    size = _UNKNOWN if reference is None else _size_in(reference)
    if reference is not None and size == _UNKNOWN:
        text = _text_of_size(reference)
        findings.append(SIZE_UNKNOWN.at(reference.path, text, expected="positive whole numbers"))
    for par in headers if size != _UNKNOWN else ():
        if _size_in(par) != size:
            findings.append(
                IMAGE_SIZE_DIFFERS.at(
                    par.path, _text_of_size(par), expected=f"{size[0]} and {size[1]}"
                )
            )
    return size


def _size_in(par: ParFile) -> tuple[int, int]:
    """Give samples and lines of a parameter file; (0, 0) where it does not say them."""
    numbers = [value_or_finding(par.path, par.number, key) for key in _SIZE_KEYS]
    whole = [int(n) for n in numbers if not isinstance(n, Finding) and n >= 1 and n == int(n)]
    return (whole[0], whole[1]) if len(whole) == len(_SIZE_KEYS) else _UNKNOWN


def _text_of_size(par: ParFile) -> str:
    return ", ".join(f"{key} {' '.join(par.words.get(key, ['missing']))}" for key in _SIZE_KEYS)


def with_formats(
    images: Sequence[Raster],
    headers: Mapping[Path, ParFile],
    reference: ParFile | None,
    default_format: str,
    findings: list[Finding],
) -> list[Raster]:
    """Give the images with the sample format that the header of each says, else the reference's."""
    kinds = {path: _kind(header, default_format, findings) for path, header in headers.items()}
    others: SampleKind = "complex float"
    if reference is not None:
        others = _KINDS.get(reference.word("image_format") or default_format, others)
    return [dataclasses.replace(i, kind=kinds.get(i.path, others)) for i in images]


def _kind(par: ParFile, default_format: str, findings: list[Finding]) -> SampleKind:
    """Give the sample format that the parameter file of an image says."""
    word = (par.word("image_format") or default_format).upper()
    if word not in _KINDS:
        expected = " or ".join(_KINDS)
        findings.append(IMAGE_FORMAT.at(par.path, word or "nothing", expected=expected))
    return _KINDS.get(word, "complex float")


def baseline_file_findings(pair: Raster) -> Iterator[Finding]:
    """Check the baseline file of an interferogram, which stage 1 reads."""
    base = pair.companion
    assert base is not None
    if base.exists():
        yield from baseline_findings(base)
    else:
        yield broken_link(base) or BASELINE_MISSING.at(base, "file is missing")
