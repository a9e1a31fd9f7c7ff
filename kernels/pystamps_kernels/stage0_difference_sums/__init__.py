"""Sums of calibrated amplitudes and of their squared differences, pixel by pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.stage0_amplitude_sums import ZERO_AMPLITUDE, PixelSums

Complex64 = npt.NDArray[np.complex64]


def stage0_difference_sums(
    pair: tuple[Complex64, Complex64],
    constants: tuple[float, float],
    *,
    sums: PixelSums,
    choice: KernelChoice = AUTO,
) -> None:
    """Add the two images of an interferogram to the sums.

    Parameters
    ----------
    pair : tuple of two ndarrays of complex64, shape (lines, samples)
    constants : tuple of float
        Mean amplitudes of the two images.
    sums : PixelSums
        Of the pairs before; changed in place. ``squares`` holds squared differences.
    choice : KernelChoice

    Notes
    -----
    StaMPS program ``selsbc_patch``: single precision in this order.
    """
    if not pair[0].shape == pair[1].shape == sums.total.shape or pair[0].ndim != 2:
        raise ValueError(f"{pair[0].shape=}, {pair[1].shape=} and {sums.total.shape=} differ")
    add = implementation("stage0_difference_sums", choice)
    add(
        np.ascontiguousarray(pair[0]), np.ascontiguousarray(pair[1]),
        np.float32(constants[0]), np.float32(constants[1]),
        sums.total, sums.squares, sums.has_zero, ZERO_AMPLITUDE,
    )  # fmt: skip
