"""Where and how a stack was taken, and where its pixels lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float64
from pystamps.io.artifacts import artifact_name, read_variable
from pystamps.io.dataset import Dataset
from pystamps.io.text_numbers import read_integer
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.parameters.words import orbit_direction


@dataclass(frozen=True, slots=True)
class StackFacts:
    """Where and how a stack was taken.

    Attributes
    ----------
    processor, platform : str
    wavelength_m, heading_deg : float or None
        None = not known.
    orbit_direction : str
        ascending, descending or unknown.
    size : tuple of two int
        Range samples and azimuth lines of the image; 0 = not known.
    extent : tuple of four float or None
        West, south, east, north of the pixels in degrees.
    """

    processor: str
    platform: str
    wavelength_m: float | None
    heading_deg: float | None
    orbit_direction: str
    size: tuple[int, int]
    extent: tuple[float, float, float, float] | None = None


def scene_of_stack(dataset: Dataset, parameters: Parameters) -> StackFacts:
    """Say where and how a stack was taken.

    Parameters
    ----------
    dataset : Dataset
    parameters : Parameters
    """
    return StackFacts(
        processor=parameters.insar_processor,
        platform=parameters.platform or "unknown",
        wavelength_m=_known(parameters.lambda_),
        heading_deg=_known(parameters.heading),
        orbit_direction=orbit_direction(parameters.heading),
        size=(_size(dataset.root / "width.txt"), _size(dataset.root / "len.txt")),
        extent=_extent(dataset),
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _size(path: Path) -> int:
    return read_integer(path) if path.is_file() else 0


def pixel_files(dataset: Dataset) -> list[Path]:
    """Give the file of the merged pixels, or those of the candidates.

    Parameters
    ----------
    dataset : Dataset
    """
    merged = dataset.root / artifact_name(Pixels, 2)
    loaded = [patch.directory / artifact_name(Pixels, 1) for patch in dataset.patches]
    return [merged] if merged.is_file() else [path for path in loaded if path.is_file()]


def _extent(dataset: Dataset) -> tuple[float, float, float, float] | None:
    """Give west, south, east and north of the pixels; None before stage 1, or without pixels."""
    corners: list[Float64] = []
    for path in pixel_files(dataset):
        lonlat = np.asarray(read_variable(Pixels, "lonlat", path))
        if np.isfinite(lonlat).any():
            corners += [np.nanmin(lonlat, axis=0), np.nanmax(lonlat, axis=0)]
    if not corners:
        return None
    (west, south), (east, north) = np.min(corners, axis=0), np.max(corners, axis=0)
    return float(west), float(south), float(east), float(north)
