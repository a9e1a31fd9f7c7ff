"""Descriptions beside a raster as ISCE and GDAL write them: ``.xml``, ``.vrt``, ``.hdr``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

_GDAL_TYPES = {"FLOAT": ("Float32", 4), "DOUBLE": ("Float64", 8), "CFLOAT": ("CFloat32", 8)}
_ENVI_TYPES = {"FLOAT": 4, "DOUBLE": 5, "CFLOAT": 6}
_PROGRAM = {
    True: "Release: 2.6.3, svn-, 20230418. Current: svn-.",
    False: "Release: 2.3.1, svn-2531, 20190220. Current: svn-Unversioned directory.",
}


@dataclass(frozen=True, slots=True)
class Description:
    """What the files beside a raster say.

    Attributes
    ----------
    path : Path
        The raster; its absolute path stands in the XML file.
    kind : str
        FLOAT, DOUBLE or CFLOAT.
    size : tuple of int
        Samples and lines.
    scheme : str
        BIL, BIP or BSQ.
    bands : int
    is_recent : bool
        Written by version 2.4 or later.
    """

    path: Path
    kind: str
    size: tuple[int, int]
    scheme: str = "BIP"
    bands: int = 1
    is_recent: bool = True


def isce_xml(description: Description, *, mode: str = "read") -> str:
    """Give the ``.xml`` file: properties in the order of their names, with their meaning.

    Parameters
    ----------
    description : Description
    mode : str
        Access mode; ``gdal2isce_xml.py`` writes READ.
    """
    width, length = description.size
    entries = {
        "ISCE_VERSION": (_PROGRAM[description.is_recent], ""),
        "access_mode": (mode, "Image access mode."),
        "byte_order": ("l", "Endianness of the image."),
        "data_type": (description.kind, "Image data type."),
        "family": ("image", "Instance family name"),
        "file_name": (f"{description.path}", "Name of the image file."),
        "length": (f"{length}", "Image length"),
        "name": ("image_name", "Instance name"),
        "number_bands": (f"{description.bands}", "Number of image bands."),
        "scheme": (description.scheme, "Interleaving scheme of the image."),
        "width": (f"{width}", "Image width"),
        "xmax": (f"{width}", "Maximum range value"),
        "xmin": ("0", "Minimum range value"),
    }
    lines = [
        line
        for name, (value, meaning) in entries.items()
        if name < "coordinate"
        for line in _xml_property(name, value, meaning, depth=1)
    ]
    for number, (what, size) in enumerate((("First", width), ("Second", length)), start=1):
        lines += _coordinate(number, what, size)
    lines += [
        line
        for name, (value, meaning) in entries.items()
        if name > "coordinate"
        for line in _xml_property(name, value, meaning, depth=1)
    ]
    return "\n".join(["<imageFile>", *lines, "</imageFile>"]) + "\n"


def _xml_property(name: str, value: str, meaning: str, *, depth: int) -> list[str]:
    outer, inner = " " * 4 * depth, " " * 4 * (depth + 1)
    described = [f"{inner}<doc>{escape(meaning)}</doc>"] if meaning else []
    return [
        f'{outer}<property name="{name}">',
        f"{inner}<value>{escape(value)}</value>",
        *described,
        f"{outer}</property>",
    ]


def _coordinate(number: int, what: str, size: int) -> list[str]:
    """Give the component of one axis; it has a size of its own."""
    axis = "width" if number == 1 else "length"
    values = (
        ("delta", "1", "Coordinate quantization."),
        ("endingvalue", f"{size}", "Ending value of the coordinate."),
        ("family", "imagecoordinate", "Instance family name"),
        ("name", "imagecoordinate_name", "Instance name"),
        ("size", f"{size}", "Coordinate size."),
        ("startingvalue", "0", "Starting value of the coordinate."),
    )
    inside = [line for item in values for line in _xml_property(*item, depth=2)]
    return [
        f'    <component name="coordinate{number}">',
        "        <factorymodule>isceobj.Image</factorymodule>",
        "        <factoryname>createCoordinate</factoryname>",
        f"        <doc>{what} coordinate of a 2D image ({axis}).</doc>",
        *inside,
        "    </component>",
    ]


def raw_vrt(description: Description) -> str:
    """Give the ``.vrt`` file of ISCE: where every band lies in the raster beside it."""
    width, length = description.size
    name, size = _GDAL_TYPES[description.kind]
    bands = description.bands
    offsets = {
        "BIL": (width * size, size, bands * width * size),
        "BIP": (size, bands * size, bands * width * size),
        "BSQ": (width * length * size, size, width * size),
    }
    step, pixel, line = offsets[description.scheme]
    lines = [f'<VRTDataset rasterXSize="{width}" rasterYSize="{length}">']
    for band in range(bands):
        lines += [
            f'    <VRTRasterBand band="{band + 1}" dataType="{name}" subClass="VRTRawRasterBand">',
            f'        <SourceFilename relativeToVRT="1">{description.path.name}</SourceFilename>',
            "        <ByteOrder>LSB</ByteOrder>",
            f"        <ImageOffset>{band * step}</ImageOffset>",
            f"        <PixelOffset>{pixel}</PixelOffset>",
            f"        <LineOffset>{line}</LineOffset>",
            "    </VRTRasterBand>",
        ]
    return "\n".join([*lines, "</VRTDataset>"]) + "\n"


def gdal_vrt(description: Description, *, nodata: str = "") -> str:
    """Give the ``.vrt`` file of ``gdal_translate -of VRT``: a whole raster as the source."""
    width, length = description.size
    name, _ = _GDAL_TYPES[description.kind]
    rectangle = f'xOff="0" yOff="0" xSize="{width}" ySize="{length}"'
    gap = f"    <NoDataValue>{nodata}</NoDataValue>\n" if nodata else ""
    return (
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{length}">\n'
        f'  <VRTRasterBand dataType="{name}" band="1">\n{gap}'
        "    <SimpleSource>\n"
        f'      <SourceFilename relativeToVRT="1">{description.path.name}</SourceFilename>\n'
        "      <SourceBand>1</SourceBand>\n"
        f'      <SourceProperties RasterXSize="{width}" RasterYSize="{length}" '
        f'DataType="{name}" BlockXSize="{width}" BlockYSize="1" />\n'
        f"      <SrcRect {rectangle} />\n      <DstRect {rectangle} />\n"
        "    </SimpleSource>\n  </VRTRasterBand>\n</VRTDataset>\n"
    )


def envi_header(description: Description) -> str:
    """Give the ``.hdr`` file of ENVI that GDAL writes beside a raster."""
    width, length = description.size
    return (
        f"ENVI\ndescription = {{\n{description.path}}}\n"
        f"samples = {width}\nlines   = {length}\nbands   = {description.bands}\n"
        "header offset = 0\nfile type = ENVI Standard\n"
        f"data type = {_ENVI_TYPES[description.kind]}\n"
        f"interleave = {description.scheme.lower()}\nbyte order = 0\n"
        "band names = {\nBand 1}\n"
    )
