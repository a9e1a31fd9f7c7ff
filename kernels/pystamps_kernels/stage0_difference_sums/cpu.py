"""See the package. Not parallel inside: the blocks of the image are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Complex64 = npt.NDArray[np.complex64]
Float32 = npt.NDArray[np.float32]


@compiled
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
    n_line, n_sample = first.shape
    for line in range(n_line):
        for sample in range(n_sample):
            real = np.float64(first[line, sample].real)
            imaginary = np.float64(first[line, sample].imag)
            rounded = np.float32(np.sqrt(real * real + imaginary * imaginary))
            one = np.float32(rounded / first_constant)
            real = np.float64(second[line, sample].real)
            imaginary = np.float64(second[line, sample].imag)
            rounded = np.float32(np.sqrt(real * real + imaginary * imaginary))
            two = np.float32(rounded / second_constant)
            half = np.float32(total[line, sample] + one)
            total[line, sample] = np.float32(half + two)
            difference = np.float32(one - two)
            square = np.float32(difference * difference)
            squares[line, sample] = np.float32(squares[line, sample] + square)
            zero = (np.float64(one) <= zero_amplitude) | (np.float64(two) <= zero_amplitude)
            has_zero[line, sample] |= zero
