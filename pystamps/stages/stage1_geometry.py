"""Stage 1: angles and baselines per pixel, from slant-range geometry, node grids or rasters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.errors import ArtifactError
from pystamps.processors.patch_model import (
    NodeGrids,
    RasterArray,
    RasterGeometry,
    SlantRangeGeometry,
)
from pystamps.processors.value_limits import BASELINE, RAY_ANGLE

_UPPER_NODE_HEIGHT = 1000.0


def look_and_incidence(
    geometry: SlantRangeGeometry, slant_range: Float64
) -> tuple[Float64, Float64]:
    """Give look and incidence angle on a spherical Earth, rad.

    Parameters
    ----------
    geometry : SlantRangeGeometry
    slant_range : ndarray of float64, shape (n,)
        m.

    Returns
    -------
    look, incidence : ndarray of float64, shape (n,)

    Raises
    ------
    ArtifactError
        Sensor, range and Earth radius make no triangle (StaMPS goes on with complex angles).
    """
    se, re, rg = geometry.sensor_radius, geometry.earth_radius, slant_range
    cos_look = (se**2 + rg**2 - re**2) / (2 * se * rg)
    cos_incidence = (se**2 - re**2 - rg**2) / (2 * re * rg)
    if (np.abs(cos_look) > 1).any() or (np.abs(cos_incidence) > 1).any():
        raise ArtifactError(
            "parameter file of the reference image: no triangle of sar_to_earth_center "
            f"{se:.1f} m, earth_radius_below_sensor {re:.1f} m and slant ranges from "
            f"{rg.min():.1f} to {rg.max():.1f} m; check near_range_slc and range_pixel_spacing"
        )
    return np.arccos(cos_look), np.arccos(cos_incidence)


@dataclass(frozen=True, slots=True)
class SlantRangeValues:
    """Angles and baselines of the candidates of a gamma or snap patch.

    Attributes
    ----------
    look, incidence : float64, (n,), rad
    bperp_mat : float32 or float64, (n, n_used), m
    bperp : float32 or float64, (n_used,), mean over the candidates, m
    mean_incidence : float, rad
    """

    look: Float64
    incidence: Float64
    bperp_mat: FloatArray
    bperp: FloatArray
    mean_incidence: float


def slant_range_values(
    geometry: SlantRangeGeometry,
    ij: Float64,
    *,
    mean_in_single: bool = False,
    in_double: bool = False,
) -> SlantRangeValues:
    """Compute incidence and perpendicular baselines from range, line and orbit baselines.

    Parameters
    ----------
    geometry : SlantRangeGeometry
    ij : ndarray of float64, shape (n, 3)
    mean_in_single : bool
        Add the baselines of the mean one after the other in single precision.
    in_double : bool
        Baselines in double precision, as StaMPS has those of small baselines.

    Returns
    -------
    SlantRangeValues
        Means of an empty patch are those of the middle of the image.

    Notes
    -----
    StaMPS routine ``ps_load_initial_gamma``. The along-track component is ignored. The
    single-precision mean is wrong by 1e-6 of its value for 3000 candidates, 1e-5 for 300 000
    and 1e-2 for 3 000 000.
    """
    n = ij.shape[0]
    line_offset = ij[:, 1] - (geometry.azimuth_lines / 2 - 0.5)
    slant_range = geometry.near_range + ij[:, 2] * geometry.range_pixel_spacing
    if not n:  # one virtual pixel for the means; its row is cut off below
        line_offset, slant_range = np.zeros(1), np.array([geometry.center_range])
    look, incidence = look_and_incidence(geometry, slant_range)
    cos_look, sin_look = np.cos(look), np.sin(look)
    dtype = np.float64 if in_double else np.float32
    bperp_mat = np.empty((look.size, geometry.baseline.shape[0]), dtype=dtype)
    for k, (start, rate) in enumerate(zip(geometry.baseline, geometry.baseline_rate, strict=True)):
        across = start[0] + rate[0] * line_offset / geometry.prf
        normal = start[1] + rate[1] * line_offset / geometry.prf
        bperp_mat[:, k] = across * cos_look - normal * sin_look
    if mean_in_single:
        total = [np.add.accumulate(column)[-1] for column in bperp_mat.T]
        bperp = np.array(total, dtype=np.float32) / np.float32(bperp_mat.shape[0])
    else:
        bperp = bperp_mat.mean(axis=0, dtype=np.float64).astype(dtype)
    return SlantRangeValues(look[:n], incidence[:n], bperp_mat[:n], bperp, float(incidence.mean()))


@dataclass(frozen=True, slots=True)
class Bilinear:
    """Bilinear interpolation at fixed positions of grids of one size.

    Attributes
    ----------
    row, column : int64, (n,), node before each position
    row_part, column_part : float64, (n,), distance from that node, 0 to 1
    """

    row: npt.NDArray[np.int64]
    column: npt.NDArray[np.int64]
    row_part: Float64
    column_part: Float64

    def __call__(self, grid: npt.NDArray[Any]) -> Float64:
        """Interpolate a grid of shape (rows, columns)."""
        low = self._along_row(grid, self.row)
        return low + (self._along_row(grid, self.row + 1) - low) * self.row_part

    def _along_row(self, grid: npt.NDArray[Any], row: npt.NDArray[np.int64]) -> Float64:
        left = grid[row, self.column].astype(np.float64)
        step: Float64 = grid[row, self.column + 1] - left
        return left + step * self.column_part


def bilinear(ij: Float64, shape: tuple[int, ...], *, width: int, length: int) -> Bilinear:
    """Prepare interpolation of grids whose nodes span 0..length lines and 0..width samples.

    Notes
    -----
    StaMPS triangulates (``griddata``), with arbitrary diagonals on a regular grid; the
    difference to bilinear is below 1e-4 m for the grids of Doris.
    """
    row, row_part = _node_before(ij[:, 1] / length, shape[0])
    column, column_part = _node_before(ij[:, 2] / width, shape[1])
    return Bilinear(row, column, row_part, column_part)


def _node_before(fraction: Float64, n_node: int) -> tuple[npt.NDArray[np.int64], Float64]:
    position = fraction * (n_node - 1)
    node = np.clip(np.floor(position), 0, n_node - 2).astype(np.int64)
    return node, position - node


def node_look_angle(geometry: NodeGrids, ij: Float64, hgt: Float64) -> Float64:
    """Give the look angle of Doris pixels at their height, rad; needs ``look_angle_nodes``."""
    assert geometry.look_angle_nodes is not None
    nodes = geometry.look_angle_nodes * np.pi / 180
    at = bilinear(ij, nodes.shape[:2], width=geometry.width, length=geometry.length)
    return _at_height(at, nodes, hgt)


def node_baselines(nodes: Float64, geometry: NodeGrids, ij: Float64, hgt: Float64) -> Float32:
    """Give the baselines of Doris pixels at their heights in m, shape (n, n_secondary).

    Notes
    -----
    StaMPS routine ``ps_load_initial``.
    """
    shape = nodes.shape[1:3]
    at = bilinear(ij, shape, width=geometry.width, length=geometry.length)
    bperp_mat = np.empty((ij.shape[0], len(nodes)), dtype=np.float32)
    for k, of_image in enumerate(nodes):
        bperp_mat[:, k] = _at_height(at, of_image, hgt)
    return bperp_mat


def _at_height(at: Bilinear, nodes: Float64, hgt: Float64) -> Float64:
    low = at(nodes[:, :, 0])
    return low + (at(nodes[:, :, 1]) - low) * hgt / _UPPER_NODE_HEIGHT


def raster_baselines(
    rasters: Sequence[RasterArray], geometry: RasterGeometry, ij: Float64
) -> Float32:
    """Give the baselines of ISCE pixels in m, shape (n, n_secondary).

    Notes
    -----
    StaMPS routine ``ps_load_initial_isce``. Rasters of the size of the image are read at the
    pixel, coarser ones interpolated. Values that cannot be (gaps, markers) are NaN, also in between
    when they are interpolated.
    """
    bperp_mat = np.empty((ij.shape[0], len(rasters)), dtype=np.float32)
    for k, raster in enumerate(rasters):
        if raster.shape == (geometry.length, geometry.width):
            values = at_pixels(raster, ij)
            bperp_mat[:, k] = np.where(BASELINE.are_possible(values), values, np.nan)
        else:
            at = bilinear(ij, raster.shape, width=geometry.width, length=geometry.length)
            bperp_mat[:, k] = at(np.where(BASELINE.are_possible(raster), raster, np.nan))
    return bperp_mat


def angles_at_pixels(raster: RasterArray, ij: Float64) -> Float64:
    """Read angles in degrees at the pixels, rad; 0 where there is none, as ISCE writes it."""
    values = at_pixels(raster, ij)
    return np.where(RAY_ANGLE.are_possible(values), values, 0.0) * np.pi / 180


def at_pixels(raster: RasterArray, ij: Float64) -> Float64:
    """Read a raster of the full image at the pixels."""
    values = raster[ij[:, 1].astype(np.int64), ij[:, 2].astype(np.int64)]
    return np.asarray(values, dtype=np.float64)


def repeated(bperp: Float64, n: int) -> Float32:
    """Give every pixel the nominal baselines of a stack without others: float32, (n, n_used)."""
    return np.tile(bperp.astype(np.float32), (n, 1))
