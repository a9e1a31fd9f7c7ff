"""Truth of a simulated data set: one self-describing HDF5 file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.simulate.fields import FieldGrid
from pystamps.simulate.pixel_truth import PixelTruth
from pystamps.simulate.truth_header import TruthHeader

TRUTH_FORMAT = "pystamps-truth-2"

_LINES_READ = 256
"""Lines of a plane that are read at a time."""


PLANES: Mapping[str, tuple[str, str, str]] = {
    "velocity": ("float32", "mm/yr",
                 "slope of the displacement over the images, positive toward the satellite"),
    "dem_error": ("float32", "m", "height of the phase centre above the elevation model"),
    "ps_mask": ("uint8", "1", "1 = the pixel holds a persistent scatterer"),
    "signal_to_clutter": ("float32", "1", "power of the persistent scatterer over the clutter"),
    "land_cover": ("uint8", "1", "0 = vegetation, 1 = distributed scatterers, 2 = water"),
    "height": ("float32", "m", "height of the elevation model"),
    "longitude": ("float32", "degrees", "longitude of the pixel"),
    "latitude": ("float32", "degrees", "latitude of the pixel"),
}  # fmt: skip
"""Planes of the size of the image: class, unit, meaning."""

CUBES: Mapping[str, tuple[str, str, str]] = {
    "displacement": ("float32", "mm", "displacement since the reference image, positive toward"),
    "atmosphere": ("float32", "rad", "delay phase of the image, turbulent and stratified"),
    "orbit_ramp": ("float32", "rad", "phase plane of the image"),
}
"""The same per image; they can be left out, because the small arrays give the same."""

PATTERN = "displacement_pattern"
"""Array of the displacement of each source."""

SMALL_ARRAYS = {
    "dates": ("images", "YYYYMMDD", "days of acquisition"),
    "baseline": ("images", "m", "perpendicular baseline at the centre of the image"),
    "baseline_components": (
        "images, 4", "m, m, m/s, m/s",
        "cross-track and normal baseline at the centre of the image and their rates",
    ),
    "phase_per_height": ("samples", "rad/m2", "phase per metre of height error and of baseline"),
    "look": ("samples", "rad", "look angle"),
    "azimuth_s": ("lines", "s", "time from the centre of the image"),
    "displacement_time": (
        "sources, images", "1 or yr",
        "time function of each source; displacement = sum of pattern times this",
    ),
    "atmosphere_nodes": (
        "images, rows, columns", "rad",
        "turbulent delay on nodes; in between it is bilinear in line and sample",
    ),
    "stratified": ("images", "rad/km", "delay per height above mean_height_m"),
    "ramp": ("images, 2", "rad", "phase plane from edge to edge: across (samples), along (lines)"),
}  # fmt: skip
"""Arrays that are no planes: axes, unit, meaning."""

PART_ARRAYS = {
    "front_nodes": ("images, rows, columns", "rad", "weather fronts, part of atmosphere_nodes"),
    "seasonal_stratified": ("images", "rad/km", "delay of the season, part of stratified"),
    "ramp_drift": ("images, 2", "rad", "drift of the orbits, part of ramp"),
}
"""Parts of those arrays, in the truth of scenes that have them."""

OWN_MOTIONS = "own_motions"
"""Attribute that names the motions of scatterers alone, in the truth of scenes that have them."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A truth file: its header, and what it says at pixels.

    Attributes
    ----------
    path : Path
    header : TruthHeader
    """

    path: Path
    header: TruthHeader

    def scatterers(self) -> int:
        """Count the persistent scatterers of the scene."""
        with opened_hdf5(self.path) as file:
            plane = file["ps_mask"]
            starts = range(0, self.header.shape[0], _LINES_READ)
            return sum(int(plane[first : first + _LINES_READ].sum()) for first in starts)

    def plane(self, name: str) -> np.ndarray[Any, Any]:
        """Give a whole plane or cube."""
        with opened_hdf5(self.path) as file:
            if name not in file:
                raise ArtifactError(f"{self.path}: {name} is missing; simulate with --truth-cubes")
            return np.asarray(file[name][()])

    def at(self, name: str, line: Index, sample: Index) -> np.ndarray[Any, Any]:
        """Give the values of a plane at pixels: (n,)."""
        return np.asarray(self._read(name, line, sample)[0])

    def displacement(self, line: Index, sample: Index) -> Float64:
        """Give the displacement since the reference image: (n, images), mm toward."""
        ground, alone = self.displacements(line, sample)
        return np.asarray(ground + alone)

    def displacements(self, line: Index, sample: Index) -> tuple[Float64, Float64]:
        """Give that of the ground, and what scatterers do beside it: (n, images), mm toward."""
        pattern = self._read(PATTERN, line, sample).astype(np.float64)
        time = self.header.displacement_time
        ground = len(time) - len(self.header.own_motions)
        return pattern[:ground].T @ time[:ground], pattern[ground:].T @ time[ground:]

    def baselines(self, line: Index, sample: Index) -> Float64:
        """Give the perpendicular baselines of the images at pixels: (n, images), m."""
        cross, normal, cross_rate, normal_rate = self.header.baseline_components.T
        time = self.header.azimuth_s[line][:, None]
        look = self.header.look[sample][:, None]
        along = (cross + cross_rate * time) * np.cos(look)
        return np.asarray(along - (normal + normal_rate * time) * np.sin(look))

    def atmosphere(self, line: Index, sample: Index, height: FloatArray) -> Float64:
        """Give the delay phase of each image: (n, images), rad."""
        header = self.header
        grid = FieldGrid(*header.shape, *header.node_steps, (1.0, 1.0))
        turbulent = [grid.at(nodes, line, sample) for nodes in header.atmosphere_nodes]
        above = (height.astype(np.float64) - header.mean_height_m) / 1000
        return np.stack(turbulent, axis=1) + above[:, None] * header.stratified

    def pixels(self, line: Index, sample: Index) -> PixelTruth:
        """Read what the truth says of pixels, for series that are computed by rows or images."""
        planes = (self.at(name, line, sample) for name in ("dem_error", "height"))
        return PixelTruth(self.header, line, sample, self._read(PATTERN, line, sample), *planes)

    def phase(self, line: Index, sample: Index) -> Float64:
        """Give the unwrapped phase of each interferogram with the reference: (n, images), rad."""
        return self.pixels(line, sample).phase()

    def _read(self, name: str, line: Index, sample: Index) -> np.ndarray[Any, Any]:
        """Read planes at pixels, a few lines at a time: (planes, n)."""
        with opened_hdf5(self.path) as file:
            source = file[name]
            found = np.empty((int(np.prod(source.shape[:-2])), line.size), source.dtype)
            if not found.size:
                return found
            order = np.argsort(line, kind="stable")
            edges = np.arange(0, self.header.shape[0] + _LINES_READ, _LINES_READ)
            bounds = np.searchsorted(line[order], edges)
            for first, start, stop in zip(edges, bounds, bounds[1:], strict=False):
                if start < stop:
                    rows = order[start:stop]
                    block = source[..., first : first + _LINES_READ, :]
                    block = block.reshape(-1, *block.shape[-2:])
                    found[:, rows] = block[:, line[rows] - first, sample[rows]]
            return found


def read_truth(path: Path) -> Truth:
    """Open a truth file.

    Raises
    ------
    ArtifactError
        The file is missing, or is not one of ours.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; `pystamps simulate` writes it")
    try:
        with opened_hdf5(path) as file:
            header = _header(path, file)
            _refuse_other_sizes(path, file, header)
    except (OSError, ValueError, TypeError, KeyError, IndexError, ArithmeticError) as error:
        raise ArtifactError(
            f"{path}: is no truth that can be read ({str(error)[:200]}); simulate again"
        ) from error
    return Truth(path, header)


def _header(path: Path, file: Any) -> TruthHeader:
    """Read everything that is no plane."""
    found = str(file.attrs.get("format", "nothing"))
    if found != TRUTH_FORMAT:
        raise ArtifactError(f"{path}: format is {found}, expected {TRUTH_FORMAT}; simulate again")
    missing = [name for name in (*SMALL_ARRAYS, *PLANES, PATTERN) if name not in file]
    if missing:
        raise ArtifactError(f"{path}: {', '.join(missing)} missing; simulate again")
    arrays = [*SMALL_ARRAYS, *(name for name in PART_ARRAYS if name in file)]
    values: dict[str, Any] = dict.fromkeys(PART_ARRAYS)
    values |= {name: _numbers(path, file, name)[()] for name in arrays}
    values |= {
        "master": int(file.attrs["master"]),
        "wavelength_m": float(file.attrs["wavelength_m"]),
        "mean_height_m": float(file.attrs["mean_height_m"]),
        "shape": tuple(int(size) for size in file.attrs["shape"]),
        "node_steps": tuple(int(n) for n in file["atmosphere_nodes"].attrs["steps"]),
        "settings": str(file.attrs["scene"]),
        OWN_MOTIONS: tuple(str(name) for name in file.attrs.get(OWN_MOTIONS, ())),
    }
    return TruthHeader(**{item.name: values[item.name] for item in fields(TruthHeader)})


def _numbers(path: Path, file: Any, name: str) -> Any:
    """Give an array of the file that holds numbers."""
    item = file[name]
    if not getattr(item, "ndim", 0) or item.dtype.kind not in "fiu":
        raise ArtifactError(f"{path}: {name} is no array of numbers; simulate again")
    return item


def _refuse_other_sizes(path: Path, file: Any, header: TruthHeader) -> None:
    """Refuse arrays that do not fit the dates, lines and samples of the truth."""
    images, plane = header.dates.size, header.shape
    if header.master not in header.dates or len(plane) != 2 or min(plane) < 0:
        raise ArtifactError(f"{path}: its dates or its size are none; simulate again")
    sources = len(header.displacement_time)
    expected: dict[str, tuple[int, ...]] = {
        "dates": (images,),
        "baseline": (images,),
        "baseline_components": (images, 4),
        "phase_per_height": (plane[1],),
        "look": (plane[1],),
        "azimuth_s": (plane[0],),
        "displacement_time": (sources, images),
        "atmosphere_nodes": (images, *file["atmosphere_nodes"].shape[1:3]),
        "stratified": (images,),
        "ramp": (images, 2),
        "front_nodes": file["atmosphere_nodes"].shape,
        "seasonal_stratified": (images,),
        "ramp_drift": (images, 2),
        PATTERN: (sources, *plane),
        **dict.fromkeys(PLANES, plane),
        **{name: (images, *plane) for name in CUBES if name in file},
    }
    for name, shape in expected.items():
        if name in PART_ARRAYS and name not in file:
            continue
        found = _numbers(path, file, name).shape
        if tuple(found) != shape or (name == "atmosphere_nodes" and len(found) != 3):
            raise ArtifactError(
                f"{path}: {name} has the size {found}, expected {shape}; simulate again"
            )
