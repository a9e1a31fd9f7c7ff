"""Stage 8 with kriging (``scn_kriging_flag``): filters that adapt to the noise they find.

Differences along the arcs of the network are freed of a model of deformation and filtered in time
with a variogram that changes over the scene; what is left is solved for pixels and filtered in
space with the variogram of each interferogram. Variograms say how much is correlated and how far,
so that neither ``scn_time_win`` nor ``scn_wavelength`` has to be known (StaMPS
``ps_scn_filt_krig``).
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from pystamps.arrays import Float32, Float64, Index
from pystamps.errors import ParameterError
from pystamps.stages.kriging import ordinary_kriging
from pystamps.stages.network import delaunay_edges
from pystamps.stages.variogram import (
    VARIOGRAM_SEED,
    VariogramFit,
    empirical_variogram,
    fit_variograms,
    variograms_in_time,
)

log = logging.getLogger(__name__)

_EPOCH = 730486.0
"""MATLAB date number of 2000-01-01, from which StaMPS counts years."""
_DAYS_PER_YEAR = 365.25
_TERMS = 5
"""Of the model in time: square, line, constant, sine and cosine of the year."""
_SAMPLE = 15_000
_LONGEST_YEARS, _TIME_LIMITS = 1.5, 25
_FARTHEST_M, _SPACE_LIMITS = 30_000.0, 30
_NEIGHBOURS = 50
_FEWEST_ACCEPTED = 50
_REACHES = 4.0
"""Neighbours lie within so many ranges of the variogram."""
_BYTES_AT_ONCE = 200_000_000
_LEAST_NUGGET = 1e-9
"""Of the sill: two pixels at one place would make a system of equations singular."""


@dataclass(frozen=True, slots=True)
class TimeVariograms:
    """Variograms of the arcs, one for each.

    Attributes
    ----------
    fit : VariogramFit
        Arrays of shape (n_edge,), years and rad^2.
    n_accepted : int
        Arcs of the sample that they come from.
    """

    fit: VariogramFit
    n_accepted: int


def kriged_high_pass(xy: Float32, phase: Float32, day: Float64, weights: Float64) -> Float32:
    """Filter phase in time along the arcs of the network and solve for the pixels.

    Parameters
    ----------
    xy : ndarray of float32, shape (n_ps, 2)
        m.
    phase : ndarray of float32, shape (n_ps, n)
        rad, without planes.
    day : ndarray of float64, shape (n,)
        MATLAB date numbers of the columns.
    weights : ndarray of float64, shape (n, n)
        Of the low-pass that takes the place of kriging where 50 arcs or fewer have a variogram.

    Returns
    -------
    ndarray of float32, shape (n_ps, n)
        rad, relative to the first pixel.

    Raises
    ------
    ParameterError
        There are fewer columns than the model in time has terms.
    """
    years = (day - _EPOCH) / _DAYS_PER_YEAR
    if years.size < _TERMS:
        raise ParameterError(
            f"scn_kriging_flag: {years.size} images are used, expected {_TERMS} or more for its "
            "model in time; drop fewer or set scn_kriging_flag to n"
        )
    edges = delaunay_edges(xy[:, 0], xy[:, 1])
    residual = phase.astype(np.float64) @ _without_motion(years)
    dph = residual[edges[:, 1]] - residual[edges[:, 0]]
    middle = (xy[edges[:, 0]].astype(np.float64) + xy[edges[:, 1]]) / 2
    variograms = time_variograms(middle, dph, years)
    if variograms.n_accepted <= _FEWEST_ACCEPTED:
        log.warning(
            "scn_kriging_flag: %d arcs have a variogram in time, more than %d are needed; as in "
            "StaMPS the low-pass of scn_time_win is taken", variograms.n_accepted,
            _FEWEST_ACCEPTED,
        )  # fmt: skip
        high_pass = residual - residual @ weights.T
        return (high_pass - high_pass[:1]).astype(np.float32)
    dph -= kriged_in_time(dph, years, variograms.fit)
    return pixels_of_arcs(edges, dph, len(xy)).astype(np.float32)


def _without_motion(years: Float64) -> Float64:
    """Give the matrix (n, n) that takes the model in time off series in rows."""
    turn = 2 * math.pi * years
    design = np.stack([years**2, years, np.sin(turn), np.cos(turn) - 1, np.ones(years.size)], 1)
    projector: Float64 = np.eye(years.size) - design @ np.linalg.pinv(design)
    return projector.T


def time_variograms(middle: Float64, dph: Float64, years: Float64) -> TimeVariograms:
    """Fit variograms in time to a sample of arcs and carry them to all as surfaces in space.

    Parameters
    ----------
    middle : ndarray of float64, shape (n_edge, 2)
        Middle of the arcs in m.
    dph : ndarray of float64, shape (n_edge, n)
        Differences without deformation in rad.
    years : ndarray of float64, shape (n,)
        Since 2000: StaMPS accepts ranges from their mean / 50 to 3 times their mean.
    """
    n_edge = len(dph)
    sample = np.random.default_rng(VARIOGRAM_SEED).permutation(n_edge)[:_SAMPLE]
    variance, centre = variograms_in_time(
        years, dph[sample], largest=_LONGEST_YEARS, n_limit=_TIME_LIMITS
    )
    fit = fit_variograms(variance, centre, largest=_LONGEST_YEARS)
    spread = float(dph.std(axis=0, ddof=1).mean()) if n_edge > 1 else 0.0
    lowest = (years.mean() / 50, spread / 50, spread / 50)
    highest = (3 * years.mean(), 4 * spread, 4 * spread)
    found = np.stack([fit.reach, fit.sill, fit.nugget], axis=1)
    accepted = ((found > lowest) & (found < highest)).all(axis=1)
    n_accepted = int(np.count_nonzero(accepted))
    log.info("stage 8: %d of %d sampled arcs have a variogram in time", n_accepted, sample.size)
    if n_accepted <= _FEWEST_ACCEPTED:
        nothing = np.zeros(0)
        return TimeVariograms(VariogramFit(nothing, nothing, nothing), n_accepted)
    scale = np.abs(middle).max(axis=0)
    x, y = (middle / np.where(scale > 0, scale, 1)).T
    design = np.stack([x**2, y**2, x, y, np.ones(n_edge)], axis=1)
    rows, accepted_values = sample[accepted], found[accepted]
    surface = design @ np.linalg.lstsq(design[rows], accepted_values, rcond=None)[0]
    surface = np.where(surface <= lowest, accepted_values.mean(axis=0), surface)
    return TimeVariograms(VariogramFit(*surface.T), n_accepted)


def kriged_in_time(dph: Float64, years: Float64, fit: VariogramFit) -> Float64:
    """Predict the correlated part of every difference from the dates around it, its own counted.

    Parameters
    ----------
    dph : ndarray of float64, shape (n_edge, n)
        rad.
    years : ndarray of float64, shape (n,)
    fit : VariogramFit
        Arrays of shape (n_edge,).

    Returns
    -------
    ndarray of float64, shape (n_edge, n)
    """
    most = min(years.size, max(1, math.ceil(years.mean() + 2 * years.std(ddof=1))))
    low_pass = np.empty_like(dph)
    for column in range(years.size):
        away = np.abs(years - years[column])
        order = np.argsort(away, kind="stable")
        within = (away[order] < _REACHES * fit.reach[:, None]).sum(axis=1)
        counts = np.minimum(within, most)
        for count in np.unique(counts):
            rows = np.flatnonzero(counts == count)
            near = order[:count]
            between = np.abs(years[near, None] - years[near])[None]
            for some in _parts(rows, count):
                low_pass[some, column] = ordinary_kriging(
                    between, away[near][None], dph[np.ix_(some, near)], sill=fit.sill[some],
                    nugget=fit.nugget[some], reach=fit.reach[some],
                )  # fmt: skip
    return low_pass


def _parts(rows: Index, count: int) -> list[Index]:
    """Cut rows so that their systems of equations fit the memory."""
    size = max(1, _BYTES_AT_ONCE // (24 * (count + 1) ** 2))
    return [rows[first : first + size] for first in range(0, rows.size, size)]


def pixels_of_arcs(edges: Index, dph: Float64, n_ps: int) -> Float64:
    """Solve differences along arcs for the pixels, by least squares.

    Parameters
    ----------
    edges : ndarray of int64, shape (n_edge, 2)
    dph : ndarray of float64, shape (n_edge, n)
        Value of the second pixel minus that of the first.
    n_ps : int

    Returns
    -------
    ndarray of float64, shape (n_ps, n)
        0 at the first pixel, and at the first of those that no arc joins to it.
    """
    n_edge = len(edges)
    ones = np.ones(n_edge)
    arcs = np.arange(n_edge)
    incidence = coo_array(
        (np.concatenate([-ones, ones]), (np.tile(arcs, 2), edges.T.ravel())), shape=(n_edge, n_ps)
    ).tocsc()
    joined = coo_array((ones, (edges[:, 0], edges[:, 1])), shape=(n_ps, n_ps))
    _, first = np.unique(connected_components(joined, directed=False)[1], return_index=True)
    free = np.setdiff1d(np.arange(n_ps), first)
    solved = np.zeros((n_ps, dph.shape[1]))
    if free.size:
        design = incidence[:, free]
        solved[free] = splu((design.T @ design).tocsc()).solve(design.T @ dph)
    return solved


def kriged_in_space(xy: Float32, ph_hpt: Float32, sources: Index) -> Float64:
    """Predict the correlated part of the phase of every pixel from its 50 nearest neighbours.

    Parameters
    ----------
    xy : ndarray of float32, shape (n_ps, 2)
        m.
    ph_hpt : ndarray of float32, shape (n_ps, n)
        rad.
    sources : ndarray of int64
        Pixels that have phase.

    Returns
    -------
    ndarray of float64, shape (n_ps, n)
        rad.

    Notes
    -----
    As in StaMPS neighbours lie within four ranges of the first interferogram, and of their own.
    """
    sample = sources[np.random.default_rng(VARIOGRAM_SEED).permutation(sources.size)[:_SAMPLE]]
    distance, near = _neighbours(xy, sources)
    scale = np.abs(xy).max(axis=0).astype(np.float64)
    x, y = (xy / np.where(scale > 0, scale, 1)).astype(np.float64).T
    design = np.stack([x**2, x, y**2, y, np.ones(len(xy))], axis=1)
    result = np.empty(ph_hpt.shape)
    widest = np.inf
    for column in range(ph_hpt.shape[1]):
        values = ph_hpt[:, column].astype(np.float64)
        trend = design @ np.linalg.lstsq(design[sample], values[sample], rcond=None)[0]
        values -= trend
        fit = _variogram_in_space(xy[sample], values[sample].astype(np.float32))
        reach = _REACHES * float(fit.reach[0])
        widest = reach if column == 0 else widest
        result[:, column] = trend + _kriged_column(
            xy, values, distance, near, fit, within=min(reach, widest)
        )
    return result


def _variogram_in_space(xy: Float32, values: Float32) -> VariogramFit:
    """Fit the variogram of one interferogram, (1,); in the classes of StaMPS, or finer ones.

    A scene smaller than three classes of 1 km gets classes of its own extent: StaMPS would fit
    three numbers to two values there.
    """
    extent = float(np.hypot(*np.ptp(xy, axis=0))) if len(xy) else 0.0
    for largest in (_FARTHEST_M, extent):
        _, variance, centre = empirical_variogram(
            xy, values, largest=max(largest, 1.0), n_limit=_SPACE_LIMITS
        )
        fit = fit_variograms(variance[None], centre, largest=max(largest, 1.0))
        if np.isfinite(fit.reach[0]):
            return fit
    raise ParameterError(
        f"scn_kriging_flag: {len(xy)} pixels with phase are too few for a variogram in space; set "
        "scn_kriging_flag to n"
    )


def _kriged_column(
    xy: Float32, values: Float64, distance: Float64, near: Index, fit: VariogramFit, *,
    within: float,
) -> Float64:  # fmt: skip
    """Predict one interferogram; neighbours beyond ``within`` metres are left out."""
    sill = fit.sill[0]
    nugget = max(fit.nugget[0], _LEAST_NUGGET * sill, np.finfo(float).tiny)
    counts = np.maximum((distance < within).sum(axis=1), 1)
    places = xy.astype(np.float64)
    kriged = np.empty(len(xy))
    for count in np.unique(counts):
        for some in _parts(np.flatnonzero(counts == count), count):
            mine = near[some, :count]
            step = places[mine][:, :, None, :] - places[mine][:, None, :, :]
            all_alike = np.ones(some.size)
            kriged[some] = ordinary_kriging(
                np.sqrt((step**2).sum(axis=3)), distance[some, :count], values[mine],
                sill=sill * all_alike, nugget=nugget * all_alike, reach=fit.reach[0] * all_alike,
            )  # fmt: skip
    return kriged


def _neighbours(xy: Float32, sources: Index) -> tuple[Float64, Index]:
    """Give distance and row of the nearest pixels with phase, nearest first."""
    most = min(_NEIGHBOURS, sources.size)
    tree = KDTree(xy[sources].astype(np.float64))
    distance, near = tree.query(xy.astype(np.float64), k=np.arange(1, most + 1))
    return np.asarray(distance), sources[np.asarray(near)]
