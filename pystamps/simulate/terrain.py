"""Heights of a scene: a random surface, or a user's elevation model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float32, FloatArray
from pystamps.errors import ArtifactError
from pystamps.io.hdf5_files import opened_hdf5
from pystamps.io.user_paths import path_of_user
from pystamps.simulate.fields import FieldGrid, Positions, power_law_field
from pystamps.simulate.geometry import Geometry
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene
from pystamps.simulate.settings import Terrain


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights of the elevation model at any place of a scene.

    Attributes
    ----------
    grid : FieldGrid
    nodes : float32, ``grid.shape``, m
    geometry : Geometry
    dem : float array or None
        A user's model; it is then asked at the pixels themselves.
    extent : tuple of float
        West, south, east, north of the model in degrees.
    mean_m : float
        Over the nodes; the stratified delay is zero there.
    """

    grid: FieldGrid
    nodes: Float32
    geometry: Geometry
    dem: FloatArray | None
    extent: tuple[float, float, float, float]
    mean_m: float

    def at(self, line: Positions, sample: Positions) -> Float32:
        """Give heights in m; shapes broadcast."""
        if self.dem is None:
            return self.grid.at(self.nodes, line, sample)
        longitude, latitude = self.geometry.lonlat(line, sample)
        return interpolate_dem(self.dem, self.extent, longitude, latitude)


def make_heights(scene: Scene, geometry: Geometry, grid: FieldGrid) -> Heights:
    """Give the heights of a scene.

    Raises
    ------
    ArtifactError
        The user's elevation model cannot be read or does not cover the scene.
    """
    settings = scene.terrain
    if settings.dem_file is None:
        field = power_law_field(
            grid.shape,
            grid.spacing_m,
            settings.exponent,
            generator=random_stream(scene.seed, "terrain"),
        )
        nodes = (settings.mean_m + settings.std_m * field).astype(np.float32)
        return Heights(grid, nodes, geometry, None, settings.dem_extent, float(nodes.mean()))
    dem = read_dem(settings.dem_file, settings.dem_shape)
    _refuse_partial(settings, geometry)
    line = np.minimum(np.arange(grid.shape[0]) * grid.row_step, grid.lines - 1)[:, None]
    sample = np.minimum(np.arange(grid.shape[1]) * grid.column_step, grid.samples - 1)[None, :]
    nodes = interpolate_dem(dem, settings.dem_extent, *geometry.lonlat(line, sample))
    if not np.isfinite(nodes).all():
        raise ArtifactError(
            f"{settings.dem_file}: holds NaN or infinite heights inside the scene; fill them"
        )
    return Heights(grid, nodes, geometry, dem, settings.dem_extent, float(nodes.mean()))


def read_dem(path: Path, shape: tuple[int, int]) -> FloatArray:
    """Read (or map) an elevation model: NumPy, HDF5 (dataset ``height``) or raw float32.

    Raises
    ------
    ArtifactError
        The file is missing or has another size.
    """
    path = path_of_user(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: elevation model is missing; correct terrain.dem_file")
    dem: FloatArray
    if path.suffix == ".npy":
        dem = np.load(path, mmap_mode="r")
    elif path.suffix in (".h5", ".hdf5"):
        dem = _read_hdf5(path)
    else:
        expected, found = 4 * shape[0] * shape[1], path.stat().st_size
        if not expected or expected != found:
            raise ArtifactError(
                f"{path}: has {found} bytes, expected {expected} for terrain.dem_shape={shape} "
                "float32; correct dem_shape"
            )
        dem = np.memmap(path, np.float32, "r", shape=shape)
    if dem.ndim != 2 or min(dem.shape) < 2 or dem.dtype.kind not in "fiu":
        raise ArtifactError(
            f"{path}: holds {dem.dtype} of shape {dem.shape}, expected rows and columns of heights"
        )
    return dem


def interpolate_dem(
    dem: FloatArray,
    extent: tuple[float, float, float, float],
    longitude: FloatArray,
    latitude: FloatArray,
) -> Float32:
    """Interpolate an elevation model (first row in the north) bilinearly."""
    west, south, east, north = extent
    rows, columns = dem.shape
    y = np.clip((north - latitude) / (north - south) * (rows - 1), 0, rows - 1)
    x = np.clip((longitude - west) / (east - west) * (columns - 1), 0, columns - 1)
    row = np.minimum(y.astype(np.int64), rows - 2)
    column = np.minimum(x.astype(np.int64), columns - 2)
    down, across = y - row, x - column
    upper = dem[row, column] * (1 - across) + dem[row, column + 1] * across
    lower = dem[row + 1, column] * (1 - across) + dem[row + 1, column + 1] * across
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def _read_hdf5(path: Path) -> FloatArray:
    with opened_hdf5(path) as file:
        item = file.get("height")
        if getattr(item, "ndim", 0) != 2 or item.dtype.kind not in "fiu":
            raise ArtifactError(
                f"{path}: has no data set 'height' of two dimensions; give the heights that name"
            )
        return np.asarray(item[()])


def _refuse_partial(settings: Terrain, geometry: Geometry) -> None:
    """Refuse a model that does not reach the corners of the scene."""
    line = np.array([0, geometry.azimuth_m.size - 1])[:, None]
    sample = np.array([0, geometry.ground_range_m.size - 1])[None, :]
    longitude, latitude = geometry.lonlat(line, sample)
    west, south, east, north = settings.dem_extent
    found = (longitude.min(), latitude.min(), longitude.max(), latitude.max())
    if found[0] < west or found[1] < south or found[2] > east or found[3] > north:
        corners = ", ".join(f"{value:.4f}" for value in found)
        raise ArtifactError(
            f"{settings.dem_file}: covers {settings.dem_extent}, the scene reaches over {corners} "
            "(west, south, east, north); give a larger model or move view.centre_lonlat"
        )
