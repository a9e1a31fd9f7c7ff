"""What stands behind the points: the mean amplitude of the scene, where the tree has it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array, Float32, Float64
from pystamps.errors import ArtifactError
from pystamps.io.bounded_text import read_text_of_paths
from pystamps.io.dataset import discover_dataset
from pystamps.products.chosen import ChosenPoints

log = logging.getLogger(__name__)

_LARGEST = 1600
"""Pixels of the longer side."""
_MESH = 25
"""Nodes of the mesh in azimuth and range."""
_POINTS_OF_FIT = 20_000
_FEWEST_POINTS = 60
_DARKEST, _BRIGHTEST = 2.0, 98.5
"""Percentiles of the logarithm of the amplitude."""


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """Amplitude in radar geometry, and where it lies.

    Attributes
    ----------
    grey : uint8, (height, width)
        Line by line as the radar saw it; 0 = no data.
    mesh_lonlat : float64, (rows, columns, 2)
        Longitude and latitude of a regular mesh that spans the picture from corner to corner.
    """

    grey: npt.NDArray[np.uint8]
    mesh_lonlat: Float64


@dataclass(frozen=True, slots=True)
class _PatchRaster:
    """Mean amplitude of a patch; lines and samples of the image, from 0."""

    values: Float32
    first_line: int
    first_sample: int


def scene_picture(root: Path, points: ChosenPoints) -> ScenePicture | None:
    """Make the picture from ``PATCH_*/mean_amp.flt``.

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
    rasters = _rasters(root)
    if not rasters:
        return None
    line, sample = (points.columns[name].astype(np.float64) for name in ("azimuth", "range"))
    known = np.flatnonzero(np.isfinite(points.place_lonlat).all(axis=1) & (line >= 0))
    if known.size < _FEWEST_POINTS or not (np.ptp(line[known]) and np.ptp(sample[known])):
        log.warning("%s: too few points to place the amplitude of the scene; shown without", root)
        return None
    known = known[:: -(-known.size // _POINTS_OF_FIT)]
    place = _Placement(line[known], sample[known], points.place_lonlat[known])
    amplitude, first, step = _mosaic(rasters)
    edges = [
        np.linspace(start, start + size * step, _MESH) - 0.5
        for start, size in zip(first, amplitude.shape, strict=True)
    ]
    nodes = np.stack(np.meshgrid(*edges, indexing="ij"), axis=-1)
    return ScenePicture(_grey(amplitude), place.lonlat(nodes))


def _rasters(root: Path) -> list[_PatchRaster]:
    """Open the amplitudes of all patches that have them."""
    if not (root / "patch.list").is_file() and not any(root.glob("PATCH_*")):
        return []  # a table that was taken away from its tree
    found = []
    for patch in discover_dataset(root).patches:
        path, bounds = patch.directory / "mean_amp.flt", patch.directory / "patch.in"
        if not (path.is_file() and bounds.is_file()):
            continue
        first_sample, last_sample, first_line, last_line = _window(bounds)
        shape = (last_line - first_line + 1, last_sample - first_sample + 1)
        if path.stat().st_size != 4 * shape[0] * shape[1]:
            log.warning(
                "%s: has %d bytes, expected %d for the window of patch.in; shown without",
                path, path.stat().st_size, 4 * shape[0] * shape[1],
            )  # fmt: skip
            continue
        values = np.memmap(path, "<f4", "r", shape=shape)
        found.append(_PatchRaster(values, first_line - 1, first_sample - 1))
    return found


def _window(path: Path) -> tuple[int, int, int, int]:
    """Read first and last sample, first and last line of a patch, from 1."""
    words = read_text_of_paths(path).split()
    try:
        first_sample, last_sample, first_line, last_line = map(int, words)
    except ValueError as error:
        raise ArtifactError(
            f"{path}: holds {' '.join(words[:5])!r}, expected four numbers: first and last sample, "
            "first and last line"
        ) from error
    return first_sample, last_sample, first_line, last_line


def _mosaic(rasters: Sequence[_PatchRaster]) -> tuple[Float64, tuple[int, int], int]:
    """Put the patches together, means of square cells; give first line and sample, cell size."""
    top = min(raster.first_line for raster in rasters)
    left = min(raster.first_sample for raster in rasters)
    bottom = max(raster.first_line + raster.values.shape[0] for raster in rasters)
    right = max(raster.first_sample + raster.values.shape[1] for raster in rasters)
    step = -(-max(bottom - top, right - left) // _LARGEST)
    shape = (-(-(bottom - top) // step), -(-(right - left) // step))
    total, count = np.zeros(shape), np.zeros(shape)
    for raster in rasters:
        columns = (raster.first_sample - left + np.arange(raster.values.shape[1])) // step
        for number, values in enumerate(raster.values):
            known = values > 0
            row = (raster.first_line - top + number) // step
            total[row] += np.bincount(columns, np.where(known, values, 0), shape[1])
            count[row] += np.bincount(columns, known, shape[1])
    with np.errstate(invalid="ignore"):
        return total / count, (top, left), step


def _grey(amplitude: Float64) -> npt.NDArray[np.uint8]:
    """Give shades of the logarithm, 1 to 255; 0 where there are no data."""
    known = np.isfinite(amplitude)
    logarithm = np.log(np.where(known, amplitude, 1.0))
    if not known.any():
        return np.zeros(amplitude.shape, np.uint8)
    dark, bright = np.percentile(logarithm[known], (_DARKEST, _BRIGHTEST))
    share = (logarithm - dark) / max(bright - dark, 1e-9)
    return np.where(known, 1 + np.clip(share, 0, 1) * 254, 0).astype(np.uint8)


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
