"""CUDA: one thread per pixel, trial sums in registers. See the package."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from pystamps_kernels.device import gpu

_THREADS = 128
_FILES = ("device/elementary.cuh", "device/topofit.cuh", "stage2_topofit/kernel.cu")


def classes(phase_is_single: bool, k_is_single: bool) -> tuple[tuple[str, str], ...]:
    """Give the classes of phasors, of baselines and K, and of rounded values to the source."""
    names = {True: "float", False: "double"}
    return (
        ("PHASE", names[phase_is_single]),
        ("BASELINE", names[k_is_single]),
        ("VALUE", names[phase_is_single or k_is_single]),
    )


PROGRAMS = {
    given: gpu.Program(_FILES, classes(*given)) for given in product((True, False), repeat=2)
}


def stage2_topofit(
    phase: Any, bperp: Any, steps: int, k_is_single: bool, value_is_single: bool
) -> tuple[Any, Any, Any, Any]:
    """See the package; ``bperp`` may also be one row for all pixels."""
    n, m = phase.shape
    results = (*(gpu.empty(phase, (n,), np.float64) for _ in range(3)), gpu.empty_like(phase))
    program = PROGRAMS[phase.dtype == np.complex64, k_is_single]
    bytes_each = m * (4 * phase.dtype.itemsize + 2 * bperp.dtype.itemsize) + 24

    def run(rows: slice) -> None:
        xp = gpu.arrays()
        z = xp.ascontiguousarray(gpu.to_device(phase[rows]).T)
        count = z.shape[1]
        b, b_pixel, b_ifg = _baselines(bperp, rows, np.float32 if k_is_single else np.float64)
        found = (*(xp.empty(count) for _ in range(3)), xp.empty_like(z))
        gpu.launch(
            program, "topofit", z, b, np.int64(b_pixel), np.int64(b_ifg), *found,
            np.int64(count), np.int64(m), np.int64(steps),
            blocks=-(-count // _THREADS), threads=_THREADS,
        )  # fmt: skip
        for result, values in zip(results, found, strict=True):
            gpu.store_rows(result, rows, values.T)

    gpu.in_blocks(n, bytes_each, run)
    return results


def _baselines(bperp: Any, rows: slice, dtype: Any) -> tuple[Any, int, int]:
    """Give baselines on the device, and how far two pixels and two interferograms lie apart."""
    if bperp.ndim == 1:
        return gpu.to_device(bperp, dtype), 0, 1
    b = gpu.arrays().ascontiguousarray(gpu.to_device(bperp[rows], dtype).T)
    return b, 1, b.shape[1]
