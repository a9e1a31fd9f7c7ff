"""What can stand behind the points: the mean amplitude of the scene, the relief of the ground."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array, Float32, Float64, FloatArray
from pystamps.errors import ArtifactError
from pystamps.io.mean_amplitude import (
    SceneAmplitude,
    patches_without_amplitude,
    read_scene_amplitude,
)
from pystamps.plotting.ground import map_frame, relief_backdrop
from pystamps.products.chosen import ChosenPoints

log = logging.getLogger(__name__)

_LARGEST = 1600
"""Pixels along an axis."""
_MESH = 25
"""Nodes of the mesh in azimuth and range."""
_POINTS_OF_FIT = 20_000
_POINTS_OF_RELIEF = 200_000
_CELLS_OF_RELIEF = 450
"""Along the longer side; the knots of the relief are not denser."""
_FEWEST_POINTS = 60
_DARKEST, _BRIGHTEST = 2.0, 98.5
"""Percentiles of the logarithm of the amplitude."""


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A grey image, and where it lies.

    Attributes
    ----------
    name : str
        ``amplitude`` or ``hillshade``.
    grey : uint8, (height, width)
        Amplitude line by line as the radar saw it, relief from north to south; 0 = no data.
    mesh_lonlat : float64, (rows, columns, 2)
        Longitude and latitude of a regular mesh that spans the picture from corner to corner.
    """

    name: str
    grey: npt.NDArray[np.uint8]
    mesh_lonlat: Float64


def scene_pictures(root: Path | None, points: ChosenPoints) -> tuple[ScenePicture, ...]:
    """Give all that can stand behind the points, the amplitude first.

    Parameters
    ----------
    root : Path or None
        Root of the data set; without one there is no amplitude.
    points : ChosenPoints
    """
    found = (None if root is None else amplitude_picture(root, points), relief_picture(points))
    return tuple(picture for picture in found if picture is not None)


def relief_picture(points: ChosenPoints) -> ScenePicture | None:
    """Make the relief of the ground from the heights of the points; None where it is not known."""
    some = slice(None, None, -(-len(points) // _POINTS_OF_RELIEF))
    names = ("longitude", "latitude", "height")
    place = np.column_stack([points.columns[name][some] for name in names]).astype(np.float64)
    place = place[np.isfinite(place).all(axis=1)]
    if not len(place):
        return None
    frame = map_frame(place[:, :2], cells=_CELLS_OF_RELIEF)
    backdrop = relief_backdrop(place[:, :2], place[:, 2], frame)
    if backdrop is None:
        return None
    x = np.linspace(frame.west, frame.east, _MESH)
    y = np.linspace(frame.north, frame.south, _MESH)
    mesh = np.stack(np.meshgrid(x, y), axis=-1)
    return ScenePicture("hillshade", _shades(backdrop.grey), mesh)


def amplitude_picture(root: Path, points: ChosenPoints) -> ScenePicture | None:
    """Make the picture of the amplitude from ``PATCH_*/mean_amp.flt``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    points : ChosenPoints
        Their image coordinates say where the picture lies.

    Returns
    -------
    ScenePicture or None
        None where the tree has no amplitudes or too few points to place them.
    """
    scene = _amplitude(root)
    if scene is None:
        return None
    some = slice(None, None, -(-len(points) // _POINTS_OF_RELIEF))
    names = ("azimuth", "range", "longitude", "latitude")
    line, sample, *axes = (points.columns[name][some].astype(np.float64) for name in names)
    lonlat = np.column_stack(axes)
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1) & (line >= 0))
    if known.size < _FEWEST_POINTS or not (np.ptp(line[known]) and np.ptp(sample[known])):
        log.warning("%s: too few points to place the amplitude of the scene; shown without", root)
        return None
    known = known[:: -(-known.size // _POINTS_OF_FIT)]
    place = _Placement(line[known], sample[known], lonlat[known])
    steps = (scene.lines_per_block, scene.samples_per_block)
    edges = [
        np.linspace(0, size * step, _MESH) - 0.5
        for size, step in zip(scene.amplitude.shape, steps, strict=True)
    ]
    nodes = np.stack(np.meshgrid(*edges, indexing="ij"), axis=-1)
    return ScenePicture("amplitude", _grey(scene.amplitude), place.lonlat(nodes))


def _amplitude(root: Path) -> SceneAmplitude | None:
    """Read the amplitude; None where the tree has none of some patch, or a damaged one."""
    if not (root / "patch.list").is_file() and not any(root.glob("PATCH_*")):
        return None  # a table that was taken away from its tree
    if patches_without_amplitude(root):
        return None
    try:
        return read_scene_amplitude(root, most_blocks=_LARGEST)
    except ArtifactError as error:
        log.warning("%s; the points are shown without the amplitude of the scene", error)
        return None


def _grey(amplitude: Float32) -> npt.NDArray[np.uint8]:
    """Give shades of the logarithm, 1 to 255; 0 where there are no data."""
    known = np.isfinite(amplitude)
    logarithm = np.log(np.where(known, amplitude, 1.0))
    if not known.any():
        return np.zeros(amplitude.shape, np.uint8)
    dark, bright = np.percentile(logarithm[known], (_DARKEST, _BRIGHTEST))
    share = (logarithm - dark) / max(bright - dark, 1e-9)
    return _shades(np.where(known, share, np.nan))


def _shades(share: FloatArray) -> npt.NDArray[np.uint8]:
    """Give shares of white as 1 to 255; 0 where they are not known."""
    known = np.isfinite(share)
    return np.where(known, 1 + np.clip(np.where(known, share, 0), 0, 1) * 254, 0).astype(np.uint8)


class _Placement:
    """Longitude and latitude as polynomials of line and sample, fitted to the points."""

    def __init__(self, line: Array, sample: Array, lonlat: Float64) -> None:
        place = np.stack([line, sample], axis=-1)
        self._middle, self._size = place.mean(axis=0), np.ptp(place, axis=0)
        self._origin = lonlat.mean(axis=0)
        terms = self._terms(place)
        self._coefficients = np.linalg.lstsq(terms, lonlat - self._origin, rcond=None)[0]

    def _terms(self, place: Float64) -> Float64:
        y, x = np.moveaxis((place - self._middle) / self._size, -1, 0)
        return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)

    def lonlat(self, place: Float64) -> Float64:
        """Give longitude and latitude, (..., 2), of lines and samples, (..., 2)."""
        return np.asarray(self._terms(place) @ self._coefficients + self._origin)
