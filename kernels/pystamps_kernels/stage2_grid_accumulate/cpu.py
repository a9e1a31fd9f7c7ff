"""Numba: pixels in their order. See the package and ``host.cell_sums``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.host.cell_sums import cell_sums


def stage2_grid_accumulate(
    ph_weight: npt.NDArray[np.complex64],
    cell: npt.NDArray[Any],
    by_cell: npt.NDArray[Any] | None,
    n_cell: int,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    return cell_sums(ph_weight, np.ascontiguousarray(cell), n_cell)
