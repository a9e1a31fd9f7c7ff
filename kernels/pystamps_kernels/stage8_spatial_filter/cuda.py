"""CUDA: sums around the targets of a cell, in tiles like those of a matrix product."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.device import gpu

Index = npt.NDArray[np.int64]

_TARGETS = 32
_THREADS = 256
PROGRAMS = {
    width: gpu.Program(("stage8_spatial_filter/kernel.cu",), (("WIDTH", str(width)),))
    for width in (1, 2, 4)
}
"""By columns of a thread; a block has 32 times as many."""


def stage8_spatial_filter(
    xy: Any,
    cell_of_target: Index,
    first: Index,
    last: Index,
    source_xy: Any,
    source_values: Any,
    wavelength: float,
) -> Any:
    """See the package; only ``source_values`` may lie on the device, and then the result does."""
    n, m = len(xy), source_values.shape[1]
    result = gpu.empty(source_values, (n, m), np.float64)
    width = next((width for width in PROGRAMS if m <= 32 * width), max(PROGRAMS))
    n_part = -(-m // (32 * width))

    def run(rows: slice) -> None:
        cells = slice(cell_of_target[rows][0], cell_of_target[rows][-1] + 1)
        near = slice(first[cells].min(), last[cells].max())
        tasks = _tasks(cell_of_target[rows] - cells.start)
        means = gpu.arrays().empty((rows.stop - rows.start, m))
        gpu.launch(
            PROGRAMS[width], "gaussian_means", gpu.to_device(xy[rows]), gpu.to_device(tasks),
            gpu.to_device(first[cells] - near.start), gpu.to_device(last[cells] - near.start),
            gpu.to_device(source_xy[near]), gpu.to_device(source_values[near]), means,
            np.float64((4.0 * wavelength) ** 2), np.float64(-1.0 / (2.0 * wavelength**2)),
            np.int64(m), np.int64(n_part),
            blocks=len(tasks) * n_part, threads=_THREADS,
        )  # fmt: skip
        gpu.store_rows(result, rows, means)

    gpu.in_blocks(n, 8 * m + 3 * 4 * m + 100, run)  # at least three rows of cells are sources
    return result


def _tasks(cell: Index) -> Index:
    """Cut the targets, sorted by cell, into pieces of one cell each: first, last, cell."""
    start = np.flatnonzero(np.diff(cell, prepend=-1))
    stop = np.append(start[1:], cell.size)
    pieces = -(-(stop - start) // _TARGETS)
    of = np.repeat(np.arange(start.size), pieces)
    number = np.arange(of.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = start[of] + _TARGETS * number
    return np.column_stack([begin, np.minimum(begin + _TARGETS, stop[of]), cell[start[of]]])
