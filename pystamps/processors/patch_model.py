"""What the readers of the prepared files hand to stage 1: raw arrays, nothing derived.

``n`` candidates of one patch, ``n_used`` interferograms (the reference image not counted).
"Date order" is ascending in the date of the secondary image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64, Index
from pystamps.interferograms import Interferograms

RasterArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a patch (``pscands.1.*``), rows in the order of the files.

    Attributes
    ----------
    ij : float64, (n, 3): number, azimuth line, range sample (0-based, full image)
    lonlat : float64, (n, 2), degrees; single-precision values
    ph : complex64, (n_file, n): one row per interferogram of the file, in the byte order of the
        file; an array, or Rows that are read when they are asked for
    hgt : float64, (n,), m, or None without a file
    d_a : float64, (n,), amplitude dispersion, or None without a file
    """

    ij: Float64
    lonlat: Float64
    ph: npt.NDArray[np.complex64]
    hgt: Float64 | None
    d_a: Float64 | None

    @property
    def n(self) -> int:
        """Number of candidates."""
        return len(self.ij)


@dataclass(frozen=True, slots=True)
class Acquisitions:
    """Dates of a single-master stack.

    Attributes
    ----------
    master_day : float, MATLAB date number of the reference image
    day : float64, (n_used,), date numbers of the secondary images, ascending
    block : int64, (n_used,), row of ``Candidates.ph`` of each secondary image in date order
    """

    master_day: float
    day: Float64
    block: Index

    def interferograms(self, bperp: npt.NDArray[Any]) -> Interferograms:
        """Give the interferograms, from baselines in date order, (n_used,), m."""
        return Interferograms.of_secondary_images(self.day, bperp, self.master_day)


@dataclass(frozen=True, slots=True)
class SlantRangeGeometry:
    """Parameter files of gamma and snap: the reference image and one baseline per interferogram.

    Attributes
    ----------
    near_range, center_range, range_pixel_spacing : float, m
    sensor_radius : float, m, centre of the Earth to the sensor (``sar_to_earth_center``)
    earth_radius : float, m (``earth_radius_below_sensor``)
    azimuth_lines : float
    prf : float, Hz
    baseline : float64, (n_used, 2), m: C and N at the centre line, date order
    baseline_rate : float64, (n_used, 2), m/s
    """

    near_range: float
    center_range: float
    range_pixel_spacing: float
    sensor_radius: float
    earth_radius: float
    azimuth_lines: float
    prf: float
    baseline: Float64
    baseline_rate: Float64


@dataclass(frozen=True, slots=True)
class NodeGrids:
    """Text files of Doris: values on 50 x 50 nodes at heights 0 and 1000 m.

    Attributes
    ----------
    width, length : int, range samples and azimuth lines of the image
    bperp : float64, (n_used,), nominal baseline in m, date order
    calconst : float64, (n_used,), mean amplitudes, date order
    bperp_nodes : float64, (n_used, 50, 50, 2), m, or None without files
    look_angle_nodes : float64, (50, 50, 2), degrees, or None without a file
        Axes: azimuth node, range node, height.
    """

    width: int
    length: int
    bperp: Float64
    calconst: Float64
    bperp_nodes: Float64 | None
    look_angle_nodes: Float64 | None


@dataclass(frozen=True, slots=True)
class RasterGeometry:
    """Rasters of ISCE.

    Attributes
    ----------
    width, length : int, range samples and azimuth lines of the image
    bperp : float64, (n_used,), nominal baseline in m, date order
    calconst : float64, (n_used,), mean amplitudes, date order
    incidence : float, (length, width), degrees, or None without a file
    look_angle : float, (length, width), degrees, or None; read only without incidence
    bperp_rasters : tuple of n_used float arrays (length, width) or coarser, m; or None
    """

    width: int
    length: int
    bperp: Float64
    calconst: Float64
    incidence: RasterArray | None
    look_angle: RasterArray | None
    bperp_rasters: tuple[RasterArray, ...] | None


@dataclass(frozen=True, slots=True)
class RawPatch:
    """What stage 1 needs of a patch; the class of ``geometry`` says which loader it needs."""

    candidates: Candidates
    acquisitions: Acquisitions
    geometry: SlantRangeGeometry | NodeGrids | RasterGeometry
