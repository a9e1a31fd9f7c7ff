"""Values on the nodes of a regular grid of longitude and latitude, in between bilinear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index

_HAIR = 1e-6
"""Of a step: positions this far outside are on the last node, and as far from a node on it."""


@dataclass(frozen=True, slots=True)
class NodeGrid:
    """Values on nodes.

    Attributes
    ----------
    first_lon, first_lat : float
        Node [0, 0], degrees.
    lon_step, lat_step : float
        Degrees from column to column and from row to row; either may be negative.
    values : float, (n_lat, n_lon), NaN where nothing is known
    is_on_map : bool
        Longitude and latitude are coordinates of a map in metres.
    """

    first_lon: float
    first_lat: float
    lon_step: float
    lat_step: float
    values: FloatArray
    is_on_map: bool = False

    def is_inside(self, lonlat: Float64) -> Bool:
        """Tell which positions (n, 2; degrees) lie within the outermost nodes."""
        return _Places.of(self, lonlat).is_inside

    def at(self, lonlat: Float64) -> Float64:
        """Interpolate bilinearly.

        Parameters
        ----------
        lonlat : ndarray of float64, shape (n, 2)
            Degrees; longitudes may count from -180 or from 0.

        Returns
        -------
        ndarray of float64, shape (n,)
            NaN outside of the grid, and where none of the four nodes has a value. Of nodes without
            value the weight goes to the others.
        """
        places = _Places.of(self, lonlat)
        found = np.full(len(lonlat), np.nan)
        inside = np.flatnonzero(places.is_inside)
        total, weight = np.zeros((2, inside.size))
        for rows, columns, share in places.neighbours(inside):
            with np.errstate(invalid="ignore"):  # bytes of a file may be any kind of NaN
                values = self.values[rows, columns].astype(np.float64)
            is_known = np.isfinite(values) & (share > _HAIR)
            total += np.where(is_known, share * values, 0.0)
            weight += np.where(is_known, share, 0.0)
        has_value = weight > 0
        found[inside[has_value]] = total[has_value] / weight[has_value]
        return found

    @property
    def extent(self) -> str:
        """Corners in words: ``14.1..14.5 E, 40.7..41 N`` (negative: west, south)."""
        rows, columns = self.values.shape
        lon = sorted((self.first_lon, self.first_lon + (columns - 1) * self.lon_step))
        lat = sorted((self.first_lat, self.first_lat + (rows - 1) * self.lat_step))
        unit = " m" if self.is_on_map else ""
        return f"{lon[0]:.6g}..{lon[1]:.6g}{unit} E, {lat[0]:.6g}..{lat[1]:.6g}{unit} N"


@dataclass(frozen=True, slots=True)
class _Places:
    """Positions in steps from the first node."""

    row: Float64
    column: Float64
    is_inside: Bool
    shape: tuple[int, ...]

    @classmethod
    def of(cls, grid: NodeGrid, lonlat: Float64) -> _Places:
        n_row, n_column = grid.values.shape
        lon = lonlat[:, 0]
        if not grid.is_on_map:  # degrees east of the western end: 350 and -10 are one longitude
            west = min(grid.first_lon, grid.first_lon + (n_column - 1) * grid.lon_step)
            hair = _HAIR * abs(grid.lon_step)
            lon = west + (lon - west + hair) % 360 - hair
        column = (lon - grid.first_lon) / grid.lon_step
        row = (lonlat[:, 1] - grid.first_lat) / grid.lat_step
        is_inside = (column >= -_HAIR) & (column <= n_column - 1 + _HAIR)
        is_inside &= (row >= -_HAIR) & (row <= n_row - 1 + _HAIR)
        row, column = np.clip(row, 0, n_row - 1), np.clip(column, 0, n_column - 1)
        return cls(row, column, is_inside, grid.values.shape)

    def neighbours(self, chosen: Index) -> list[tuple[Index, Index, Float64]]:
        """Give rows, columns and weights of the four nodes around some of the positions."""
        low = [np.floor(steps[chosen]).astype(np.int64) for steps in (self.row, self.column)]
        share = [steps[chosen] - at for steps, at in zip((self.row, self.column), low, strict=True)]
        found = []
        for down in (0, 1):
            for right in (0, 1):
                rows = np.minimum(low[0] + down, self.shape[0] - 1)
                columns = np.minimum(low[1] + right, self.shape[1] - 1)
                weight = share[0] if down else 1 - share[0]
                found.append((rows, columns, weight * (share[1] if right else 1 - share[1])))
        return found
