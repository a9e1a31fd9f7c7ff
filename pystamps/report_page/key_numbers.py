"""The numbers that stand first: points, density, period, uncertainty, good interferograms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.geo import continuous_longitudes, llh2local
from pystamps.products.interferogram_table import InterferogramRow
from pystamps.products.point_table import PointTable
from pystamps.qhull import hull_of


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How a value is spread over the points; NaN where no point has it.

    Attributes
    ----------
    count : int
        Points that have the value.
    low, middle, high : float
        1st, 50th and 99th percentile.
    """

    count: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class InterferogramShare:
    """How many interferograms are good.

    Attributes
    ----------
    judged, good, looked_at, better_dropped, dropped : int
        All but the null interferogram of the reference image; of them without any flag, worth a
        look, better left out, and left out already. Those of which nothing is known count in
        ``judged`` alone.
    """

    judged: int
    good: int
    looked_at: int
    better_dropped: int
    dropped: int

    @property
    def percent(self) -> float:
        """Good ones of those judged; NaN of none."""
        return 100 * self.good / self.judged if self.judged else math.nan


@dataclass(frozen=True, slots=True)
class KeyNumbers:
    """The numbers of the first page.

    Attributes
    ----------
    n_point : int
    area_km2 : float
        Of the convex hull of the points; 0 of fewer than three, or on a line.
    density : float
        Points per km² of it; NaN without an area.
    wide_km, high_km : float
        Extent of the points from west to east and from south to north.
    west, east, south, north : float
        Degrees; NaN without points.
    velocity, velocity_std, rmse, dem_error, coherence, incidence : Percentiles
        mm/yr, mm/yr, mm, m, 1, degrees.
    """

    n_point: int
    area_km2: float
    density: float
    wide_km: float
    high_km: float
    west: float
    east: float
    south: float
    north: float
    velocity: Percentiles
    velocity_std: Percentiles
    rmse: Percentiles
    dem_error: Percentiles
    coherence: Percentiles
    incidence: Percentiles


def percentiles_of(values: Array) -> Percentiles:
    """Give 1st, 50th and 99th percentile of what is finite."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Percentiles(0, math.nan, math.nan, math.nan)
    size = int(finite.size)
    low, middle, high = np.percentile(finite, (1, 50, 99), overwrite_input=True).tolist()
    return Percentiles(size, low, middle, high)


def key_numbers(table: PointTable) -> KeyNumbers:
    """Sum up a table of points.

    Parameters
    ----------
    table : PointTable
    """
    columns = table.columns
    lonlat = _known_places(columns)
    (west, south), (east, north) = _corners(lonlat)
    local = llh2local(lonlat, lonlat.mean(axis=0)) if len(lonlat) else lonlat
    area = hull_area_km2(local)
    wide, high = np.ptp(local, axis=0) if len(local) else (0.0, 0.0)
    return KeyNumbers(
        n_point=table.layers.n_point,
        area_km2=area,
        density=len(lonlat) / area if area > 0 else math.nan,
        wide_km=float(wide), high_km=float(high),
        west=west, east=east, south=south, north=north,
        velocity=percentiles_of(columns["velocity"]),
        velocity_std=percentiles_of(columns["velocity_std"]),
        rmse=percentiles_of(columns["rmse"]),
        dem_error=percentiles_of(columns["dem_error"]),
        coherence=percentiles_of(columns["coherence"]),
        incidence=percentiles_of(columns["incidence_angle"]),
    )  # fmt: skip


def _known_places(columns: Mapping[str, Any]) -> Float64:
    lonlat = np.column_stack([continuous_longitudes(columns["longitude"]), columns["latitude"]])
    return np.asarray(lonlat[np.isfinite(lonlat).all(axis=1)], dtype=np.float64)


def _corners(lonlat: Float64) -> tuple[tuple[float, float], tuple[float, float]]:
    if not len(lonlat):
        return (math.nan, math.nan), (math.nan, math.nan)
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def hull_area_km2(local: Float64) -> float:
    """Give the area of the convex hull of some points.

    Parameters
    ----------
    local : ndarray of float64, shape (n, 2), km

    Returns
    -------
    float
        km²; 0 of fewer than three points, or of points on a line.
    """
    hull = hull_of(local)
    return 0.0 if hull is None else float(hull.volume)  # of a plane figure its area


def interferogram_share(rows: Sequence[InterferogramRow]) -> InterferogramShare:
    """Count the verdicts on the interferograms.

    Parameters
    ----------
    rows : sequence of InterferogramRow
    """
    verdicts = [row.verdict for row in rows if row.verdict != "reference"]
    return InterferogramShare(
        len(verdicts),
        *(verdicts.count(word) for word in ("keep", "look", "drop", "dropped")),
    )
