"""Numba version of stage6_grid_accumulate; see the package."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from pystamps_kernels._compile import compiled


def stage6_grid_accumulate(ph: Any, node: Any, n_node: int) -> Any:
    """See the package."""
    by_node = np.argsort(node, kind="stable")
    first = np.searchsorted(node[by_node], np.arange(n_node + 1))
    return _segment_sums(ph, by_node, first)


@compiled(parallel=True)
def _segment_sums(ph, by_node, first):  # type: ignore[no-untyped-def]
    """Sum the rows of each segment of the sorted pixels."""
    n_node, n_ifg = first.size - 1, ph.shape[1]
    total = np.zeros((n_node, n_ifg), dtype=np.complex64)
    for n in prange(n_node):
        for s in range(first[n], first[n + 1]):
            pixel = by_node[s]
            for k in range(n_ifg):
                total[n, k] += ph[pixel, k]
    return total
