"""CUDA: one block of threads per cell and interferogram. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu
from pystamps_kernels.device.windows import FILES, WindowBlock, images


def _program(n: int) -> gpu.Program:
    return gpu.Program((*FILES, "stage3_cell_filter/kernel.cu"), WindowBlock(n).defines())


PROGRAMS = {n: _program(n) for n in (8, 24, 32, 64)}
"""Usual sizes of windows; others follow on demand."""


def stage3_cell_filter(
    ph_grid: Any, cells: Any, low_pass: Any, alpha: float, beta: float,
    reach: int, reach_in_first_only: bool,
) -> Any:  # fmt: skip
    """See the package."""
    n_i, n_j, m = ph_grid.shape
    block, n_cells = WindowBlock(len(low_pass)), len(cells)
    out = gpu.empty(ph_grid, (n_cells, m), np.complex64)
    places = gpu.to_device(cells, np.int64)
    gain, circle = block.tables(low_pass)

    def run(ifgs: slice) -> None:
        grid = images(ph_grid, ifgs)
        found = gpu.arrays().empty((len(grid), n_cells), np.complex64)
        first_plain = max(0, 1 - ifgs.start) if reach_in_first_only else m
        block.launch(
            _program(block.n), "cell_filter", grid, places, gain, circle, found,
            np.float64(alpha), np.float64(beta), np.int64(reach), np.int64(first_plain),
            np.int64(n_i), np.int64(n_j), np.int64(n_cells), np.int64(len(grid)),
            windows=found.size,
        )  # fmt: skip
        gpu.store_rows(out.T, ifgs, found)

    gpu.in_blocks(m, 8 * (2 * n_i * n_j + n_cells), run)
    return out
