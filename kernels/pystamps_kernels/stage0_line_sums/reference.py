"""See the package."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def stage0_line_sums(
    image: npt.NDArray[np.complex64], mask: npt.NDArray[np.uint8], smallest: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """See the package; an empty mask masks nothing."""
    real, imaginary = image.real.astype(np.float64), image.imag.astype(np.float64)
    amplitude = np.sqrt(real * real + imaginary * imaginary).astype(np.float32).astype(np.float64)
    good = amplitude > smallest
    if mask.size:
        good &= mask == 0
    sums = np.where(good, amplitude, 0.0).sum(axis=1)
    return sums, good.sum(axis=1, dtype=np.int64)
