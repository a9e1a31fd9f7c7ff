"""Very many pixels of a map as one picture: every one of them is in it, and none is a mark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float32, FloatArray

Extent = tuple[float, float, float, float]
"""West, east, south, north in degrees, as matplotlib takes it."""


def picture_of_points(
    lonlat: FloatArray, values: FloatArray, extent: Extent, shape: tuple[int, int], *, mark: int = 1
) -> Float32:
    """Give a picture whose cells hold the strongest of the values that lie on them, else NaN.

    Parameters
    ----------
    lonlat : float, (n, 2), degrees
    values : float, (n,), finite
    extent : tuple of float
    shape : tuple of int
        Rows, from the north, and columns.
    mark : int
        Every point covers so many cells each way.

    Returns
    -------
    ndarray of float32, shape ``shape``
    """
    west, east, south, north = extent
    n_row, n_column = shape
    column = np.floor((lonlat[:, 0] - west) / (east - west) * n_column).astype(np.int64)
    row = np.floor((north - lonlat[:, 1]) / (north - south) * n_row).astype(np.int64)
    rising = np.argsort(np.abs(values), kind="stable")
    row, column, risen = row[rising], column[rising], values[rising].astype(np.float32)
    picture = np.full(shape, np.nan, dtype=np.float32)
    first = -((mark - 1) // 2)
    for down in range(first, first + mark):
        for right in range(first, first + mark):
            _put_stronger(picture, row + down, column + right, risen)
    return picture


def touching_mark(shape: tuple[int, int], count: int) -> int:
    """Give the side in cells, 1 to 6, at which so many marks nearly touch on average."""
    return int(np.clip(round(float(np.sqrt(0.8 * shape[0] * shape[1] / count))), 1, 6))


def _put_stronger(
    picture: Float32,
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    rising: Float32,
) -> None:
    """Put values, weak ones first, on cells that hold weaker ones."""
    inside = (row >= 0) & (row < picture.shape[0]) & (column >= 0) & (column < picture.shape[1])
    layer = np.full_like(picture, np.nan)
    layer[row[inside], column[inside]] = rising[inside]  # of equal cells the last one stays
    wins = np.isfinite(layer) & ~(np.abs(picture) >= np.abs(layer))
    picture[wins] = layer[wins]


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
