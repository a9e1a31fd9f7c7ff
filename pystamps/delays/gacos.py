"""Folders of GACOS: one grid of zenith total delay per date, ``YYYYMMDD.ztd`` with its ``.rsc``.

Also as GeoTIFF (``YYYYMMDD.ztd.tif``), and each date in a folder of its own, as TRAIN sorts them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.corrections.node_grid import NodeGrid
from pystamps.corrections.plausible_delays import what_is_wrong
from pystamps.delays.delay_reader import TOTAL, DateDelays, DelayPlaces
from pystamps.errors import DatasetError
from pystamps.io.bounded_text import read_text_of_paths

_NAME = re.compile(r"(\d{8})\.ztd(?:\.tif)?")
_KEYS = ("WIDTH", "FILE_LENGTH", "X_FIRST", "Y_FIRST", "X_STEP", "Y_STEP")
_BYTES = 4


@dataclass(frozen=True, slots=True)
class GacosFolder:
    """A folder of GACOS; made by :func:`gacos_folder`.

    Attributes
    ----------
    grids : dict of str to Path
        Grid of each date.
    """

    grids: dict[str, Path]

    @property
    def dates(self) -> Collection[str]:
        """Dates that there are, YYYYMMDD."""
        return self.grids.keys()

    def at(self, date: str, places: DelayPlaces) -> DateDelays:
        """Give the zenith delays of a date.

        Raises
        ------
        DatasetError
            The grid or its header is damaged.
        """
        path = self.grids[date]
        grid = _geotiff(path) if path.suffix == ".tif" else _raw_grid(path)
        delay = grid.at(places.lonlat)
        hint = _hint_of_byte_order(grid, places) if path.suffix != ".tif" else ""
        return DateDelays(str(path), {TOTAL: delay}, grid.extent, hint=hint)


def gacos_folder(folder: Path) -> GacosFolder:
    """Find the grids of a folder, and of the folders in it.

    Raises
    ------
    DatasetError
        Two grids are of one date, or there is none.
    """
    grids: dict[str, Path] = {}
    paths = (path for pattern in ("*.ztd*", "*/*.ztd*") for path in sorted(folder.glob(pattern)))
    for path in paths:
        match = _NAME.fullmatch(path.name)
        if match is None:
            continue
        other = grids.setdefault(match[1], path)
        if other.with_suffix("") == path or path.with_suffix("") == other:
            grids[match[1]] = min(path, other)  # one grid in two forms: the raw one
        elif other != path:
            raise DatasetError(
                f"{path}: there is another grid of this date, {other}; keep one of them"
            )
    if not grids:
        raise DatasetError(
            f"{folder}: holds no grid of GACOS (YYYYMMDD.ztd, or YYYYMMDD.ztd.tif), nor do the "
            "folders in it; correct troposphere.source"
        )
    return GacosFolder(grids)


def _raw_grid(path: Path) -> NodeGrid:
    """Read a raw grid: float32, little-endian, rows from north to south; 0 = nothing known."""
    header = _header(path.with_name(f"{path.name}.rsc"))
    shape = (round(header["FILE_LENGTH"]), round(header["WIDTH"]))
    expected = shape[0] * shape[1] * _BYTES
    if path.stat().st_size != expected:
        raise DatasetError(
            f"{path}: has {path.stat().st_size} bytes, and {shape[0]} rows of {shape[1]} float32 "
            f"are {expected}; it is incomplete, or {path.name}.rsc is of another grid"
        )
    values = np.fromfile(path, "<f4").reshape(shape)
    return _grid(values, *(header[key] for key in _KEYS[2:]))


def _grid(
    values: np.ndarray, first_lon: float, first_lat: float, lon_step: float, lat_step: float
) -> NodeGrid:
    known = np.where(values == 0, np.float32(np.nan), values)
    return NodeGrid(first_lon, first_lat, lon_step, lat_step, known)


def _header(path: Path) -> dict[str, float]:
    """Read the header of a grid."""
    if not path.is_file():
        raise DatasetError(f"{path}: is missing; it says where the grid beside it lies")
    found: dict[str, float] = {}
    for line in read_text_of_paths(path).splitlines():
        key, _, value = line.strip().partition(" ")
        key = "FILE_LENGTH" if key == "LENGTH" else key
        if key in _KEYS:
            found[key] = _number(path, key, value.strip())
    missing = [key for key in _KEYS if key not in found]
    if missing:
        raise DatasetError(f"{path}: has no {', '.join(missing)}; download the date again")
    if min(found["WIDTH"], found["FILE_LENGTH"]) < 1 or found["X_STEP"] * found["Y_STEP"] == 0:
        raise DatasetError(f"{path}: describes a grid without nodes; download the date again")
    return found


def _number(path: Path, key: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise DatasetError(f"{path}: {key} is {text!r}, expected a number; download it again")
    return value


def _geotiff(path: Path) -> NodeGrid:
    """Read a grid as GeoTIFF; the nodes are the middles of its pixels."""
    try:
        import rasterio
        from rasterio.errors import RasterioError
    except ImportError as error:
        raise DatasetError(
            f'{path}: to read GeoTIFF takes rasterio; pip install "pystamps-flow[geo]", or '
            "download the grids in binary form"
        ) from error
    try:
        with rasterio.open(path) as file:
            values = file.read(1, masked=True).filled(np.nan).astype(np.float32)
            step = file.transform
            is_geographic = file.crs is None or file.crs.is_geographic
    except RasterioError as error:
        raise DatasetError(f"{path}: is no readable GeoTIFF ({error})") from error
    if not is_geographic or step.b or step.d:
        raise DatasetError(f"{path}: is no grid of longitude and latitude; download it again")
    return _grid(values, step.c + step.a / 2, step.f + step.e / 2, step.a, step.e)


def _hint_of_byte_order(grid: NodeGrid, places: DelayPlaces) -> str:
    """Say that a raw grid is big-endian, where its values are impossible and turned possible."""
    if not what_is_wrong(grid.at(places.lonlat), places.height):
        return ""
    turned = np.asarray(grid.values, dtype="<f4").byteswap()
    turned = np.where(np.isnan(grid.values), np.float32(np.nan), turned)
    swapped = NodeGrid(grid.first_lon, grid.first_lat, grid.lon_step, grid.lat_step, turned)
    values = swapped.at(places.lonlat)
    if np.isfinite(values).any() and not what_is_wrong(values, places.height):
        return "it is big-endian, and GACOS writes little-endian; turn the bytes of every number"
    return ""
