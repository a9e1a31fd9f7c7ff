"""Persistent scatterers and clutter: complex samples without geometric phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.model import Bool, Float64
from pystamps.simulate.fields import power_law_field, smooth_field
from pystamps.simulate.geometry import Geometry
from pystamps.simulate.random_streams import stream
from pystamps.simulate.scene import Scene

Complex128 = npt.NDArray[np.complex128]

SETTLEMENT_SIZE_M = 500.0
"""Scale of the variation of the density of persistent scatterers."""


@dataclass(frozen=True, slots=True)
class Scatterers:
    """What does not change from image to image.

    Attributes
    ----------
    ps_mask : bool, (lines, samples), a persistent scatterer is in the pixel
    signal_to_clutter : float64, (lines, samples), power ratio; 0 where there is none
    height_m : float64, (lines, samples), height of the scatterer above the surface
    phase : float64, (lines, samples), scattering phase in rad
    brightness : float64, (lines, samples), standard deviation of the clutter
    """

    ps_mask: Bool
    signal_to_clutter: Float64
    height_m: Float64
    phase: Float64
    brightness: Float64


def place_scatterers(scene: Scene, geometry: Geometry) -> Scatterers:
    """Place the persistent scatterers and choose their strength, height and phase."""
    shape = (scene.lines, scene.samples)
    generator = stream(scene.seed, "scatterers")
    settlement = smooth_field(
        shape, geometry.spacing_m, SETTLEMENT_SIZE_M, generator=stream(scene.seed, "settlements")
    )
    weight = np.exp(scene.ps_clustering * settlement)
    expected = scene.ps_density_per_km2 * geometry.area_km2
    probability = expected * weight / weight.sum()
    ps_mask = generator.random(shape) < probability
    decibel = generator.normal(
        scene.ps_signal_to_clutter_db, scene.ps_signal_to_clutter_std_db, shape
    )
    texture = power_law_field(
        shape, geometry.spacing_m, 3.0, generator=stream(scene.seed, "brightness")
    )
    return Scatterers(
        ps_mask=ps_mask,
        signal_to_clutter=np.where(ps_mask, 10 ** (decibel / 10), 0.0),
        height_m=np.where(ps_mask, generator.normal(0, scene.dem_error_std_m, shape), 0.0),
        phase=generator.uniform(-np.pi, np.pi, shape),
        brightness=40.0 * np.exp(0.25 * texture),
    )


class Clutter:
    """Circular Gaussian clutter that decorrelates exponentially in time (unit power)."""

    def __init__(self, scene: Scene) -> None:
        """Start before the first image."""
        self._scene = scene
        self._values: Complex128 | None = None

    def advance(self, image: int, days: float) -> Complex128:
        """Give the clutter of the next image, ``days`` after the one before: (lines, samples)."""
        shape = (2, self._scene.lines, self._scene.samples)
        real, imaginary = stream(self._scene.seed, "clutter", image).standard_normal(shape)
        fresh = (real + 1j * imaginary) / np.sqrt(2)
        if self._values is None:
            self._values = fresh
        else:
            kept = np.exp(-days / self._scene.clutter_memory_days)
            self._values = kept * self._values + np.sqrt(1 - kept**2) * fresh
        return self._values


def samples_of_image(
    scene: Scene, scatterers: Scatterers, clutter: Complex128, image: int
) -> Complex128:
    """Give the samples of one image before the geometric phase: complex128, (lines, samples).

    Parameters
    ----------
    scene : Scene
    scatterers : Scatterers
    clutter : complex128, (lines, samples), of unit power
    image : int
        Position of the image.
    """
    generator = stream(scene.seed, "phase noise", image)
    noise = scene.ps_phase_noise_rad * generator.standard_normal(clutter.shape)
    level = np.sqrt(scatterers.signal_to_clutter)
    gain = 1 + scene.gain_spread * stream(scene.seed, "gain", image).uniform(-1.7, 1.7)
    signal = level * np.exp(1j * (scatterers.phase + noise))
    return np.asarray(gain * scatterers.brightness * (signal + clutter))
