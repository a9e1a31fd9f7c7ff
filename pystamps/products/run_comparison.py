"""Points of two data sets of one place beside each other: what both have, how velocities differ.

Two runs of one stack have the same image coordinates, and points are the same where these are. Data
sets of other grids (another reference image, another orbit, another program) are matched by
position: each point with the nearest one of the other side, where both choose each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial import cKDTree

from pystamps.arrays import Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.products.chosen import ChosenPoints

PERCENTS = (1, 5, 25, 50, 75, 95, 99)
"""Percentiles of the differences that are given."""

MatchedBy = Literal["pixel index", "position"]


@dataclass(frozen=True, slots=True)
class PointPairs:
    """Points that two data sets have in common.

    Attributes
    ----------
    matched_by : str
        "pixel index" where the grids are the same, else "position".
    rows, other_rows : int64, (n_common,)
        Rows of the same points in the one and in the other.
    only, only_other : int64
        Rows that have no partner.
    distance_m : float64, (n_common,)
    """

    matched_by: MatchedBy
    rows: Index
    other_rows: Index
    only: Index
    only_other: Index
    distance_m: Float64


@dataclass(frozen=True, slots=True)
class VelocityDifferences:
    """Velocity of the other data set minus that of the one, at common points.

    Attributes
    ----------
    values : float64, (n_common,), mm/yr
        What is left after ``removed_mean`` is taken off.
    mean : float
        As found: what a whole map is faster toward the satellite, mm/yr.
    removed_mean : float
        The same where the references differ, for each map is relative to its own; 0 where both are
        relative to the same points.
    bias, rms, std : float
        Of ``values``, mm/yr.
    percentiles : mapping of int to float
        Of ``values``, mm/yr.
    """

    values: Float64
    mean: float
    removed_mean: float
    bias: float
    rms: float
    std: float
    percentiles: Mapping[int, float]


def paired_points(one: ChosenPoints, other: ChosenPoints, *, tolerance_m: float) -> PointPairs:
    """Find the points that two data sets have in common.

    Parameters
    ----------
    one, other : ChosenPoints
    tolerance_m : float
        Largest distance of a point and its partner; where pixels have the same index, the largest
        median distance at which the grids still are the same.

    Raises
    ------
    ParameterError
        There is no common point.
    """
    places, others = _local_m(one, other)
    rows, other_rows = _of_equal_index(one, other)
    distance = np.hypot(*(places[rows] - others[other_rows]).T)
    matched_by: MatchedBy = "pixel index"
    if not rows.size or float(np.nanmedian(distance)) > tolerance_m:
        matched_by = "position"
        rows, other_rows = _nearest_pairs(places, others, tolerance_m)
        distance = np.hypot(*(places[rows] - others[other_rows]).T)
    if not rows.size:
        raise ParameterError(
            f"compare: the two data sets have no point within {tolerance_m:g} m of each other; see "
            "that they show the same place (pystamps info), or give a larger --tolerance"
        )
    return PointPairs(
        matched_by, rows, other_rows, np.setdiff1d(np.arange(len(one)), rows),
        np.setdiff1d(np.arange(len(other)), other_rows), distance,
    )  # fmt: skip


def velocity_differences(
    one: ChosenPoints, other: ChosenPoints, pairs: PointPairs, *, is_same_reference: bool
) -> VelocityDifferences:
    """Compare the velocities of common points.

    Parameters
    ----------
    one, other : ChosenPoints
    pairs : PointPairs
    is_same_reference : bool
        Both are relative to the same points (:func:`has_same_reference`).

    Raises
    ------
    ParameterError
        No common point has a velocity in both.
    """
    found = other.columns["velocity"][pairs.other_rows].astype(np.float64)
    found -= one.columns["velocity"][pairs.rows]
    if not np.isfinite(found).any():
        raise ParameterError("compare: no common point has a velocity in both data sets")
    mean = float(np.nanmean(found))
    removed = 0.0 if is_same_reference else mean
    left = found - removed
    at = np.nanpercentile(left, PERCENTS)
    return VelocityDifferences(
        values=left,
        mean=mean,
        removed_mean=removed,
        bias=float(np.nanmean(left)),
        rms=float(np.sqrt(np.nanmean(left**2))),
        std=float(np.nanstd(left)),
        percentiles={percent: float(value) for percent, value in zip(PERCENTS, at, strict=True)},
    )


def has_same_reference(one: ChosenPoints, other: ChosenPoints, tolerance_m: float) -> bool:
    """Tell whether both are relative to the same points, or to none.

    Parameters
    ----------
    one, other : ChosenPoints
        All points of both tables, for points of the reference may be none of a choice.
    tolerance_m : float
        As for :func:`paired_points`.
    """
    if one.reference_rows is None or other.reference_rows is None:
        return one.reference_rows is other.reference_rows
    pairs = paired_points(one, other, tolerance_m=tolerance_m)
    partner = dict(zip(_table_rows(one, pairs.rows), _table_rows(other, pairs.other_rows),
                       strict=True))  # fmt: skip
    expected = {partner.get(int(row)) for row in one.reference_rows}
    return expected == {int(row) for row in other.reference_rows}


def _table_rows(points: ChosenPoints, rows: Index) -> list[int]:
    """Give rows of the whole table, in which points are numbered from 1."""
    return [int(number) - 1 for number in points.columns["point_id"][rows]]


def _local_m(one: ChosenPoints, other: ChosenPoints) -> tuple[Float64, Float64]:
    """Give the positions of both in metres about the middle of the one."""
    origin = np.nanmean(one.place_lonlat, axis=0)
    lonlat = other.place_lonlat.copy()
    lonlat[:, 0] = origin[0] + (lonlat[:, 0] - origin[0] + 180) % 360 - 180
    return llh2local(one.place_lonlat, origin) * 1000, llh2local(lonlat, origin) * 1000


def _of_equal_index(one: ChosenPoints, other: ChosenPoints) -> tuple[Index, Index]:
    """Give the rows of points with the same line and sample; none where these name no point."""
    keys, other_keys = (
        points.columns["azimuth"].astype(np.int64) << 32 | points.columns["range"].astype(np.int64)
        for points in (one, other)
    )
    if any(np.unique(found).size < found.size for found in (keys, other_keys)):
        return np.arange(0), np.arange(0)
    _, rows, other_rows = np.intersect1d(keys, other_keys, return_indices=True)
    order = np.argsort(rows)
    return rows[order], other_rows[order]


def _nearest_pairs(places: Float64, others: Float64, tolerance_m: float) -> tuple[Index, Index]:
    """Give the rows of points that are each other's nearest within a distance."""
    good, other_good = (np.flatnonzero(np.isfinite(p).all(axis=1)) for p in (places, others))
    if not (good.size and other_good.size):
        return good[:0], other_good[:0]
    tree, other_tree = cKDTree(places[good]), cKDTree(others[other_good])
    distance, nearest = map(np.asarray, other_tree.query(places[good]))
    back = np.asarray(tree.query(others[other_good])[1])
    is_pair = (back[nearest] == np.arange(good.size)) & (distance <= tolerance_m)
    return good[is_pair], other_good[nearest[is_pair]]
