"""Unwrapping by minimum-cost flow, run by itself: LEMON's network simplex in the package pylmcf.

Started by :mod:`pystamps.pipeline.snaphu_runner` as a script, in a folder with the files of snaphu:

    python -P flow_child.py N_COLUMNS
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from pystamps.io.snaphu import COSTS, INPUT, OUTPUT
from pystamps.stages.stage6_flow import Int64, cycles_of_arcs, flow_network, integrate_cycles


def write_unwrapped_by_flow(folder: Path, n_columns: int) -> None:
    """Read phase and costs of one interferogram as snaphu does, and write its unwrapped phase."""
    wrapped = np.fromfile(folder / INPUT, dtype=np.complex64).reshape(-1, n_columns)
    costs = np.fromfile(folder / COSTS, dtype=np.int16).reshape(-1, 4)
    n_rows = len(wrapped)
    between_rows, between_columns = np.split(costs, [(n_rows - 1) * n_columns])
    network = flow_network(
        wrapped,
        between_rows.reshape(n_rows - 1, n_columns, 4),
        between_columns.reshape(n_rows, n_columns - 1, 4),
    )
    print(f"{n_rows} x {n_columns} cells, {np.count_nonzero(network.supply[1:])} residues")
    cycles = cycles_of_arcs(network, solve_by_network_simplex)
    integrate_cycles(network, cycles, wrapped).tofile(folder / OUTPUT)


def solve_by_network_simplex(
    supply: Int64, tail: Int64, head: Int64, capacity: Int64, cost: Int64
) -> Int64:
    """Give flows of the smallest total cost; the same flows each time.

    Parameters
    ----------
    supply : ndarray of int64, shape (n_node,)
        Sums up to 0.
    tail, head, capacity, cost : ndarray of int64, shape (n_arc,)
        Arcs beside each other may join the same nodes; costs are not negative.
    """
    from pylmcf import pylmcf_cpp

    order = np.lexsort((head, tail))
    given = (np.ascontiguousarray(values[order]) for values in (tail, head, capacity, cost))
    flow = np.empty_like(cost)
    flow[order] = pylmcf_cpp.lmcf(supply, *given)
    return flow


if __name__ == "__main__":
    write_unwrapped_by_flow(Path(), int(sys.argv[1]))
