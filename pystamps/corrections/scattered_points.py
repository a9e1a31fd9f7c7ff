"""Values at scattered points, in between linear in triangles, and linear in height in profiles."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.qhull import triangulation_of

_LEAST_POINTS = 3


class ScatteredPoints:
    """Points on the map, each with one value or with values at several heights.

    Attributes
    ----------
    lonlat : float64, (n_place, 2), degrees, each place once
    profile : int64, (n,), place of every point
    height : float64, (n,) or None, m
    """

    def __init__(self, lonlat: Float64, height: Float64 | None = None) -> None:
        """Sort points by place; points of one place need heights of their own.

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Degrees.
        height : ndarray of float64, shape (n,), optional
            m.

        Raises
        ------
        ValueError
            Two points are at one place and height.
        """
        self.lonlat, self.profile = np.unique(lonlat, axis=0, return_inverse=True)
        self.profile = self.profile.reshape(len(lonlat))
        self.height = height if self.has_profiles else None
        self._last: tuple[Index, Float64, Index, Float64] | None = None
        if self.has_profiles:
            places = np.column_stack([self.profile, np.zeros(len(lonlat))])
            if height is not None:
                places[:, 1] = height
            if len(np.unique(places, axis=0)) < len(lonlat):
                raise ValueError("two points are at one place and height")

    @property
    def has_profiles(self) -> bool:
        """Whether some place has several heights."""
        return len(self.lonlat) < self.profile.size

    def at(self, values: FloatArray, lonlat: Float64, height: FloatArray) -> Float64:
        """Interpolate.

        Parameters
        ----------
        values : ndarray of float, shape (n,)
            Of the points; NaN = nothing known there.
        lonlat : ndarray of float64, shape (n_ps, 2)
        height : ndarray of float, shape (n_ps,)
            m; asked for in profiles only.

        Returns
        -------
        ndarray of float64, shape (n_ps,)
            NaN outside of the triangles of the places with values, and outside of the heights of a
            profile.
        """
        known = np.flatnonzero(np.isfinite(values))
        places, profile = np.unique(self.profile[known], return_inverse=True)
        if places.size < _LEAST_POINTS:
            return np.full(len(lonlat), np.nan)
        corners, weights = self._corners_of(places, lonlat)
        of_corners = self._of_places(values[known], known, profile.ravel(), corners, height)
        has_weight = weights > 0
        inside = (weights >= 0).all(axis=1)
        total = np.where(has_weight, weights * np.where(has_weight, of_corners, 0.0), 0.0).sum(1)
        return np.where(inside, total, np.nan)

    def _corners_of(self, places: Index, lonlat: Float64) -> tuple[Index, Float64]:
        """Give the triangle of every position; dates that know the same places share them."""
        last = self._last
        if last and last[1] is lonlat and np.array_equal(last[0], places):
            return last[2], last[3]
        scale = np.array([np.cos(np.radians(self.lonlat[places, 1].mean())), 1.0])
        centre = self.lonlat[places].mean(axis=0)
        points, positions = (self.lonlat[places] - centre) * scale, (lonlat - centre) * scale
        corners, weights = _triangles(points, positions)
        self._last = (places, lonlat, corners, weights)
        return corners, weights

    def _of_places(
        self,
        values: FloatArray,
        known: Index,
        profile: Index,
        corners: Index,
        height: FloatArray,
    ) -> Float64:
        """Give the values of the three places around every position, at its height."""
        if self.height is None:
            one_each = np.empty(profile.max() + 1)
            one_each[profile] = values
            return np.asarray(one_each[corners])
        heights = self.height[known]
        found = np.full(corners.shape, np.nan)
        order = np.lexsort([heights, profile])
        bounds = np.searchsorted(profile[order], np.arange(profile.max() + 2))
        wanted = np.argsort(corners, axis=None, kind="stable")
        edges = np.searchsorted(corners.ravel()[wanted], np.arange(profile.max() + 2))
        for place in range(profile.max() + 1):
            rows = order[bounds[place] : bounds[place + 1]]
            asked = wanted[edges[place] : edges[place + 1]]
            at = np.asarray(height)[asked // corners.shape[1]]
            found.ravel()[asked] = np.interp(
                at, heights[rows], values[rows], left=np.nan, right=np.nan
            )
        return found


def _triangles(points: Float64, positions: Float64) -> tuple[Index, Float64]:
    """Give the corners of the triangle of every position, and their weights.

    Returns
    -------
    corners : int64, (n, 3)
    weights : float64, (n, 3), -1 outside
    """
    corners, weights = np.zeros((len(positions), 3), np.int64), np.full((len(positions), 3), -1.0)
    triangulation = triangulation_of(points)
    if triangulation is None:
        return corners, weights  # all on one line: nothing lies between them
    number = triangulation.find_simplex(positions)
    inside = number >= 0
    transform = triangulation.transform[number[inside]]
    offset = positions[inside] - transform[:, 2]
    two = np.einsum("nij,nj->ni", transform[:, :2], offset)
    three = np.column_stack([two, 1 - two.sum(axis=1)])
    corners[inside] = triangulation.simplices[number[inside]]
    weights[inside] = np.maximum(three, 0.0)  # rounding at an edge
    return corners, weights
