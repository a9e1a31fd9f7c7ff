"""A reference area that is known to move: its velocity in what people take away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pystamps.arrays import Array
from pystamps.products.accurate_columns import VELOCITIES_OF_MODES
from pystamps.products.chosen import ChosenPoints
from pystamps.rows import Rows

_DAYS_PER_YEAR = 365.25


def with_known_reference(points: ChosenPoints, velocity_m_per_year: float) -> ChosenPoints:
    """Add the velocity of the reference area to velocities and displacement.

    Parameters
    ----------
    points : ChosenPoints
        Relative to the reference area of the run.
    velocity_m_per_year : float
        ``ref_velocity``, positive toward the satellite.

    Returns
    -------
    ChosenPoints
        The series too, so that they fit the velocity; as given where it is 0.

    Notes
    -----
    StaMPS ``ps_output`` adds it to ``ps_mean_v.xy`` alone.
    """
    if not velocity_m_per_year:
        return points
    added = 1000 * velocity_m_per_year
    years = (points.day - points.day[points.reference_column]) / _DAYS_PER_YEAR
    series = points.displacement

    def give(rows: slice) -> Array:
        return np.asarray(series[rows] + added * years, dtype=np.float32)

    moved = {
        name: (values + added).astype(values.dtype)
        for name, values in points.columns.items()
        if name in ("velocity", *VELOCITIES_OF_MODES)
    }
    return replace(
        points,
        columns={**points.columns, **moved},
        displacement=Rows(series.shape, np.float32, give),
        about={**points.about, "reference_velocity_mm_per_year": added},
    )
