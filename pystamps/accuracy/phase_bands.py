"""Phases of pixels split into bands of spatial scale, and the planes that are left of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.gaussian_low_pass import gaussian_low_pass
from pystamps.arrays import Float32, Float64, FloatArray

LENGTHS_M = (150.0, 400.0, 1000.0)
"""Standard deviations of the low-pass filters that separate the bands, m."""
SCALES_M = (0.0, 400.0, 1000.0, 2000.0)
"""Scale of each band, m; 0 = single pixels."""
PIXELS_AT_A_TIME = 8192
"""Pixels that are worked on at a time."""


@dataclass(frozen=True, slots=True)
class PhaseBands:
    """The phases of all pixels, and each step of the low-pass filter of them.

    Attributes
    ----------
    steps : tuple of float32, (n_ps, n_column) each, rad: unfiltered, then ever smoother
    place : float64, (n_ps, 2), km from the middle of the pixels
    plane : float64, (3, n_column), constant (rad) and slopes (rad/km) of the smoothest step
    """

    steps: tuple[Float32, ...]
    place: Float64
    plane: Float64

    @property
    def n_band(self) -> int:
        """Number of bands, the planes not counted."""
        return len(self.steps)

    def band(self, number: int, rows: slice) -> Float64:
        """Give some pixels of a band: (n, n_column), rad; all bands and the planes add up."""
        step = self.steps[number][rows].astype(np.float64)
        if number + 1 < self.n_band:
            return np.asarray(step - self.steps[number + 1][rows])
        return np.asarray(step - self.plane[0] - self.place[rows] @ self.plane[1:])

    def blocks(self) -> Iterator[slice]:
        """Give the stretches of pixels in which a band is worked on."""
        for first in range(0, len(self.place), PIXELS_AT_A_TIME):
            yield slice(first, min(first + PIXELS_AT_A_TIME, len(self.place)))


def split_in_bands(xy: FloatArray, phase: Float32) -> PhaseBands:
    """Split phases of scattered pixels by repeated Gaussian low-pass filters.

    Parameters
    ----------
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m.
    phase : ndarray of float32, shape (n_ps, n_column)
        rad, finite.
    """
    steps = [phase]
    for length_m in LENGTHS_M:
        steps.append(gaussian_low_pass(xy, length_m).means(steps[-1]))
    place = (np.asarray(xy, dtype=np.float64) - np.mean(xy, axis=0)) / 1000
    terms = np.column_stack([np.ones(len(place)), place])
    plane = np.linalg.pinv(terms) @ steps[-1]
    return PhaseBands(tuple(steps), place, np.asarray(plane))
