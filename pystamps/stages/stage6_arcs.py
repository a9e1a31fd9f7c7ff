"""Stage 6: nearest node of every grid cell and arcs between nodes (StaMPS ``uw_interp``)."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Bool, Index
from pystamps.model import UnwrapArcs
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage6_nearest_node import stage6_nearest_node


def arcs_between_nodes(occupied: Bool, *, choice: KernelChoice = AUTO) -> UnwrapArcs:
    """Arcs between the nodes that meet along the sides of the grid cells.

    Parameters
    ----------
    occupied : ndarray of bool, shape (n_i, n_j)
        Cells with pixels; nodes are numbered down the columns.
    choice : KernelChoice

    Returns
    -------
    UnwrapArcs

    Notes
    -----
    ``uw_interp``. The original triangulates the nodes, but its result depends on nothing but the
    nearest nodes. On a grid without an empty cell it loses the first arc, because it takes
    for granted that some arc lies inside a node; here that arc is kept.
    """
    nearest = stage6_nearest_node(occupied, choice=choice)
    n_i, n_j = nearest.shape
    columns = (nearest[:, :-1].ravel(), nearest[:, 1:].ravel())
    rows = (nearest[:-1].ravel(), nearest[1:].ravel())
    from_node = np.concatenate([columns[0], rows[0]])
    to_node = np.concatenate([columns[1], rows[1]])
    nodes, number = number_arcs(from_node, to_node)
    n_columns = n_i * (n_j - 1)
    return UnwrapArcs(
        edgs=np.column_stack([np.arange(len(nodes), dtype=np.int64), nodes]),
        rowix=number[n_columns:].reshape(n_i - 1, n_j).astype(np.float64),
        colix=number[:n_columns].reshape(n_i, n_j - 1).astype(np.float64),
        nearest_node=nearest,
    )


def number_arcs(from_node: Index, to_node: Index) -> tuple[Index, Index]:
    """Give the distinct arcs (low, high node), sorted, and the number of each grid arc.

    The number counts from 1, is negative where the grid arc runs from the high node to the low
    one, and is 0 where both ends lie in one node.
    """
    low, high = np.minimum(from_node, to_node), np.maximum(from_node, to_node)
    n_node = int(high.max()) + 1 if high.size else 1
    between = low != high
    key, arc = np.unique((low * n_node + high)[between], return_inverse=True)
    number = np.zeros(low.size, dtype=np.int64)
    number[between] = (arc + 1) * np.where(from_node <= to_node, 1, -1)[between]
    return np.column_stack(np.divmod(key, n_node)), number
