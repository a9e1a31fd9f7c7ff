"""Points of a track with the two parts of the error of their velocity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.products.asked_table import table_as_asked
from pystamps.products.chosen import ChosenPoints, PointChoice, choose_points
from pystamps.products.point_fits import error_spread_of_table
from pystamps.products.point_table import PointTable
from pystamps.products.time_function_fit import fit_design


@dataclass(frozen=True, slots=True)
class TrackPoints:
    """Points of a track.

    Attributes
    ----------
    points : ChosenPoints
    own_std : float64, (n,), mm/yr
        Of the velocity, from noise that is of the point alone: it averages out over points.
    shared_std : float64, (n,), mm/yr
        From what near points share, atmosphere and planes relative to the reference: it stays.
    """

    points: ChosenPoints
    own_std: Float64
    shared_std: Float64


def track_points(table: PointTable, choice: PointChoice) -> TrackPoints:
    """Choose points of a table, and estimate the errors of their velocities.

    Parameters
    ----------
    table : PointTable
    choice : PointChoice
        Its reference decides what the errors are relative to.

    Raises
    ------
    ParameterError
        Nothing is left, or the dates do not determine velocity and errors.

    Notes
    -----
    The errors of the dates are those of :mod:`~pystamps.products.date_errors`, from all points.
    """
    points = choose_points(table, choice)
    asked = table_as_asked(table, choice.value_type, choice.reference)
    design = fit_design(
        asked.layers.day, "linear",
        reference_column=asked.layers.reference_column, ifg_std_deg=asked.noise_deg,
    )  # fmt: skip
    spread, names = error_spread_of_table(design, asked), design.model.names
    rows = np.isin(asked.columns["point_id"], points.columns["point_id"])
    return TrackPoints(
        points,
        spread.own_std("velocity", names)[rows],
        spread.shared_std("velocity", names)[rows],
    )
