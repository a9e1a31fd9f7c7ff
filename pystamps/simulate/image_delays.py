"""Delay and orbit error of every image: turbulence, stratification, fronts, planes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.simulate.fields import FieldGrid, power_law_field
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene
from pystamps.simulate.times import season, years_from_master


@dataclass(frozen=True, slots=True)
class DelayParts:
    """What of the delays is no white noise in time; None where it was not asked for.

    Attributes
    ----------
    front : float32, (images, rows, columns), rad, contained in ``turbulent``
    seasonal_stratified : float64, (images,), rad per km, contained in ``stratified``
    ramp_drift : float64, (images, 2), rad, contained in ``ramp``; 0 at the reference image
    """

    front: Float32 | None = None
    seasonal_stratified: Float64 | None = None
    ramp_drift: Float64 | None = None


@dataclass(frozen=True, slots=True)
class Delays:
    """Atmosphere and orbits of all images.

    Attributes
    ----------
    turbulent : float32, (images, rows, columns), rad on the nodes of the grid
    stratified : float64, (images,), rad per km of height
    ramp : float64, (images, 2), rad from edge to edge, across and along
    parts : DelayParts
    """

    turbulent: Float32
    stratified: Float64
    ramp: Float64
    parts: DelayParts = DelayParts()


def make_delays(scene: Scene, grid: FieldGrid, dates: tuple[date, ...], master: int) -> Delays:
    """Draw the atmosphere and the orbit errors of all images.

    Parameters
    ----------
    scene : Scene
    grid : FieldGrid
    dates : tuple of date
    master : int
        Position of the reference image, at which the orbits do not drift.
    """
    settings, images = scene.atmosphere, len(dates)
    turbulent = np.zeros((images, *grid.shape), np.float32)
    stratified, ramp = np.zeros(images), np.zeros((images, 2))
    memory = _Memory(scene.disturbances.turbulence_memory_days)
    for k, day in enumerate(dates):
        generator = random_stream(scene.seed, "atmosphere", k)
        strength = settings.rms_rad * (1 + settings.spread * generator.uniform(-1, 1))
        stratified[k] = settings.stratified_rad_per_km * generator.standard_normal()
        if strength > 0:
            field = power_law_field(
                grid.shape, grid.spacing_m, settings.exponent, generator=generator
            )
            turbulent[k] = strength * memory.joined(field, day)
        ramp[k] = settings.ramp_rad * random_stream(scene.seed, "orbit", k).standard_normal(2)
    parts = _parts(scene, grid, dates, master)
    if parts.front is not None:
        turbulent += parts.front
    if parts.seasonal_stratified is not None:
        stratified += parts.seasonal_stratified
    if parts.ramp_drift is not None:
        ramp += parts.ramp_drift
    return Delays(turbulent, stratified, ramp, parts)


class _Memory:
    """Turbulence that fades from image to image: an Ornstein-Uhlenbeck process at every node."""

    def __init__(self, days: float) -> None:
        self._days = days
        self._last: tuple[Float64, date] | None = None

    def joined(self, field: Float64, day: date) -> Float64:
        """Give the field of an image from an independent one; the variance stays."""
        if not self._days:
            return field
        if self._last is not None:
            earlier, since = self._last
            kept = math.exp(-(day - since).days / self._days)
            field = kept * earlier + math.sqrt(1 - kept**2) * field
        self._last = (field, day)
        return field


def _parts(scene: Scene, grid: FieldGrid, dates: tuple[date, ...], master: int) -> DelayParts:
    asked = scene.disturbances
    is_north = scene.view.centre_lonlat[1] >= 0
    amplitude = asked.seasonal_stratified_rad_per_km
    drift = asked.ramp_drift_rad_yr
    trend = random_stream(scene.seed, "orbit drift").standard_normal(2)
    return DelayParts(
        front=_fronts(scene, grid, len(dates)) if asked.front_share else None,
        seasonal_stratified=amplitude * season(dates, is_north=is_north) if amplitude else None,
        ramp_drift=drift * np.outer(years_from_master(dates, master), trend) if drift else None,
    )


def _fronts(scene: Scene, grid: FieldGrid, images: int) -> Float32:
    """Draw straight fronts: a step across a random line, as a hyperbolic tangent, mean 0."""
    asked = scene.disturbances
    found = np.zeros((images, *grid.shape), np.float32)
    down, across = (size * step for size, step in zip(grid.shape, grid.spacing_m, strict=True))
    rows = np.arange(grid.shape[0])[:, None] * grid.spacing_m[0]
    columns = np.arange(grid.shape[1])[None, :] * grid.spacing_m[1]
    for k in range(images):
        generator = random_stream(scene.seed, "front", k)
        if generator.random() >= asked.front_share:
            continue
        step = asked.front_rad * generator.standard_normal()
        angle = generator.uniform(0, math.pi)
        place = generator.uniform(0.1, 0.9, 2) * (down, across)
        distance = (rows - place[0]) * math.cos(angle) + (columns - place[1]) * math.sin(angle)
        delay = step / 2 * np.tanh(2 * distance / asked.front_width_m)
        found[k] = delay - delay.mean()
    return found
