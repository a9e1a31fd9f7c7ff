"""Contributions to the interferometric phase: deformation, height errors, atmosphere, orbits.

All of them have the sign of an interferogram ``reference * conj(image)``: positive = longer
path at the later image.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pystamps.model import Float64
from pystamps.simulate.fields import power_law_field
from pystamps.simulate.geometry import Geometry
from pystamps.simulate.random_streams import stream
from pystamps.simulate.scene import Scene

DAYS_PER_YEAR = 365.25

TERRAIN_EXPONENT = 3.6
"""Exponent of the two-dimensional power spectrum of heights."""


def acquisition_dates(scene: Scene) -> tuple[date, ...]:
    """Give the days of all images, ascending, one to three cycles apart."""
    cycles = stream(scene.seed, "dates").choice([1, 2, 3], scene.interferograms, p=[0.3, 0.5, 0.2])
    days = np.concatenate([[0], np.cumsum(cycles)]) * scene.revisit_days
    return tuple(scene.first_date + timedelta(days=int(day)) for day in days)


def master_position(scene: Scene) -> int:
    """Give the position of the reference image: the middle of the list."""
    return (scene.interferograms + 1) // 2


def years_from_master(dates: tuple[date, ...], master: int) -> Float64:
    """Give the time of every image after the reference image in years."""
    days = [(day - dates[master]).days for day in dates]
    return np.asarray(days, dtype=np.float64) / DAYS_PER_YEAR


def terrain(scene: Scene, geometry: Geometry) -> Float64:
    """Give heights in m: (lines, samples)."""
    field = power_law_field(
        (scene.lines, scene.samples),
        geometry.spacing_m,
        TERRAIN_EXPONENT,
        generator=stream(scene.seed, "terrain"),
    )
    return scene.terrain_mean_m + scene.terrain_std_m * field


def smooth_height_error(scene: Scene, geometry: Geometry) -> Float64:
    """Give the spatially correlated error of the elevation model in m: (lines, samples)."""
    field = power_law_field(
        (scene.lines, scene.samples),
        geometry.spacing_m,
        TERRAIN_EXPONENT,
        generator=stream(scene.seed, "elevation model error"),
    )
    return scene.dem_error_correlated_m * field


def deformation(scene: Scene, geometry: Geometry) -> tuple[Float64, Float64]:
    """Give velocity (mm/yr) and seasonal amplitude (mm), toward the satellite: (lines, samples)."""
    shape = (scene.lines, scene.samples)
    velocity, seasonal = np.zeros(shape), np.zeros(shape)
    across, along = geometry.ground_range_m, geometry.azimuth_m[:, None]
    for bowl in scene.bowls:
        dx = (across - bowl.centre[0] * across[-1]) / bowl.radius_m[0]
        dy = (along - bowl.centre[1] * along[-1, 0]) / bowl.radius_m[1]
        weight = np.exp(-0.5 * (dx**2 + dy**2))
        velocity += bowl.velocity_mm_yr * weight
        seasonal += bowl.seasonal_mm * weight
    return velocity, seasonal


def displacement(velocity: Float64, seasonal: Float64, years: Float64) -> Float64:
    """Give the displacement since the reference image: (images, lines, samples), mm toward.

    Parameters
    ----------
    velocity, seasonal : float64, (lines, samples), mm/yr and mm
    years : float64, (images,), time after the reference image
    """
    wave = np.sin(2 * np.pi * years)
    return years[:, None, None] * velocity + wave[:, None, None] * seasonal


def displacement_phase(displacement_mm: Float64, geometry: Geometry) -> Float64:
    """Convert a displacement toward the satellite (mm) to phase (rad)."""
    return -4 * np.pi / (geometry.wavelength_m * 1000) * displacement_mm


def atmosphere(scene: Scene, geometry: Geometry, height: Float64, image: int) -> Float64:
    """Give the delay phase of one image in rad: (lines, samples)."""
    generator = stream(scene.seed, "atmosphere", image)
    strength = scene.atmosphere_rms_rad * generator.uniform(0.5, 1.5)
    slope = scene.stratified_rad_per_km * generator.standard_normal()
    turbulent = power_law_field(
        height.shape, geometry.spacing_m, scene.atmosphere_exponent, generator=generator
    )
    delay = strength * turbulent + slope * (height - height.mean()) / 1000
    return np.asarray(delay, dtype=np.float64)


def orbit_ramp(scene: Scene, image: int) -> Float64:
    """Give the phase plane of one image in rad: (lines, samples)."""
    across, along = scene.ramp_rad * stream(scene.seed, "orbit", image).standard_normal(2)
    columns = np.linspace(-0.5, 0.5, scene.samples)
    rows = np.linspace(-0.5, 0.5, scene.lines)[:, None]
    return np.asarray(across * columns + along * rows, dtype=np.float64)
