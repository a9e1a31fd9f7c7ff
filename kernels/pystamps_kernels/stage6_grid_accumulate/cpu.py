"""Numba: pixels in their order. See the package and ``host.cell_sums``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.host.cell_sums import cell_sums


def stage6_grid_accumulate(
    ph: NDArray[np.complex64], node: NDArray[np.int64], n_node: int
) -> NDArray[np.complex64]:
    """See the package."""
    return cell_sums(ph, node, n_node)
