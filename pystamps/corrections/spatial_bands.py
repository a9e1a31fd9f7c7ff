"""Values at scattered pixels split into bands of spatial wavelength, by a grid and its spectrum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.qhull import triangulation_of

Band = tuple[float, float]
"""Shortest and longest wavelength, m."""

_DEGREE = 10
"""Of the Butterworth filter: steep, so that a band holds little of its neighbours."""
_BORDER_CELLS = 5
_BORDER_RANGE_KM = 0.2
_MIRRORED_BANDS = 1.5
"""Lengths of the longest wavelength by which the grid is mirrored on every side."""


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """Regular grid around pixels, and how it follows from them linearly.

    Attributes
    ----------
    x, y : float64, nodes along each axis in km, ascending
    cell_m : float, distance of the nodes
    corners : int64, (n_node, 3), pixels and border points around every node
    weights : float64, (n_node, 3)
    near : tuple of int64, pixels whose mean stands at each border point
    xy : float64, (n_ps, 2), positions of the pixels in km
    """

    x: Float64
    y: Float64
    cell_m: float
    corners: Index
    weights: Float64
    near: tuple[Index, ...]
    xy: Float64

    @property
    def shape(self) -> tuple[int, int]:
        """Rows (y) and columns (x)."""
        return self.y.size, self.x.size

    def nodes(self, values: FloatArray) -> Float64:
        """Interpolate values of the pixels, (n_ps,), at the nodes: (rows, columns)."""
        whole = np.asarray(values, dtype=np.float64)
        border = np.array([whole[ix].mean() for ix in self.near])
        everywhere = np.concatenate([whole, border])
        of_nodes = (everywhere[self.corners] * self.weights).sum(axis=1)
        return np.asarray(of_nodes.reshape(self.shape))

    def pixels(self, nodes: Float64) -> Float64:
        """Interpolate values of the nodes at the pixels, bilinearly: (n_ps,)."""
        interpolated = RegularGridInterpolator((self.y, self.x), nodes)
        return np.asarray(interpolated(self.xy[:, ::-1]))


def grid_around_pixels(xy_km: Float64, cell_m: float) -> PixelGrid:
    """Lay a grid around pixels.

    Parameters
    ----------
    xy_km : ndarray of float64, shape (n_ps, 2)
        Local coordinates in km.
    cell_m : float
        Distance of the nodes.

    Notes
    -----
    As in TRAIN: a border of points five cells outside gets the mean of the pixels that are at most
    200 m farther than the nearest; triangles through pixels and border are interpolated linearly.
    """
    cell = cell_m / 1000
    border = _border(xy_km, _BORDER_CELLS * cell)
    tree = cKDTree(xy_km)
    reach = tree.query(border)[0] + _BORDER_RANGE_KM
    near = tuple(np.array(ix) for ix in tree.query_ball_point(border, reach))
    every = np.vstack([xy_km, border])
    x, y = (_steps(float(axis.min()), float(axis.max()), cell) for axis in every.T)
    nodes = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    corners, weights = _triangles(every, nodes)
    return PixelGrid(x, y, cell_m, corners, weights, near, xy_km)


def filtered_bands(
    grid: PixelGrid, values: FloatArray, bands: Sequence[Band], *, threads: int = 1
) -> Float64:
    """Give the part of values that lies in each band.

    Parameters
    ----------
    grid : PixelGrid
    values : ndarray of float, shape (n_ps,)
        Without NaN.
    bands : sequence of (float, float)
        m.
    threads : int

    Returns
    -------
    ndarray of float64, shape (n_ps, n_band)
    """
    nodes = grid.nodes(values)
    margin = int(np.ceil(max(max(band) for band in bands) / grid.cell_m * _MIRRORED_BANDS))
    mirrored = np.pad(nodes, margin, mode="symmetric")
    size = tuple(2 ** int(np.ceil(np.log2(n))) for n in mirrored.shape)
    spectrum = fft.rfft2(mirrored, s=size, workers=threads)
    inner = tuple(slice(margin, margin + n) for n in nodes.shape)
    found = np.empty((len(grid.xy), len(bands)))
    for k, response in enumerate(_responses(grid, bands, size)):
        whole = fft.irfft2(spectrum * response, s=size, workers=threads)
        found[:, k] = grid.pixels(whole[inner])
    return found


def filtered_axes(grid: PixelGrid, bands: Sequence[Band]) -> list[tuple[bool, bool]]:
    """Tell for each band whether it is filtered along rows (y) and along columns (x).

    Notes
    -----
    A band whose longest half wave does not fit along one axis is filtered along the other only, if
    more bands are too long for the one than for the other (as in TRAIN).
    """
    longest = np.array([max(band) for band in bands])
    half_waves = np.ceil(longest / grid.cell_m / 2)
    too_long: list[Bool] = [half_waves > axis.size for axis in (grid.y, grid.x)]
    rows, columns = (int(np.count_nonzero(axis)) for axis in too_long)
    if columns > rows:
        return [(True, not is_long) for is_long in too_long[1]]
    if rows > columns:
        return [(not is_long, True) for is_long in too_long[0]]
    return [(True, True)] * len(bands)


def _responses(grid: PixelGrid, bands: Sequence[Band], size: tuple[int, ...]) -> Iterator[Float64]:
    """Give the Butterworth band-pass of each band over the half spectrum."""
    rows = fft.fftfreq(size[0], grid.cell_m)[:, None]
    columns = fft.rfftfreq(size[1], grid.cell_m)[None, :]
    for band, (in_rows, in_columns) in zip(bands, filtered_axes(grid, bands), strict=True):
        frequency = np.hypot(rows if in_rows else 0.0, columns if in_columns else 0.0)
        yield _low_pass(frequency, 1 / min(band)) - _low_pass(frequency, 1 / max(band))


def _low_pass(frequency: Float64, cut_off: float) -> Float64:
    return np.asarray(1 / (1 + (frequency / cut_off) ** (2 * _DEGREE)))


def _steps(first: float, last: float, step: float) -> Float64:
    """Count from ``first`` in steps, at most up to ``last`` (MATLAB ``first:step:last``)."""
    return np.asarray(first + step * np.arange(int(np.floor((last - first) / step + 1e-9)) + 1))


def _border(xy: Float64, step: float) -> Float64:
    """Give the points of a frame around pixels, ``step`` outside and apart."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    ends = np.ceil(high / step) * step + step
    x, y = (_steps(low[k] - step, ends[k], step) for k in (0, 1))
    inner = y[1:-1]
    return np.vstack(
        [
            np.column_stack([x, np.full(x.size, y[0])]),
            np.column_stack([np.full(inner.size, x[0]), inner]),
            np.column_stack([x, np.full(x.size, y[-1])]),
            np.column_stack([np.full(inner.size, x[-1]), inner]),
        ]
    )


def _triangles(points: Float64, nodes: Float64) -> tuple[Index, Float64]:
    """Give the three points around every node, and their barycentric weights."""
    net = triangulation_of(points)
    if net is None:
        raise ArtifactError(f"{len(points)} pixels are on one line: no values between them")
    inside = net.find_simplex(nodes, tol=1e-9)
    transform = net.transform[inside]
    first = np.einsum("nij,nj->ni", transform[:, :2], nodes - transform[:, 2])
    weights = np.column_stack([first, 1 - first.sum(axis=1)])
    return net.simplices[inside].astype(np.int64), weights
