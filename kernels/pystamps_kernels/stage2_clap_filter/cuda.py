"""CUDA: one block of threads per window, then one thread per cell. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu
from pystamps_kernels.device.windows import FILES, WindowBlock, images

_THREADS = 256


def _program(n: int, is_single: bool) -> gpu.Program:
    real = ("REAL", "float" if is_single else "double")
    return gpu.Program((*FILES, "stage2_clap_filter/kernel.cu"), (*WindowBlock(n).defines(), real))


PROGRAMS = {(n, single): _program(n, single) for n in (8, 32, 64) for single in (True, False)}
"""Usual sizes of windows; others follow on demand."""


def stage2_clap_filter(grid: Any, low_pass: Any, alpha: float, beta: float) -> Any:
    """See the package."""
    n_i, n_j, m = grid.shape
    block = WindowBlock(len(low_pass))
    program, size = _program(block.n, grid.dtype == np.complex64), 3 * block.n // 4
    per_image = _windows_along(n_i, size // 4) * _windows_along(n_j, size // 4)
    out = gpu.empty_like(grid)
    gain, circle = block.tables(low_pass)

    def run(ifgs: slice) -> None:
        xp = gpu.arrays()
        given = images(grid, ifgs)
        shape = (np.int64(n_i), np.int64(n_j), np.int64(len(given)))
        filtered = xp.empty((len(given) * per_image, size, size), np.complex128)
        block.launch(
            program, "filter_windows", given, gain, circle, filtered, np.float64(alpha),
            np.float64(beta), *shape, windows=len(filtered),
        )  # fmt: skip
        sums = xp.empty_like(given)
        gpu.launch(
            program, "add_windows", filtered, sums, *shape,
            blocks=-(-sums.size // _THREADS), threads=_THREADS,
        )  # fmt: skip
        gpu.store_rows(np.moveaxis(out, 2, 0), ifgs, sums)

    gpu.in_blocks(m, 3 * n_i * n_j * grid.dtype.itemsize + 16 * size**2 * per_image, run)
    return out


def _windows_along(cells: int, step: int) -> int:
    return -(-cells // step) - 3
