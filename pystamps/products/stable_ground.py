"""Where the ground deforms, by squares: the median velocity of their points against a plane.

A square deforms when the median velocity of its points differs by more than three standard
deviations of the velocity of a usual point from the plane through the medians of all squares. The
plane, fitted to the sum of absolute differences, stands for orbit and long-wave atmosphere; the
atmosphere within a square is common to its points, so that their number makes nothing surer.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from pystamps.arrays import Float64, Index
from pystamps.geo import llh2local
from pystamps.products.point_table import PointTable

FEWEST_OF_SQUARE = 3
"""Points of a square that is judged."""

_DEFORMS_FROM = 3.0
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class StableGround:
    """Points on the ground, and where it deforms.

    Attributes
    ----------
    lonlat : float64, (n_ps, 2), degrees
    origin : float64, (2,), degrees
    metres : float64, (n_ps, 2)
        From the origin.
    velocity : float64, (n_ps,), mm/yr, median 0
    coherence : float32, (n_ps,)
    deforming : float64, (n, 2), m
        Middles of the squares that deform.
    """

    lonlat: Float64
    origin: Float64
    metres: Float64
    velocity: Float64
    coherence: Float64
    deforming: Float64

    def on_ground(self, lonlat: Float64) -> Float64:
        """Give positions in m from the origin, (n, 2)."""
        return np.asarray(llh2local(lonlat, self.origin) * 1000)

    def distance_to_deformation(self, metres: Float64) -> Float64:
        """Give the distance to the nearest square that deforms, m; infinite when none does."""
        if not len(self.deforming):
            return np.full(len(metres), inf)
        from scipy.spatial import cKDTree  # slow to import

        return np.asarray(cKDTree(self.deforming).query(metres)[0])


def metres_of_points(table: PointTable) -> Float64:
    """Give positions in m from the middle of the points, (n_ps, 2)."""
    return _positions(table)[2]


def stable_ground(table: PointTable, side_m: float) -> StableGround:
    """Find squares that deform.

    Parameters
    ----------
    table : PointTable
    side_m : float
        Of the squares.
    """
    columns = table.columns
    lonlat, origin, metres = _positions(table)
    velocity = columns["velocity"].astype(np.float64)
    velocity = velocity - np.nanmedian(velocity)
    squares = [rows[np.isfinite(velocity[rows])] for rows in points_of_squares(metres, side_m)]
    squares = [rows for rows in squares if rows.size >= FEWEST_OF_SQUARE]
    deforming = np.zeros((0, 2))
    if squares:
        value = np.array([np.median(velocity[rows]) for rows in squares])
        places = np.array([metres[rows].mean(axis=0) for rows in squares])
        usual = float(np.nanmedian(columns["velocity_std"]))
        deforms = np.abs(value - _robust_plane(places, value)) > _DEFORMS_FROM * usual
        deforming = places[deforms]
    return StableGround(lonlat, origin, metres, velocity, columns["coherence"], deforming)


def points_of_squares(metres: Float64, side_m: float) -> list[Index]:
    """Give the points of every square that has any."""
    square = np.floor(metres / side_m).astype(np.int64)
    order = np.lexsort((square[:, 1], square[:, 0]))
    ends = np.flatnonzero((np.diff(square[order], axis=0) != 0).any(axis=1)) + 1
    return list(np.split(order, ends))


def _positions(table: PointTable) -> tuple[Float64, Float64, Float64]:
    """Give longitude and latitude, the origin and metres on the ground."""
    lonlat = np.column_stack([table.columns["longitude"], table.columns["latitude"]])
    origin = np.nanmean(lonlat, axis=0)
    return lonlat, origin, np.asarray(llh2local(lonlat, origin) * 1000)


def _robust_plane(places: Float64, values: Float64) -> Float64:
    """Give the plane of the least sum of absolute differences, at the places."""
    design = np.column_stack([np.ones(len(values)), places / 1000])
    weight = np.ones(len(values))
    smallest = 1e-6 * max(1.0, float(np.abs(values).max()))
    plane = np.zeros_like(values)
    for _ in range(_ROUNDS):  # least squares, weighted by the differences of the round before
        root = np.sqrt(weight)
        plane = design @ np.linalg.lstsq(design * root[:, None], values * root, rcond=None)[0]
        weight = 1 / np.maximum(np.abs(values - plane), smallest)
    return plane
