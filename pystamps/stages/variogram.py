"""Variograms: how differences of values grow with their distance, and a curve through it.

The model is the exponential one, ``c1 (1 - exp(-h / a)) + c2``: c1 (sill) is the variance of what
is correlated, a (range) how far, c2 (nugget) the variance of what is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, Index

VARIOGRAM_SEED = 2005
"""Seed of the samples that variograms are fitted to; StaMPS draws them without one."""

_PAIRS_AT_ONCE = 4_000_000
_KEPT_SHARE = 1.75
"""Of the classes of distance, those above this share are left out: few and far pairs."""
_SMALLEST, _LARGEST, _TRIAL_RANGES = 0.002, 100.0, 100
_REFINEMENTS = 40
_GOLDEN = (np.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class VariogramFit:
    """Parameters of exponential variograms; arrays of one shape.

    Attributes
    ----------
    reach : float64, range a in the unit of the distances
    sill : float64, c1, variance of what is correlated
    nugget : float64, c2, variance of what is not
    """

    reach: Float64
    sill: Float64
    nugget: Float64


def lag_limits(largest: float, n_limit: int) -> Float64:
    """Give the limits of the classes of distance: float64, (n_limit,), equal steps from 0."""
    return np.linspace(0.0, largest, n_limit)


def empirical_variogram(
    places: Float32, values: Float32, *, largest: float, n_limit: int
) -> tuple[Index, Float64, Float64]:
    """Give half the mean squared difference of pairs of places, by classes of distance.

    Parameters
    ----------
    places : ndarray of float32, shape (n, 2)
    values : ndarray of float32, shape (n,)
    largest : float
        Largest distance.
    n_limit : int
        Limits of the classes; a class has its lower limit, not its upper one.

    Returns
    -------
    count : int64, (n_class,), pairs, each in both orders
    variance : float64, (n_class,)
    centre : float64, (n_class,), middle of the class
        Classes without pairs are left out, and of the others the far ones.

    Notes
    -----
    First part of StaMPS ``ps_fit_vario``.
    """
    limits = lag_limits(largest, n_limit)
    n_class = n_limit - 1
    count, total = np.zeros(n_class, np.int64), np.zeros(n_class)
    block = max(1, _PAIRS_AT_ONCE // max(len(places), 1))
    for first in range(0, len(places), block):
        rows = slice(first, first + block)
        step = places[rows, None, :] - places[None, :, :]
        distance = np.sqrt((step**2).sum(axis=2))
        half_square = np.float32(0.5) * (values[rows, None] - values[None, :]) ** 2
        own = np.arange(len(step))
        distance[own, own + first] = np.inf
        of_class = np.searchsorted(limits, distance.ravel(), side="right") - 1
        inside = of_class < n_class
        count += np.bincount(of_class[inside], minlength=n_class)[:n_class]
        total += np.bincount(
            of_class[inside], weights=half_square.ravel()[inside], minlength=n_class
        )[:n_class]
    kept = kept_classes(count)
    return count[kept], total[kept] / count[kept], (limits[:-1] + limits[1:])[kept] / 2


def kept_classes(count: Index) -> Index:
    """Give the classes that a curve is fitted to: those with pairs, the far ones left out."""
    return np.flatnonzero(count)[: round(count.size / _KEPT_SHARE)]


def variograms_in_time(
    years: Float64, values: Float64, *, largest: float, n_limit: int
) -> tuple[Float64, Float64]:
    """Give empirical variograms of series at the same dates.

    Parameters
    ----------
    years : ndarray of float64, shape (n_date,)
    values : ndarray of float64, shape (n, n_date)
    largest : float
        Largest difference of dates in years.
    n_limit : int

    Returns
    -------
    variance : float64, (n, n_class)
    centre : float64, (n_class,), years
        As :func:`empirical_variogram` gives them for one series.
    """
    limits = lag_limits(largest, n_limit)
    first, second = np.triu_indices(years.size, 1)
    of_pair = np.searchsorted(limits, np.abs(years[first] - years[second]), side="right") - 1
    kept = kept_classes(np.bincount(of_pair, minlength=n_limit)[: n_limit - 1])
    variance = np.empty((len(values), kept.size))
    for column, number in enumerate(kept):
        pairs = of_pair == number
        step = values[:, first[pairs]] - values[:, second[pairs]]
        variance[:, column] = 0.5 * np.mean(step**2, axis=1)
    return variance, (limits[:-1] + limits[1:])[kept] / 2


def fit_variograms(variance: Float64, centre: Float64, *, largest: float) -> VariogramFit:
    """Fit an exponential variogram to each row of empirical ones, by least squares.

    Parameters
    ----------
    variance : ndarray of float64, shape (n, n_class)
    centre : ndarray of float64, shape (n_class,)
        Distances of the classes.
    largest : float
        Largest distance; ranges from 0.002 to 100 times that are tried.

    Returns
    -------
    VariogramFit
        Arrays of shape (n,), 0 or more. NaN where fewer than three classes are known.

    Notes
    -----
    For a given range sill and nugget are a linear problem with a closed solution, so that one
    number is searched, among all ranges and not downhill from a first guess: the optimum of what
    the second part of StaMPS ``ps_fit_vario`` asks ``lsqcurvefit`` for.
    """
    if variance.shape[1] < 3:
        unknown = np.full(len(variance), np.nan)
        return VariogramFit(unknown, unknown.copy(), unknown.copy())
    trials = np.log(largest * np.geomspace(_SMALLEST, _LARGEST, _TRIAL_RANGES))
    costs = np.stack(
        [_best_of_range(np.full(len(variance), t), variance, centre)[0] for t in trials]
    )
    best = costs.argmin(axis=0)
    low = trials[np.maximum(best - 1, 0)]
    high = trials[np.minimum(best + 1, trials.size - 1)]
    for _ in range(_REFINEMENTS):
        inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        is_left = (
            _best_of_range(inner, variance, centre)[0] <= _best_of_range(outer, variance, centre)[0]
        )
        low, high = np.where(is_left, low, inner), np.where(is_left, outer, high)
    middle = (low + high) / 2
    _, sill, nugget = _best_of_range(middle, variance, centre)
    return VariogramFit(np.exp(middle), sill, nugget)


def _best_of_range(
    log_range: Float64, variance: Float64, centre: Float64
) -> tuple[Float64, Float64, Float64]:
    """Cost, sill and nugget that fit best for given ranges; neither is below 0."""
    curve = -np.expm1(-centre / np.exp(log_range)[:, None])
    mean_curve, mean = curve.mean(axis=1), variance.mean(axis=1)
    spread = curve - mean_curve[:, None]
    power = (spread**2).sum(axis=1)
    sill = (spread * variance).sum(axis=1) / np.where(power > 0, power, 1)
    nugget = mean - sill * mean_curve
    through_zero = (curve * variance).sum(axis=1) / (curve**2).sum(axis=1)
    sill, nugget = (
        np.where(sill < 0, 0, np.where(nugget < 0, through_zero, sill)),
        np.where(sill < 0, mean, np.where(nugget < 0, 0, nugget)),
    )
    left = sill[:, None] * curve + nugget[:, None] - variance
    return (left**2).sum(axis=1), sill, nugget
