"""See the package. Not parallel inside: the blocks of the image are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels._compile import compiled

_LANES = 8


@compiled
def stage0_line_sums(
    image: npt.NDArray[np.complex64], mask: npt.NDArray[np.uint8], smallest: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """See the package; an empty mask masks nothing."""
    n_line, n_sample = image.shape
    sums, counts = np.zeros(n_line), np.zeros(n_line, np.int64)
    # sums side by side become vector instructions; their order is fixed by the width alone
    lanes = np.zeros(_LANES)
    amplitudes = np.empty(n_sample)
    for line in range(n_line):
        for sample in range(n_sample):
            real = np.float64(image[line, sample].real)
            imaginary = np.float64(image[line, sample].imag)
            rounded = np.float64(np.float32(np.sqrt(real * real + imaginary * imaginary)))
            good = rounded > smallest
            if mask.size:
                good &= mask[line, sample] == 0
            amplitudes[sample] = rounded if good else 0.0
            counts[line] += good
        lanes[:] = 0.0
        whole = n_sample - n_sample % _LANES
        for start in range(0, whole, _LANES):
            for lane in range(_LANES):
                lanes[lane] += amplitudes[start + lane]
        for sample in range(whole, n_sample):
            lanes[sample - whole] += amplitudes[sample]
        for lane in range(_LANES):
            sums[line] += lanes[lane]
    return sums, counts
