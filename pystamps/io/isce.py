"""Prepared stacks of ISCE: rasters described by XML files."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.io.acquisitions import (
    check_inside,
    read_acquisitions,
    read_amplitude_constants,
    read_baselines,
    read_image_size,
)
from pystamps.io.candidates import BYTE_ORDER, read_candidates
from pystamps.io.text_numbers import find_near
from pystamps.raw_model import Acquisitions, Candidates, Raster, RasterGeometry

_TYPES = {"BYTE": "u1", "SHORT": "i2", "FLOAT": "f4", "DOUBLE": "f8", "CFLOAT": "c8"}
_BAND_AXIS = {"BIL": 1, "BIP": 2, "BSQ": 0}
_ANGLE_LEVELS = 3


@dataclass(frozen=True, slots=True)
class IscePatch:
    """What stage 1 needs of an ISCE patch."""

    candidates: Candidates
    acquisitions: Acquisitions
    geometry: RasterGeometry


def read_isce_patch(patch: Path) -> IscePatch:
    """Read a patch of a stack prepared from ISCE.

    Parameters
    ----------
    patch : Path
        Files are looked for here, then in the data set above (angles also one folder higher).

    Raises
    ------
    ArtifactError
        Missing, unreadable or inconsistent files.
    """
    acquisitions = read_acquisitions(patch)
    candidates = read_candidates(
        patch, byte_order=BYTE_ORDER["isce"], n_interferogram=acquisitions.block.size
    )
    width, length = read_image_size(patch)
    check_inside(patch / "pscands.1.ij", candidates.ij, width=width, length=length)
    incidence = _read_angle(patch, "inc_angle.raw", (length, width))
    geometry = RasterGeometry(
        width=width,
        length=length,
        bperp=read_baselines(patch, acquisitions),
        calconst=read_amplitude_constants(patch, acquisitions),
        incidence=incidence,
        look_angle=_read_angle(patch, "look_angle.raw", (length, width))
        if incidence is None
        else None,
        bperp_rasters=_read_baseline_rasters(patch, acquisitions),
    )
    return IscePatch(candidates, acquisitions, geometry)


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
    properties = _read_properties(path.with_name(path.name + ".xml"))
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


def _read_properties(path: Path) -> dict[str, str]:
    """Read the properties of an image; those of its components are left out."""
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; ISCE writes it beside every raster")
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ArtifactError(f"{path}: is not XML ({error})") from None
    return {
        item.get("name", "").lower(): item.findtext("value", "").strip()
        for item in root.findall("property")
    }


def _whole(path: Path, properties: dict[str, str], key: str) -> int:
    text = properties.get(key, "")
    if not text.isdigit() or int(text) < 1:
        raise ArtifactError(f"{path}.xml: {key} is {text!r}, expected a positive whole number")
    return int(text)


def _read_angle(patch: Path, name: str, shape: tuple[int, int]) -> Raster | None:
    path = find_near(patch, name, levels=_ANGLE_LEVELS)
    if path is None:
        return None
    raster = read_raster(path)
    if raster.shape != shape:
        raise ArtifactError(
            f"{path}: has {raster.shape[0]} lines of {raster.shape[1]} samples, but len.txt and "
            f"width.txt say {shape[0]} lines of {shape[1]}"
        )
    return raster


def _read_baseline_rasters(patch: Path, acquisitions: Acquisitions) -> tuple[Raster, ...] | None:
    """Map ``baselineGRID_<date>`` of all images, or give None when there is none at all."""
    names = [f"baselineGRID_{yyyymmdd(day)}" for day in acquisitions.day]
    paths = [find_near(patch, name) for name in names]
    found = [path for path in paths if path is not None]
    if not found:
        return None
    if len(found) != len(names):
        missing = names[paths.index(None)]
        raise ArtifactError(
            f"{patch.parent / missing}: file is missing, but {len(found)} of {len(names)} images "
            "have one; make it, or remove the others to use the values of bperp.1.in"
        )
    return tuple(read_raster(path) for path in found)
