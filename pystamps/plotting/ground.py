"""Where the points of a map lie in the radar image, and what the ground looks like there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pystamps.arrays import Array, Bool, Float32, Float64
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.dataset import discover_dataset
from pystamps.io.mean_amplitude import NAME, patches_without_amplitude, read_scene_amplitude
from pystamps.parameters import Parameters
from pystamps.plotting.source import PlotSource

BACKGROUNDS = ("auto", "amplitude", "hillshade", "none")
"""What can lie behind the points; ``auto`` is the amplitude where the data set has it."""

KM_PER_DEGREE = 111.32
_MOST_KNOTS = 5_000
_CELLS = 900
_COARSER = 6
"""Cells of the map between two places where the terrain's effect is interpolated."""
_EXAGGERATION = 3.0
_FEWEST_FOR_TRIANGLES = 4
NORTH_WEST = (315.0, 45.0)
"""Where relief is lit from unless ``shade_rel_angle`` says so, as maps are: azimuth, elevation."""


@dataclass(frozen=True, slots=True)
class MapFrame:
    """A rectangle in degrees and the cells that it is divided into.

    Attributes
    ----------
    west, east, south, north : float
    n_row, n_column : int
    """

    west: float
    east: float
    south: float
    north: float
    n_row: int
    n_column: int

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """As matplotlib takes it."""
        return self.west, self.east, self.south, self.north

    @property
    def km_per_degree_east(self) -> float:
        """Length of a degree of longitude in the middle."""
        return KM_PER_DEGREE * math.cos(math.radians((self.south + self.north) / 2))

    def axes(self) -> tuple[Float64, Float64]:
        """Give longitudes and latitudes of the middles of columns and rows, north first."""
        x = self.west + (np.arange(self.n_column) + 0.5) * (self.east - self.west) / self.n_column
        y = self.north - (np.arange(self.n_row) + 0.5) * (self.north - self.south) / self.n_row
        return x, y

    def cells(self) -> tuple[Float64, Float64]:
        """Give longitude and latitude of the middle of every cell, north first."""
        longitude, latitude = np.meshgrid(*self.axes())
        return longitude, latitude


@dataclass(frozen=True, slots=True)
class Backdrop:
    """A grey image behind the points.

    Attributes
    ----------
    grey : float32, (n_row, n_column), 0 to 1, NaN where nothing is known; north first
    frame : MapFrame
    words : str
        What it is.
    """

    grey: Float32
    frame: MapFrame
    words: str


def map_frame(lonlat: Float64, *, margin: float = 0.03, cells: int = _CELLS) -> MapFrame:
    """Give the rectangle around some points, with a margin and square cells on the ground."""
    (west, south), (east, north) = np.nanmin(lonlat, axis=0), np.nanmax(lonlat, axis=0)
    stretch = math.cos(math.radians((south + north) / 2))
    size = max((east - west) * stretch, north - south, 1e-4)
    west, east = west - margin * size / stretch, east + margin * size / stretch
    south, north = south - margin * size, north + margin * size
    per_degree = cells / max((east - west) * stretch, north - south)
    return MapFrame(
        float(west), float(east), float(south), float(north),
        max(1, round((north - south) * per_degree)),
        max(1, round((east - west) * stretch * per_degree)),
    )  # fmt: skip


def backdrop_of(
    source: PlotSource, wanted: str, frame: MapFrame, *, is_angle: bool = False
) -> tuple[Backdrop | None, str]:
    """Give what lies behind the points, and words about it.

    Parameters
    ----------
    source : PlotSource
    wanted : str
        One of :data:`BACKGROUNDS`.
    is_angle : bool
        The colours are those of wrapped phase, dark at 0: ``auto`` means none.
    frame : MapFrame

    Returns
    -------
    Backdrop or None
    str
        What it is, or why there is none.

    Raises
    ------
    ParameterError
        There is no such background.
    ArtifactError
        The data set has not what was asked for.
    """
    if wanted not in BACKGROUNDS:
        raise ParameterError(f"background {wanted!r}: expected one of {', '.join(BACKGROUNDS)}")
    if wanted == "none" or (wanted == "auto" and is_angle):
        return None, ""
    if wanted == "hillshade":
        return _hillshade(source, frame), ""
    missing = _amplitude_missing(source)
    if missing and wanted == "amplitude":
        raise ArtifactError(f"background amplitude: {missing}; take hillshade or none")
    if missing:
        return None, f"no backdrop: {missing}"
    image = amplitude_on_map(source, frame)
    if not np.isfinite(image).any():
        raise ArtifactError(f"background amplitude: {source.root}: no amplitude lies on this map")
    return Backdrop(log_grey(image), frame, "backdrop: mean amplitude of the scene"), ""


def _amplitude_missing(source: PlotSource) -> str:
    """Say why there is no mean amplitude; empty where there is one."""
    is_tree = (source.root / "ps2.mat").is_file()
    if not is_tree or discover_dataset(source.root).is_combined:  # pixels without patches
        return f"{source.root} holds no patches with {NAME}"
    missing = patches_without_amplitude(source.root)
    return f"{source.root / missing[0] / NAME} is missing" if missing else ""


def amplitude_on_map(source: PlotSource, frame: MapFrame) -> Float32:
    """Give the mean amplitude of the scene in the cells of a map, NaN outside the image.

    Raises
    ------
    ArtifactError
        A patch lacks it.
    """
    scene = read_scene_amplitude(source.root)
    line, sample = _image_places(source, frame)
    return scene.at(line, sample)


def _image_places(source: PlotSource, frame: MapFrame) -> tuple[Float64, Float64]:
    """Give azimuth line and range sample of every cell, from those of the points.

    A plane through the places of all points, and what they deviate from it by, interpolated: the
    deviations are those of the terrain. Outside the points those of the nearest one hold.
    """
    lonlat = source.lonlat
    knots = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    knots = knots[:: max(1, -(-knots.size // _MOST_KNOTS))]
    middle = lonlat[knots].mean(axis=0)
    longitude, latitude = frame.cells()
    columns = source.table.columns
    image = np.column_stack([columns["azimuth"][knots], columns["range"][knots]]).astype(np.float64)

    def terms(x: Array, y: Array) -> Float64:
        return np.stack([np.ones_like(x), x - middle[0], y - middle[1]], axis=-1)

    design = terms(lonlat[knots, 0], lonlat[knots, 1])
    plane = np.linalg.lstsq(design, image, rcond=None)[0]
    found = terms(longitude, latitude) @ plane
    found += _smooth_on_map(lonlat[knots], image - design @ plane, frame)
    return found[..., 0], found[..., 1]


def _smooth_on_map(
    knots: Float64, values: Float64, frame: MapFrame, *, beyond: bool = True
) -> Float64:
    """Interpolate what changes slowly: in triangles on a coarse lattice, then to all cells."""
    coarse = replace(
        frame,
        n_row=max(2, frame.n_row // _COARSER + 1),
        n_column=max(2, frame.n_column // _COARSER + 1),
    )
    lattice = _interpolated(knots, values, *coarse.cells(), beyond=beyond)
    (x, y), (x_of_cells, y_of_cells) = coarse.axes(), frame.axes()
    of_rows = _along(-y, lattice, -y_of_cells)  # from the north on
    return np.swapaxes(_along(x, np.swapaxes(of_rows, 0, 1), x_of_cells), 0, 1)


def _along(knots: Float64, values: Float64, places: Float64) -> Float64:
    """Interpolate linearly along the first axis, and beyond its ends as between the last two."""
    low = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, knots.size - 2)
    part = (places - knots[low]) / (knots[low + 1] - knots[low])
    part = part.reshape(-1, *(1,) * (values.ndim - 1))
    return np.asarray((1 - part) * values[low] + part * values[low + 1])


def _interpolated(
    knots: Float64, values: Float64, longitude: Float64, latitude: Float64, *, beyond: bool
) -> Float64:
    """Interpolate linearly in triangles; ``beyond`` them, and with too few, the nearest holds.

    ``scipy.interpolate`` has both, and takes longer to import than this to compute.
    """
    from scipy.spatial import cKDTree  # slow to import; a map without backdrop needs none

    places = np.column_stack([longitude.ravel(), latitude.ravel()])
    spread = np.linalg.matrix_rank(knots - knots[0], tol=1e-9)
    if len(knots) < _FEWEST_FOR_TRIANGLES or spread < 2:
        found, is_outside = np.empty((len(places), *values.shape[1:])), np.ones(len(places), bool)
    else:
        found, is_outside = _in_triangles(knots, values, places)
    if beyond or is_outside.all():
        found[is_outside] = values[cKDTree(knots).query(places[is_outside])[1]]
    return found.reshape(*longitude.shape, *values.shape[1:])


def _in_triangles(knots: Float64, values: Float64, places: Float64) -> tuple[Float64, Bool]:
    """Interpolate linearly in triangles of the knots; NaN, and True, where none holds a place."""
    from scipy.spatial import Delaunay

    triangles = Delaunay(knots)
    number = triangles.find_simplex(places)
    to_weights = triangles.transform[number]
    two = np.einsum("nij,nj->ni", to_weights[:, :2], places - to_weights[:, 2])
    weights = np.column_stack([two, 1 - two.sum(axis=1)])
    found = np.einsum("nk,nk...->n...", weights, values[triangles.simplices[number]])
    is_outside = (number < 0) | np.isnan(weights).any(axis=1)
    found[is_outside] = np.nan
    return found, is_outside


def log_grey(amplitude: Float32) -> Float32:
    """Give amplitude as grey from 0 to 1: logarithms between the 1 % and the 95.5 % value."""
    positive = np.where(amplitude > 0, amplitude, np.nan)
    logarithm = np.log(positive)
    low, high = np.nanpercentile(logarithm, (1, 95.5))
    scaled = (logarithm - low) / max(high - low, 1e-6)
    return np.asarray(np.clip(scaled, 0, 1), dtype=np.float32)


def _hillshade(source: PlotSource, frame: MapFrame) -> Backdrop:
    """Give the relief of the ground that the points lie on."""
    height = source.table.columns["height"].astype(np.float64)
    angles = source.look.shade_rel_angle
    light = NORTH_WEST if angles == Parameters().shade_rel_angle else angles
    found = relief_backdrop(source.lonlat, height, frame, light=light)
    if found is None:
        raise ArtifactError(
            f"background hillshade: {source.root}: {np.isfinite(height).sum()} points have a "
            f"height, expected at least {_FEWEST_FOR_TRIANGLES}; take amplitude or none"
        )
    return found


def relief_backdrop(
    lonlat: Float64,
    height: Float64,
    frame: MapFrame,
    *,
    light: tuple[float, float] = NORTH_WEST,
) -> Backdrop | None:
    """Give relief from the heights of the points.

    Parameters
    ----------
    lonlat : ndarray of float64, shape (n, 2)
        Degrees.
    height : ndarray of float64, shape (n,)
        m; of the DEM, as the preparation gives it to every point.
    frame : MapFrame
    light : tuple of float
        Where it is lit from: azimuth clockwise from north and elevation, degrees.

    Returns
    -------
    Backdrop or None
        None where fewer than four points have a height.
    """
    from matplotlib.colors import LightSource

    known = np.flatnonzero(np.isfinite(height) & np.isfinite(lonlat).all(axis=1))
    if known.size < _FEWEST_FOR_TRIANGLES:
        return None
    known = known[:: max(1, -(-known.size // _MOST_KNOTS))]
    ground = _smooth_on_map(lonlat[known], height[known], frame)
    is_outside = np.isnan(_smooth_on_map(lonlat[known], height[known], frame, beyond=False))
    metres = 1000 * KM_PER_DEGREE * (frame.north - frame.south) / frame.n_row
    source = LightSource(azdeg=light[0], altdeg=light[1])
    shade = source.hillshade(ground, vert_exag=_EXAGGERATION, dx=metres, dy=metres)
    azimuth, elevation = light
    where = "the north-west" if light == NORTH_WEST else f"azimuth {azimuth:g}°, {elevation:g}° up"
    words = (
        f"backdrop: relief of the heights of the points, {_EXAGGERATION:g} times as high, lit from "
        f"{where}"
    )
    grey = np.where(is_outside, np.nan, shade).astype(np.float32)
    return Backdrop(grey, frame, words)
