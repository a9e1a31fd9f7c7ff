"""NumPy. See the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def stage2_grid_accumulate(
    ph_weight: npt.NDArray[np.complex64],
    cell: npt.NDArray[Any],
    by_cell: npt.NDArray[Any] | None,
    n_cell: int,
) -> npt.NDArray[np.complex64]:
    """See the package."""
    grid = np.zeros((n_cell, ph_weight.shape[1]), np.complex64)
    np.add.at(grid, cell, ph_weight)
    return grid
