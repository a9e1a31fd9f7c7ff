"""Sum of the phasors of the pixels of every occupied cell of the unwrapping grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu


def stage6_grid_accumulate(
    ph: NDArray[np.complex64],
    node: NDArray[np.int64],
    n_node: int,
    *,
    choice: KernelChoice = AUTO,
) -> NDArray[np.complex64]:
    """Sum of the phasors of the pixels of each node, shape (n_node, n_ifg).

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_ps, n_ifg)
    node : ndarray of int64, shape (n_ps,)
        Node of every pixel, 0 to ``n_node - 1``.
    n_node : int
    choice : KernelChoice

    Returns
    -------
    ndarray of complex64, shape (n_node, n_ifg)

    Raises
    ------
    ValueError
        Shapes do not fit, or a node number is outside the range.

    Notes
    -----
    ``uw_grid_wrapped`` of StaMPS. Pixels are added one after the other in single precision:
    the magnitude of a cell goes into the integer costs, where the last bit can count.
    """
    ph = gpu.contiguous(ph, np.complex64)
    node = gpu.contiguous(node, np.int64)
    if ph.ndim != 2 or node.shape != ph.shape[:1]:
        raise ValueError(f"{ph.shape=} and {node.shape=} do not fit")
    if node.size and (node.min() < 0 or node.max() >= n_node):
        raise ValueError(f"node numbers {node.min()} to {node.max()} are outside 0..{n_node - 1}")
    function: Any = implementation("stage6_grid_accumulate", choice, size=ph.size)
    result: NDArray[np.complex64] = function(ph, node, n_node)
    return result
