"""Descriptions beside rasters (``.xml`` of ISCE, ``.hdr`` of ENVI, ``.vrt``): what is believed."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ArtifactError
from pystamps.findings import Code, Finding, value_or_finding
from pystamps.io.bounded_text import read_bounded, read_text_of_paths
from pystamps.io.folder_entries import visible_entries
from pystamps.processors.export import Export
from pystamps.processors.isce_patch import described_properties
from pystamps.processors.rasters import ByteOrder, Raster, SampleKind

DESCRIPTION_DIFFERS = Code(
    "description-differs",
    "error",
    "the description beside a raster contradicts the headers, or another description",
    "A .xml file (ISCE), .hdr file (ENVI) or .vrt file says another size, sample format, byte "
    "order or number of bands. They are believed where nothing else says it; the size of the file "
    "decides between sample formats (a warning then).",
    "remove or correct the description that is wrong, or write the raster anew as one band of the "
    "size of the images: gdal_translate -of ENVI -b 1 IN OUT",
)

_SUFFIXES = (".xml", ".hdr", ".vrt")
_KINDS: dict[str, SampleKind] = {
    "CFLOAT": "complex float", "FLOAT": "float", "DOUBLE": "double", "BYTE": "byte",
    "CSHORT": "complex int16", "6": "complex float", "4": "float", "5": "double", "1": "byte",
    "CFLOAT32": "complex float", "FLOAT32": "float", "FLOAT64": "double", "CINT16": "complex int16",
}  # fmt: skip
_POSSIBLE: dict[str, tuple[SampleKind, ...]] = {
    "image": ("complex float", "complex int16"),
    "interferogram": ("complex float",),
}
_OF_GEOMETRY: tuple[SampleKind, ...] = ("float", "double")
_OF_TEXTS = (".hdr", ".base", ".par", ".xml", ".vrt", ".txt")
_LARGEST = 1 << 22
_ORDERS: dict[str, ByteOrder] = {"0": "<", "1": ">", "L": "<", "B": ">", "LSB": "<", "MSB": ">"}


@dataclass(frozen=True, slots=True)
class RasterDescription:
    """What a file beside a raster says of it.

    Attributes
    ----------
    path : Path
        The description.
    size : tuple of int
        Samples and lines.
    data_type : str
        As it is written, in capitals.
    byte_order : str or None
        ">" or "<"; None where it says none.
    bands : int
    offset : int
        Bytes before the first sample.
    """

    path: Path
    size: tuple[int, int]
    data_type: str
    byte_order: ByteOrder | None
    bands: int = 1
    offset: int = 0

    @property
    def kind(self) -> SampleKind | None:
        """Sample format, None where there is none of that name."""
        return _KINDS.get(self.data_type)


def with_descriptions(export: Export) -> Export:
    """Give an export whose rasters are as the descriptions beside them say."""
    if not export.has_size:
        return export
    findings: list[Finding] = []

    def believed(raster: Raster) -> Raster:
        found = [value_or_finding(path, read, path, raster) for path, read in _beside(raster.path)]
        findings.extend(item for item in found if isinstance(item, Finding))
        said = [item for item in found if isinstance(item, RasterDescription)]
        return _as_described(raster, said, findings)

    changed = dataclasses.replace(
        export,
        images=tuple(map(believed, export.images)),
        interferograms=tuple(map(believed, export.interferograms)),
        geometry={role: believed(raster) for role, raster in export.geometry.items()},
    )
    return dataclasses.replace(changed, findings=(*export.findings, *dict.fromkeys(findings)))


_Reader = Callable[[Path, Raster], RasterDescription | None]


def _beside(raster: Path) -> Iterator[tuple[Path, _Reader]]:
    """Give the descriptions beside a raster, and beside the file that a link leads to."""
    readers: tuple[_Reader, ...] = (_of_isce, _of_envi, _of_vrt)
    for path in dict.fromkeys((raster, raster.resolve())):
        for suffix, read in zip(_SUFFIXES, readers, strict=True):
            names = (f"{path.name}{suffix}", f"{path.name}{suffix.upper()}")
            found = next((path.with_name(n) for n in names if path.with_name(n).is_file()), None)
            if found is not None:
                yield found, read
        alone = path.with_suffix(".hdr")  # as ENVI itself names it
        if alone.is_file() and alone != path and _is_only_raster(path):
            yield alone, _of_envi


def _is_only_raster(path: Path) -> bool:
    """Tell whether no other raster of a folder has the same name but for the ending."""
    same = [entry for entry in visible_entries(path.parent) if entry.stem == path.stem]
    return {entry.suffix.lower() for entry in same} <= {path.suffix.lower(), *_OF_TEXTS}


def _of_isce(path: Path, raster: Raster) -> RasterDescription | None:
    """Read a description of ISCE; other XML files say nothing."""
    root = _xml(path)
    if root.tag != "imageFile":
        return None
    said = described_properties(path.with_name(path.name[: -len(".xml")]))
    if not {"width", "length", "data_type"} <= set(said):
        return None
    return RasterDescription(
        path,
        (int(said["width"]), int(said["length"])),
        said["data_type"].upper(),
        _ORDERS.get(said.get("byte_order", "")[:1].upper()),
        int(said.get("number_bands", "1")),
    )


def _of_envi(path: Path, raster: Raster) -> RasterDescription | None:
    """Read a header of ENVI; other texts of that ending say nothing."""
    text = read_text_of_paths(path, most=_LARGEST)
    if not text.lstrip().upper().startswith("ENVI"):
        return None
    said = {
        key.strip().lower(): value.strip()
        for key, value in re.findall(r"^\s*([A-Za-z ]+?)\s*=\s*([^\n{]*)", text, flags=re.MULTILINE)
    }
    if not {"samples", "lines", "data type"} <= set(said):
        return None
    return RasterDescription(
        path,
        (int(said["samples"]), int(said["lines"])),
        said["data type"],
        _ORDERS.get(said.get("byte order", "")),
        int(said.get("bands", "1")),
        int(said.get("header offset", "0")),
    )


def _of_vrt(path: Path, raster: Raster) -> RasterDescription | None:
    """Read a virtual raster whose only source is the raster beside it."""
    root = _xml(path)
    bands = root.findall("VRTRasterBand")
    sources = {Path(item.text or "").name for item in root.iter("SourceFilename")}
    if root.tag != "VRTDataset" or not bands or sources != {path.name[: -len(".vrt")]}:
        return None
    first = bands[0]
    size = int(root.get("rasterXSize", "0")), int(root.get("rasterYSize", "0"))
    is_raw = first.get("subClass") == "VRTRawRasterBand"
    order = _ORDERS.get((first.findtext("ByteOrder") or "").upper()) if is_raw else None
    offset = int(first.findtext("ImageOffset") or 0) if is_raw else 0
    return RasterDescription(
        path, size, first.get("dataType", "").upper(), order, len(bands), offset
    )


def _xml(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(read_bounded(path, most=_LARGEST))
    except ElementTree.ParseError as error:
        raise ArtifactError(f"{path}: is not XML ({error})") from None


def _as_described(raster: Raster, said: list[RasterDescription], findings: list[Finding]) -> Raster:
    """Compare descriptions with each other and the headers; give the raster as they say."""
    if not said:
        return raster
    first = said[0]
    for other in said[1:]:
        findings += _differences(first, other)
    findings += _impossible(raster, first)
    kind, order = first.kind, first.byte_order or raster.byte_order
    if kind is None or kind not in _possible(raster):
        return dataclasses.replace(raster, byte_order=order)
    if kind == raster.kind:
        return dataclasses.replace(raster, byte_order=order)
    described = dataclasses.replace(raster, kind=kind, byte_order=order)
    fits = raster.path.is_file() and raster.path.stat().st_size == described.n_bytes
    if raster.role == "image":  # the header of the image says another format
        findings.append(
            DESCRIPTION_DIFFERS.at(
                first.path,
                f"{kind}, but the header of the image says {raster.kind}",
                expected="one sample format",
                action=f"the size of the file fits {kind if fits else raster.kind}, which is taken",
                severity="warning",
            )
        )
    return described if fits else raster


def _possible(raster: Raster) -> tuple[SampleKind, ...]:
    return _POSSIBLE.get(raster.role, _OF_GEOMETRY)


def _differences(first: RasterDescription, other: RasterDescription) -> Iterator[Finding]:
    """Report what two descriptions of one raster say differently."""
    for what, one, two in (
        ("size", first.size, other.size),
        ("sample format", first.kind or first.data_type, other.kind or other.data_type),
        ("byte order", first.byte_order, other.byte_order or first.byte_order),
        ("number of bands", first.bands, other.bands),
    ):
        if one is not None and one != two:
            yield DESCRIPTION_DIFFERS.at(
                other.path, f"{what} {two}, but {first.path.name} says {one}", expected="the same"
            )


def _impossible(raster: Raster, said: RasterDescription) -> Iterator[Finding]:
    """Report what cannot be read, and another size than that of the images."""
    if said.size != raster.size:
        yield DESCRIPTION_DIFFERS.at(
            said.path, f"{said.size[0]} x {said.size[1]}",
            expected=f"{raster.size[0]} x {raster.size[1]} samples x lines, as the images",
        )  # fmt: skip
    if said.kind not in _possible(raster):
        yield DESCRIPTION_DIFFERS.at(
            said.path, f"data type {said.data_type}",
            expected=" or ".join(_possible(raster)) + f" for {raster.path.name}",
        )  # fmt: skip
    if said.bands != 1 or said.offset:
        yield DESCRIPTION_DIFFERS.at(
            said.path, f"{said.bands} bands from byte {said.offset} on",
            expected="one band from the first byte on",
        )  # fmt: skip
