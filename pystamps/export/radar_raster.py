"""Points on the raster of the radar image: what programs want that know no points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Array, Index
from pystamps.errors import UnsupportedError
from pystamps.products.chosen import ChosenPoints

MOST_CELLS = 200_000_000
"""Of a raster that is held in memory: 800 MB in single precision."""


@dataclass(frozen=True, slots=True)
class RadarFrame:
    """The part of the image that holds the points.

    Attributes
    ----------
    first_line, first_sample : int
        Of the image, from 0.
    shape : (int, int)
        Lines and samples.
    line, sample : int64, (n,)
        Place of the points in the part.
    """

    first_line: int
    first_sample: int
    shape: tuple[int, int]
    line: Index
    sample: Index

    def raster(self, values: Array) -> Array:
        """Give values on the raster, float32; NaN where there is no point."""
        made = np.full(self.shape, np.nan, dtype=np.float32)
        made[self.line, self.sample] = values
        return made


def radar_frame(points: ChosenPoints) -> RadarFrame:
    """Give the smallest part of the image that holds all points.

    Raises
    ------
    UnsupportedError
        It is too large to be held.
    """
    line, sample = (points.columns[name].astype(np.int64) for name in ("azimuth", "range"))
    first = int(line.min()), int(sample.min())
    shape = int(line.max()) - first[0] + 1, int(sample.max()) - first[1] + 1
    if shape[0] * shape[1] > MOST_CELLS:
        raise UnsupportedError(
            f"raster in radar geometry: {shape[0]} lines x {shape[1]} samples are more than "
            f"{MOST_CELLS:,} cells; choose a smaller area (--area)"
        )
    return RadarFrame(*first, shape, line - first[0], sample - first[1])
