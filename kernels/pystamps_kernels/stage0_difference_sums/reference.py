"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Complex64 = npt.NDArray[np.complex64]
Float32 = npt.NDArray[np.float32]


def stage0_difference_sums(
    first: Complex64,
    second: Complex64,
    first_constant: np.float32,
    second_constant: np.float32,
    total: Float32,
    squares: Float32,
    has_zero: npt.NDArray[np.bool_],
    zero_amplitude: float,
) -> None:
    """See the package."""
    one = _amplitude(first) / first_constant
    two = _amplitude(second) / second_constant
    total += one
    total += two
    squares += (one - two) * (one - two)
    has_zero |= one.astype(np.float64) <= zero_amplitude
    has_zero |= two.astype(np.float64) <= zero_amplitude


def _amplitude(image: Complex64) -> Float32:
    real, imaginary = image.real.astype(np.float64), image.imag.astype(np.float64)
    return np.sqrt(real * real + imaginary * imaginary).astype(np.float32)
