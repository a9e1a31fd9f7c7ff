"""Least sum of absolute residuals, pixel by pixel: the optimum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation

Float64 = npt.NDArray[np.float64]


def stage7_least_absolute(
    data: Float64, design: Float64, *, choice: KernelChoice = AUTO
) -> Float64:
    """Give the unknowns that minimise ``sum |data - design @ unknowns|`` of each pixel.

    Parameters
    ----------
    data : ndarray of float64, shape (n_ps, n_observation)
        A pixel with NaN gets NaN.
    design : ndarray of float64, shape (n_observation, n_unknown)
        Of full rank; best with orthonormal columns.
    choice : KernelChoice

    Returns
    -------
    ndarray of float64, shape (n_ps, n_unknown)

    Notes
    -----
    The sum is convex and piecewise linear, so that its least value is taken at a vertex: where as
    many observations as there are unknowns are met exactly. The reference looks at all vertices.
    The others descend along edges from vertex to vertex, each edge as far as the sum decreases:
    Barrodale and Roberts (1973), SIAM J. Numer. Anal. 10, 839-848.
    """
    n_observation, n_unknown = design.shape
    if data.shape[1] != n_observation or n_observation < n_unknown:
        raise ValueError(f"{data.shape=} and {design.shape=} do not fit")
    solve = implementation("stage7_least_absolute", choice)
    found: Float64 = solve(
        np.ascontiguousarray(data, dtype=np.float64), np.ascontiguousarray(design, dtype=np.float64)
    )
    return found
