"""From DEM errors in m to the slope of phase over baseline that they make, for the searches."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pystamps.errors import ParameterError
from pystamps.parameters import Parameters

NOMINAL_RANGE = 830_000.0
"""Slant range in m; the original does not take that of the stack."""

UNKNOWN_INCIDENCE = math.radians(21.0)
LOOK_TO_INCIDENCE = 0.052
"""Incidence angle minus look angle in rad, at the altitude of ERS and Envisat."""

_MOST_CYCLES = 1000
"""Beyond any satellite: 20 m of DEM error make 5 cycles over 1 km of baseline in X band."""


def largest_slope(parameters: Parameters, incidence: float) -> float:
    """Give the slope in rad/m that the largest DEM error searched makes.

    Parameters
    ----------
    parameters : Parameters
        ``max_topo_err`` in m and ``lambda``.
    incidence : float
        Mean incidence angle in rad.
    """
    return parameters.max_topo_err / metres_of_slope(parameters, incidence)


def metres_of_slope(parameters: Parameters, incidence: float) -> float:
    """Give the DEM error in m that makes a slope of 1 rad/m (``lambda``; incidence in rad)."""
    return parameters.lambda_ * NOMINAL_RANGE * math.sin(incidence) / (4 * math.pi)


def check_cycles(n_trial_wraps: float | np.floating[Any], parameters: Parameters) -> None:
    """Refuse a search over an absurd number of cycles, which would never end.

    Parameters
    ----------
    n_trial_wraps : float
        Cycles that the largest DEM error makes over the range of baselines.
    parameters : Parameters

    Raises
    ------
    ParameterError
    """
    if not n_trial_wraps <= _MOST_CYCLES:
        raise ParameterError(
            f"lambda={parameters.lambda_}, max_topo_err={parameters.max_topo_err}: DEM errors make "
            f"up to {n_trial_wraps:.0f} cycles over the range of baselines, expected at most "
            f"{_MOST_CYCLES}; give both in metres, and check the baselines"
        )
