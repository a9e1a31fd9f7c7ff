"""Persistent scatterers: where they are, how strong, and how they spread over pixels."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pystamps.arrays import Complex64, Float32, Index
from pystamps.simulate.land_cover import LandCover
from pystamps.simulate.random_streams import random_stream
from pystamps.simulate.scene import Scene

Span = tuple[int, int]
"""First line of a block and the line after its last one."""


@dataclass(frozen=True, slots=True)
class Scatterers:
    """Persistent scatterers ordered by line, then sample; one at most in a pixel.

    Attributes
    ----------
    line, sample : int64, (n,)
    signal_to_clutter : float32, (n,), power ratio
    amplitude : float32, (n,)
    height_m : float32, (n,), above the elevation model
    phase : float32, (n,), scattering phase in rad
    offset : float32, (n, 2), distance from the centre of the pixel in lines and samples
    """

    line: Index
    sample: Index
    signal_to_clutter: Float32
    amplitude: Float32
    height_m: Float32
    phase: Float32
    offset: Float32

    def between(self, first: int, last: int) -> slice:
        """Give the scatterers of the lines from ``first`` to before ``last``."""
        start, stop = np.searchsorted(self.line, [first, last])
        return slice(int(start), int(stop))

    def part(self, rows: slice) -> Scatterers:
        """Give some of the scatterers."""
        return Scatterers(*(getattr(self, item.name)[rows] for item in fields(self)))


def place_scatterers(
    scene: Scene, cover: LandCover, spans: tuple[Span, ...], pixel_km2: float
) -> Scatterers:
    """Place the scatterers of a scene block by block and choose their properties.

    Parameters
    ----------
    scene : Scene
    cover : LandCover
    spans : tuple of (int, int)
        Blocks of lines; each has a random stream.
    pixel_km2 : float
        Mean area of a pixel on the ground.
    """
    parts = [_place(scene, cover, number, span, pixel_km2) for number, span in enumerate(spans)]
    return Scatterers(
        *(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(parts[0]))
    )


def _place(scene: Scene, cover: LandCover, number: int, span: Span, pixel_km2: float) -> Scatterers:
    settings = scene.scatterers
    generator = random_stream(scene.seed, "scatterers", block=number)
    lines = np.arange(*span)[:, None]
    samples = np.arange(scene.samples)[None, :]
    classes = cover.classes(lines, samples)
    density = cover.relative_density(lines, samples, classes)
    probability = settings.density_per_km2 * pixel_km2 * density
    chosen = generator.random(classes.shape, dtype=np.float32) < probability
    row, sample = np.nonzero(chosen)
    count = row.size
    decibel = generator.normal(
        settings.signal_to_clutter_db, settings.signal_to_clutter_std_db, count
    )
    ratio = 10 ** (decibel / 10)
    clutter = cover.amplitude(lines, samples, classes)[row, sample]
    offset = generator.uniform(-0.5, 0.5, (count, 2)) if settings.side_lobes else 0.0
    return Scatterers(
        line=row + span[0],
        sample=sample,
        signal_to_clutter=ratio.astype(np.float32),
        amplitude=(np.sqrt(ratio) * clutter).astype(np.float32),
        height_m=generator.normal(0, scene.dem_error.uncorrelated_m, count).astype(np.float32),
        phase=generator.uniform(-np.pi, np.pi, count).astype(np.float32),
        offset=np.broadcast_to(offset, (count, 2)).astype(np.float32),
    )


def phase_noise(scene: Scene, image: int, block: int, count: int) -> Float32:
    """Give the phase noise of the scatterers of a block in an image, rad."""
    noise = random_stream(scene.seed, "phase noise", image, block).standard_normal(
        count, np.float32
    )
    return np.asarray(noise * np.float32(scene.scatterers.phase_noise_rad))


@dataclass(frozen=True, slots=True)
class Footprint:
    """Which pixels of a block the responses of scatterers reach, and how strongly.

    Attributes
    ----------
    pixel : int64, (m,), position in the block
    scatterer : int64, (m,)
    weight : float32, (m,)
    size : int
        Pixels of the block.
    unique : bool
        No two responses share a pixel.
    """

    pixel: Index
    scatterer: Index
    weight: Float32
    size: int
    unique: bool

    def add(self, image: Complex64, signal: Complex64) -> None:
        """Add the signal (n,) of the scatterers to an image (pixels,)."""
        values = signal[self.scatterer] * self.weight
        if self.unique:
            image[self.pixel] += values
            return
        image.real += np.bincount(self.pixel, values.real, self.size).astype(np.float32)
        image.imag += np.bincount(self.pixel, values.imag, self.size).astype(np.float32)


def footprint(scatterers: Scatterers, span: Span, samples: int, reach: int) -> Footprint:
    """Give the response of scatterers in a block of lines.

    Parameters
    ----------
    scatterers : Scatterers
        All that may reach the block.
    span : (int, int)
    samples : int
    reach : int
        Pixels to each side; 0 = the pixel itself.

    Notes
    -----
    The response is that of a rectangular spectrum sampled at its band width,
    ``sinc(line) sinc(sample)``, scaled to 1 at the centre of the scatterer's own pixel, where
    the signal-to-clutter ratio holds. Cumming and Wong (2005), Digital Processing of SAR Data,
    chapter 2.
    """
    lines, count = span[1] - span[0], scatterers.line.size
    if not reach:
        pixel = (scatterers.line - span[0]) * samples + scatterers.sample
        return Footprint(
            pixel, np.arange(count), np.ones(count, np.float32), lines * samples, unique=True
        )
    step = np.arange(-reach, reach + 1)
    down = np.sinc(step - scatterers.offset[:, :1]) / np.sinc(scatterers.offset[:, :1])
    across = np.sinc(step - scatterers.offset[:, 1:]) / np.sinc(scatterers.offset[:, 1:])
    line = (scatterers.line - span[0])[:, None, None] + step[:, None]
    sample = scatterers.sample[:, None, None] + step
    inside = (line >= 0) & (line < lines) & (sample >= 0) & (sample < samples)
    weight = (down[:, :, None] * across[:, None, :])[inside].astype(np.float32)
    who = np.broadcast_to(np.arange(count)[:, None, None], inside.shape)[inside]
    pixel = (line * samples + sample)[inside]
    return Footprint(pixel, who, weight, lines * samples, unique=False)
