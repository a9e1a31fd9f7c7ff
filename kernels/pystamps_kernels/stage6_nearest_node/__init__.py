"""Nearest occupied cell (node) of every cell of a grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.choice import AUTO, KernelChoice, implementation


def stage6_nearest_node(
    occupied: NDArray[np.bool_], *, choice: KernelChoice = AUTO
) -> NDArray[np.int64]:
    """Number of the nearest node of every cell, shape (n_i, n_j).

    Parameters
    ----------
    occupied : ndarray of bool, shape (n_i, n_j)
        Nodes are numbered from 0 down the columns of the true cells.
    choice : KernelChoice

    Returns
    -------
    ndarray of int64, shape (n_i, n_j)
        The lowest number where several nodes are equally near.

    Raises
    ------
    ValueError
        Not a matrix, no cell is occupied, or (compiled) a side exceeds 16384 cells.

    Notes
    -----
    ``dsearchn`` in ``uw_interp`` of StaMPS. Numbers grow with (column, row), so the lowest number
    is the smallest (squared distance, column, row): all comparisons are between integers.
    """
    occupied = np.ascontiguousarray(occupied, dtype=np.bool_)
    if occupied.ndim != 2 or not occupied.any():
        raise ValueError(f"{occupied.shape=}: expected a matrix with at least one occupied cell")
    function: Any = implementation("stage6_nearest_node", choice)
    node: NDArray[np.int64] = function(occupied)
    return node
