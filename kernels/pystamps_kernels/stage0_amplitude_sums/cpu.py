"""See the package. Not parallel inside: the blocks of the image are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Float32 = npt.NDArray[np.float32]


@compiled
def stage0_amplitude_sums(
    image: npt.NDArray[np.complex64],
    constant: np.float32,
    total: Float32,
    squares: Float32,
    has_zero: npt.NDArray[np.bool_],
    zero_amplitude: float,
) -> None:
    """See the package."""
    n_line, n_sample = image.shape
    for line in range(n_line):
        for sample in range(n_sample):
            real = np.float64(image[line, sample].real)
            imaginary = np.float64(image[line, sample].imag)
            rounded = np.float32(np.sqrt(real * real + imaginary * imaginary))
            amplitude = np.float32(rounded / constant)
            zero = np.float64(amplitude) <= zero_amplitude
            # no branches: the loop becomes vector instructions
            square = np.float32(amplitude * amplitude)
            more = np.float32(total[line, sample] + amplitude)
            total[line, sample] = np.float32(0) if zero else more
            wider = np.float32(squares[line, sample] + square)
            squares[line, sample] = squares[line, sample] if zero else wider
            has_zero[line, sample] |= zero
