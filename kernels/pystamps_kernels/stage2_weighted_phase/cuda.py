"""CUDA: one thread per phasor. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels import _cuda

_THREADS = 256
_FILES = ("_cuda_elementary.cuh", "stage2_weighted_phase/kernel.cu")
PROGRAMS = {
    is_single: _cuda.Program(_FILES, (("BASELINE", "float" if is_single else "double"),))
    for is_single in (True, False)
}


def stage2_weighted_phase(
    ph: Any, bperp_mat: Any, k_ps: Any, weighting: Any, is_single: bool
) -> Any:
    """See the package."""
    n, m = ph.shape
    out = _cuda.empty_like(ph)
    bytes_each = m * (2 * ph.dtype.itemsize + bperp_mat.dtype.itemsize)

    def run(rows: slice) -> None:
        z, b = _cuda.to_device(ph[rows]), _cuda.to_device(bperp_mat[rows])
        result = _cuda.arrays().empty_like(z)
        _cuda.launch(
            PROGRAMS[is_single], "weighted_phase", z, b, _cuda.to_device(k_ps[rows], b.dtype),
            _cuda.to_device(weighting[rows], np.float32), result,
            np.int64(len(z)), np.int64(m), blocks=-(-z.size // _THREADS), threads=_THREADS,
        )  # fmt: skip
        _cuda.store(out, rows, result)

    _cuda.in_blocks(n, bytes_each, run)
    return out
