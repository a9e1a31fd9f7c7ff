"""Phasors in single precision as the original computes them: each step rounded by itself.

NumPy multiplies complex arrays in one step where the processor can; products and sums here are
those of the parts. Moduli, angles and sines are those of doubles, rounded once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Complex64 = NDArray[np.complex64]
Float32 = NDArray[np.float32]


def complex_of(re: Array, im: Array) -> Complex64:
    """Put real and imaginary parts together."""
    z = np.empty(np.broadcast(re, im).shape, np.complex64)
    z.real, z.imag = re, im
    return z


def product(a: Complex64, b: Complex64) -> Complex64:
    """Product of phasors."""
    return complex_of(
        a.real * b.real - a.imag * b.imag,
        a.real * b.imag + a.imag * b.real,
    )


def times_conjugate(a: Complex64, b: Complex64) -> Complex64:
    """Product of phasors with the conjugate of others: the difference of their phases."""
    return complex_of(
        a.real * b.real + a.imag * b.imag,
        a.imag * b.real - a.real * b.imag,
    )


def modulus(z: Complex64) -> Float32:
    """Modulus of phasors."""
    re, im = z.real.astype(np.float64), z.imag.astype(np.float64)
    return np.asarray(np.sqrt(re * re + im * im), np.float32)


def unit(z: Complex64) -> Complex64:
    """Phasor of unit modulus; NaN where ``z`` is zero."""
    size = modulus(z)
    with np.errstate(invalid="ignore"):
        return complex_of(z.real / size, z.imag / size)


def angle(z: Complex64) -> Float32:
    """Angle of phasors in rad."""
    return np.arctan2(z.imag.astype(np.float64), z.real.astype(np.float64)).astype(np.float32)


def phasor(phase: Array) -> Complex64:
    """exp(1j phase)."""
    wide = phase.astype(np.float64)
    return complex_of(np.cos(wide), np.sin(wide))


def sum_in_order(values: Array) -> Array:
    """Add the columns one after the other, in the class of the values."""
    return np.asarray(np.add.accumulate(values, axis=1)[:, -1])
