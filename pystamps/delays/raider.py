"""Cubes of RAiDER: one NetCDF file per date, wet and hydrostatic delay on levels of height."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.corrections.node_grid import NodeGrid
from pystamps.delays.delay_reader import HYDROSTATIC, TOTAL, WET, DateDelays, DelayPlaces
from pystamps.delays.hdf5_arrays import dataset_of, numbers_of_variable, text_of
from pystamps.errors import DatasetError
from pystamps.io.hdf5_files import HDF5_SIGNATURE, opened_hdf5

_DATE = re.compile(r"(?<!\d)(\d{4})[_-]?(\d{2})[_-]?(\d{2})(?=\D|$)")
_PARTS = {WET: "wet", HYDROSTATIC: "hydro"}
_UNEVEN = 1e-3
"""Of a step: how far coordinates may be from even ones, which single precision stores."""


@dataclass(frozen=True, slots=True)
class RaiderCubes:
    """A folder of cubes; made by :func:`raider_cubes`.

    Attributes
    ----------
    cubes : dict of str to Path
        Cube of each date.
    """

    cubes: dict[str, Path]

    @property
    def dates(self) -> Collection[str]:
        """Dates that there are, YYYYMMDD."""
        return self.cubes.keys()

    def at(self, date: str, places: DelayPlaces) -> DateDelays:
        """Give the delays of a date at the height of every place, and their parts.

        Raises
        ------
        DatasetError
            The file is no cube, or the places have no heights.
        """
        path = self.cubes[date]
        if np.isnan(places.height).any():
            raise DatasetError(
                f"{path}: holds delays by height, and the data set has no heights of "
                f"{np.isnan(places.height).sum()} pixels (hgt2.mat); add them"
            )
        with opened_hdf5(path) as file:
            levels = numbers_of_variable(file, path, "z")
            axes = [_axis(numbers_of_variable(file, path, name), path, name) for name in ("x", "y")]
            if levels.size < 2 or not (np.diff(levels) > 0).all():
                raise DatasetError(f"{path}: z holds no ascending heights; make it again")
            positions, is_on_map = _positions(file, path, places.lonlat)
            parts: dict[str, Float64] = {}
            for part, name in _PARTS.items():
                stored = dataset_of(file, path, name)
                expected = (levels.size, axes[1][2], axes[0][2])
                if stored.shape != expected:
                    raise DatasetError(
                        f"{path}: {name} has shape {stored.shape}, expected {expected} (z, y, x)"
                    )
                grids = _Levels(stored, axes[0], axes[1], is_on_map=is_on_map)
                parts[part] = _at_heights(grids, levels, positions, places.height)
            extent = f"{grids.grid(0).extent}, {levels[0]:g}..{levels[-1]:g} m of height"
            is_slant = _is_slant(file, path)
        parts[TOTAL] = parts[WET] + parts[HYDROSTATIC]
        return DateDelays(str(path), parts, extent, is_slant=is_slant)


def raider_cubes(folder: Path) -> RaiderCubes:
    """Find the cubes of a folder by the dates in their names.

    Raises
    ------
    DatasetError
        A name has no date, two cubes are of one date, or there is none.
    """
    cubes: dict[str, Path] = {}
    for path in sorted(folder.glob("*.nc")):
        match = _DATE.search(path.stem.replace("T", "_"))
        if match is None:
            raise DatasetError(f"{path}: its name holds no date (YYYYMMDD); rename it")
        date = "".join(match.groups())
        if date in cubes:
            raise DatasetError(
                f"{path}: there is another cube of {date}, {cubes[date]}; keep the one of the time "
                "of the acquisition"
            )
        with path.open("rb") as stream:
            if stream.read(len(HDF5_SIGNATURE)) != HDF5_SIGNATURE:
                raise DatasetError(
                    f"{path}: is no NetCDF 4 file, which RAiDER writes; convert it "
                    "(nccopy -k netCDF-4)"
                )
        cubes[date] = path
    if not cubes:
        raise DatasetError(f"{folder}: holds no cube of RAiDER (*.nc); correct troposphere.source")
    return RaiderCubes(cubes)


@dataclass(frozen=True, slots=True)
class _Levels:
    """A variable of a cube, level by level; an axis is its first node, step and size."""

    stored: Any
    x: tuple[float, float, int]
    y: tuple[float, float, int]
    is_on_map: bool

    def grid(self, level: int) -> NodeGrid:
        values = np.asarray(self.stored[level])
        return NodeGrid(
            self.x[0], self.y[0], self.x[1], self.y[1], values, is_on_map=self.is_on_map
        )


def _at_heights(grids: _Levels, levels: Float64, positions: Float64, height: FloatArray) -> Float64:
    """Interpolate bilinearly on the two levels around every height, linearly between them."""
    lower = np.clip(np.searchsorted(levels, height, side="right") - 1, 0, levels.size - 2)
    share = (height - levels[lower]) / (levels[lower + 1] - levels[lower])
    found = np.zeros(len(positions))
    for level in range(levels.size):
        for rows, weight in (
            (np.flatnonzero(lower == level), 1 - share),
            (np.flatnonzero(lower + 1 == level), share),
        ):
            if rows.size:
                found[rows] += weight[rows] * grids.grid(level).at(positions[rows])
    found[(share < 0) | (share > 1)] = np.nan
    return found


def _axis(nodes: Float64, path: Path, name: str) -> tuple[float, float, int]:
    """Give first node, step and size of an axis.

    Raises
    ------
    DatasetError
        The nodes are not evenly spaced.
    """
    step = (nodes[-1] - nodes[0]) / (nodes.size - 1) if nodes.size > 1 else 0.0
    even = nodes[0] + step * np.arange(nodes.size)
    if step == 0 or not np.allclose(nodes, even, rtol=0, atol=_UNEVEN * abs(step)):
        raise DatasetError(f"{path}: {name} is not evenly spaced; make the cube again")
    return float(nodes[0]), float(step), nodes.size


def _is_slant(file: Any, path: Path) -> bool:
    """Tell whether the delays are along the line of sight, as the cube itself says.

    Raises
    ------
    DatasetError
        It says nothing.
    """
    texts = (file.attrs.get("description", ""), file["wet"].attrs.get("description", ""))
    said = " ".join(map(text_of, texts)).lower()
    if ("zenith" in said) == ("slant" in said):
        raise DatasetError(
            f"{path}: its description says neither zenith nor slant ({said.strip()!r}); make the "
            "cube again with RAiDER, or give the delays as HDF5 (troposphere.method hdf5)"
        )
    return "slant" in said


def _positions(file: Any, path: Path, lonlat: Float64) -> tuple[Float64, bool]:
    """Give places in the coordinates of a cube, and whether these are of a map."""
    unit = text_of(file["x"].attrs.get("units", "degrees_east"))
    if unit.startswith("deg"):
        return lonlat, False
    mapping = text_of(file["wet"].attrs.get("grid_mapping", ""))
    words = file[mapping].attrs.get("crs_wkt", "") if mapping in file else ""
    if not text_of(words):
        raise DatasetError(
            f"{path}: x is in {unit}, and nothing says in which projection (crs_wkt); make the "
            "cube in longitude and latitude (EPSG:4326)"
        )
    try:
        from pyproj import Transformer
    except ImportError as error:
        raise DatasetError(
            f'{path}: is on a map; to read it takes pyproj; pip install "pystamps-flow[geo]", or '
            "make the cube in longitude and latitude (EPSG:4326)"
        ) from error
    transformer = Transformer.from_crs("EPSG:4326", text_of(words), always_xy=True)
    return np.column_stack(transformer.transform(lonlat[:, 0], lonlat[:, 1])), True
