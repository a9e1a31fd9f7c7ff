"""Unwrapped stacks of which all is known, from pure arrays: motion, atmosphere, noise, heights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pystamps.accuracy.band_estimate import BandStack
from pystamps.accuracy.noise_in_time import correlations_in_time
from pystamps.simulate.fields import power_law_field

SIDE_M = 7400.0
NODES = 75


@dataclass(frozen=True)
class KnownStack:
    """A stack relative to its reference image, and its truth: rad, years, m; no planes of images.

    ``motion`` is (n_ps, n_column) in rad, ``velocity`` (n_ps,) rad/yr, ``k_ps`` (n_ps,) rad/m,
    ``years`` those of the secondary images.
    """

    xy: np.ndarray
    years: np.ndarray
    bperp: np.ndarray
    phase: np.ndarray
    motion: np.ndarray
    velocity: np.ndarray
    k_ps: np.ndarray

    def with_motion(self, velocity, series=0.0):
        """Add a velocity, (n_ps,), and motion that is not linear, (n_ps, n_column)."""
        added = velocity[:, None] * self.years + series
        return replace(
            self,
            phase=self.phase + added,
            motion=self.motion + added,
            velocity=self.velocity + velocity,
        )

    @property
    def bands(self):
        """The same as input of the estimate in bands."""
        possible = correlations_in_time(self.years)
        return BandStack(self.xy, self.phase, self.bperp, self.years, possible)

    def bowl(self, centre, width_m, depth):
        """Give a Gaussian bowl, (n_ps,); the centre as a fraction of the scene."""
        square = ((self.xy - np.asarray(centre) * SIDE_M) ** 2).sum(axis=1)
        return depth * np.exp(-0.5 * square / width_m**2)


def still_stack(
    seed, *, n_ps=2500, n_column=24, turbulence=0.6, noise=0.4, lasting_days=0.0, ramp=0.5
):
    """Make a stack without motion: turbulence of 11/3, heights, planes and noise of pixels."""
    generator = np.random.default_rng([seed, 16])
    xy = generator.uniform(0, SIDE_M, (n_ps, 2))
    days = np.cumsum(12.0 * generator.integers(1, 4, n_column + 1))
    middle = n_column // 2
    turbulent = _turbulence(xy, days, turbulence, lasting_days, generator)
    turbulent += (xy / SIDE_M - 0.5) @ generator.normal(0, ramp, (2, n_column + 1))
    atmosphere = np.delete(turbulent - turbulent[:, [middle]], middle, axis=1)
    years = (np.delete(days, middle) - days[middle]) / 365.25
    baselines = generator.normal(0, 90, n_column)
    bperp = baselines * (1 + 0.02 * (xy[:, [0]] / SIDE_M - 0.5))
    k_ps = 0.0015 * generator.standard_normal(n_ps) + 0.0005 * _at(xy, _field(generator))
    own = noise * generator.uniform(0.6, 1.4, (n_ps, 1)) * generator.standard_normal(bperp.shape)
    phase = atmosphere + k_ps[:, None] * bperp + own
    zero = np.zeros_like(phase)
    return KnownStack(xy, years, bperp, phase, zero, zero[:, 0], k_ps)


def moving_stack(seed, **settings):
    """Make a stack with two bowls that move linearly, rad/yr."""
    stack = still_stack(seed, **settings)
    return stack.with_motion(stack.bowl((0.4, 0.6), 1000, 6) + stack.bowl((0.7, 0.3), 600, -2))


def _field(generator):
    spacing = SIDE_M / (NODES - 1)
    return power_law_field((NODES, NODES), (spacing, spacing), 11 / 3, generator=generator)


def _at(xy, field):
    """Give the value of the nearest node."""
    row, column = np.rint(xy / SIDE_M * (NODES - 1)).astype(int).T
    return field[row, column]


def _turbulence(xy, days, rms, lasting_days, generator):
    """Give turbulence of every image, white in time or an autoregression of so many days."""
    fields = [_field(generator) for _ in days]
    for image in range(1, len(days)) if lasting_days else ():
        kept = np.exp(-(days[image] - days[image - 1]) / lasting_days)
        fields[image] = kept * fields[image - 1] + np.sqrt(1 - kept**2) * fields[image]
    strength = rms * generator.uniform(0.5, 1.5, len(days))
    return np.stack([_at(xy, field) for field in fields], axis=1) * strength


def without_plane(xy, values):
    """Take a plane off values of pixels, (n_ps,) or (n_ps, n_column)."""
    terms = np.column_stack([np.ones(len(xy)), xy / SIDE_M])
    return values - terms @ np.linalg.lstsq(terms, values, rcond=None)[0]
