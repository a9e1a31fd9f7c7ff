"""CUDA: one thread per phasor. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu

_THREADS = 256
_FILES = ("device/elementary.cuh", "stage2_weighted_phase/kernel.cu")
PROGRAMS = {
    is_single: gpu.Program(_FILES, (("BASELINE", "float" if is_single else "double"),))
    for is_single in (True, False)
}


def stage2_weighted_phase(
    ph: Any, bperp_mat: Any, k_ps: Any, weighting: Any, is_single: bool
) -> Any:
    """See the package."""
    n, m = ph.shape
    out = gpu.empty_like(ph)
    bytes_each = m * (2 * ph.dtype.itemsize + bperp_mat.dtype.itemsize)

    def run(rows: slice) -> None:
        z, b = gpu.to_device(ph[rows]), gpu.to_device(bperp_mat[rows])
        result = gpu.arrays().empty_like(z)
        gpu.launch(
            PROGRAMS[is_single], "weighted_phase", z, b, gpu.to_device(k_ps[rows], b.dtype),
            gpu.to_device(weighting[rows], np.float32), result,
            np.int64(len(z)), np.int64(m), blocks=-(-z.size // _THREADS), threads=_THREADS,
        )  # fmt: skip
        gpu.store_rows(out, rows, result)

    gpu.in_blocks(n, bytes_each, run)
    return out
