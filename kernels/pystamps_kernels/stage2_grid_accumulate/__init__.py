"""Sum of phasors per cell of the filter grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu

Integers = npt.NDArray[np.integer[Any]]


def stage2_grid_accumulate(
    ph_weight: npt.NDArray[np.complex64],
    cell: Integers,
    *,
    shape: tuple[int, int],
    by_cell: Integers | None = None,
    choice: KernelChoice = AUTO,
) -> npt.NDArray[np.complex64]:
    """Add the weighted phasors of all pixels of a cell.

    Parameters
    ----------
    ph_weight : ndarray of complex64, shape (n, n_ifg)
        NaN makes its cell NaN.
    cell : ndarray of int, shape (n,)
        ``row * n_j + column``, 0-based.
    shape : (n_i, n_j)
        Size of the grid.
    by_cell : ndarray of int, shape (n,), optional
        ``np.argsort(cell, kind="stable")``, for backends that want it and a caller that keeps it
        between calls.
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of complex64, shape (n_i, n_j, n_ifg)
        0 where no pixel lies.

    Raises
    ------
    ValueError
        Wrong shapes, or a cell outside the grid.

    Notes
    -----
    Part of StaMPS ``ps_est_gamma_quick``. Pixels are added one after the other in single, as
    there.
    """
    if ph_weight.ndim != 2 or cell.shape != ph_weight.shape[:1]:
        raise ValueError(f"expected one cell per row, {ph_weight.shape=}, {cell.shape=}")
    if cell.size and not 0 <= cell.min() <= cell.max() < shape[0] * shape[1]:
        raise ValueError(f"cells must lie in the grid, {shape=}, {cell.min()=}, {cell.max()=}")
    run = implementation("stage2_grid_accumulate", choice, size=ph_weight.size)
    grid: npt.NDArray[np.complex64] = run(
        gpu.contiguous(ph_weight), cell, by_cell, shape[0] * shape[1]
    )
    return grid.reshape(*shape, ph_weight.shape[1])
