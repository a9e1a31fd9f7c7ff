"""Errors of displacement series: noise of every date, atmosphere between places, planes.

The displacement of a point at date ``i``, relative to the reference image ``0`` and the reference
area, has the error ``e_i - e_0``. Errors of different images are independent, so that the
covariance of a series is

    C_ij = (v_i if i = j else 0) + v_0

and ``v_0``, the same for all dates, goes into the constant of a fit and nowhere else. The variance
of a date at a point ``x`` is

    v_i(x) = f(x) (n_i + a_i g(h)) + (z(x)' p_i)^2

with the noise ``n_i`` of the interferogram, which neighbours do not share; the variance ``a_i`` of
the difference of the atmosphere between points that are far apart, of which the share ``g(h)`` is
reached at the distance ``h`` from the reference area; the factor ``f(x)`` by which a point is
noisier than others; and the plane ``p_i`` over the scene (orbit, long-wave atmosphere), ``z`` being
the place relative to the reference area. All are estimated from what a fit leaves of the series.
What is left of the atmosphere of several dates alike, and whole cycles, are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pystamps.arrays import Array, Float32, Float64, FloatArray, Index
from pystamps.geo import llh2local
from pystamps.rows import Matrix, row_blocks, taken_rows

_MOST_PAIRS = 20_000
_MOST_RINGS = 8
_FEWEST_OF_RING = 100
_ROWS = 4096
"""Points at a time: what is computed of them stays in the cache of a processor."""


@dataclass(frozen=True, slots=True)
class ErrorGeometry:
    """Where points are, as far as their errors depend on it.

    Attributes
    ----------
    lonlat : float64, (n_ps, 2), degrees
    reference_rows : int64 or None
        Points of the reference area.
    surface : float64, (n_ps, n_term)
        Terms of a plane.
    plane : float64, (n_term, n_date), mm per term
        Planes of the series; 0 where they were taken off.
    """

    lonlat: Float64
    reference_rows: Index | None
    surface: Float64
    plane: Float64


@dataclass(frozen=True, slots=True)
class DateErrors:
    """Variances of the errors of every date; see the module.

    Attributes
    ----------
    noise, atmosphere : float64, (n_observed,), mm^2
    share : float64, (n_ring,)
        Part of the atmosphere that points of each ring of distances have.
    ring : int64, (n_ps,)
    factor : float32, (n_ps,)
    place : float64, (n_ps, n_term)
        Terms of a plane relative to the reference area.
    plane : float64, (n_term, n_observed), mm per term
    """

    noise: Float64
    atmosphere: Float64
    share: Float64
    ring: Index
    factor: Float32
    place: Float64
    plane: Float64

    def of_rows(self, ix: Index) -> DateErrors:
        """Give the errors of some points."""
        return replace(self, ring=self.ring[ix], factor=self.factor[ix], place=self.place[ix])

    def local_variance(self, rows: slice) -> Float64:
        """Give the variance of every date without that of the planes, (n, n_observed), mm^2."""
        return np.asarray(self.variance_of_rings()[self.ring[rows]] * self.factor[rows, None])

    def variance_of_rings(self) -> Float64:
        """Give the same of a point as noisy as others, by ring, (n_ring, n_observed), mm^2."""
        return np.asarray(self.noise + self.share[:, None] * self.atmosphere)

    def own_variance(self, rows: slice) -> Float64:
        """Give the variance that a point shares with no other, (n, n_observed), mm^2."""
        return np.asarray(self.noise * self.factor[rows, None])

    def shared_variance(self, rows: slice) -> Float64:
        """Give the variance that near points share: atmosphere, planes, (n, n_observed), mm^2."""
        return self.local_variance(rows) - self.own_variance(rows) + self.plane_variance(rows)

    def plane_variance(self, rows: slice) -> Float64:
        """Give the variance of every date that planes have, (n, n_observed), mm^2."""
        return np.asarray((self.place[rows] @ self.plane) ** 2)


@dataclass(frozen=True, slots=True)
class Residuals:
    """What a fit leaves of series.

    Attributes
    ----------
    series : Matrix, (n_ps, n_date), mm
    observed : int64, (n_observed,)
    matrix, solution : float64
        Design of the fit, (n_observed, n_function), and its solution.
    place, plane : float64
        See :class:`DateErrors`: planes are taken off what is left.
    """

    series: Matrix
    observed: Index
    matrix: Float64
    solution: Float64
    place: Float64
    plane: Float64

    @property
    def kept(self) -> Float64:
        """Part of the variance of a date that the fit leaves, (n_observed,)."""
        return np.asarray(1 - np.einsum("ij,ji->i", self.matrix, self.solution))

    @property
    def freedom(self) -> int:
        """Observations beyond the unknowns."""
        return int(self.matrix.shape[0] - self.matrix.shape[1])

    def of(self, series: Array, place: Float64) -> Float64:
        """Give what is left of some series, (n, n_observed), scaled to the size of the errors."""
        data = series[:, self.observed].astype(np.float64)
        data -= data @ self.solution.T @ self.matrix.T
        data /= np.sqrt(self.kept)
        data -= place @ self.plane
        return np.asarray(data)

    def in_blocks(self) -> Iterator[tuple[slice, Float64]]:
        """Give what is left of all series, some points after the others, and which they are."""
        for rows in row_blocks(self.series):
            block = self.series[rows]
            for first in range(rows.start, rows.stop, _ROWS):
                part = slice(first, min(first + _ROWS, rows.stop))
                yield part, self.of(block[part.start - rows.start :][:_ROWS], self.place[part])


def estimate_date_errors(
    series: Matrix, observed: Index, matrix: Float64, solution: Float64, geometry: ErrorGeometry
) -> DateErrors:
    """Estimate the errors of series from what a fit leaves of them.

    Parameters
    ----------
    series : Matrix of float, shape (n_ps, n_date)
        mm, referenced, atmosphere of the dates included; read in blocks, twice.
    observed : ndarray of int64, shape (n_observed,)
        Dates that take part.
    matrix : ndarray of float64, shape (n_observed, n_function)
        All that was fitted to the data, the look-angle error too where it was taken off.
    solution : ndarray of float64, shape (n_function, n_observed)
    geometry : ErrorGeometry

    Notes
    -----
    A fit leaves ``1 - leverage`` of the variance of a date. Noise is half the mean square
    difference of neighbours, the nearest half of up to 20 000 pairs. The factor of a point is
    its own mean square, drawn toward the mean of all points by the part of the spread of these
    numbers that chance explains (linear Bayes).
    """
    place = geometry.surface - _place_of_reference(geometry)
    coefficients = geometry.plane[:, observed]
    kept = 1 - np.einsum("ij,ji->i", matrix, solution)
    plane = (coefficients - coefficients @ solution.T @ matrix.T) / np.sqrt(kept)
    left = Residuals(series, observed, matrix, solution, place, plane)
    metres = _metres(geometry.lonlat)
    ring = _rings(metres, geometry.reference_rows)
    noise = _noise_of_neighbours(left, metres)
    atmosphere, share = _atmosphere(_mean_squares(left, ring), noise)
    errors = DateErrors(
        noise, atmosphere, share, ring, np.ones(len(series), np.float32), place, plane
    )
    return replace(errors, factor=_factors(left, errors))


def _place_of_reference(geometry: ErrorGeometry) -> Float64:
    """Give the mean terms of the reference area; 0 where nothing is referenced."""
    if geometry.reference_rows is None:
        return np.zeros(geometry.surface.shape[1])
    return np.asarray(geometry.surface[geometry.reference_rows].mean(axis=0))


def _metres(lonlat: Float64) -> Float64:
    return np.asarray(llh2local(lonlat, np.nanmean(lonlat, axis=0)) * 1000)


def _rings(metres: Float64, reference_rows: Index | None) -> Index:
    """Share points out by their distance to the nearest point of the reference area."""
    n_ps = len(metres)
    if reference_rows is None or reference_rows.size == n_ps:
        return np.zeros(n_ps, dtype=np.int64)
    from scipy.spatial import cKDTree  # slow to import; most processes need no neighbours

    distance = np.asarray(cKDTree(metres[reference_rows]).query(metres)[0])
    outside = distance[distance > 0]
    n_ring = max(1, min(_MOST_RINGS, outside.size // _FEWEST_OF_RING))
    edges = np.quantile(outside, np.linspace(0, 1, n_ring + 1)[1:-1])
    return np.asarray(np.where(distance > 0, 1 + np.searchsorted(edges, distance), 0))


def _noise_of_neighbours(left: Residuals, metres: Float64) -> Float64:
    """Give half the mean square difference of what is left at neighbours, (n_observed,)."""
    n_ps = len(metres)
    if n_ps < 2:
        return np.zeros(left.observed.size)
    from scipy.spatial import cKDTree  # slow to import; most processes need no neighbours

    first = np.arange(0, n_ps, max(1, -(-n_ps // _MOST_PAIRS)))
    distance, nearest = map(np.asarray, cKDTree(metres).query(metres[first], k=2))
    is_itself = nearest[:, 0] == first
    second, apart = (np.where(is_itself, v[:, 1], v[:, 0]) for v in (nearest, distance))
    is_near = apart <= np.median(apart)
    pairs = np.stack([first[is_near], second[is_near]])
    rows, at = np.unique(pairs, return_inverse=True)
    values = left.of(taken_rows(left.series, rows), left.place[rows])
    a, b = values[at.reshape(pairs.shape)]
    return np.asarray(np.nanmean((a - b) ** 2, axis=0) / 2)


def _mean_squares(left: Residuals, ring: Index) -> tuple[Float64, Index]:
    """Give the mean square of what is left by ring and date, and the points of every ring."""
    n_ring = int(ring.max()) + 1 if ring.size else 1
    total, count = np.zeros((n_ring, left.observed.size)), np.zeros(n_ring, dtype=np.int64)
    for rows, values in left.in_blocks():
        known = ~np.isnan(values).any(axis=1)
        for number in np.unique(ring[rows][known]):
            chosen = known & (ring[rows] == number)
            total[number] += (values[chosen] ** 2).sum(axis=0)
            count[number] += chosen.sum()
    return total / np.maximum(count, 1)[:, None], count


def _atmosphere(squares: tuple[Float64, Index], noise: Float64) -> tuple[Float64, Float64]:
    """Give the variance of the atmosphere far away by date, and the share of every ring."""
    mean_square, count = squares
    beyond = np.maximum(mean_square - noise, 0)
    by_ring = beyond.sum(axis=1)
    far = by_ring.max(initial=0.0)
    if far == 0:
        return np.zeros(noise.size), np.zeros(len(count))
    share = by_ring / far
    weight = count * share
    return np.asarray(weight @ beyond / (weight @ share)), share


def _factors(left: Residuals, errors: DateErrors) -> Float32:
    """Give how much noisier every point is than the variances of its dates say."""
    own: FloatArray = np.empty(len(left.series), dtype=np.float64)
    by_ring = errors.variance_of_rings()
    divisor = np.where(by_ring > 0, by_ring, np.inf)  # a date without errors says nothing
    for rows, values in left.in_blocks():
        values *= values
        values /= divisor[errors.ring[rows]] if len(divisor) > 1 else divisor
        own[rows] = values.mean(axis=1)
    known = own[~np.isnan(own)]
    if not known.size or known.mean() == 0:
        return np.ones(own.size, dtype=np.float32)
    chance = 2 * known.mean() ** 2 / left.freedom
    spread = known.var()
    trust = max(0.0, 1 - chance / spread) if spread else 0.0
    return np.asarray(known.mean() + trust * (own - known.mean()), dtype=np.float32)
