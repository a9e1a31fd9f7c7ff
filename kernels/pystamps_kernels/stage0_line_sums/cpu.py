"""See the package. Not parallel inside: the blocks of the image are.

The square roots take most of the time. Amplitudes and their sum are loops of their own, each
of which the compiler turns into vector instructions.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.compile import compiled

Float32 = npt.NDArray[np.float32]

_LANES = 64


@compiled
def stage0_line_sums(
    image: npt.NDArray[np.complex64], mask: npt.NDArray[np.uint8], smallest: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """See the package; an empty mask masks nothing."""
    n_line, n_sample = image.shape
    sums, counts = np.zeros(n_line), np.zeros(n_line, np.int64)
    nothing = np.zeros(n_sample, np.uint8)
    amplitudes = np.zeros(((n_sample + _LANES - 1) // _LANES, _LANES), np.float32)
    for line in range(n_line):
        masked = mask[line] if mask.size else nothing
        counts[line] = _good_amplitudes(image[line], masked, smallest, amplitudes.reshape(-1))
        sums[line] = _total(amplitudes)
    return sums, counts


@compiled
def _good_amplitudes(
    samples: npt.NDArray[np.complex64],
    masked: npt.NDArray[np.uint8],
    smallest: float,
    amplitudes: Float32,
) -> int:
    """Give amplitudes, zero where they do not count, and how many do."""
    count = 0
    for sample in range(samples.size):
        real, imaginary = np.float64(samples[sample].real), np.float64(samples[sample].imag)
        amplitude = np.float32(np.sqrt(real * real + imaginary * imaginary))
        good = (np.float64(amplitude) > smallest) & (masked[sample] == 0)
        amplitudes[sample] = amplitude if good else np.float32(0.0)
        count += good
    return count


@compiled
def _total(amplitudes: Float32) -> float:
    """Sum of a table; column by column, side by side, as vector instructions add."""
    lanes = np.zeros(_LANES)
    for row in range(amplitudes.shape[0]):
        for lane in range(_LANES):
            lanes[lane] += amplitudes[row, lane]
    total = 0.0
    for lane in range(_LANES):
        total += lanes[lane]
    return total
