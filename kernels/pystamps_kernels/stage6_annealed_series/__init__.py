"""Smooth series of images that fit the wrapped differences of an arc, by simulated annealing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.stage6_annealed_series.schedule import N_UNIFORM_OF_RUN

__all__ = ["N_UNIFORM_OF_RUN", "stage6_annealed_series"]

Float64 = NDArray[np.float64]


def stage6_annealed_series(
    dph: Float64,
    pairs: NDArray[np.int64],
    weight: Float64,
    x: Float64,
    uniform: Float64,
    *,
    choice: KernelChoice = AUTO,
) -> tuple[Float64, Float64]:
    """Series of the images and the smallest cost of every arc.

    Parameters
    ----------
    dph : ndarray of float64, shape (n_edge, n_ifg)
        Wrapped differences in rad; an arc with NaN gets NaN.
    pairs : ndarray of int64, shape (n_ifg, 2)
        First and second image of every interferogram.
    weight : ndarray of float64, shape (n_ifg, n_ifg)
        Weights of the residuals.
    x : ndarray of float64, shape (n_image,)
        Date of every image on a scale from 0 to n_image - 1.
    uniform : ndarray of float64, shape (n_edge, n_run * N_UNIFORM_OF_RUN)
        Random numbers in [0, 1), all that the runs of an arc take, in their order.
    choice : KernelChoice

    Returns
    -------
    series : ndarray of float64, shape (n_edge, n_image), rad
    cost : ndarray of float64, shape (n_edge,), rad

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    ``uw_sb_smooth_unwrap`` of StaMPS (Hooper and Zebker 2007), with n images

        s = m1 x + m2 n/2 sin(2 pi x/n - m3) + m4 n/2 sin(4 pi x/n - m5)
        cost = 2 pi sum |weight (r - round r)| + sum |s_(i+1) - s_i| / 5,   r = (dph - G s) / 2 pi

    and |m| at most pi/2, pi/4, pi, pi/4, pi. See ``schedule`` for the search.
    """
    dph, weight, x, uniform = (
        np.ascontiguousarray(array, dtype=np.float64) for array in (dph, weight, x, uniform)
    )
    pairs = np.ascontiguousarray(pairs, dtype=np.int64)
    n_edge, n_ifg = dph.shape
    n_uniform = max(1, uniform.shape[-1] // N_UNIFORM_OF_RUN) * N_UNIFORM_OF_RUN
    expected = {"pairs": (n_ifg, 2), "weight": (n_ifg, n_ifg), "uniform": (n_edge, n_uniform)}
    for (name, shape), array in zip(expected.items(), (pairs, weight, uniform), strict=True):
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if pairs.size and not 0 <= pairs.min() <= pairs.max() < x.size:
        raise ValueError(f"pairs name images {pairs.min()} to {pairs.max()} of {x.size}")
    function: Any = implementation("stage6_annealed_series", choice, size=dph.size)
    known = np.isfinite(dph).all(axis=1)
    series, cost = np.full((n_edge, x.size), np.nan), np.full(n_edge, np.nan)
    series[known], cost[known] = function(dph[known], pairs, weight, x, uniform[known])
    return series, cost
