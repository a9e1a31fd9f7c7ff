"""Velocities and heights that the accuracy modes search, as slopes of phase."""

from __future__ import annotations

import numpy as np

from pystamps.accuracy.cycle_model import LARGEST_RELATIVE_VELOCITY_MM, CycleModel
from pystamps.arrays import Index
from pystamps.dates import DAYS_PER_YEAR
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.products.velocity import mm_per_radian
from pystamps.stages.dem_error import UNKNOWN_INCIDENCE, metres_of_slope


def searched_slopes(
    parameters: Parameters, pixels: Pixels, columns: Index, *, largest_height_m: float
) -> CycleModel:
    """Give years and baselines of interferograms, and the largest slopes that are searched.

    Parameters
    ----------
    parameters : Parameters
        ``lambda``.
    pixels : Pixels
    columns : ndarray of int64, shape (n_column,)
    largest_height_m : float
        m; velocities up to :data:`LARGEST_RELATIVE_VELOCITY_MM`.
    """
    stack = pixels.interferograms
    incidence = pixels.mean_incidence or UNKNOWN_INCIDENCE
    slopes = (
        LARGEST_RELATIVE_VELOCITY_MM / mm_per_radian(parameters.lambda_),
        largest_height_m / metres_of_slope(parameters, incidence),
    )
    return CycleModel(
        stack.temporal_baseline[columns] / DAYS_PER_YEAR,
        stack.bperp[columns].astype(np.float64),
        np.array(slopes),
    )
