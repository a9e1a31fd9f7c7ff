"""Imaging geometry of a simulated scene, with the very numbers that its text files show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pystamps.io.constants import SPEED_OF_LIGHT
from pystamps.model import Float64
from pystamps.simulate.random_streams import stream
from pystamps.simulate.scene import Scene

SAR_TO_EARTH_CENTRE_M = 7069000.0
EARTH_RADIUS_M = 6370000.0
GROUND_SPEED_M_S = 6800.0

_SEMI_MAJOR_AXIS_M = 6378137.0
_ECCENTRICITY_SQUARED = 6.69437999014e-3


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the pixels are and how the satellite sees them.

    Attributes
    ----------
    slant_range_m, look, incidence, ground_range_m : float64, (samples,)
        Angles in rad; ground range from the first sample.
    azimuth_m : float64, (lines,), distance from the first line
    azimuth_s : float64, (lines,), time from the centre of the image
    near_range_m, range_spacing_m, prf_hz, heading_deg, wavelength_m : float
        As the text files show them.
    """

    slant_range_m: Float64
    look: Float64
    incidence: Float64
    ground_range_m: Float64
    azimuth_m: Float64
    azimuth_s: Float64
    near_range_m: float
    range_spacing_m: float
    prf_hz: float
    heading_deg: float
    radar_frequency_hz: float
    wavelength_m: float

    @property
    def spacing_m(self) -> tuple[float, float]:
        """Mean distance of lines and of samples on the ground in m."""
        ground = (self.ground_range_m[-1] - self.ground_range_m[0]) / (self.ground_range_m.size - 1)
        return float(self.azimuth_m[1] - self.azimuth_m[0]), float(ground)

    @property
    def area_km2(self) -> float:
        """Area of the image on the ground."""
        azimuth, ground = self.spacing_m
        return azimuth * self.azimuth_m.size * ground * self.ground_range_m.size / 1e6

    @property
    def phase_per_height(self) -> Float64:
        """Interferometric phase per metre of height error and metre of baseline: (samples,).

        A point above the elevation model has negative phase at a positive baseline.
        """
        slope = self.slant_range_m * np.sin(self.incidence)
        return np.asarray(-4 * np.pi / (self.wavelength_m * slope))


@dataclass(frozen=True, slots=True)
class Baseline:
    """Baseline of one image: cross-track and normal component and their rates.

    Attributes
    ----------
    cross_m, normal_m : float, at the centre of the image
    cross_m_s, normal_m_s : float
    """

    cross_m: float
    normal_m: float
    cross_m_s: float
    normal_m_s: float

    def perpendicular(self, geometry: Geometry) -> Float64:
        """Give the perpendicular baseline of every pixel: (lines, samples), m."""
        cross = self.cross_m + self.cross_m_s * geometry.azimuth_s
        normal = self.normal_m + self.normal_m_s * geometry.azimuth_s
        look = geometry.look
        difference = np.outer(cross, np.cos(look)) - np.outer(normal, np.sin(look))
        return np.asarray(difference, dtype=np.float64)


def as_written(value: float, digits: int) -> float:
    """Give a number as it is read again from text with so many decimals."""
    return float(f"{value:.{digits}f}")


def make_geometry(scene: Scene) -> Geometry:
    """Give the geometry of a scene."""
    near = as_written(scene.near_range_m, 4)
    spacing = as_written(scene.range_spacing_m, 6)
    prf = as_written(GROUND_SPEED_M_S / scene.azimuth_spacing_m, 6)
    frequency = float(f"{scene.radar_frequency_hz:.7e}")
    sensor, earth = SAR_TO_EARTH_CENTRE_M, EARTH_RADIUS_M
    slant = near + spacing * np.arange(scene.samples, dtype=np.float64)
    look = np.arccos((sensor**2 + slant**2 - earth**2) / (2 * sensor * slant))
    incidence = np.arccos((sensor**2 - earth**2 - slant**2) / (2 * earth * slant))
    ground = earth * (incidence - look)  # the angle at the centre of the Earth
    lines = np.arange(scene.lines, dtype=np.float64)
    return Geometry(
        slant_range_m=slant,
        look=look,
        incidence=incidence,
        ground_range_m=ground - ground[0],
        azimuth_m=lines * scene.azimuth_spacing_m,
        azimuth_s=(lines - (scene.lines / 2 - 0.5)) / prf,
        near_range_m=near,
        range_spacing_m=spacing,
        prf_hz=prf,
        heading_deg=as_written(scene.heading_deg, 4),
        radar_frequency_hz=frequency,
        wavelength_m=SPEED_OF_LIGHT / frequency,
    )


def make_baselines(scene: Scene, geometry: Geometry, master: int) -> tuple[Baseline, ...]:
    """Give the baselines of all images; that of the master is zero."""
    generator = stream(scene.seed, "baselines")
    count = scene.interferograms + 1
    perpendicular = generator.normal(0, scene.baseline_std_m, count)
    parallel = generator.normal(0, scene.baseline_std_m / 2, count)
    rates = generator.normal(0, 0.02, (count, 2))
    look = float(geometry.look[geometry.look.size // 2])
    sine, cosine = math.sin(look), math.cos(look)
    baselines = []
    for k in range(count):
        if k == master:
            baselines.append(Baseline(0.0, 0.0, 0.0, 0.0))
            continue
        components = (
            perpendicular[k] * cosine + parallel[k] * sine,
            -perpendicular[k] * sine + parallel[k] * cosine,
            *rates[k],
        )
        baselines.append(Baseline(*(as_written(value, 7) for value in components)))
    return tuple(baselines)


def lonlat(scene: Scene, geometry: Geometry) -> tuple[Float64, Float64]:
    """Give longitude and latitude of every pixel: two (lines, samples), degrees."""
    heading = math.radians(geometry.heading_deg)
    right = geometry.ground_range_m - geometry.ground_range_m.mean()
    forward = (geometry.azimuth_m - geometry.azimuth_m.mean())[:, None]
    east = right * math.cos(heading) + forward * math.sin(heading)
    north = -right * math.sin(heading) + forward * math.cos(heading)
    longitude, latitude = scene.centre_lonlat
    shape = 1 - _ECCENTRICITY_SQUARED * math.sin(math.radians(latitude)) ** 2
    meridian = _SEMI_MAJOR_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / shape**1.5
    vertical = _SEMI_MAJOR_AXIS_M / math.sqrt(shape)
    latitudes = latitude + np.degrees(north / meridian)
    longitudes = longitude + np.degrees(east / (vertical * np.cos(np.radians(latitudes))))
    return longitudes, latitudes
