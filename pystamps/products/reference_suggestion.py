"""Stable areas that a reference may be put on: what speaks for them, in numbers.

The points are shared out over squares; around the middle of those of each square lies a circle.
Of a circle count the coherence of its points, their density, the scatter of their mean about a
straight line in time (against the mean of all points), and the distance to the nearest square that
deforms (:mod:`~pystamps.products.stable_ground`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nan, pi

import numpy as np
from scipy.sparse import csc_matrix
from scipy.spatial import cKDTree

from pystamps.arrays import Bool, Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local
from pystamps.products.layers import reference_series, referenced
from pystamps.products.line_fit import fit_lines
from pystamps.products.point_table import PointTable
from pystamps.products.reference_choice import DEFAULT_RADIUS_M
from pystamps.products.stable_ground import (
    FEWEST_OF_SQUARE,
    StableGround,
    metres_of_points,
    points_of_squares,
    stable_ground,
)
from pystamps.rows import row_blocks

FEWEST_OF_REFERENCE = 10
"""Of an area that is proposed."""
PROPOSALS = 3

_WANTED_POINTS = 20
_MOST_CANDIDATES = 1000
_DECIMALS = 5
_APART = 4.0
"""Radii between the middles of two proposals, at least."""


@dataclass(frozen=True, slots=True)
class ReferenceArea:
    """An area and what speaks for it.

    Attributes
    ----------
    longitude, latitude : float, degrees
    radius_m : float
        NaN for an area that is no circle.
    points : int
    coherence : float
        Median of its points.
    density_km2 : float
        Points per square kilometre; NaN for an area that is no circle.
    scatter_mm : float
        Of the mean of its points about a straight line in time, root mean square, relative to the
        mean of all points.
    velocity_mm_yr : float
        Median of its points minus that of all points.
    deformation_m : float
        Distance to the nearest square that deforms; infinite when none does, 0 inside one.
    """

    longitude: float
    latitude: float
    radius_m: float
    points: int
    coherence: float
    density_km2: float
    scatter_mm: float
    velocity_mm_yr: float
    deformation_m: float

    @property
    def text(self) -> str:
        """Give it as options and settings take it; empty when it is no circle."""
        known = f"{self.longitude:.5f},{self.latitude:.5f},{self.radius_m:g}"
        return "" if np.isnan(self.radius_m) else known


@dataclass(frozen=True, slots=True)
class ReferenceSuggestion:
    """Areas that are proposed, the best first, and the one of the run.

    Attributes
    ----------
    areas : tuple of ReferenceArea
    present : ReferenceArea or None
        None = nothing is referenced.
    radius_m : float
    candidates : int
        Areas that were compared.
    deforming : float64, (n, 2)
        Longitude and latitude of the squares that deform.
    """

    areas: tuple[ReferenceArea, ...]
    present: ReferenceArea | None
    radius_m: float
    candidates: int
    deforming: Float64


def suggest_references(
    table: PointTable, *, radius_m: float | None = None, n_area: int = PROPOSALS
) -> ReferenceSuggestion:
    """Propose stable areas, and describe that of the run.

    Parameters
    ----------
    table : PointTable
    radius_m : float, optional
        Of the areas; by default 250 m, or what holds 20 points where points lie.
    n_area : int

    Returns
    -------
    ReferenceSuggestion
        Fewer areas where no others are left.

    Raises
    ------
    ParameterError
        No circle holds enough points.
    """
    radius = radius_m or _usual_radius(metres_of_points(table))
    ground = stable_ground(table, 2 * radius)
    middles, members = _candidates(ground, radius)
    scatter = _scatter(table, members)
    found = [
        _area(ground, middle, rows, value, radius)
        for middle, rows, value in zip(middles, members, scatter, strict=True)
    ]
    chosen = _best(found, ground.on_ground(middles), n_area, radius)
    deforming = np.zeros((0, 2))
    if len(ground.deforming):
        deforming = ground.lonlat[cKDTree(ground.metres).query(ground.deforming)[1]]
    areas = tuple(found[k] for k in chosen)
    present = _present(table, ground)
    return ReferenceSuggestion(areas, present, radius, len(found), deforming)


def present_reference(table: PointTable) -> ReferenceArea | None:
    """Describe the reference area of the run; None where nothing is referenced."""
    return _present(table, stable_ground(table, 2 * _usual_radius(metres_of_points(table))))


def _present(table: PointTable, ground: StableGround) -> ReferenceArea | None:
    rows = table.reference_rows
    if rows is None:
        return None
    area = _area(ground, ground.lonlat[rows].mean(axis=0), rows, _scatter(table, [rows])[0], nan)
    nearest = float(ground.distance_to_deformation(ground.metres[rows]).min())
    return replace(area, deformation_m=nearest)


def _usual_radius(metres: Float64) -> float:
    """Give a radius whose circle holds 20 points where points lie."""
    if len(metres) <= _WANTED_POINTS:
        return DEFAULT_RADIUS_M
    some = metres[:: max(1, len(metres) // 5000)]
    distance = np.asarray(cKDTree(metres).query(some, k=_WANTED_POINTS)[0])[:, -1]
    return float(max(DEFAULT_RADIUS_M, np.ceil(np.median(distance) / 50) * 50))


def _candidates(ground: StableGround, radius: float) -> tuple[Float64, list[Index]]:
    """Give circles with enough points, the densest thousand of those that do not deform.

    Their middles, in degrees, are rounded as they are shown, so that the same circle taken as
    reference holds the same points.
    """
    cells = [r for r in points_of_squares(ground.metres, 2 * radius) if r.size >= FEWEST_OF_SQUARE]
    cells = sorted(cells, key=lambda rows: -rows.size)[: 4 * _MOST_CANDIDATES]
    tree = cKDTree(ground.metres)
    middles, members = [], []
    for rows in cells:
        middle = np.round(ground.lonlat[rows].mean(axis=0), _DECIMALS)
        near = tree.query_ball_point(ground.on_ground(middle[None])[0], 1.05 * radius)
        inside = np.sort(np.asarray(near, dtype=np.int64))
        distance = np.hypot(*llh2local(ground.lonlat[inside], middle).T) * 1000
        inside = inside[distance <= radius]
        if inside.size >= FEWEST_OF_REFERENCE:
            middles.append(middle)
            members.append(inside)
    if not middles:
        raise ParameterError(
            f"reference: no circle of {radius:g} m holds {FEWEST_OF_REFERENCE} points; give a "
            "larger --radius"
        )
    away = ground.distance_to_deformation(ground.on_ground(np.array(middles))) > 2 * radius
    kept = np.flatnonzero(away if away.any() else np.ones_like(away))[:_MOST_CANDIDATES]
    return np.array(middles)[kept], [members[k] for k in kept]


def _scatter(table: PointTable, members: list[Index]) -> Float64:
    """Give the scatter of the means of areas about straight lines in time, mm."""
    layers = table.layers
    series = layers.series(table.letters)
    shown = referenced(series, reference_series(series, np.arange(layers.n_point)))
    number = np.repeat(np.arange(len(members)), [m.size for m in members])
    weights = np.concatenate([np.full(m.size, 1 / m.size) for m in members])
    shape = (len(members), layers.n_point)
    mean_of = csc_matrix((weights, (number, np.concatenate(members))), shape=shape)
    means = np.zeros((len(members), layers.n_date))
    for rows in row_blocks(shown):
        means += mean_of[:, rows] @ np.nan_to_num(shown[rows].astype(np.float64))
    return fit_lines(
        means, layers.day, layers.reference_column, ifg_std_deg=table.noise_deg
    ).rmse.astype(np.float64)


def _area(
    ground: StableGround, middle: Float64, rows: Index, scatter: float, radius: float
) -> ReferenceArea:
    """Describe an area; without radius it is no circle."""
    metres = ground.on_ground(middle[None])
    return ReferenceArea(
        longitude=float(middle[0]),
        latitude=float(middle[1]),
        radius_m=radius,
        points=int(rows.size),
        coherence=float(np.nanmedian(ground.coherence[rows])),
        density_km2=float(rows.size / (pi * (radius / 1000) ** 2)),
        scatter_mm=float(scatter),
        velocity_mm_yr=float(np.nanmedian(ground.velocity[rows])),
        deformation_m=float(ground.distance_to_deformation(metres)[0]),
    )


def _best(areas: list[ReferenceArea], places: Float64, n_area: int, radius: float) -> list[int]:
    """Give the places of the best areas that lie apart, the mean of their ranks deciding."""
    measures = np.array(
        [(-a.coherence, -a.density_km2, a.scatter_mm, -a.deformation_m) for a in areas]
    )
    ranks = np.stack([_ranks(column) for column in measures.T], axis=1)
    open_: Bool = np.ones(len(areas), dtype=np.bool_)
    chosen: list[int] = []
    for k in np.argsort(ranks.mean(axis=1), kind="stable"):
        if open_[k] and len(chosen) < n_area:
            chosen.append(int(k))
            open_ &= np.hypot(*(places - places[k]).T) > _APART * radius
    return chosen


def _ranks(values: Float64) -> Float64:
    """Give the rank of every value, equal ones alike; what is not known comes last."""
    known = np.where(np.isnan(values), inf, values)
    return np.asarray(np.searchsorted(np.sort(known), known), dtype=np.float64)
