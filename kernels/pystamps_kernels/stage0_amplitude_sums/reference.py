"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]


def stage0_amplitude_sums(
    image: npt.NDArray[np.complex64],
    constant: np.float32,
    total: Float32,
    squares: Float32,
    has_zero: npt.NDArray[np.bool_],
    zero_amplitude: float,
) -> None:
    """See the package."""
    real, imaginary = image.real.astype(np.float64), image.imag.astype(np.float64)
    amplitude = np.sqrt(real * real + imaginary * imaginary).astype(np.float32) / constant
    zero = amplitude.astype(np.float64) <= zero_amplitude
    total[:] = np.where(zero, np.float32(0), total + amplitude)
    squares[:] = np.where(zero, squares, squares + amplitude * amplitude)
    has_zero |= zero
