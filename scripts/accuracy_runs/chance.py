"""What coverage of a scene varies by itself, because its plane is one draw for all scatterers."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

INSIDE = (0.45, 0.85)
"""Share of velocities within 1 sigma that rule A5 asks of every scene."""
_DRAWS, _SCATTERERS = 2000, 500


def coverage_by_chance(
    place: np.ndarray, std: np.ndarray, plane_std: np.ndarray
) -> dict[str, float]:
    """Give the coverage of a scene whose errors are exactly as stated, by simulation.

    Parameters
    ----------
    place : ndarray of float, shape (n, 2)
        m.
    std, plane_std : ndarray of float, shape (n,)
        Stated standard deviations of the velocity, and the part of it that is a plane, mm/yr.

    Returns
    -------
    dict
        Mean and standard deviation of the share within 1 sigma, and how often it is outside
        :data:`INSIDE`.

    Notes
    -----
    ``plane_std`` squared is a quadratic form of the place, whose second powers are the covariance
    of the slopes. One plane is drawn for all scatterers, its mean removed as that of errors is;
    what else is stated is independent from scatterer to scatterer.
    """
    apart = (place - place.mean(axis=0)) / place.std()
    x, y = apart.T
    terms = np.column_stack([np.ones(len(x)), x, y, x**2, x * y, y**2])
    _, _, _, xx, xy, yy = np.linalg.lstsq(terms, plane_std**2, rcond=None)[0]
    size, turn = np.linalg.eigh([[xx, xy / 2], [xy / 2, yy]])
    generator = np.random.default_rng(1)
    drawn = generator.standard_normal((_DRAWS, 2)) * np.sqrt(np.maximum(size, 0))
    rows = np.linspace(0, len(x) - 1, min(len(x), _SCATTERERS)).astype(int)
    plane = drawn @ turn.T @ apart[rows].T
    own = np.sqrt(np.maximum(std**2 - plane_std**2, 1e-12))[rows]
    share = (ndtr((std[rows] - plane) / own) - ndtr((-std[rows] - plane) / own)).mean(axis=1)
    is_outside = (share < INSIDE[0]) | (share > INSIDE[1])
    return {
        "within_1_expected": float(share.mean()),
        "within_1_spread": float(share.std()),
        "outside_by_chance": float(is_outside.mean()),
    }
