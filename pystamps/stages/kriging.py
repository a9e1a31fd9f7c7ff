"""Ordinary kriging: the best linear prediction from neighbours, the noise filtered out."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64


def ordinary_kriging(
    between: Float64, to_target: Float64, values: Float64, *, sill: Float64, nugget: Float64,
    reach: Float64,
) -> Float64:  # fmt: skip
    """Predict the correlated part of values at targets, each from its own neighbours.

    Parameters
    ----------
    between : ndarray of float64, shape (n, k, k) or (1, k, k)
        Distances between the neighbours of each target.
    to_target : ndarray of float64, shape (n, k) or (1, k)
        Distances of the neighbours to the target.
    values : ndarray of float64, shape (n, k)
    sill, nugget, reach : ndarray of float64, shape (n,)
        Of the exponential variogram; without nugget neighbours must lie apart.

    Returns
    -------
    ndarray of float64, shape (n,)

    Notes
    -----
    StaMPS ``ps_kriging``, method 2. The nugget stands between the neighbours only, so that the
    value of a neighbour at the target itself does not go through.
    """
    n, k = values.shape
    system = np.empty((n, k + 1, k + 1))
    system[:, :k, :k] = sill[:, None, None] * np.exp(-between / reach[:, None, None])
    system[:, np.arange(k), np.arange(k)] += nugget[:, None]
    system[:, k, :], system[:, :, k] = 1.0, 1.0
    system[:, k, k] = 0.0
    right = np.ones((n, k + 1, 1))
    right[:, :k, 0] = sill[:, None] * np.exp(-to_target / reach[:, None])
    weights = np.linalg.solve(system, right)[:, :k, 0]
    mean = values.mean(axis=1)
    predicted: Float64 = (weights * (values - mean[:, None])).sum(axis=1) + mean
    return predicted
