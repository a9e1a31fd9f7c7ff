"""What a raw export holds: the same description for every processor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pystamps.processors.rasters import Raster


@dataclass(frozen=True, slots=True)
class Export:
    """A stack as an interferometric processor wrote it.

    Attributes
    ----------
    processor : str
        snap, gamma, isce or doris.
    folder : Path
        Absolute.
    is_small_baseline : bool
    size : tuple of int
        Samples (range) and lines (azimuth) of every raster.
    master : str
        Date of the reference image, YYYYMMDD.
    images : tuple of Raster
        Co-registered images in the order of ``calamp.in``; of a small-baseline stack the two
        images of each interferogram after one another.
    interferograms : tuple of Raster
        In the order of ``pscphase.in``.
    longitude, latitude, height : Raster
    header : Path or None
        Parameter file of the reference image (``rsc.txt``).
    texts : mapping
        Further text files of the data set root: name to content.
    links : mapping
        Rasters that stage 1 needs beside the data set: name to file.
    mask : Path or None
        Mask that the export itself names.
    notes : tuple of str
        What a user should know; nothing that stops the work.
    """

    processor: str
    folder: Path
    is_small_baseline: bool
    size: tuple[int, int]
    master: str
    images: tuple[Raster, ...]
    interferograms: tuple[Raster, ...]
    longitude: Raster
    latitude: Raster
    height: Raster
    header: Path | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Path] = field(default_factory=dict)
    mask: Path | None = None
    notes: tuple[str, ...] = ()

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """All rasters that the preparation reads."""
        geometry = (self.longitude, self.latitude, self.height)
        return (*self.images, *self.interferograms, *geometry)

    @property
    def default_threshold(self) -> float:
        """Amplitude dispersion (or difference dispersion) threshold of StaMPS."""
        return 0.6 if self.is_small_baseline else 0.4
