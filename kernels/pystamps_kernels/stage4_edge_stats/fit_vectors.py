"""What depends on the dates alone in the smoothing of arcs: the same for all arcs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def fit_vectors(day: Array, time_win: float) -> Array:
    """Give t, weights of the others, vectors for intercept and slope, own weight: (5, m, m).

    The weight of the image itself is left out of the mean of the others and added afterwards:
    taking it away again would leave nothing but rounding where the window is short.
    """
    t = day[:, None] - day
    weight = np.exp(-(t**2) / (2 * time_win**2))
    weight /= weight.sum(axis=1, keepdims=True)
    s1, s2 = np.sum(weight * t, axis=1), np.sum(weight * t**2, axis=1)
    spread = s2 - s1**2
    slope = weight * (t - s1[:, None]) / np.where(spread > 0, spread, np.inf)[:, None]
    level = weight - s1[:, None] * slope
    own = np.diag(np.diag(weight))
    return np.stack([t, weight - own, level, slope, own])
