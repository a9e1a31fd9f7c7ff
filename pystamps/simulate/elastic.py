"""Surface displacement of sources in an elastic half-space.

Okada (1985), Bull. Seismol. Soc. Am. 75, 1135-1154, equations 25 to 30; Mogi (1958), Bull.
Earthq. Res. Inst. 36, 99-134; Savage and Burford (1973), J. Geophys. Res. 78, 832-845.
Coordinates of the functions: x along strike, y to its left, z up; lengths in one unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64

Vector = tuple[Float64, Float64, Float64]
"""Displacement along x, y and z (or east, north and up)."""


@dataclass(frozen=True, slots=True)
class Dislocation:
    """A rectangle with uniform slip, in the notation of Okada's figure 1.

    Attributes
    ----------
    depth : float
        Of the lower edge.
    dip : float
        rad; the fault dips to the right of strike (negative y).
    length, width : float
        The lower edge runs from x = 0 to ``length``; the fault rises toward positive y.
    slip : tuple of float
        Strike slip (left-lateral), dip slip (reverse) and opening.
    poisson : float
    """

    depth: float
    dip: float
    length: float
    width: float
    slip: tuple[float, float, float]
    poisson: float = 0.25


def okada_surface(fault: Dislocation, x: Float64, y: Float64) -> Vector:
    """Give the displacement of the surface by a rectangular dislocation.

    Parameters
    ----------
    fault : Dislocation
    x, y : float64, any equal shape
        Position along strike from the corner, and left of the lower edge's trace.

    Returns
    -------
    tuple of three float64 arrays
        In the unit of the slip.
    """
    sine, cosine = np.sin(fault.dip), np.cos(fault.dip)
    p = y * cosine + fault.depth * sine
    q = y * sine - fault.depth * cosine
    total = [np.zeros(np.shape(x)) for _ in range(3)]
    for xi, eta, sign in (
        (x, p, 1.0),
        (x, p - fault.width, -1.0),
        (x - fault.length, p, -1.0),
        (x - fault.length, p - fault.width, 1.0),
    ):
        corner = _Corner(xi, eta, q, fault.dip, fault.poisson)
        parts: tuple[Callable[[], Vector], ...] = (
            corner.strike_slip,
            corner.dip_slip,
            corner.opening,
        )
        for slip, part in zip(fault.slip, parts, strict=True):
            if slip:
                for k, value in enumerate(part()):
                    total[k] += sign * slip / (2 * np.pi) * value
    return total[0], total[1], total[2]


class _Corner:
    """Terms of Okada's equations 25 to 30 at one corner of the rectangle."""

    def __init__(self, xi: Float64, eta: Float64, q: Float64, dip: float, poisson: float) -> None:
        """Work out the terms that all components share."""
        self.xi, self.eta, self.q = xi, eta, q
        self.sine, self.cosine = float(np.sin(dip)), float(np.cos(dip))
        self.y = eta * self.cosine + q * self.sine
        self.d = eta * self.sine - q * self.cosine
        self.r = np.sqrt(xi**2 + eta**2 + q**2)
        self.by_eta = _inverse(self.r * (self.r + eta), self.r + eta)
        self.by_xi = _inverse(self.r * (self.r + xi), self.r + xi)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.angle = np.where(q == 0, 0.0, np.arctan(xi * eta / (q * self.r)))
            self.logarithm = np.where(self.r + eta > 0, np.log(self.r + eta), -np.log(self.r - eta))
        self._integrals(1 - 2 * poisson)  # mu / (lambda + mu)

    def _integrals(self, medium: float) -> None:
        """Work out I1 to I5 (equations 28 and 29)."""
        xi, eta, q, r, y, d = self.xi, self.eta, self.q, self.r, self.y, self.d
        if abs(self.cosine) < 1e-9:
            self.i5 = -medium * xi * self.sine / (r + d)
            self.i4 = -medium * q / (r + d)
            self.i3 = medium / 2 * (eta / (r + d) + y * q / (r + d) ** 2 - self.logarithm)
            self.i1 = -medium / 2 * xi * q / (r + d) ** 2
        else:
            x = np.sqrt(xi**2 + q**2)
            top = eta * (x + q * self.cosine) + x * (r + x) * self.sine
            with np.errstate(divide="ignore", invalid="ignore"):
                angle = np.arctan(top / (xi * (r + x) * self.cosine))
            self.i5 = np.where(xi == 0, 0.0, medium * 2 / self.cosine * angle)
            self.i4 = medium / self.cosine * (np.log(r + d) - self.sine * self.logarithm)
            tangent = self.sine / self.cosine
            self.i3 = medium * (y / (self.cosine * (r + d)) - self.logarithm) + tangent * self.i4
            self.i1 = -medium * xi / (self.cosine * (r + d)) - tangent * self.i5
        self.i2 = -medium * self.logarithm - self.i3

    def strike_slip(self) -> Vector:
        """Give the terms of equation 25 for unit slip."""
        q, sine, cosine = self.q, self.sine, self.cosine
        plus = np.where(self.r + self.eta > 0, self.r * self.by_eta, 0.0)  # 1 / (R + eta)
        return (
            -(self.xi * q * self.by_eta + self.angle + self.i1 * sine),
            -(self.y * q * self.by_eta + q * cosine * plus + self.i2 * sine),
            -(self.d * q * self.by_eta + q * sine * plus + self.i4 * sine),
        )

    def dip_slip(self) -> Vector:
        """Give the terms of equation 26 for unit slip."""
        q, sine, cosine = self.q, self.sine, self.cosine
        both = sine * cosine
        return (
            -(q / self.r - self.i3 * both),
            -(self.y * q * self.by_xi + cosine * self.angle - self.i1 * both),
            -(self.d * q * self.by_xi + sine * self.angle - self.i5 * both),
        )

    def opening(self) -> Vector:
        """Give the terms of equation 27 for unit opening."""
        q, sine, cosine = self.q, self.sine, self.cosine
        bend = self.xi * q * self.by_eta - self.angle
        return (
            q**2 * self.by_eta - self.i3 * sine**2,
            -self.d * q * self.by_xi - sine * bend - self.i1 * sine**2,
            self.y * q * self.by_xi + cosine * bend - self.i5 * sine**2,
        )


def _inverse(value: Float64, guard: Float64) -> Float64:
    """Give 1 / value, and 0 where the guard vanishes (Okada's rule for singular points)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(guard > 0, 1 / value, 0.0)


def mogi_surface(
    x: Float64, y: Float64, *, depth: float, volume: float, poisson: float = 0.25
) -> Vector:
    """Give the displacement of the surface by a point of volume change at the origin."""
    strength = (1 - poisson) / np.pi * volume / (x**2 + y**2 + depth**2) ** 1.5
    return strength * x, strength * y, strength * depth


def screw_surface(y: Float64, *, locking_depth: float, slip: float) -> Vector:
    """Give the displacement by left-lateral slip below a depth; y = distance left of strike.

    The left side moves backward (negative x), the right side forward: standing on one side,
    the other moves to the left.
    """
    along = -slip / np.pi * np.arctan(y / locking_depth)
    return along, np.zeros_like(along), np.zeros_like(along)
