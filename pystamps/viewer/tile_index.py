"""Points in squares of squares: the tiles of a map, what lies near a place, what lies in a polygon.

A square around all points is divided into four, each of these into four, and so on (a quadtree).
The number of the smallest square that holds a point, its bits interleaved (Morton order), sorts the
points so that every square of every size is one stretch of rows. A tile shows of each of its
:data:`CELLS` by :data:`CELLS` cells the most coherent point; where it holds few, all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array, Bool, Float32, Float64, Index
from pystamps.rows import row_blocks

CELLS = 128
"""Cells along the side of a tile."""
LARGEST_ZOOM = 9
"""Tiles of this zoom show all their points."""

_DEPTH = 16
_LEVELS_OF_CELLS = 7
_WIDEST_BOX = 3
"""Squares along a side that a box is covered with, at most."""


@dataclass(frozen=True, slots=True)
class TileIndex:
    """Points sorted by square; 16 bytes a point.

    Attributes
    ----------
    west, south : float
        Corner of the square, m in local coordinates.
    side : float
        m.
    code : uint32, (n,), ascending
        Number of the smallest square.
    row : int32, (n,)
        Row of the point in the table.
    x, y : float32, (n,)
        Local coordinates in m.
    """

    west: float
    south: float
    side: float
    code: npt.NDArray[np.uint32]
    row: npt.NDArray[np.int32]
    x: Float32
    y: Float32

    @classmethod
    def of_places(cls, x: Float32, y: Float32) -> TileIndex:
        """Sort points; those without a place are left out.

        Parameters
        ----------
        x, y : ndarray of float32, shape (n,)
            Local coordinates in m, NaN where not known.
        """
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y)).astype(np.int32)
        if not known.size:
            empty = np.zeros(0, np.float32)
            return cls(0.0, 0.0, 1.0, empty.astype(np.uint32), known, empty, empty)
        west, south = float(np.nanmin(x)), float(np.nanmin(y))
        # a little larger than the points, so that the outermost are inside
        side = 1.0001 * max(float(np.nanmax(x)) - west, float(np.nanmax(y)) - south, 1.0)
        code = np.empty(known.size, np.uint32)
        for rows in row_blocks(code):
            of_x, of_y = ((x[known[rows]] - west) / side, (y[known[rows]] - south) / side)
            code[rows] = _interleaved(_steps(of_x)) | (_interleaved(_steps(of_y)) << np.uint32(1))
        order = np.argsort(code, kind="stable")
        known = known[order]
        return cls(west, south, side, code[order], known, x[known], y[known])

    def __len__(self) -> int:
        """Give the number of points that have a place."""
        return self.row.size

    def stretch(self, zoom: int, column: int, line: int) -> slice:
        """Give the points of a square: one of ``2**zoom`` along the side, from west and south."""
        shift = self._shift(zoom)
        first = (_interleaved_number(column) | (_interleaved_number(line) << 1)) << shift
        last = first + (1 << shift) - 1
        return slice(  # keys of the same type: others would copy all codes
            int(np.searchsorted(self.code, np.uint32(first), "left")),
            int(np.searchsorted(self.code, np.uint32(last), "right")),
        )

    @staticmethod
    def _shift(zoom: int) -> int:
        return 2 * (_DEPTH - zoom)

    def shown(
        self, zoom: int, column: int, line: int, rank: Array, keep: Bool | None
    ) -> tuple[Index, bool]:
        """Give the points that a tile shows.

        Parameters
        ----------
        zoom, column, line : int
            The square.
        rank : ndarray, shape (n,)
            In the order of this index: of each cell the point that is largest here is shown.
        keep : ndarray of bool, shape (n,), or None
            In the order of this index: which points may be shown; None = all.

        Returns
        -------
        ndarray of int64
            Places in this index.
        bool
            These are all points of the square.
        """
        stretch = self.stretch(zoom, column, line)
        if keep is None:
            places = np.arange(stretch.start, stretch.stop)
        else:
            places = stretch.start + np.flatnonzero(keep[stretch])
        if places.size <= CELLS * CELLS or zoom >= LARGEST_ZOOM:
            return places, True
        cell = self.code[places] >> np.uint32(self._shift(zoom + _LEVELS_OF_CELLS))
        begin = np.flatnonzero(np.r_[True, cell[1:] != cell[:-1]])
        value = rank[places]
        most = np.maximum.reduceat(value, begin)
        count = np.diff(np.r_[begin, places.size])
        best = np.flatnonzero(value == np.repeat(most, count))
        return places[best[np.r_[True, cell[best][1:] != cell[best][:-1]]]], False

    def in_box(self, west: float, south: float, east: float, north: float) -> Index:
        """Give the places in this index of the points in a box, its edges included."""
        size = max(east - west, north - south, self.side / 2**_DEPTH)
        zoom = int(np.clip(np.floor(np.log2(self.side * (_WIDEST_BOX - 1) / size)), 0, _DEPTH))
        wide = self.side / 2**zoom
        first, last = (
            np.clip(np.floor((np.array(corner) - (self.west, self.south)) / wide), 0, 2**zoom - 1)
            for corner in ((west, south), (east, north))
        )
        found = [np.zeros(0, np.int64)]
        for line in range(int(first[1]), int(last[1]) + 1):
            for column in range(int(first[0]), int(last[0]) + 1):
                part = self.stretch(zoom, column, line)
                x, y = self.x[part], self.y[part]
                inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
                found.append(part.start + np.flatnonzero(inside))
        return np.concatenate(found)

    def in_polygon(self, corners: Float64) -> Index:
        """Give the places in this index of the points in a polygon, (n_corner, 2) in m."""
        (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
        places = self.in_box(west, south, east, north)
        x, y = (values[places].astype(np.float64) for values in (self.x, self.y))
        inside = np.zeros(places.size, dtype=np.bool_)
        for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, 1, axis=0), strict=True):
            if y0 != y1:
                crosses = (y0 > y) != (y1 > y)
                inside ^= crosses & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
        return places[inside]

    def nearest(self, x: float, y: float, keep: Bool | None) -> int:
        """Give the place in this index of the nearest point that may be shown; -1 = none."""
        reach = self.side * np.sqrt(8 / max(len(self), 1))
        farthest = abs(x - self.west) + abs(y - self.south) + 2 * self.side
        while True:
            places = self.in_box(x - reach, y - reach, x + reach, y + reach)
            places = places if keep is None else places[keep[places]]
            if places.size:
                of_x, of_y = (values[places].astype(np.float64) for values in (self.x, self.y))
                square = (of_x - x) ** 2 + (of_y - y) ** 2
                # outside the box there may be nearer ones unless it holds the whole circle
                if square.min() <= reach**2:
                    nearest = places[square == square.min()]
                    return int(nearest[np.argmin(self.row[nearest])])
            if reach > farthest:
                return -1
            reach *= 2


def _steps(share: Float32) -> npt.NDArray[np.uint32]:
    """Give shares of the side in smallest squares."""
    steps = np.floor(share.astype(np.float64) * 2**_DEPTH)
    return np.asarray(np.clip(steps, 0, 2**_DEPTH - 1), dtype=np.uint32)


def _interleaved(value: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Put a zero before each of 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        value = np.asarray((value | (value << np.uint32(shift))) & np.uint32(mask), np.uint32)
    return value


def _interleaved_number(value: int) -> int:
    return int(_interleaved(np.array([value], np.uint32))[0])
