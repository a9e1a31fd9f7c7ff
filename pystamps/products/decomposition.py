"""Two tracks to one motion: vertical and east-west velocity of the cells that both see.

Each track sees one component of the motion, that toward its satellite. Two look directions, one
from the west and one from the east, give two components; both satellites fly near the meridian and
hardly see the north, which is taken as 0 (Wright, Parsons and Lu, 2004; Fuhrmann and Garthwaite,
2019).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from pystamps.arrays import Array, Bool, Float64, Index
from pystamps.errors import ParameterError
from pystamps.geo import llh2local, local2llh
from pystamps.products.chosen import ChosenPoints
from pystamps.products.track_points import TrackPoints

LARGEST_SIGHT_CONDITION = 5.0
"""Of the two look directions: 1.2 to 2.6 for tracks of both passes at 20 to 40 degrees of
incidence, 8 and more for two of one pass."""

Track = Literal["A", "D"]


@dataclass(frozen=True, slots=True)
class TrackCells:
    """One track by cells, one row for each cell with a point, sorted by row and column.

    Attributes
    ----------
    cell : int64, (n_cell, 2)
        Column and row of the grid: floor of metres east and north of the origin, over the side.
    velocity, velocity_std : float64, (n_cell,), mm/yr
        Mean with the weights ``1 / own_std**2`` and its standard deviation, shared errors included.
    sight : float64, (n_cell, 3)
        Mean unit vector to the satellite: east, north, up.
    count : int64, (n_cell,), points
    """

    cell: Index
    velocity: Float64
    velocity_std: Float64
    sight: Float64
    count: Index

    def of_rows(self, rows: list[int]) -> TrackCells:
        """Give some of the cells."""
        return TrackCells(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Vertical and east-west velocity of cells.

    Attributes
    ----------
    cell : int64, (n_cell, 2)
        Column and row of the grid.
    lonlat : float64, (n_cell, 2)
        Middle of the cell, degrees.
    origin : float64, (2,)
        Longitude and latitude of the corner of cell (0, 0), degrees; the grid is that of
        :func:`~pystamps.geo.llh2local` there.
    side_m : float
    values : mapping of str to ndarray, (n_cell,)
        See :data:`~pystamps.export.decomposed_cells.MEANINGS`.
    removed : tuple of two float
        Mean over the cells that was taken off the velocities of A and of D, mm/yr.
    condition : float
        Largest condition number of the look directions.
    left_out : tuple of two int
        Points of A and of D without velocity, standard deviation or look direction.
    """

    cell: Index
    lonlat: Float64
    origin: Float64
    side_m: float
    values: dict[str, Array]
    removed: tuple[float, float]
    condition: float
    left_out: tuple[int, int]

    def __len__(self) -> int:
        """Give the number of cells."""
        return len(self.cell)


def common_origin(ascending: TrackPoints, descending: TrackPoints) -> Float64:
    """Give the corner of a grid for two tracks: a hundredth of a degree near their middle."""
    lonlat = ascending.points.place_lonlat
    middle = np.nanmean(llh2local(descending.points.place_lonlat, lonlat[0]), axis=0)
    middle = (middle + np.nanmean(llh2local(lonlat, lonlat[0]), axis=0)) / 2
    return np.asarray(np.round(local2llh(middle[None], lonlat[0])[0], 2))


def cells_of_track(track: TrackPoints, origin: Float64, side_m: float) -> TrackCells:
    """Average the points of a track in the cells of a grid.

    Parameters
    ----------
    track : TrackPoints
    origin : ndarray of float64, shape (2,)
        Degrees.
    side_m : float

    Notes
    -----
    Weights follow from the errors that points have of their own, ``1 / own**2``; these give the
    mean ``1 / sqrt(sum(1 / own**2))``, which grows by the square root of chi-square over the
    degrees of freedom where the velocities of a cell scatter more than that (Birge, 1932). What
    near points share, atmosphere and planes, does not average out over a cell: its mean is added,
    as a variance.
    """
    points = track.points
    known = is_usable(track)
    lonlat = points.place_lonlat[known]
    place = np.floor(llh2local(lonlat, origin) * 1000 / side_m).astype(np.int64)
    rows, number = np.unique(place[:, ::-1], axis=0, return_inverse=True)
    number = number.ravel()
    velocity, weight = _column(points, "velocity")[known], track.own_std[known] ** -2
    total = np.bincount(number, weight, len(rows))
    mean = np.bincount(number, weight * velocity, len(rows)) / total
    count = np.bincount(number, minlength=len(rows))
    chi_square = np.bincount(number, weight * (velocity - mean[number]) ** 2, len(rows))
    scatter = np.sqrt(np.maximum(chi_square / np.maximum(count - 1, 1), 1))
    sight = [
        np.bincount(number, weight * axis[known], len(rows)) / total for axis in _sight(points).T
    ]
    shared = np.bincount(number, weight * track.shared_std[known], len(rows)) / total
    std = np.hypot(scatter / np.sqrt(total), shared)
    return TrackCells(rows[:, ::-1], mean, std, np.column_stack(sight), count)


def is_usable(track: TrackPoints) -> Bool:
    """Tell which points have place, velocity, standard deviation and look direction."""
    points, std = track.points, track.own_std
    with np.errstate(invalid="ignore"):
        known = np.isfinite(_column(points, "velocity")) & np.isfinite(std) & (std > 0)
    known &= np.isfinite(track.shared_std)
    known &= np.isfinite(points.place_lonlat).all(axis=1)
    return np.asarray(known & np.isfinite(_sight(points)).all(axis=1))


def decomposed(
    ascending: TrackPoints,
    descending: TrackPoints,
    *,
    side_m: float,
    least_points: int = 1,
    is_referenced: bool = False,
) -> Decomposition:
    """Give the vertical and the east-west velocity of the cells that two tracks share.

    Parameters
    ----------
    ascending, descending : TrackPoints
        Tracks A and D; which is which does not matter.
    side_m : float
        Side of the cells.
    least_points : int
        Points of each track that a cell needs.
    is_referenced : bool
        Both are relative to one place; otherwise the mean over the shared cells is taken off each.

    Raises
    ------
    ParameterError
        A track has no usable point, no cell is shared, or both look the same way.

    Notes
    -----
    ``d = S m`` with the rows ``(up, east)`` of the two directions in ``S``; ``m = S**-1 d``, its
    covariance ``S**-1 diag(std**2) S**-T``. A velocity of 1 mm/yr to the north that is there
    changes ``m`` by ``S**-1 (north_A, north_D)``.
    """
    _refuse_unusable(ascending, "A")
    _refuse_unusable(descending, "D")
    origin = common_origin(ascending, descending)
    tracks = [cells_of_track(points, origin, side_m) for points in (ascending, descending)]
    one, other = _shared(*tracks, least_points=least_points, side_m=side_m)
    seen = np.stack([one.sight, other.sight], axis=1)
    matrix = seen[:, :, [2, 0]]
    condition = float(np.linalg.cond(matrix).max())
    if not condition <= LARGEST_SIGHT_CONDITION:
        raise ParameterError(
            f"decompose: A and D look the same way: condition number {condition:.3g} of their look "
            f"directions, expected at most {LARGEST_SIGHT_CONDITION:g}; give an ascending and a "
            "descending data set"
        )
    velocity = np.column_stack([one.velocity, other.velocity])
    std = np.column_stack([one.velocity_std, other.velocity_std])
    removed = np.zeros(2) if is_referenced else velocity.mean(axis=0)
    values = vertical_and_east(matrix, velocity - removed, std, seen[:, :, 1])
    for name, cells in (("a", one), ("d", other)):
        values[f"velocity_{name}"] = cells.velocity - removed["ad".index(name)]
        values[f"velocity_{name}_std"] = cells.velocity_std
        values[f"count_{name}"] = cells.count
    middle_km = (one.cell + 0.5) * side_m / 1000
    left_out = [int((~is_usable(points)).sum()) for points in (ascending, descending)]
    return Decomposition(
        one.cell, local2llh(middle_km, origin), origin, side_m, values,
        (float(removed[0]), float(removed[1])), condition, (left_out[0], left_out[1]),
    )  # fmt: skip


def vertical_and_east(
    matrix: Float64, velocity: Float64, std: Float64, north: Float64
) -> dict[str, Array]:
    """Solve for vertical and east-west velocity, with their covariance and the part of the north.

    Parameters
    ----------
    matrix : ndarray of float64, shape (n, 2, 2)
        Rows of the tracks: up and east of the unit vector to the satellite.
    velocity, std : ndarray of float64, shape (n, 2)
        Toward the satellites, mm/yr.
    north : ndarray of float64, shape (n, 2)
        North of the unit vectors.

    Returns
    -------
    dict of str to ndarray, (n,)
        ``vertical``, ``east``, ``vertical_std``, ``east_std``, ``correlation``,
        ``vertical_per_north``, ``east_per_north``.
    """
    inverse = np.linalg.inv(matrix)
    found = np.einsum("nij,nj->ni", inverse, velocity)
    covariance = np.einsum("nij,nj,nkj->nik", inverse, std**2, inverse)
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    of_north = np.einsum("nij,nj->ni", inverse, north)
    return {
        "vertical": found[:, 0],
        "vertical_std": deviation[:, 0],
        "east": found[:, 1],
        "east_std": deviation[:, 1],
        "correlation": covariance[:, 0, 1] / deviation.prod(axis=1),
        "vertical_per_north": of_north[:, 0],
        "east_per_north": of_north[:, 1],
    }


def _shared(
    one: TrackCells, other: TrackCells, *, least_points: int, side_m: float
) -> tuple[TrackCells, TrackCells]:
    """Give the cells that both tracks have, with points enough."""
    keys = [
        [tuple(cell) for cell in track.cell[track.count >= least_points].tolist()]
        for track in (one, other)
    ]
    common = set(keys[0]) & set(keys[1])
    if not common:
        raise ParameterError(
            f"decompose: no cell of {side_m:g} m has {least_points} or more points of A and of D; "
            "see that both show the same place (pystamps info), or give a larger --cell"
        )
    first, second = (
        [row for row, cell in enumerate(track.cell.tolist()) if tuple(cell) in common]
        for track in (one, other)
    )
    return one.of_rows(first), other.of_rows(second)


def _refuse_unusable(found: TrackPoints, track: Track) -> None:
    points = found.points
    if is_usable(found).any():
        return
    if not np.isfinite(_sight(points)).any():
        raise ParameterError(
            f"decompose: {track}: the look direction is not known: heading or angle of incidence "
            "is missing; set heading in its parms.mat (pystamps params), and run product_points"
        )
    raise ParameterError(
        f"decompose: {track}: none of its {len(points)} points has a velocity with a standard "
        "deviation; the data set needs more than two dates"
    )


def _column(points: ChosenPoints, name: str) -> Float64:
    return np.asarray(points.columns[name], dtype=np.float64)


def _sight(points: ChosenPoints) -> Float64:
    return np.column_stack([_column(points, f"los_{axis}") for axis in ("east", "north", "up")])
