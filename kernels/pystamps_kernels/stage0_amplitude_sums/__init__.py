"""Sums of calibrated amplitudes over a stack, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Float32 = npt.NDArray[np.float32]

ZERO_AMPLITUDE = 0.00005
"""Calibrated amplitudes at or below this make a pixel a zero pixel."""


@dataclass(frozen=True, slots=True)
class PixelSums:
    """Running sums of the pixels of a block; the kernels change the arrays.

    Attributes
    ----------
    total : float32, (lines, samples): sum of calibrated amplitudes
    squares : float32, (lines, samples): sum of their squares, or of squared differences
    has_zero : bool, (lines, samples): an amplitude was zero
    """

    total: Float32
    squares: Float32
    has_zero: npt.NDArray[np.bool_]

    @classmethod
    def zeros(cls, shape: tuple[int, ...]) -> PixelSums:
        """Give the sums of no image."""
        return cls(
            np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
        )


def stage0_amplitude_sums(
    image: npt.NDArray[np.complex64],
    constant: float,
    *,
    sums: PixelSums,
    choice: KernelChoice = AUTO,
) -> None:
    """Add one image to the sums.

    Parameters
    ----------
    image : ndarray of complex64, shape (lines, samples)
    constant : float
        Mean amplitude of the image, by which it is divided.
    sums : PixelSums
        Of the images before; changed in place.
    choice : KernelChoice

    Notes
    -----
    StaMPS program ``selpsc_patch``: single precision in this order, because candidates next to
    the threshold depend on the rounding. A zero restarts the sum but not the squares. From the
    sums of n images follows the squared dispersion of the amplitudes a, their variance over
    their squared mean: n sum a**2 / (sum a)**2 - 1.
    """
    if image.ndim != 2 or image.shape != sums.total.shape:
        raise ValueError(f"{image.shape=} is not 2-D or differs from {sums.total.shape=}")
    add = implementation("stage0_amplitude_sums", choice)
    add(
        np.ascontiguousarray(image), np.float32(constant), sums.total, sums.squares,
        sums.has_zero, ZERO_AMPLITUDE,
    )  # fmt: skip
