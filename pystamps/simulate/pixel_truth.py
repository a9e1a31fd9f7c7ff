"""What a truth says of chosen pixels: its planes read once, its images computed when asked for.

Everything but turbulence is a sum: terms of the pixel (pattern of a source, height, place) times
factors of the image. All images of a block of pixels are one product of two small matrices.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, Index
from pystamps.simulate.fields import FieldGrid
from pystamps.simulate.truth_header import TruthHeader

_PIXELS_AT_ONCE = 4096
"""So many that what is computed of them stays in the cache of a processor."""
_EVERY = slice(None)


@dataclass(frozen=True, slots=True)
class PixelTruth:
    """Truth of some pixels.

    Attributes
    ----------
    header : TruthHeader
    line, sample : int64, (n,)
    pattern : float32, (sources, n)
        Displacement of each source.
    dem_error, height : float32, (n,), m
    """

    header: TruthHeader
    line: Index
    sample: Index
    pattern: Float32
    dem_error: Float32
    height: Float32

    def displacement(self, rows: slice = _EVERY, images: slice = _EVERY) -> Float64:
        """Give the displacement since the reference image: (n, images), mm toward."""
        pattern = self.pattern[:, rows].astype(np.float64)
        return np.asarray(pattern.T @ self.header.displacement_time[:, images])

    def phase(self, rows: slice = _EVERY, images: slice = _EVERY) -> Float64:
        """Give the unwrapped phase of each interferogram with the reference: (n, images), rad.

        It has everything that the simulator put into a scatterer's phase but noise:
        displacement, error of the elevation model, atmosphere and orbit of both images. The array
        lies image after image.
        """
        start, stop, _ = rows.indices(self.line.size)
        factors = self._factors()[:, images].T
        found = np.empty((len(factors), max(0, stop - start)))
        for first in range(start, stop, _PIXELS_AT_ONCE):
            block = slice(first, min(first + _PIXELS_AT_ONCE, stop))
            here = found[:, block.start - start : block.stop - start]
            np.matmul(factors, self._terms(block), out=here)
            here += self._turbulence(block, images)
        return found.T

    def _factors(self) -> Float64:
        """Give by what the terms of a pixel go into each interferogram: (terms, images)."""
        header = self.header
        rad_per_mm = -4 * np.pi / (header.wavelength_m * 1000)
        cross, normal, cross_rate, normal_rate = header.baseline_components.T
        delays = np.vstack([header.stratified, header.ramp.T])
        return np.vstack(
            [
                rad_per_mm * header.displacement_time,
                *(cross, cross_rate, -normal, -normal_rate),
                delays - delays[:, [header.master_position]],
            ]
        )

    def _terms(self, rows: slice) -> Float64:
        """Give the terms of some pixels in the order of the factors: (terms, n)."""
        header, line, sample = self.header, self.line[rows], self.sample[rows]
        error = header.phase_per_height[sample] * self.dem_error[rows]
        level, down = error * np.cos(header.look)[sample], error * np.sin(header.look)[sample]
        time = header.azimuth_s[line]
        return np.vstack(
            [
                self.pattern[:, rows],
                *(level, level * time, down, down * time),
                (self.height[rows].astype(np.float64) - header.mean_height_m) / 1000,
                sample / (header.shape[1] - 1) - 0.5,
                line / (header.shape[0] - 1) - 0.5,
            ]
        )

    def _turbulence(self, rows: slice, images: slice) -> Float64:
        """Give the turbulent delay less that of the reference image: (images, n), rad."""
        header, place = self.header, (self.line[rows], self.sample[rows])
        grid = FieldGrid(*header.shape, *header.node_steps, (1.0, 1.0))
        of_images = grid.at(header.atmosphere_nodes[images], *place)
        of_reference = grid.at(header.atmosphere_nodes[header.master_position], *place)
        return np.subtract(of_images, of_reference, dtype=np.float64)
