"""Imaging geometry of a simulated scene, with the very numbers that its text files show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.processors.constants import SPEED_OF_LIGHT
from pystamps.simulate.fields import Positions
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene

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
    near_range_m, range_spacing_m, azimuth_spacing_m, prf_hz, heading_deg, wavelength_m : float
        As the text files show them.
    sar_to_earth_centre_m, earth_radius_m : float
    critical_baseline_m : float
        Perpendicular baseline at which distributed scatterers lose all coherence.
    centre_lonlat : tuple of float
        Degrees.
    """

    slant_range_m: Float64
    look: Float64
    incidence: Float64
    ground_range_m: Float64
    azimuth_m: Float64
    azimuth_s: Float64
    near_range_m: float
    range_spacing_m: float
    azimuth_spacing_m: float
    prf_hz: float
    heading_deg: float
    radar_frequency_hz: float
    wavelength_m: float
    sar_to_earth_centre_m: float
    earth_radius_m: float
    critical_baseline_m: float
    centre_lonlat: tuple[float, float]

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

    @property
    def phase_per_mm(self) -> np.float32:
        """Phase of an interferogram per mm of displacement toward the satellite, rad."""
        return np.float32(-4 * np.pi / (self.wavelength_m * 1000))

    @property
    def line_of_sight(self) -> tuple[Float64, Float64, Float64]:
        """Unit vector from the ground to the satellite: east, north, up, each (samples,)."""
        heading, sine = math.radians(self.heading_deg), np.sin(self.incidence)
        return (
            np.asarray(-sine * math.cos(heading)),
            np.asarray(sine * math.sin(heading)),
            np.cos(self.incidence),
        )

    def east_north(self, line: Positions, sample: Positions) -> tuple[Float64, Float64]:
        """Give metres east and north of the centre; shapes broadcast, fractions are allowed."""
        number = np.arange(self.ground_range_m.size, dtype=np.float64)
        right = np.interp(sample, number, self.ground_range_m) - self.ground_range_m.mean()
        forward = np.asarray(line) * self.azimuth_spacing_m - self.azimuth_m.mean()
        heading = math.radians(self.heading_deg)
        return (
            np.asarray(right * math.cos(heading) + forward * math.sin(heading)),
            np.asarray(-right * math.sin(heading) + forward * math.cos(heading)),
        )

    def line_sample(self, east: FloatArray, north: FloatArray) -> tuple[Float64, Float64]:
        """Give line and sample (with fractions) of metres east and north of the centre."""
        heading = math.radians(self.heading_deg)
        right = east * math.cos(heading) - north * math.sin(heading)
        forward = east * math.sin(heading) + north * math.cos(heading)
        number = np.arange(self.ground_range_m.size, dtype=np.float64)
        sample = np.interp(right + self.ground_range_m.mean(), self.ground_range_m, number)
        line = (forward + self.azimuth_m.mean()) / self.azimuth_spacing_m
        return np.asarray(line), np.asarray(sample)

    def lonlat(self, line: Positions, sample: Positions) -> tuple[Float64, Float64]:
        """Give longitude and latitude in degrees; shapes broadcast."""
        east, north = self.east_north(line, sample)
        meridian, vertical = self._radii
        longitude, latitude = self.centre_lonlat
        latitudes = latitude + np.degrees(north / meridian)
        longitudes = longitude + np.degrees(east / (vertical * np.cos(np.radians(latitudes))))
        return longitudes, latitudes

    def line_sample_of(self, lon: FloatArray, lat: FloatArray) -> tuple[Float64, Float64]:
        """Give line and sample (with fractions) of positions in degrees."""
        meridian, vertical = self._radii
        longitude, latitude = self.centre_lonlat
        north = np.radians(lat - latitude) * meridian
        east = np.radians(lon - longitude) * vertical * np.cos(np.radians(lat))
        return self.line_sample(east, north)

    @property
    def _radii(self) -> tuple[float, float]:
        """Radii of curvature of the ellipsoid at the centre: meridian, prime vertical."""
        sine = math.sin(math.radians(self.centre_lonlat[1]))
        shape = 1 - _ECCENTRICITY_SQUARED * sine**2
        meridian = _SEMI_MAJOR_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / shape**1.5
        return meridian, _SEMI_MAJOR_AXIS_M / math.sqrt(shape)


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

    def at(self, azimuth_s: FloatArray | float, look: FloatArray | float) -> Float64:
        """Give the perpendicular baseline in m; shapes broadcast."""
        cross = self.cross_m + self.cross_m_s * azimuth_s
        normal = self.normal_m + self.normal_m_s * azimuth_s
        return np.asarray(cross * np.cos(look) - normal * np.sin(look), dtype=np.float64)

    def relative_to(self, other: Baseline) -> Baseline:
        """Give the baseline of this image relative to another one."""
        return Baseline(
            self.cross_m - other.cross_m,
            self.normal_m - other.normal_m,
            self.cross_m_s - other.cross_m_s,
            self.normal_m_s - other.normal_m_s,
        )

    def perpendicular(self, geometry: Geometry) -> Float64:
        """Give the perpendicular baseline of every pixel: (lines, samples), m."""
        return self.at(geometry.azimuth_s[:, None], geometry.look[None, :])


def as_written(value: float, digits: int) -> float:
    """Give a number as it is read again from text with so many decimals."""
    return float(f"{value:.{digits}f}")


def make_geometry(scene: Scene) -> Geometry:
    """Give the geometry of a scene."""
    view, satellite = scene.view, scene.view.satellite
    near = as_written(_or(view.near_range_m, satellite.near_range_m), 4)
    spacing = as_written(_or(view.range_spacing_m, satellite.range_spacing_m), 6)
    azimuth = as_written(_or(view.azimuth_spacing_m, satellite.azimuth_spacing_m), 6)
    heading = _or(view.heading_deg, satellite.headings_deg[view.orbit == "descending"])
    prf = as_written(satellite.ground_speed_m_s / azimuth, 6)
    frequency = float(f"{satellite.radar_frequency_hz:.7e}")
    sensor, earth = satellite.sar_to_earth_centre_m, satellite.earth_radius_m
    slant = near + spacing * np.arange(scene.samples, dtype=np.float64)
    look = np.arccos((sensor**2 + slant**2 - earth**2) / (2 * sensor * slant))
    incidence = np.arccos((sensor**2 - earth**2 - slant**2) / (2 * earth * slant))
    ground = earth * (incidence - look)  # the angle at the centre of the Earth
    lines = np.arange(scene.lines, dtype=np.float64)
    middle = slant.size // 2
    bandwidth_per_m = satellite.bandwidth_hz / SPEED_OF_LIGHT
    wavelength = SPEED_OF_LIGHT / frequency
    return Geometry(
        slant_range_m=slant,
        look=look,
        incidence=incidence,
        ground_range_m=ground - ground[0],
        azimuth_m=lines * azimuth,
        azimuth_s=(lines - (scene.lines / 2 - 0.5)) / prf,
        near_range_m=near,
        range_spacing_m=spacing,
        azimuth_spacing_m=azimuth,
        prf_hz=prf,
        heading_deg=as_written(heading, 4),
        radar_frequency_hz=frequency,
        wavelength_m=wavelength,
        sar_to_earth_centre_m=sensor,
        earth_radius_m=earth,
        critical_baseline_m=float(
            wavelength * bandwidth_per_m * slant[middle] * np.tan(incidence[middle])
        ),
        centre_lonlat=view.centre_lonlat,
    )


def make_baselines(
    scene: Scene, geometry: Geometry, years: Float64, master: int
) -> tuple[Baseline, ...]:
    """Give the baselines of all images; that of the master is zero.

    Parameters
    ----------
    scene : Scene
    geometry : Geometry
    years : float64, (images,), time after the reference image
    master : int
        Position of the reference image.
    """
    settings = scene.acquisitions
    spread = _or(settings.baseline_std_m, scene.view.satellite.baseline_std_m)
    generator = random_stream(scene.seed, "baselines")
    perpendicular = generator.normal(0, spread, years.size) + settings.baseline_drift_m_yr * years
    parallel = generator.normal(0, spread / 2, years.size)
    rates = generator.normal(0, 0.02, (years.size, 2))
    look = float(geometry.look[geometry.look.size // 2])
    sine, cosine = math.sin(look), math.cos(look)
    baselines = []
    for k in range(years.size):
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


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
