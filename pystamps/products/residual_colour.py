"""Is what the straight lines leave white? Correlation of residuals in time and in space.

Uncertainties, filters and estimates take delays for independent from image to image. Motion that is
no straight line, lasting weather, seasons and thermal dilation are not: neighbouring dates are then
alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.dates import DAYS_PER_YEAR

DISTANCES_M = (0.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)
"""Bounds of the classes of distance."""

_SAMPLE = 1500
_SQUARE_M = 500.0
_FEWEST_OF_SQUARE = 3
_FEWEST_SQUARES = 4
_SIGNIFICANT = 3.0


@dataclass(frozen=True, slots=True)
class ColourInTime:
    """Residuals of consecutive dates against each other.

    Attributes
    ----------
    lag_1, expected_lag_1 : float
        Correlation of neighbouring dates, found, and of white noise after the fit.
    annual, expected_annual : float
        Share of the variance that a wave of one year takes, found, and of white noise.
    sigmas : float
        ``lag_1`` less what is expected, in standard deviations of a single white series of so many
        dates: near places have the same weather, so that their number makes nothing surer.
    """

    lag_1: float
    expected_lag_1: float
    annual: float
    expected_annual: float
    sigmas: float

    @property
    def is_white(self) -> bool:
        """Whether neighbouring dates are no more alike than chance makes them."""
        return self.sigmas < _SIGNIFICANT


@dataclass(frozen=True, slots=True)
class ResidualColour:
    """Correlation of the residuals about the lines in time.

    Attributes
    ----------
    dates : int
    rms_mm : float
    of_pixels : ColourInTime
    of_squares : ColourInTime or None
        Of means over squares of 500 m: what near points share; None with too few squares.
    by_distance : tuple of float
        Correlation of pairs of pixels by the classes of :data:`DISTANCES_M`; NaN without pairs.
    """

    dates: int
    rms_mm: float
    of_pixels: ColourInTime
    of_squares: ColourInTime | None
    by_distance: tuple[float, ...]


def residual_colour(
    series: Float64, day: Float64, bperp: Float64, place: Float64, *, seed: int = 1
) -> ResidualColour:
    """Measure the colour of what lines in time and baseline leave.

    Parameters
    ----------
    series : float64, (n_ps, n_date), mm
        Of the secondary images, planes included; pixels that lack a date are left out.
    day : float64, (n_date,)
    bperp : float64, (n_date,), m
    place : float64, (n_ps, 2), m
    seed : int
        Of the pixels whose distances are looked at.

    Notes
    -----
    Residuals are r = M y with M = I - A A⁺ for the design A of constant, time and baseline; of
    white noise with the variances V of the dates their covariance is M V M, which is not diagonal:
    what is expected follows from it. V are the mean squares of the residuals by date.
    """
    known = np.isfinite(series).all(axis=1)
    series, place = series[known], place[known]
    series = series - _planes(series, place)
    design = _design(day, bperp)
    left = np.eye(day.size) - design @ np.linalg.pinv(design)
    residual = series @ left
    generator = np.random.default_rng(seed)
    means = _means_of_squares(residual, place)
    return ResidualColour(
        dates=day.size,
        rms_mm=float(np.sqrt(np.mean(residual**2))) if residual.size else float("nan"),
        of_pixels=_in_time(residual, left, day),
        of_squares=None if len(means) < _FEWEST_SQUARES else _in_time(means, left, day),
        by_distance=_by_distance(residual, place, generator),
    )


def _design(day: Float64, bperp: Float64) -> Float64:
    columns = [np.ones(day.size), day - day.mean()]
    if np.ptp(bperp):
        columns.append(bperp)
    design = np.stack(columns, axis=1)
    return np.asarray(design / np.linalg.norm(design, axis=0))


def _planes(series: Float64, place: Float64) -> Float64:
    """Give the plane of every date: orbits are common to all places and would colour them all."""
    surface = np.column_stack([np.ones(len(place)), place - place.mean(axis=0)])
    return np.asarray(surface @ np.linalg.lstsq(surface, series, rcond=None)[0])


def _in_time(residual: Float64, left: Float64, day: Float64) -> ColourInTime:
    covariance = residual.T @ residual / max(len(residual), 1)
    variances = np.diag(covariance)
    white = left @ np.diag(variances) @ left
    wave = 2 * np.pi * day / DAYS_PER_YEAR
    annual = left @ np.stack([np.sin(wave), np.cos(wave)], axis=1)
    taken = annual @ np.linalg.pinv(annual)
    found, expected = _lag_1(covariance), _lag_1(white)
    return ColourInTime(
        found,
        expected,
        float(np.trace(taken @ covariance) / np.trace(covariance)),
        float(np.trace(taken @ white) / np.trace(white)),
        (found - expected) * float(np.sqrt(day.size - 1)),
    )


def _lag_1(covariance: Float64) -> float:
    return float(np.trace(covariance, offset=1) / np.trace(covariance))


def _means_of_squares(residual: Float64, place: Float64) -> Float64:
    square = np.floor((place - place.min(axis=0, initial=0)) / _SQUARE_M).astype(np.int64)
    _, number, count = np.unique(square, axis=0, return_inverse=True, return_counts=True)
    number = number.ravel()
    total = np.zeros((count.size, residual.shape[1]))
    np.add.at(total, number, residual)
    return np.asarray((total / count[:, None])[count >= _FEWEST_OF_SQUARE])


def _by_distance(
    residual: Float64, place: Float64, generator: np.random.Generator
) -> tuple[float, ...]:
    chosen = generator.permutation(len(place))[:_SAMPLE]
    values, where = residual[chosen], place[chosen]
    size = np.sqrt(np.mean(values**2, axis=0))
    values = values / np.where(size > 0, size, 1)
    first, second = np.triu_indices(len(where), 1)
    distance = np.hypot(*(where[first] - where[second]).T)
    product = (values @ values.T)[first, second] / max(values.shape[1], 1)
    group = np.digitize(distance, DISTANCES_M) - 1
    return tuple(
        float(product[group == k].mean()) if (group == k).any() else float("nan")
        for k in range(len(DISTANCES_M) - 1)
    )
