"""Which pixels may become candidates: masks in radar geometry, areas on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Float32
from pystamps.config import RawExport
from pystamps.prep.area import Area, read_area
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster, check_sizes
from pystamps.processors.value_limits import HEIGHT, LATITUDE, LONGITUDE

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PixelFilter:
    """What is left out.

    Attributes
    ----------
    masks : tuple of Raster
        Bytes; other than 0 = left out of calibration and selection.
    area : Area or None
        Candidates outside are dropped; the calibration uses the whole image.
    are_invalid_kept : bool
        Keep candidates without a position or height, as StaMPS does.
    """

    masks: tuple[Raster, ...] = ()
    area: Area | None = None
    are_invalid_kept: bool = False

    def lines(self, first: int, last: int) -> Mask | None:
        """Give the mask of some lines, shape (lines, samples), or None without masks."""
        found: Mask | None = None
        for raster in self.masks:
            block = np.asarray(raster.lines(first, last))
            found = block if found is None else found | block
        return found

    def is_valid(self, longitude: Float32, latitude: Float32, height: Float32) -> Bool:
        """Tell which pixels have a position and a height.

        Exporters say "none" with NaN, with (0, 0), and with numbers that cannot be (-32768).
        """
        if self.are_invalid_kept:
            return np.ones(longitude.shape, np.bool_)
        valid = LONGITUDE.are_possible(longitude) & LATITUDE.are_possible(latitude)
        valid &= HEIGHT.are_possible(height)
        valid &= (longitude != 0) | (latitude != 0)
        return valid

    def is_inside(self, longitude: Float32, latitude: Float32) -> Bool:
        """Tell which positions lie in the area of interest."""
        if self.area is None:
            return np.ones(longitude.shape, np.bool_)
        return self.area.contains(longitude.astype(np.float64), latitude.astype(np.float64))


def mask_raster(path: Path, size: tuple[int, int]) -> Raster:
    """Give a mask of the size of the image.

    Raises
    ------
    ArtifactError
        It is missing or has another size: StaMPS goes on with the last line that it could read.
    """
    raster = Raster(Path(path), size, "byte", "<", "mask")
    check_sizes([raster])
    return raster


def masks_of_preparation(raw: RawExport, export: Export) -> list[Raster]:
    """Give the masks: the user's, else the one that the export names; then the water."""
    mask = export.mask if raw.mask is None else raw.mask
    return [mask_raster(path, export.size) for path in (mask, raw.water_mask) if path is not None]


def filter_of_preparation(raw: RawExport, export: Export) -> PixelFilter:
    """Give what the settings of a preparation leave out.

    Raises
    ------
    PystampsError
        A mask or the area cannot be read, or a mask has another size.
    """
    return PixelFilter(
        masks=tuple(masks_of_preparation(raw, export)),
        area=read_area(raw.area) if raw.area else None,
        are_invalid_kept=raw.are_invalid_positions_kept,
    )
