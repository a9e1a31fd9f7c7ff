"""Series of pixels or nodes on a CUDA device, for kernels that work on the arcs between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps_kernels.device import gpu


def uploaded_if_it_fits(series: Any) -> Any:
    """Give the series on the device; on the host where they would take too much of it."""
    fits = series.nbytes <= gpu.SHARE_OF_FREE_MEMORY * gpu.free_bytes()
    return gpu.to_device(series) if fits else series


def with_ends(series: Any, arcs: Any) -> tuple[Any, Any]:
    """Give series on the device, and the ends of some arcs as rows of them.

    Parameters
    ----------
    series : array, shape (n, m)
        On the host: only the rows that the arcs use are uploaded.
    arcs : array of int64, shape (e, 2)

    Returns
    -------
    device arrays
        Series and (e, 2) row numbers.
    """
    if gpu.is_on_device(series):
        return series, gpu.to_device(arcs)
    used, ends = np.unique(gpu.to_host(arcs), return_inverse=True)
    return gpu.to_device(series[used]), gpu.to_device(ends.reshape(arcs.shape))
