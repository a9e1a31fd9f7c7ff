"""Prepared stacks of ISCE: rasters described by XML files."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.text_numbers import find_near
from pystamps.processors.dated_stack import files_of_images, read_dated_stack
from pystamps.processors.patch_model import RasterArray, RasterGeometry, RawPatch
from pystamps.processors.processor import DATED_ORDER
from pystamps.processors.value_limits import BASELINE, RAY_ANGLE, ValueLimits

_TYPES = {"BYTE": "u1", "SHORT": "i2", "FLOAT": "f4", "DOUBLE": "f8", "CFLOAT": "c8"}
_BAND_AXIS = {"BIL": 1, "BIP": 2, "BSQ": 0}
_ANGLE_LEVELS = 3
_LINES = 256
_MOST_DIGITS = 10


def read_isce_patch(
    patch: Path,
    _: Path | None = None,
    is_small_baseline: bool = False,
    is_sampled: bool = False,
) -> RawPatch:
    """Read a patch of a stack prepared from ISCE.

    Parameters
    ----------
    patch : Path
        Files are looked for here, then in the data set above (angles also one folder higher).
    is_small_baseline : bool
    is_sampled : bool
        Look at a sample of the candidates only.

    Returns
    -------
    RawPatch
        Its geometry is :class:`RasterGeometry`.

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    stack = read_dated_stack(
        patch,
        byte_order=DATED_ORDER,
        is_small_baseline=is_small_baseline,
        is_sampled=is_sampled,
    )
    shape = (stack.length, stack.width)
    incidence = _read_angle(patch, "inc_angle.raw", shape)
    baselines = files_of_images(patch, stack.acquisitions, "baselineGRID_{date}")
    rasters = None if baselines is None else tuple(read_raster(path) for path in baselines)
    for path, raster in zip(baselines or (), rasters or (), strict=True):
        require_any_possible(path, raster, BASELINE)
    geometry = RasterGeometry(
        width=stack.width,
        length=stack.length,
        bperp=stack.bperp,
        calconst=stack.calconst,
        incidence=incidence,
        look_angle=_read_angle(patch, "look_angle.raw", shape) if incidence is None else None,
        bperp_rasters=rasters,
    )
    return RawPatch(stack.candidates, stack.acquisitions, geometry)


def read_raster(path: Path) -> npt.NDArray[Any]:
    """Map the first band of a raster that ``<path>.xml`` describes.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ndarray, shape (length, width)
        Read from disk where it is indexed.

    Raises
    ------
    ArtifactError
        Missing or unreadable description, or a file of another size.

    Notes
    -----
    StaMPS routine ``load_isce``.
    """
    properties = described_properties(path)
    width, length, bands = (
        _whole(path, properties, key) for key in ("width", "length", "number_bands")
    )
    kind = properties.get("data_type", "").upper()
    scheme = properties.get("scheme", "BIL").upper()
    shapes = {
        "BIL": (length, bands, width),
        "BIP": (length, width, bands),
        "BSQ": (bands, length, width),
    }
    if kind not in _TYPES or scheme not in shapes:
        raise ArtifactError(
            f"{path}.xml: data_type {kind!r} with scheme {scheme!r} is not known; expected "
            f"{', '.join(_TYPES)} with {', '.join(shapes)}"
        )
    order = ">" if properties.get("byte_order", "l").lower().startswith("b") else "<"
    dtype = np.dtype(order + _TYPES[kind])
    expected = dtype.itemsize * width * length * bands
    found = path.stat().st_size
    if found != expected:
        raise ArtifactError(
            f"{path}: found {found} bytes, expected {expected} for {length} lines of {width} "
            f"samples, {bands} band(s), {kind}"
        )
    values = np.memmap(path, dtype=dtype, mode="r", shape=shapes[scheme])
    first: npt.NDArray[Any] = np.moveaxis(values, _BAND_AXIS[scheme], 0)[0]
    return first


def size_of_description(path: Path) -> tuple[int, int]:
    """Give samples and lines of a raster from ``<path>.xml``.

    Raises
    ------
    ArtifactError
        Missing or unreadable description.
    """
    properties = described_properties(path)
    return _whole(path, properties, "width"), _whole(path, properties, "length")


def described_properties(raster: Path) -> dict[str, str]:
    """Read the properties of an image from ``<raster>.xml``; those of its components are left out.

    Raises
    ------
    ArtifactError
        Missing file, or no XML.
    """
    path = raster.with_name(f"{raster.name}.xml")
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; ISCE writes it beside every raster")
    try:
        text = read_bounded(path)
        if b"<!DOCTYPE" in text:  # could name other files, or grow without end
            raise ArtifactError(f"{path}: has a document type, which ISCE never writes")
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise ArtifactError(f"{path}: is not XML ({error})") from None
    return {
        item.get("name", "").lower(): item.findtext("value", "").strip()
        for item in root.findall("property")
    }


def _whole(path: Path, properties: dict[str, str], key: str) -> int:
    text = properties.get(key, "")
    if not (text.isascii() and text.isdigit() and len(text) < _MOST_DIGITS and int(text) > 0):
        raise ArtifactError(f"{path}.xml: {key} is {text!r}, expected a positive whole number")
    return int(text)


def _read_angle(patch: Path, name: str, shape: tuple[int, int]) -> RasterArray | None:
    path = find_near(patch, name, levels=_ANGLE_LEVELS)
    if path is None:
        return None
    raster = angle_raster(path, shape)
    require_any_possible(path, raster, RAY_ANGLE)
    return raster


def require_any_possible(path: Path, raster: RasterArray, limits: ValueLimits) -> None:
    """Refuse a raster none of whose values can be.

    Raises
    ------
    ArtifactError
    """
    for first in range(0, raster.shape[0], _LINES):
        if limits.are_possible(raster[first : first + _LINES]).any():
            return
    raise ArtifactError(
        f"{path}: holds no value that can be, expected {limits.expected}; make the raster again"
    )


def angle_raster(path: Path, shape: tuple[int, int]) -> RasterArray:
    """Map a raster of angles, which has to have the shape (length, width) of the image.

    Raises
    ------
    ArtifactError
    """
    raster = read_raster(path)
    if raster.shape != shape:
        raise ArtifactError(
            f"{path}: has {raster.shape[0]} lines of {raster.shape[1]} samples, but len.txt and "
            f"width.txt say {shape[0]} lines of {shape[1]}"
        )
    return raster
