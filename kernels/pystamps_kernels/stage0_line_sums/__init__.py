"""Sums of the amplitudes of an image, line by line."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

SMALLEST_GOOD_AMPLITUDE = 0.001
"""Samples at or below this do not count in the mean amplitude of an image."""


def stage0_line_sums(
    image: npt.NDArray[np.complex64],
    mask: npt.NDArray[np.uint8] | None = None,
    *,
    choice: KernelChoice = AUTO,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Sum up the amplitudes of the good samples of every line.

    Parameters
    ----------
    image : ndarray of complex64, shape (lines, samples)
    mask : ndarray of uint8, shape (lines, samples), optional
        Samples other than 0 are left out.
    choice : KernelChoice

    Returns
    -------
    sums : ndarray of float64, shape (lines,)
    counts : ndarray of int64, shape (lines,)
        Good samples: neither dark, nor NaN, nor masked.

    Notes
    -----
    StaMPS program ``calamp``. The amplitude is rounded to single precision once.
    """
    if image.ndim != 2 or (mask is not None and mask.shape != image.shape):
        raise ValueError(f"{image.shape=} is not 2-D or differs from {mask is None=}")
    add = implementation("stage0_line_sums", choice)
    mask = np.empty((0, 0), np.uint8) if mask is None else np.ascontiguousarray(mask)
    result: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]] = add(
        np.ascontiguousarray(image), mask, SMALLEST_GOOD_AMPLITUDE
    )
    return result
