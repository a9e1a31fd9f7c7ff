"""Histogram with given bin centres."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation


def stage2_histogram(
    values: npt.NDArray[np.floating[Any]],
    centres: npt.NDArray[np.float64],
    *,
    choice: KernelChoice = AUTO,
) -> npt.NDArray[np.float64]:
    """Count values per bin, as ``hist(values, centres)`` of MATLAB does.

    Parameters
    ----------
    values : ndarray of float64, shape (k,)
        NaN is ignored; values beyond the outer edges, infinite ones included, go to the end bins.
    centres : ndarray of float64, shape (b,)
        Ascending, two or more.
    choice : KernelChoice, optional

    Returns
    -------
    ndarray of float64, shape (b,)

    Raises
    ------
    ValueError
        Wrong shapes or fewer than two centres.

    Notes
    -----
    Edges lie halfway between centres; a value on an edge belongs to the lower bin.
    """
    if values.ndim != 1 or centres.ndim != 1 or centres.size < 2:
        raise ValueError(f"expected vectors and two centres, {values.shape=}, {centres.shape=}")
    edges = centres[:-1] + (centres[1:] - centres[:-1]) / 2
    run = implementation("stage2_histogram", choice, size=values.size)
    counts: npt.NDArray[np.float64] = run(values.astype(np.float64, copy=False), edges)
    return counts
