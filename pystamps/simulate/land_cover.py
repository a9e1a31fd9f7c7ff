"""What covers the ground: vegetation, distributed scatterers, water; settlements; brightness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Float32
from pystamps.simulate.fields import FieldGrid, Positions, power_law_field, smooth_field
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene

VEGETATION, DISTRIBUTED, WATER = 0, 1, 2
"""Classes of pixels."""

BRIGHTNESS_EXPONENT = 3.0
"""Exponent of the two-dimensional power spectrum of the texture of the brightness."""

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LandCover:
    """Fields on the nodes of a grid that decide what a pixel is.

    Attributes
    ----------
    grid : FieldGrid
    brightness : float32, logarithm of the amplitude of the clutter
    settlement : float32 or None, density of scatterers relative to the mean on land
    distributed, water : float32 or None, fields; a pixel above the level has that cover
    distributed_level, water_level : float
    water_log : float
        Logarithm of the amplitude of water relative to land.
    """

    grid: FieldGrid
    brightness: Float32
    settlement: Float32 | None
    distributed: Float32 | None
    water: Float32 | None
    distributed_level: float
    water_level: float
    water_log: float

    def classes(self, line: Positions, sample: Positions) -> UInt8:
        """Give the class of pixels; line and sample broadcast."""
        shape = np.broadcast_shapes(np.shape(line), np.shape(sample))
        found = np.full(shape, VEGETATION, np.uint8)
        if self.distributed is not None:
            above = self.grid.at(self.distributed, line, sample) > self.distributed_level
            found[above] = DISTRIBUTED
        if self.water is not None:
            found[self.grid.at(self.water, line, sample) > self.water_level] = WATER
        return found

    def amplitude(self, line: Positions, sample: Positions, classes: UInt8) -> Float32:
        """Give the standard deviation of the clutter in pixels of these classes."""
        log = self.grid.at(self.brightness, line, sample)
        return np.asarray(np.exp(log + np.float32(self.water_log) * (classes == WATER)))

    def relative_density(self, line: Positions, sample: Positions, classes: UInt8) -> Float32:
        """Give the density of scatterers relative to the mean on land; 0 on water."""
        land: Float32 = (classes != WATER).astype(np.float32)
        if self.settlement is None:
            return land
        return np.asarray(land * self.grid.at(self.settlement, line, sample))


def make_land_cover(scene: Scene, grid: FieldGrid) -> LandCover:
    """Draw the cover of a scene."""
    settings, points = scene.background, scene.scatterers
    texture = power_law_field(
        grid.shape,
        grid.spacing_m,
        BRIGHTNESS_EXPONENT,
        generator=random_stream(scene.seed, "brightness"),
    )
    water = _cover(scene, grid, "water", settings.water_fraction, settings.water_size_m)
    is_land = np.ones(grid.shape, np.bool_)
    water_level = np.inf
    if water is not None:
        water_level = float(np.quantile(water, 1 - settings.water_fraction))
        is_land = water <= water_level
    settlement = None
    if points.clustering > 0:
        log = smooth_field(
            grid.shape, grid.spacing_m, points.settlement_size_m,
            generator=random_stream(scene.seed, "settlements"),
        )  # fmt: skip
        weight = np.exp(points.clustering * log)
        settlement = (weight / weight[is_land].mean()).astype(np.float32)
    fields = _cover(
        scene, grid, "fields", settings.distributed_fraction, settings.distributed_size_m
    )
    return LandCover(
        grid=grid,
        brightness=(np.log(settings.amplitude) + settings.texture * texture).astype(np.float32),
        settlement=settlement,
        distributed=fields,
        water=water,
        distributed_level=_level(fields, is_land, settings.distributed_fraction),
        water_level=water_level,
        water_log=settings.water_db * np.log(10) / 20,
    )


def _cover(
    scene: Scene, grid: FieldGrid, name: str, fraction: float, size_m: float
) -> Float32 | None:
    if fraction <= 0:
        return None
    generator = random_stream(scene.seed, name)
    field = smooth_field(grid.shape, grid.spacing_m, size_m, generator=generator)
    return np.asarray(field, dtype=np.float32)


def _level(field: Float32 | None, is_land: Bool, fraction: float) -> float:
    if field is None or not is_land.any():
        return float("inf")
    return float(np.quantile(field[is_land], 1 - fraction))
