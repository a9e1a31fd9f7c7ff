"""From settings to images: everything about a scene that a writer needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

import numpy as np

from pystamps.model import Complex64, Float64
from pystamps.simulate.geometry import Baseline, Geometry, lonlat, make_baselines, make_geometry
from pystamps.simulate.phase import (
    acquisition_dates,
    atmosphere,
    deformation,
    displacement,
    displacement_phase,
    master_position,
    orbit_ramp,
    smooth_height_error,
    terrain,
    years_from_master,
)
from pystamps.simulate.scatterers import Clutter, Scatterers, place_scatterers, samples_of_image
from pystamps.simulate.scene import Scene
from pystamps.simulate.truth import Truth


@dataclass(frozen=True, slots=True)
class Stack:
    """A scene worked out; images are computed when asked for.

    Attributes
    ----------
    scene : Scene
    geometry : Geometry
    dates : tuple of date
        All images, ascending.
    master : int
        Position of the reference image.
    baselines : tuple of Baseline
    height, longitude, latitude : float64, (lines, samples)
    height_error : float64, (lines, samples), m, elevation model and scatterers together
    velocity, seasonal : float64, (lines, samples), mm/yr and mm toward the satellite
    scatterers : Scatterers
    """

    scene: Scene
    geometry: Geometry
    dates: tuple[date, ...]
    master: int
    baselines: tuple[Baseline, ...]
    height: Float64
    longitude: Float64
    latitude: Float64
    height_error: Float64
    velocity: Float64
    seasonal: Float64
    scatterers: Scatterers

    @property
    def years(self) -> Float64:
        """Time of the images after the reference image."""
        return years_from_master(self.dates, self.master)

    @property
    def secondaries(self) -> tuple[int, ...]:
        """Positions of all images but the reference."""
        return tuple(k for k in range(len(self.dates)) if k != self.master)

    def displacement(self) -> Float64:
        """Give the displacement: (images, lines, samples), mm toward the satellite."""
        return displacement(self.velocity, self.seasonal, self.years)

    def phase(self, image: int) -> Float64:
        """Give the phase that an interferogram with this image has, less that of the reference."""
        moved = displacement(self.velocity, self.seasonal, self.years[image : image + 1])[0]
        baseline = self.baselines[image].perpendicular(self.geometry)
        return (
            displacement_phase(moved, self.geometry)
            + self.geometry.phase_per_height * baseline * self.height_error
            + atmosphere(self.scene, self.geometry, self.height, image)
            + orbit_ramp(self.scene, image)
        )

    def images(self) -> Iterator[Complex64]:
        """Give the images without topographic phase in the order of dates: (lines, samples)."""
        clutter = Clutter(self.scene)
        for k, day in enumerate(self.dates):
            elapsed = (day - self.dates[max(k - 1, 0)]).days
            samples = samples_of_image(self.scene, self.scatterers, clutter.advance(k, elapsed), k)
            yield (samples * np.exp(-1j * self.phase(k))).astype(np.complex64)

    def truth(self) -> Truth:
        """Give what is known about the scene."""
        numbers = [int(day.strftime("%Y%m%d")) for day in self.dates]
        centre = (self.scene.lines // 2, self.scene.samples // 2)
        baselines = [b.perpendicular(self.geometry)[centre] for b in self.baselines]
        delays = [
            atmosphere(self.scene, self.geometry, self.height, k) for k in range(len(self.dates))
        ]
        ramps = [orbit_ramp(self.scene, k) for k in range(len(self.dates))]
        return Truth(
            velocity=self.velocity.astype(np.float32),
            displacement=self.displacement().astype(np.float32),
            dem_error=self.height_error.astype(np.float32),
            ps_mask=self.scatterers.ps_mask,
            signal_to_clutter=self.scatterers.signal_to_clutter.astype(np.float32),
            atmosphere=np.stack(delays).astype(np.float32),
            orbit_ramp=np.stack(ramps).astype(np.float32),
            height=self.height.astype(np.float32),
            longitude=self.longitude.astype(np.float32),
            latitude=self.latitude.astype(np.float32),
            phase_per_height=self.geometry.phase_per_height,
            baseline=np.asarray(baselines),
            dates=np.asarray(numbers),
            master=numbers[self.master],
            wavelength_m=self.geometry.wavelength_m,
            settings={item.name: str(getattr(self.scene, item.name)) for item in fields(Scene)},
        )


def make_stack(scene: Scene) -> Stack:
    """Work out a scene: dates, geometry, surface, scatterers and deformation."""
    geometry = make_geometry(scene)
    master = master_position(scene)
    longitude, latitude = lonlat(scene, geometry)
    velocity, seasonal = deformation(scene, geometry)
    scatterers = place_scatterers(scene, geometry)
    return Stack(
        scene=scene,
        geometry=geometry,
        dates=acquisition_dates(scene),
        master=master,
        baselines=make_baselines(scene, geometry, master),
        height=terrain(scene, geometry),
        longitude=longitude,
        latitude=latitude,
        height_error=smooth_height_error(scene, geometry) + scatterers.height_m,
        velocity=velocity,
        seasonal=seasonal,
        scatterers=scatterers,
    )
