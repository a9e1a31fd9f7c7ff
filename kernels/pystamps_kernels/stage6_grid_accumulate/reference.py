"""NumPy version of stage6_grid_accumulate; see the package."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stage6_grid_accumulate(
    ph: NDArray[np.complex64], node: NDArray[np.int64], n_node: int
) -> NDArray[np.complex64]:
    """See the package."""
    total = np.zeros((n_node, ph.shape[1]), dtype=np.complex64)
    np.add.at(total, node, ph)
    return total
