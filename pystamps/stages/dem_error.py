"""From DEM errors in m to the slope of phase over baseline that they make, for the searches."""

from __future__ import annotations

import math

from pystamps.parameters import Parameters

NOMINAL_RANGE = 830_000.0
"""Slant range in m; the original does not take that of the stack."""

UNKNOWN_INCIDENCE = math.radians(21.0)
LOOK_TO_INCIDENCE = 0.052
"""Incidence angle minus look angle in rad, at the altitude of ERS and Envisat."""


def largest_slope(parameters: Parameters, incidence: float) -> float:
    """Give the slope in rad/m that the largest DEM error searched makes.

    Parameters
    ----------
    parameters : Parameters
        ``max_topo_err`` in m and ``lambda``.
    incidence : float
        Mean incidence angle in rad.
    """
    metres = parameters.lambda_ * NOMINAL_RANGE * math.sin(incidence) / (4 * math.pi)
    return parameters.max_topo_err / metres
