"""From settings to images: a scene worked out, and its images block of lines by block of lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, FloatArray
from pystamps.simulate.clutter import draw_clutter, mixing_matrices
from pystamps.simulate.deformation import line_of_sight_mm
from pystamps.simulate.fields import FieldGrid, Positions, field_grid, power_law_field
from pystamps.simulate.geometry import Baseline, Geometry, make_baselines, make_geometry
from pystamps.simulate.image_delays import Delays, make_delays
from pystamps.simulate.image_pairs import Pair, image_pairs
from pystamps.simulate.land_cover import LandCover, make_land_cover
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scatterer_motion import ScattererMotion, scatterer_motion
from pystamps.simulate.scatterers import (
    Scatterers,
    Span,
    footprint,
    phase_noise,
    place_scatterers,
)
from pystamps.simulate.scene import Scene
from pystamps.simulate.terrain import Heights, make_heights
from pystamps.simulate.times import (
    acquisition_dates,
    master_position,
    mean_rate,
    time_factors,
    years_from_master,
)

BLOCK_PIXELS = 1 << 16
"""Pixels of a block of lines; the random streams hang on it, so that it is no setting."""


@dataclass(frozen=True)
class Stack:
    """A scene worked out; images are computed when asked for.

    Attributes
    ----------
    scene : Scene
    geometry : Geometry
    grid : FieldGrid
    dates : tuple of date
        All images, ascending.
    master : int
        Position of the reference image.
    baselines : tuple of Baseline
    heights : Heights
    dem_error : float32, nodes of the grid, m: smooth error of the elevation model
    cover : LandCover
    scatterers : Scatterers
    delays : Delays
    time : float64, (sources, images), time functions of the deformation
    own_motion : ScattererMotion
        What scatterers do beside the ground.
    """

    scene: Scene
    geometry: Geometry
    grid: FieldGrid
    dates: tuple[date, ...]
    master: int
    baselines: tuple[Baseline, ...]
    heights: Heights
    dem_error: Float32
    cover: LandCover
    scatterers: Scatterers
    delays: Delays
    time: Float64
    own_motion: ScattererMotion

    @property
    def years(self) -> Float64:
        """Time of the images after the reference image."""
        return years_from_master(self.dates, self.master)

    @property
    def secondaries(self) -> tuple[int, ...]:
        """Positions of all images but the reference."""
        return tuple(k for k in range(len(self.dates)) if k != self.master)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Blocks of lines."""
        return block_spans(self.scene)

    @cached_property
    def rates(self) -> Float64:
        """Mean rate per year of the time function of each source: (sources,)."""
        return np.array([mean_rate(factors, self.years) for factors in self.time])

    @cached_property
    def own_rates(self) -> Float64:
        """Mean rate per year of the motions that scatterers have for themselves: (motions,)."""
        return np.array([mean_rate(factors, self.years) for factors in self.own_motion.time])

    @property
    def displacement_time(self) -> Float64:
        """Time functions of the ground and of the scatterers: (sources and motions, images)."""
        return np.concatenate([self.time, self.own_motion.time])

    @cached_property
    def centre_baseline_m(self) -> Float64:
        """Perpendicular baseline of every image at the centre: (images,)."""
        look = self.geometry.look[self.geometry.look.size // 2]
        return np.array([float(b.at(0.0, float(look))) for b in self.baselines])

    @cached_property
    def mixing(self) -> dict[int, Float32]:
        """Mixing matrices of the clutter."""
        days = np.array([day.toordinal() for day in self.dates], dtype=np.float64)
        return mixing_matrices(
            self.scene.background, days, self.centre_baseline_m, self.geometry.critical_baseline_m
        )

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Pairs of images of a small-baseline stack; none where all have one reference image."""
        settings = self.scene.acquisitions
        return image_pairs(settings, self.dates, self.centre_baseline_m, self.master)

    def gain(self, image: int) -> float:
        """Give the radiometric level of an image (uniform, of the standard deviation asked for)."""
        spread = np.sqrt(3) * self.scene.background.gain_spread
        return float(1 + spread * random_stream(self.scene.seed, "gain", image).uniform(-1, 1))

    def block(self, number: int) -> StackBlock:
        """Work out a block of lines."""
        return StackBlock(self, number)

    def everything(self) -> Places:
        """Give all pixels of the scene; for scenes that fit into memory."""
        return Places(
            self, np.arange(self.scene.lines)[:, None], np.arange(self.scene.samples)[None, :]
        )


class Places:
    """Pixels of a stack, with the phase of every image there.

    Lines and samples are a rectangle, (n, 1) and (1, m), or a list, (n,) and (n,).
    """

    def __init__(self, stack: Stack, line: Positions, sample: Positions) -> None:
        """Ask the fields of a stack at pixels."""
        self.stack, self.line, self.sample = stack, line, sample
        geometry = stack.geometry
        self.height = stack.heights.at(line, sample)
        self.dem_error = stack.grid.at(stack.dem_error, line, sample)
        self.moved = np.stack(
            [line_of_sight_mm(s, geometry, line, sample) for s in stack.scene.deformation]
            or [np.zeros((), np.float64)]
        ).astype(np.float32)
        self.per_height = geometry.phase_per_height[sample].astype(np.float32)

    def velocity(self) -> Float32:
        """Give the slope of the displacement over the dates, mm/yr toward the satellite."""
        return self._combined(self.stack.rates)

    def displacement(self, image: int) -> Float32:
        """Give the displacement since the reference image, mm toward the satellite."""
        return self._combined(self.stack.time[:, image])

    def baseline(self, image: int) -> Float32:
        """Give the perpendicular baseline in m."""
        geometry = self.stack.geometry
        at = self.stack.baselines[image].at
        return at(geometry.azimuth_s[self.line], geometry.look[self.sample]).astype(np.float32)

    def atmosphere(self, image: int) -> Float32:
        """Give the delay phase of one image, turbulent and stratified, rad."""
        delays, heights = self.stack.delays, self.stack.heights
        turbulent = self.stack.grid.at(delays.turbulent[image], self.line, self.sample)
        slope = np.float32(delays.stratified[image] / 1000)
        return np.asarray(turbulent + slope * (self.height - np.float32(heights.mean_m)))

    def orbit_ramp(self, image: int) -> Float32:
        """Give the phase plane of one image, rad."""
        scene = self.stack.scene
        across, along = self.stack.delays.ramp[image]
        columns = self.sample / (scene.samples - 1) - 0.5
        rows = self.line / (scene.lines - 1) - 0.5
        return np.asarray(across * columns + along * rows, dtype=np.float32)

    def topography(self, image: int) -> Float32:
        """Give the phase of the heights of the elevation model, rad."""
        return np.asarray(self.per_height * self.baseline(image) * self.height)

    def phase(self, image: int, extra_height: Float32 | float = 0.0) -> Float32:
        """Give the phase that an interferogram with this image has, less that of the reference.

        Parameters
        ----------
        image : int
        extra_height : float32 or float
            Heights of scatterers above the elevation model, m.
        """
        millimetres = self.stack.geometry.phase_per_mm
        error = self.dem_error + extra_height
        phase = millimetres * self.displacement(image) + self.atmosphere(image)
        phase = phase + self.orbit_ramp(image)
        return np.asarray(phase + self.per_height * self.baseline(image) * error)

    def _combined(self, factors: Float64) -> Float32:
        """Sum up the sources with these factors."""
        shape = np.broadcast_shapes(np.shape(self.line), np.shape(self.sample))
        total = np.zeros(shape, np.float32)
        for moved, factor in zip(self.moved, factors, strict=False):
            total += np.float32(factor) * moved
        return total


class StackBlock:
    """A block of lines: truth, and the samples of all images."""

    def __init__(self, stack: Stack, number: int) -> None:
        """Work out what does not change from image to image."""
        scene, span = stack.scene, stack.spans[number]
        self.stack, self.number, self.span = stack, number, span
        line, sample = np.arange(*span)[:, None], np.arange(scene.samples)[None, :]
        self.places = Places(stack, line, sample)
        self.classes = stack.cover.classes(line, sample)
        self.amplitude = stack.cover.amplitude(line, sample, self.classes)
        reach = scene.scatterers.side_lobes
        rows = stack.scatterers.between(span[0] - reach, span[1] + reach)
        self.near_rows = rows
        self.near = stack.scatterers.part(rows)
        self.footprint = footprint(self.near, span, scene.samples, reach)

    @property
    def own(self) -> Scatterers:
        """Scatterers in the block itself."""
        return self.stack.scatterers.part(self.own_rows)

    @property
    def own_rows(self) -> slice:
        """Their rows in the list of all scatterers."""
        return self.stack.scatterers.between(*self.span)

    def ps_mask(self) -> Bool:
        """Tell which pixels hold a persistent scatterer."""
        return self._of_scatterers(np.ones(self.own.line.size, np.bool_))

    def signal_to_clutter(self) -> Float32:
        """Give the power ratio of the scatterers; 0 where there is none."""
        return self._of_scatterers(self.own.signal_to_clutter)

    def dem_error(self) -> Float32:
        """Give the error of the elevation model with the heights of the scatterers, m."""
        return np.asarray(self.places.dem_error + self._of_scatterers(self.own.height_m))

    def displacement_patterns(self) -> Float32:
        """Give the displacement by every source and every motion of scatterers alone.

        The order is that of :attr:`Stack.displacement_time`: (sources and motions, lines, samples).
        """
        shape = (len(self.stack.time), *self.classes.shape)
        ground = np.broadcast_to(self.places.moved, shape) if shape[0] else np.zeros(shape)
        own = [self._of_scatterers(row) for row in self.stack.own_motion.pattern[:, self.own_rows]]
        return np.concatenate([ground, *(plane[None] for plane in own)]).astype(np.float32)

    def velocity(self) -> Float32:
        """Give the slope of the displacement over the dates, mm/yr toward the satellite."""
        own = self.stack.own_motion.pattern[:, self.own_rows]
        if not len(own):
            return self.places.velocity()
        rates = self.stack.own_rates.astype(np.float32)
        return np.asarray(self.places.velocity() + self._of_scatterers(rates @ own))

    def displacement(self, image: int) -> Float32:
        """Give the displacement since the reference image, mm toward the satellite."""
        ground, motion = self.places.displacement(image), self.stack.own_motion
        if not motion.names:
            return ground
        return np.asarray(ground + self._of_scatterers(motion.displacement(self.own_rows, image)))

    def images(self) -> Iterator[tuple[int, Complex64]]:
        """Give each image without topographic phase: its position and (lines, samples)."""
        stack, shape = self.stack, self.classes.shape
        clutter = draw_clutter(
            random_stream(stack.scene.seed, "clutter", block=self.number),
            self.classes.ravel(),
            stack.mixing,
        )
        points = Places(stack, self.near.line, self.near.sample)
        millimetres = stack.geometry.phase_per_mm
        for k in range(len(stack.dates)):
            image = clutter[k].reshape(shape)
            image *= self.amplitude
            image *= unit_phasor(-self.places.phase(k))
            phase = self.near.phase - points.phase(k, self.near.height_m) + self._noise(k)
            if stack.own_motion.names:
                phase = phase - millimetres * stack.own_motion.displacement(self.near_rows, k)
            self.footprint.add(image.reshape(-1), self.near.amplitude * unit_phasor(phase))
            image *= np.float32(stack.gain(k))
            yield k, image

    def _of_scatterers(self, values: FloatArray | Bool) -> np.ndarray:
        plane = np.zeros(self.classes.shape, values.dtype)
        own = self.own
        plane[own.line - self.span[0], own.sample] = values
        return plane

    def _noise(self, image: int) -> Float32:
        """Give the phase noise of the scatterers near; a neighbour's is what that block draws."""
        stack, reach = self.stack, self.stack.scene.scatterers.side_lobes
        drawn = []
        for number, (first, last) in enumerate(stack.spans):
            if last <= self.span[0] - reach or first >= self.span[1] + reach:
                continue
            rows = stack.scatterers.between(first, last)
            noise = phase_noise(stack.scene, image, number, rows.stop - rows.start)
            near = stack.scatterers.between(
                max(first, self.span[0] - reach), min(last, self.span[1] + reach)
            )
            drawn.append(noise[near.start - rows.start : near.stop - rows.start])
        return np.concatenate(drawn)


def unit_phasor(phase: Float32) -> Complex64:
    """Give exp(i phase)."""
    result = np.empty(phase.shape, np.complex64)
    np.cos(phase, out=result.real)
    np.sin(phase, out=result.imag)
    return result


def block_spans(scene: Scene) -> tuple[Span, ...]:
    """Give the blocks of lines of a scene."""
    step = max(1, BLOCK_PIXELS // scene.samples)
    starts = range(0, scene.lines, step)
    return tuple((first, min(first + step, scene.lines)) for first in starts)


def make_stack(scene: Scene) -> Stack:
    """Work out a scene: dates, geometry, surface, scatterers, deformation and delays."""
    geometry = make_geometry(scene)
    grid = field_grid((scene.lines, scene.samples), geometry.spacing_m)
    dates, master = acquisition_dates(scene), master_position(scene)
    years = years_from_master(dates, master)
    cover = make_land_cover(scene, grid)
    error = power_law_field(
        grid.shape, grid.spacing_m, scene.dem_error.exponent,
        generator=random_stream(scene.seed, "elevation model error"),
    )  # fmt: skip
    pixel_km2 = geometry.area_km2 / (scene.lines * scene.samples)
    factors = [time_factors(source.time, dates, master) for source in scene.deformation]
    scatterers = place_scatterers(scene, cover, block_spans(scene), pixel_km2)
    return Stack(
        scene=scene,
        geometry=geometry,
        grid=grid,
        dates=dates,
        master=master,
        baselines=make_baselines(scene, geometry, years, master),
        heights=make_heights(scene, geometry, grid),
        dem_error=(scene.dem_error.correlated_m * error).astype(np.float32),
        cover=cover,
        scatterers=scatterers,
        delays=make_delays(scene, grid, dates, master),
        time=np.array(factors).reshape(len(factors), len(dates)),
        own_motion=scatterer_motion(scene, geometry, scatterers, dates, master),
    )
