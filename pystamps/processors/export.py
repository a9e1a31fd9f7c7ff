"""What a raw export holds: the same description for every processor, also of a broken one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pystamps.findings import Finding
from pystamps.io.par_file import ParFile
from pystamps.processors.rasters import Raster, Role
from pystamps.processors.scene_centre import SceneCentre


@dataclass(frozen=True, slots=True)
class Export:
    """A stack as an interferometric processor wrote it.

    It is complete where no finding is an error; otherwise something may be missing.

    Attributes
    ----------
    processor : str
    folder : Path
        Absolute.
    is_small_baseline : bool
    size : tuple of int
        Samples (range) and lines (azimuth) of every raster; (0, 0) when not known.
    master : str
        Date of the reference image, YYYYMMDD; empty when not known.
    master_sources : mapping
        What names a reference image, and the date that it names.
    images : tuple of Raster
        Co-registered images in the order of ``calamp.in``; of a small-baseline stack the two
        images of each interferogram after one another.
    interferograms : tuple of Raster
        In the order of ``pscphase.in``.
    geometry : mapping of role to Raster
        Longitude, latitude and height.
    par : ParFile or None
        Parameter file of the reference image (``rsc.txt``).
    texts : mapping
        Further text files of the data set root: name to content.
    links : mapping
        Rasters that stage 1 needs beside the data set: name to file.
    mask : Path or None
        Mask that the export itself names.
    centre : SceneCentre or None
        Where a header says that the scene is.
    findings : tuple of Finding
        What is wrong or worth knowing, in the order in which it was found.
    """

    processor: str
    folder: Path
    is_small_baseline: bool = False
    size: tuple[int, int] = (0, 0)
    master: str = ""
    master_sources: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Raster, ...] = ()
    interferograms: tuple[Raster, ...] = ()
    geometry: Mapping[Role, Raster] = field(default_factory=dict)
    par: ParFile | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, Path] = field(default_factory=dict)
    mask: Path | None = None
    centre: SceneCentre | None = None
    findings: tuple[Finding, ...] = ()

    def with_size(self, size: tuple[int, int]) -> Export:
        """Give the export with the size of the image, which all its rasters share."""

        def sized(rasters: tuple[Raster, ...]) -> tuple[Raster, ...]:
            return tuple(dataclasses.replace(raster, size=size) for raster in rasters)

        return dataclasses.replace(
            self,
            size=size,
            images=sized(self.images),
            interferograms=sized(self.interferograms),
            geometry=dict(zip(self.geometry, sized(tuple(self.geometry.values())), strict=True)),
        )

    @property
    def has_size(self) -> bool:
        """Whether samples and lines are known."""
        return min(self.size) > 0

    @property
    def longitude(self) -> Raster:
        """Raster of longitudes, degrees."""
        return self.geometry["longitude"]

    @property
    def latitude(self) -> Raster:
        """Raster of latitudes, degrees."""
        return self.geometry["latitude"]

    @property
    def height(self) -> Raster:
        """Raster of heights, m."""
        return self.geometry["height"]

    @property
    def rasters(self) -> tuple[Raster, ...]:
        """All rasters that the preparation reads."""
        return (*self.images, *self.interferograms, *self.geometry.values())

    @property
    def dates(self) -> tuple[str, ...]:
        """Dates of all images of the interferograms, ascending."""
        found = {date for raster in self.interferograms for date in raster.dates}
        return tuple(sorted(found))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know although the work goes on."""
        return tuple(found.message for found in self.findings if found.severity != "error")

    @property
    def default_threshold(self) -> float:
        """Amplitude dispersion (or difference dispersion) threshold of StaMPS."""
        return 0.6 if self.is_small_baseline else 0.4
