"""See the package."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

FLATTEST = 1e-10
"""Determinant below which observations do not tell the unknowns: no vertex."""


def stage7_least_absolute(data: Float64, design: Float64) -> Float64:
    """See the package."""
    n_observation, n_unknown = design.shape
    found = np.full((len(data), n_unknown), np.nan)
    met = np.array(list(combinations(range(n_observation), n_unknown)))
    met = met[np.abs(np.linalg.det(design[met])) > FLATTEST]
    inverse = np.linalg.inv(design[met])
    for i in np.flatnonzero(~np.isnan(data).any(axis=1)):
        vertices = np.einsum("vij,vj->vi", inverse, data[i, met])
        sums = np.abs(data[i] - vertices @ design.T).sum(axis=1)
        found[i] = vertices[np.argmin(sums)]
    return found
