"""How much of a velocity map the parts are that were taken off it, and the plane above all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, FloatArray
from pystamps.products.line_fit import fit_lines
from pystamps.products.phase import PARTS
from pystamps.products.point_table import PointTable
from pystamps.rows import Matrix

_CONSTANT = "m"
"""The contribution of the reference image is the same at every other date: it has no velocity."""


@dataclass(frozen=True, slots=True)
class VelocityPart:
    """A part of the velocity of every point.

    Attributes
    ----------
    letter : str
        Of :data:`~pystamps.products.phase.PARTS`.
    velocity : float32, (n_ps,)
        mm/yr toward the satellite, relative to the reference area.
    is_taken_off : bool
        The velocity of the table lacks it.
    std, low, high : float
        Standard deviation, 1st and 99th percentile over the points, mm/yr; NaN without points.
    share : float
        Standard deviation over that of the velocity of the table.
    """

    letter: str
    velocity: Float32
    is_taken_off: bool
    std: float
    low: float
    high: float
    share: float

    @property
    def sentence(self) -> str:
        """Say in words what it is and how much of the map."""
        what = f"{PARTS[self.letter]}, {'taken off' if self.is_taken_off else 'left in the map'}"
        if not np.isfinite(self.std):
            return f"{what}: not known"
        share = f"{100 * self.share:.0f} % of that of the map" if np.isfinite(self.share) else "-"
        return (
            f"{what}: {self.low:+.1f} … {self.high:+.1f} mm/yr (1 … 99 %), std {self.std:.1f} "
            f"mm/yr = {share}"
        )


def velocity_parts(table: PointTable) -> tuple[VelocityPart, ...]:
    """Give the parts that the velocity of a table lacks, and its plane whether it lacks it or not.

    Parameters
    ----------
    table : PointTable

    Returns
    -------
    tuple of VelocityPart
        The plane last. Without ``o`` among the letters of the table it is the one that ``o`` would
        take off.

    Notes
    -----
    A straight line is fitted to every part as to the series, so that velocity and parts add up to
    the velocity of the value type ``v``. The plane of every date has its coefficients in the
    table, and the velocity of a sum is the sum of the velocities: that of the plane is the plane
    of the velocities of the coefficients.
    """
    layers = table.layers
    shown = [letter for letter in PARTS if letter in table.letters and letter in layers.parts]
    found = [
        _part(table, letter, _slopes(table, layers.parts[letter]))
        for letter in shown
        if letter != _CONSTANT
    ]
    plane = layers.surface @ _slopes(table, layers.plane_coefficients(table.letters))
    return (*found, _part(table, "o", plane))


def _slopes(table: PointTable, series: Matrix) -> Float32:
    """Give the velocities of the rows of some series, mm/yr."""
    layers = table.layers
    fitted = fit_lines(series, layers.day, layers.reference_column, ifg_std_deg=table.noise_deg)
    return fitted.velocity


def _part(table: PointTable, letter: str, velocity: FloatArray) -> VelocityPart:
    rows = table.reference_rows
    if rows is not None and len(velocity):
        velocity = velocity - np.nanmean(velocity[rows])
    finite = velocity[np.isfinite(velocity)]
    std = float(finite.std()) if finite.size else np.nan
    low, high = np.percentile(finite, (1, 99)) if finite.size else (np.nan, np.nan)
    shown = table.columns["velocity"]
    whole = float(np.nanstd(shown)) if np.isfinite(shown).any() else np.nan
    return VelocityPart(
        letter=letter,
        velocity=velocity.astype(np.float32),
        is_taken_off=letter in table.letters,
        std=std,
        low=float(low),
        high=float(high),
        share=std / whole if whole > 0 else np.nan,
    )
