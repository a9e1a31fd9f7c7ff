"""Very many pixels of a map as one picture: every one of them is in it, and none is a mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, FloatArray, Index
from pystamps.rows import row_blocks

Extent = tuple[float, float, float, float]
"""West, east, south, north in degrees, as matplotlib takes it."""

_POINTS_AT_ONCE = 16384
"""So many that what is computed of them stays in the cache of a processor."""

LARGEST_MARK = 6
"""Cells each way of a point of a map that has few of them."""


@dataclass(frozen=True, slots=True)
class PointCells:
    """Cells of a picture on which points lie: sorted once, for all values that are drawn there.

    Attributes
    ----------
    shape : tuple of int
        Rows, from the north, and columns of the picture.
    mark : int
        Every point covers so many cells each way.
    order : int64, (n_inside,)
        Points near the picture, cell after cell.
    starts : int64, (n_cell,)
        Where each cell with points begins among them.
    cells : int64, (n_cell,)
        Its number in the picture with a rim of ``mark`` cells, whose points reach into it.
    """

    shape: tuple[int, int]
    mark: int
    order: Index
    starts: Index
    cells: Index

    def picture(self, values: FloatArray) -> Float32:
        """Give a picture whose cells hold the strongest of the values that lie on them, else NaN.

        Parameters
        ----------
        values : float, (n,)
            NaN is left out; of equally strong values the positive one is shown.

        Returns
        -------
        ndarray of float32, shape ``shape``
        """
        n_row, n_column = self.shape
        rim = self.mark
        picture = np.full((n_row + 2 * rim, n_column + 2 * rim), np.nan, dtype=np.float32)
        if self.starts.size:
            sorted_values = values[self.order].astype(np.float32)
            largest = np.fmax.reduceat(sorted_values, self.starts)
            smallest = np.fmin.reduceat(sorted_values, self.starts)
            picture.ravel()[self.cells] = _stronger(largest, smallest)
        for axis in (0, 1):  # strongest of a square = strongest of a column of strongest of rows
            picture = _spread(picture, self.mark, axis)
        return picture[rim : rim + n_row, rim : rim + n_column]


def cells_of_points(
    lonlat: FloatArray, extent: Extent, shape: tuple[int, int], *, mark: int = 1
) -> PointCells:
    """Find the cells of a picture on which points lie.

    Parameters
    ----------
    lonlat : float, (n, 2), degrees
        Points that are NaN are left out.
    extent : tuple of float
    shape : tuple of int
        Rows, from the north, and columns.
    mark : int
        Every point covers so many cells each way.
    """
    numbers = np.empty(len(lonlat), dtype=np.int64)
    for rows in row_blocks(lonlat, n_rows=_POINTS_AT_ONCE):
        numbers[rows] = _cell_numbers(lonlat[rows], extent, shape, mark)
    order = np.argsort(numbers, kind="stable")
    order = order[np.searchsorted(numbers, 0, sorter=order) :]
    in_order = numbers[order]
    starts = np.flatnonzero(np.diff(in_order, prepend=-1))
    return PointCells(shape, mark, order, starts, in_order[starts])


def _cell_numbers(lonlat: FloatArray, extent: Extent, shape: tuple[int, int], mark: int) -> Index:
    """Give the cell of every point in the picture with its rim; -1 beyond it and of NaN."""
    west, east, south, north = extent
    n_row, n_column = shape
    column = np.floor((lonlat[:, 0] - west) / (east - west) * n_column) + mark
    row = np.floor((north - lonlat[:, 1]) / (north - south) * n_row) + mark
    wide, high = n_column + 2 * mark, n_row + 2 * mark
    is_inside = (row >= 0) & (row < high) & (column >= 0) & (column < wide)
    return np.where(is_inside, row * wide + column, -1).astype(np.int64)


def touching_mark(shape: tuple[int, int], count: int, *, most: int = LARGEST_MARK) -> int:
    """Give the side in cells, at least 1, at which so many marks nearly touch on average."""
    side = round(float(np.sqrt(0.8 * shape[0] * shape[1] / max(count, 1))))
    return int(np.clip(side, 1, most))


def _spread(picture: Float32, mark: int, axis: int) -> Float32:
    """Let every cell cover so many along an axis, the stronger one where they meet."""
    spread = picture
    first = -((mark - 1) // 2)
    for places in range(first, first + mark):
        if places:  # what goes over the edge comes back in the rim, which is cut off
            spread = _stronger(spread, np.roll(picture, places, axis))
    return spread


def _stronger(one: Float32, other: Float32) -> Float32:
    """Give the stronger of two values, the positive one of equals; NaN is weaker than any."""
    size, other_size = np.abs(one), np.abs(other)
    wins = (other_size > size) | ((other_size == size) & (other > one)) | np.isnan(one)
    return np.where(wins, other, one)


def picture_size(extent: Extent, box: tuple[float, float]) -> tuple[int, int]:
    """Give rows and columns of a picture of a map in true proportions in a box.

    Parameters
    ----------
    extent : tuple of float
    box : tuple of float
        Width and height at hand, in pixels of the screen.
    """
    west, east, south, north = extent
    width = (east - west) * np.cos(np.radians((south + north) / 2))
    scale = min(box[0] / width, box[1] / (north - south))
    return max(1, round((north - south) * scale)), max(1, round(width * scale))
