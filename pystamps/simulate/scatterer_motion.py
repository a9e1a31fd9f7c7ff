"""Motion that a scatterer has for itself: single movers, thermal dilation of buildings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from pystamps.arrays import Float32, Float64
from pystamps.simulate.geometry import Geometry
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scatterers import Scatterers
from pystamps.simulate.scene import Scene
from pystamps.simulate.times import season, years_from_master

SINGLE_MOVERS, THERMAL = "single movers", "thermal dilation"


@dataclass(frozen=True, slots=True)
class ScattererMotion:
    """Displacement of the scatterers beside that of the ground: sum of pattern times time.

    Attributes
    ----------
    names : tuple of str
        What moves them.
    pattern : float32, (motions, scatterers), mm/yr or mm/K toward the satellite
    time : float64, (motions, images), years or K since the reference image
    """

    names: tuple[str, ...]
    pattern: Float32
    time: Float64

    def displacement(self, rows: slice, image: int) -> Float32:
        """Give the displacement of some scatterers since the reference image, mm toward."""
        return np.asarray(self.time[:, image].astype(np.float32) @ self.pattern[:, rows])


def scatterer_motion(
    scene: Scene,
    geometry: Geometry,
    scatterers: Scatterers,
    dates: tuple[date, ...],
    master: int,
) -> ScattererMotion:
    """Draw what moves for itself; nothing where the scene does not ask for it."""
    asked = scene.disturbances
    names, patterns, times = [], [], []
    if asked.movers_share:
        names.append(SINGLE_MOVERS)
        patterns.append(_movers(scene, scatterers.line.size))
        times.append(years_from_master(dates, master))
    if asked.thermal_expansion_ppm_k:
        names.append(THERMAL)
        # a height in m times 1e-6/K is 1e-3 mm/K; buildings grow upward
        upward = 1e-3 * asked.thermal_expansion_ppm_k * np.maximum(scatterers.height_m, 0)
        patterns.append(upward * np.cos(geometry.incidence[scatterers.sample]))
        times.append(_temperature(scene, dates, master))
    return ScattererMotion(
        tuple(names),
        np.array(patterns, np.float32).reshape(len(names), scatterers.line.size),
        np.array(times, np.float64).reshape(len(names), len(dates)),
    )


def _movers(scene: Scene, count: int) -> Float64:
    asked = scene.disturbances
    generator = random_stream(scene.seed, "single movers")
    moves = generator.random(count) < asked.movers_share
    return np.where(moves, asked.mover_mm_yr * generator.choice([-1.0, 1.0], count), 0.0)


def _temperature(scene: Scene, dates: tuple[date, ...], master: int) -> Float64:
    """Give the temperature of the images above that of the reference image, K."""
    asked = scene.disturbances
    weather = random_stream(scene.seed, "temperature").standard_normal(len(dates))
    is_north = scene.view.centre_lonlat[1] >= 0
    kelvin = asked.temperature_amplitude_k * season(dates, is_north=is_north)
    kelvin = kelvin + asked.temperature_std_k * weather
    return np.asarray(kelvin - kelvin[master])
