"""CUDA: phasors of the phases, then the search, one thread per pixel. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu
from pystamps_kernels.stage2_topofit.cuda import classes

_THREADS = 128
_FILES = (
    "device/elementary.cuh",
    "device/topofit.cuh",
    "stage2_topofit_coh_row_invariant/kernel.cu",
)
PROGRAMS = {
    is_single: gpu.Program(_FILES, classes(is_single, is_single)) for is_single in (True, False)
}


def stage2_topofit_coh_row_invariant(turns: Any, bperp: Any, steps: int, is_single: bool) -> Any:
    """See the package."""
    m, n = turns.shape
    coh = gpu.empty(turns, (n,), np.float64)
    b = gpu.to_device(bperp, np.float32 if is_single else np.float64)
    phasor = np.dtype(np.complex64 if is_single else np.complex128)
    program = PROGRAMS[is_single]

    def run(pixels: slice) -> None:
        phase = gpu.to_device(turns[:, pixels])
        count = phase.shape[1]
        z = gpu.arrays().empty(phase.shape, phasor)
        found = gpu.arrays().empty(count)
        gpu.launch(
            program, "unit_phasors", phase, z, np.int64(z.size),
            blocks=-(-z.size // _THREADS), threads=_THREADS,
        )  # fmt: skip
        gpu.launch(
            program, "coherence", z, b, found, np.int64(count), np.int64(m), np.int64(steps),
            blocks=-(-count // _THREADS), threads=_THREADS,
        )  # fmt: skip
        gpu.store_rows(coh, pixels, found)

    gpu.in_blocks(n, m * (turns.dtype.itemsize + phasor.itemsize) + 8, run)
    return coh
