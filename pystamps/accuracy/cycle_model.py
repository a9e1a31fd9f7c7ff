"""Which velocities and heights cycles of the phase may be explained by, and what noise explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64

LARGEST_RELATIVE_VELOCITY_MM = 25.0
"""mm/yr against the neighbours that are searched."""
LARGEST_RELATIVE_HEIGHT_M = 40.0
"""Height against the neighbours that is searched."""
_CHANCE = 1e-3
"""With which noise alone may give a model that is believed."""
_BETWEEN = 4.0
"""Peaks between independent slopes make so many more of them."""


@dataclass(frozen=True, slots=True)
class CycleModel:
    """What the phase of a pixel against its neighbours is made of.

    Attributes
    ----------
    years, bperp : float64, (n_column,), years and m, of the interferograms
    limits : float64, (2,), largest slopes that are searched, rad/yr and rad/m
    """

    years: Float64
    bperp: Float64
    limits: Float64

    @property
    def columns(self) -> Float64:
        """Quantities that phase is proportional to, (n_column, 2)."""
        return np.column_stack([self.years, self.bperp]).astype(np.float64)

    @property
    def design(self) -> Float64:
        """Constant and :attr:`columns`, (n_column, 3)."""
        return np.column_stack([np.ones(len(self.years)), self.columns])

    @property
    def n_peaks(self) -> float:
        """Slopes that are searched, as many as noise sees apart, with the peaks between them."""
        slopes = np.prod(self.limits * np.ptp(self.columns, axis=0) / np.pi + 1)
        return float(_BETWEEN * slopes)

    @property
    def least_coherence(self) -> float:
        """Coherence that the best of all slopes has of noise alone in one of a thousand pixels.

        The squared modulus of a sum of n random phasors exceeds n x with the chance exp(-x); above
        1 no model of so few interferograms can be believed.
        """
        return float(np.sqrt(np.log(self.n_peaks / _CHANCE) / len(self.years)))
