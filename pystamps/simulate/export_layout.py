"""How an export lies on the disk: its rasters, texts and links, whatever program wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Plane = Literal[
    "longitude", "latitude", "height", "incidence", "heading", "incidence and azimuth",
    "east", "north", "up",
]  # fmt: skip
"""What a raster of the geometry holds; see :func:`pystamps.simulate.export.geometry_plane`."""


@dataclass(frozen=True, slots=True)
class StoredRaster:
    """A raster file, line after line.

    Attributes
    ----------
    path : Path
    dtype : str
        NumPy type of one stored number; of complex samples stored as integers, of their parts.
    n_numbers : int
        Stored numbers per pixel: 2 for complex integers, or for two bands line by line.
    """

    path: Path
    dtype: str
    n_numbers: int = 1

    @property
    def pixel_bytes(self) -> int:
        """Bytes of one pixel."""
        return np.dtype(self.dtype).itemsize * self.n_numbers

    def encoded(self, values: npt.NDArray[Any]) -> bytes:
        """Give lines of the raster as they are stored; complex integers are rounded."""
        kind = np.dtype(self.dtype)
        if kind.kind == "i" and np.iscomplexobj(values):
            parts = np.ascontiguousarray(values, dtype=np.complex64).view(np.float32)
            limits = np.iinfo(kind)
            return np.rint(parts).clip(limits.min, limits.max).astype(kind).tobytes()
        return values.astype(kind).tobytes()


@dataclass(frozen=True, slots=True)
class ExportLayout:
    """An export as one program writes it.

    Attributes
    ----------
    root : Path
        Everything of the export lies below.
    folder : Path
        What the preparation is given: the root or a folder in it.
    images : tuple of StoredRaster
        By position of the image in the stack; none where only the copies are written.
    interferograms : mapping of int to StoredRaster
        By position of the secondary image.
    pairs : mapping of (int, int) to StoredRaster
        Interferograms of small baselines by the positions of their images.
    copies : tuple of (int, StoredRaster)
        Further rasters of images, with the positions of these.
    planes : mapping of name to tuple of StoredRaster
        Rasters of the geometry; some programs write one plane several times.
    texts : mapping of Path to str
        All text files.
    links : mapping of Path to str
        Symbolic links, and their targets as they are written.
    grids : mapping of Path to bytes
        Small rasters of other sizes, whole.
    map_file : Path or None
        Raster of the elevation model in map geometry.
    kept_planes : tuple of name
        Planes that stage 1 reads beside the data set.
    has_topographic_phase : bool
        Whether images still hold the phase of the heights.
    """

    root: Path
    folder: Path
    images: tuple[StoredRaster, ...]
    interferograms: Mapping[int, StoredRaster]
    planes: Mapping[Plane, tuple[StoredRaster, ...]]
    texts: Mapping[Path, str]
    links: Mapping[Path, str] = field(default_factory=dict)
    grids: Mapping[Path, bytes] = field(default_factory=dict)
    map_file: Path | None = None
    kept_planes: tuple[Plane, ...] = ()
    has_topographic_phase: bool = True
    pairs: Mapping[tuple[int, int], StoredRaster] = field(default_factory=dict)
    copies: tuple[tuple[int, StoredRaster], ...] = ()

    def rasters_of_image(self, k: int) -> tuple[StoredRaster, ...]:
        """Give all rasters that hold the image of a position."""
        copies = (raster for of, raster in self.copies if of == k)
        return (*self.images[k : k + 1], *copies)

    @property
    def rasters(self) -> tuple[StoredRaster, ...]:
        """All rasters in the geometry of the radar."""
        planes = (raster for rasters in self.planes.values() for raster in rasters)
        copies = (raster for _, raster in self.copies)
        interferograms = (*self.interferograms.values(), *self.pairs.values())
        return (*self.images, *copies, *interferograms, *planes)

    @property
    def removable(self) -> tuple[Path, ...]:
        """Rasters that nobody reads once the data set is prepared."""
        kept = {raster.path for name in self.kept_planes for raster in self.planes[name]}
        paths = [raster.path for raster in self.rasters if raster.path not in kept]
        return (*paths, *([] if self.map_file is None else [self.map_file]))
