"""CUDA: search and count with the functions of CuPy. See the package."""

from __future__ import annotations

from typing import Any

from pystamps_kernels.device import gpu

PROGRAMS: dict[str, gpu.Program] = {}


def stage2_histogram(values: Any, edges: Any) -> Any:
    """See the package."""
    xp = gpu.arrays()
    counts = xp.zeros(edges.size + 1)
    edges = gpu.to_device(edges)

    def run(part: slice) -> None:
        nonlocal counts
        found = gpu.to_device(values[part])
        bins = xp.searchsorted(edges, found[~xp.isnan(found)])
        counts = counts + xp.bincount(bins, minlength=edges.size + 1)

    gpu.in_blocks(values.size, 4 * values.dtype.itemsize, run)
    return counts if gpu.is_on_device(values) else gpu.to_host(counts)
