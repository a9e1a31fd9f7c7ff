"""What depends on the dates alone in the smoothing of arcs: the same for all arcs.

For image i, t_k = day_i - day_k and weights w_k = exp(-t_k**2 / (2 time_win**2)) of sum 1, the line
y = m0 + m1 t that minimises sum w (y - m0 - m1 t)**2 has, with s1 = sum w t and s2 = sum w t**2,

    m1 = sum w (t - s1) y / (s2 - s1**2),    m0 = sum w y - s1 m1.

Both are products of y with vectors, here ``slope`` and ``level``. At image i itself t = 0: the
value of the line there is m0. Because any line is its own fit,

    sum level = 1,  sum level t = 0;  sum slope = 0,  sum slope t = 1.                       (1)

Where all weight is on one image the line is level: slope = 0 and level = w.
"""

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
