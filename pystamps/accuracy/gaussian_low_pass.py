"""Gaussian low-pass filter of values at scattered pixels, by way of a regular grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from pystamps.arrays import Float32, Float64, FloatArray, Index

CELLS_PER_LENGTH = 3.0
"""Cells of the grid per standard deviation of the filter."""
_MOST_CELLS = 40_000_000
"""Cells of a grid; a larger scene has coarser cells."""
_REACH = 3.5
"""Radius of the filter in standard deviations."""
_BORDER = 2
"""Cells around the pixels, so that every pixel lies between centres of cells."""


@dataclass(frozen=True, slots=True)
class GaussianLowPass:
    """Normalised Gaussian mean of pixels, for values of any number of columns.

    Attributes
    ----------
    sigma_cells : float, standard deviation of the filter in cells
    shape : tuple of int, rows and columns of cells
    cell : int64, (n_ps,), flat number of the cell of each pixel
    place : float64, (2, n_ps), pixels in units of cells, centres of cells at whole numbers
    weight : float32, shape, smoothed number of pixels of each cell
    """

    sigma_cells: float
    shape: tuple[int, int]
    cell: Index
    place: Float64
    weight: Float32

    def means(self, values: FloatArray) -> Float32:
        """Give the Gaussian mean around every pixel, in the unit of the values.

        Parameters
        ----------
        values : ndarray of float, shape (n_ps,) or (n_ps, n_column)

        Returns
        -------
        ndarray of float32, of the same shape
            A normalised convolution: at the edge of the pixels the mean of those that are there.
        """
        smooth = np.empty(values.shape, dtype=np.float32)
        if values.ndim == 1:
            smooth[:] = self._mean_of(values)
            return smooth
        for column in range(values.shape[1]):
            smooth[:, column] = self._mean_of(values[:, column])
        return smooth

    def _mean_of(self, values: FloatArray) -> Float32:
        sums = np.bincount(self.cell, weights=values, minlength=math.prod(self.shape))
        nodes = _smoothed(sums.reshape(self.shape), self.sigma_cells) / self.weight
        return np.asarray(map_coordinates(nodes, self.place, order=1, output=np.float32))


def gaussian_low_pass(xy: FloatArray, length_m: float) -> GaussianLowPass:
    """Prepare the low-pass filter of a set of pixels.

    Parameters
    ----------
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m.
    length_m : float
        Standard deviation of the Gaussian in m.

    Notes
    -----
    Sums of the pixels of square cells, a third of the length wide, are smoothed along rows and
    columns and divided by the smoothed numbers of pixels (normalised convolution, Knutsson and
    Westin, 1993); bilinear interpolation gives the value at a pixel. Time and memory grow with the
    pixels and the area, not with pixels per area, as the exact sum of ``stage8_spatial_filter``
    does. Against that sum the filter is wider by the variance of a cell, 1/12 of its square.
    """
    extent = np.ptp(xy, axis=0) if len(xy) else np.zeros(2)
    cell_m = max(length_m / CELLS_PER_LENGTH, math.sqrt(float(np.prod(extent)) / _MOST_CELLS))
    cell_m = max(cell_m, float(extent.max()) / _MOST_CELLS)
    corner = xy.min(axis=0, initial=np.inf) if len(xy) else np.zeros(2)
    place = (np.asarray(xy, dtype=np.float64) - corner) / cell_m + _BORDER
    shape = tuple(int(size) for size in np.ceil(extent / cell_m) + 2 * _BORDER + 1)
    rows, columns = shape
    cell = np.ravel_multi_index(tuple(np.rint(place.T).astype(np.int64)), (rows, columns))
    counts = np.bincount(cell, minlength=rows * columns).reshape(rows, columns)
    weight = _smoothed(counts, length_m / cell_m)
    return GaussianLowPass(
        length_m / cell_m, (rows, columns), cell, np.ascontiguousarray(place.T), weight + _TINY
    )


_TINY = np.float32(1e-12)
"""Keeps cells that no pixel reaches at 0."""


def _smoothed(nodes: FloatArray | Index, sigma_cells: float) -> Float32:
    return np.asarray(
        gaussian_filter(nodes.astype(np.float32), sigma_cells, mode="constant", truncate=_REACH),
        dtype=np.float32,
    )
