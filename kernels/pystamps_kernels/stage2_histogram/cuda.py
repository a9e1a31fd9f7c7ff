"""CUDA: search and count with the functions of CuPy. See the package."""

from __future__ import annotations

from typing import Any

from pystamps_kernels import _cuda

PROGRAMS: dict[str, _cuda.Program] = {}


def stage2_histogram(values: Any, edges: Any) -> Any:
    """See the package."""
    xp = _cuda.arrays()
    counts = xp.zeros(edges.size + 1)
    edges = _cuda.to_device(edges)

    def run(part: slice) -> None:
        nonlocal counts
        found = _cuda.to_device(values[part])
        bins = xp.searchsorted(edges, found[~xp.isnan(found)])
        counts = counts + xp.bincount(bins, minlength=edges.size + 1)

    _cuda.in_blocks(values.size, 4 * values.dtype.itemsize, run)
    return counts if _cuda.is_on_device(values) else _cuda.to_host(counts)
