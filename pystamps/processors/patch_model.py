"""What the readers of the prepared files hand to stage 1: raw arrays, nothing derived.

``n`` candidates of one patch, ``n_used`` interferograms (the reference image not counted).
"Date order" is ascending in the date of the secondary image; the interferograms of small baselines
keep the order of the file.
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
    """Dates of a stack, and which images its interferograms combine.

    Attributes
    ----------
    master_day : float, MATLAB date number of the reference image
    day : float64, (n_secondary,), date numbers of the other images, ascending
    day_ix : int64, (n_secondary,), their places in the list that names them
    pairs : int64, (n_used, 2), images that each interferogram of small baselines combines, counted
        among all images in the order of their dates; None with one reference image
    """

    master_day: float
    day: Float64
    day_ix: Index
    pairs: Index | None = None

    @property
    def is_small_baseline(self) -> bool:
        """Tell whether every interferogram has two images of its own."""
        return self.pairs is not None

    @property
    def block(self) -> Index:
        """Rows of ``Candidates.ph`` in the order of the interferograms: (n_used,)."""
        return self.day_ix if self.pairs is None else np.arange(len(self.pairs))

    @property
    def image_day(self) -> Float64:
        """Date numbers of all images, ascending: (n_image,)."""
        return self._of_images().day

    def interferograms(self, bperp: npt.NDArray[Any]) -> Interferograms:
        """Give the interferograms, from baselines in their order, (n_used,), m."""
        if self.pairs is None:
            return Interferograms.of_secondary_images(self.day, bperp, self.master_day)
        return self._of_images().paired(self.pairs, bperp)

    def differences(self, of_secondary: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Turn values relative to the reference image into values of the interferograms.

        Parameters
        ----------
        of_secondary : ndarray, last axis n_secondary
            In date order, of the secondary images relative to the reference image.

        Returns
        -------
        ndarray, last axis n_used
            Of the second image relative to the first; as given with one reference image.
        """
        if self.pairs is None:
            return of_secondary
        of_images = self._of_images().with_null_column(of_secondary, 0)
        first, second = self.pairs.T
        difference: npt.NDArray[Any] = of_images[..., second] - of_images[..., first]
        return difference

    def _of_images(self) -> Interferograms:
        """Give every image relative to the reference image, without baselines."""
        unknown = np.zeros(self.day.size)
        return Interferograms.of_secondary_images(self.day, unknown, self.master_day)


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
    bperp : float64, (n_secondary,), nominal baseline in m, date order
    calconst : float64, (n_secondary,), mean amplitudes, date order; None with small baselines
    bperp_nodes : float64, (n_secondary, 50, 50, 2), m, or None without files
    look_angle_nodes : float64, (50, 50, 2), degrees, or None without a file
        Axes: azimuth node, range node, height.
    """

    width: int
    length: int
    bperp: Float64
    calconst: Float64 | None
    bperp_nodes: Float64 | None
    look_angle_nodes: Float64 | None


@dataclass(frozen=True, slots=True)
class RasterGeometry:
    """Rasters of ISCE.

    Attributes
    ----------
    width, length : int, range samples and azimuth lines of the image
    bperp : float64, (n_secondary,), nominal baseline in m, date order
    calconst : float64, (n_secondary,), mean amplitudes, date order; None with small baselines
    incidence : float, (length, width), degrees, or None without a file
    look_angle : float, (length, width), degrees, or None; read only without incidence
    bperp_rasters : tuple of n_secondary float arrays (length, width) or coarser, m; or None
    """

    width: int
    length: int
    bperp: Float64
    calconst: Float64 | None
    incidence: RasterArray | None
    look_angle: RasterArray | None
    bperp_rasters: tuple[RasterArray, ...] | None


@dataclass(frozen=True, slots=True)
class NominalGeometry:
    """Descriptions of GSAR: one baseline per interferogram, the angle of every candidate.

    Attributes
    ----------
    bperp : float64, (n_used,), m, date order
    incidence : float64, (n,), rad, rows in the order of the files
    """

    bperp: Float64
    incidence: Float64


@dataclass(frozen=True, slots=True)
class RawPatch:
    """What stage 1 needs of a patch; the class of ``geometry`` says which loader it needs."""

    candidates: Candidates
    acquisitions: Acquisitions
    geometry: SlantRangeGeometry | NodeGrids | RasterGeometry | NominalGeometry
