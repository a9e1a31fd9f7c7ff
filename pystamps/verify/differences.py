"""How far the elements of two arrays lie from each other, in the unit of a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.geo import SEMI_MAJOR_AXIS
from pystamps.io.bounds import ComparisonRule

_TWO_PI = 2 * np.pi
_METRES_PER_DEGREE = SEMI_MAJOR_AXIS * np.pi / 180
_DAYS_PER_YEAR = 365.25
_SHAPES = {"position": (None, 3), "geographic": (None, 2), "velocity": (2, None)}
"""Rows and columns that a rule needs."""


@dataclass(frozen=True, slots=True)
class ElementDifferences:
    """Differences of all elements, in the unit of the rule.

    Attributes
    ----------
    size : ndarray of float64
        In the shape of the values, or one column where a rule makes one number of a row;
        infinite where only one of the two is NaN or infinite.
    signed : tuple of ndarray of float64
        Components with their signs, pixels along the first dimension, NaN where both are.
    cycles : ndarray of int32 or None
        Whole cycles that an element is off ("unwrapped").
    constants : tuple of int
        Whole cycles that were removed from each column ("unwrapped").
    """

    size: Array
    signed: tuple[Array, ...]
    cycles: Array | None = None
    constants: tuple[int, ...] = ()


def applicable_rule(rule: ComparisonRule, golden: Array) -> ComparisonRule:
    """Give the rule for these values: whole numbers and what has another shape are exact."""
    rows, columns = _SHAPES.get(rule, (None, None))
    fits = rows is columns is None or (
        golden.ndim == 2 and rows in (None, golden.shape[0]) and columns in (None, golden.shape[1])
    )
    return rule if fits and golden.dtype.kind in "fc" else "exact"


def element_differences(
    rule: ComparisonRule, found: Array, golden: Array, *, wavelength_m: float | None = None
) -> ElementDifferences:
    """Give the differences of two arrays of one shape.

    Parameters
    ----------
    rule : str
        As :func:`applicable_rule` gives it.
    found, golden : ndarray of numbers, logical values or text
    wavelength_m : float, optional
        Of the radar, for velocities.

    Raises
    ------
    ArtifactError
        Velocities without wavelength.
    """
    if golden.dtype.kind in "US":
        unequal = (found != golden).astype(float)
        return ElementDifferences(unequal, (unequal,))
    with np.errstate(invalid="ignore"):  # inf - inf
        return _by_rule(rule, _difference(found, golden), golden, wavelength_m)


def _by_rule(
    rule: ComparisonRule, difference: Array, golden: Array, wavelength_m: float | None
) -> ElementDifferences:
    if rule == "wrapped":
        difference = difference - _TWO_PI * np.round(difference / _TWO_PI)
    elif rule == "unwrapped":
        return _unwrapped(difference)
    elif rule == "position":
        east, north = difference[:, 1:2], difference[:, 2:3]
        size = np.where(difference[:, :1] == 0, _finite_or_inf(np.hypot(east, north)), np.inf)
        return ElementDifferences(size, (east, north))
    elif rule == "geographic":
        return _on_the_ground(difference, golden)
    elif rule == "velocity":
        difference = difference * _millimetres_per_radian(wavelength_m) * [[1.0], [_DAYS_PER_YEAR]]
        return ElementDifferences(_finite_or_inf(np.abs(difference)), (difference.T,))
    size = _finite_or_inf(np.abs(difference))
    is_complex = difference.dtype.kind == "c"
    parts = (difference.real, difference.imag) if is_complex else (difference,)
    return ElementDifferences(size, parts)


def _difference(found: Array, golden: Array) -> Array:
    """Subtract; 0 where both are NaN or the same infinity, NaN where only one of the two is."""
    is_complex = "c" in (found.dtype.kind, golden.dtype.kind)
    difference = found.astype(np.complex128 if is_complex else np.float64)
    difference -= golden
    difference[(found == golden) | (np.isnan(found) & np.isnan(golden))] = 0
    return difference


def _finite_or_inf(size: Array) -> Array:
    """Make what is no number infinite, in place."""
    size[np.isnan(size)] = np.inf
    return size


def _unwrapped(difference: Array) -> ElementDifferences:
    """Take one multiple of 2 pi off every column, and count the cycles of what is left."""
    rest = difference if difference.ndim == 2 else difference.reshape(len(difference), -1)
    levels = [round(_median(column) / _TWO_PI) for column in rest.T]
    rest -= _TWO_PI * np.array(levels)
    turns = np.round(rest / _TWO_PI)
    rest -= _TWO_PI * turns
    turns[~np.isfinite(turns)] = 0
    size = _finite_or_inf(np.abs(rest))
    return ElementDifferences(size, (rest,), turns.astype(np.int32), tuple(levels))


def _median(column: Array) -> float:
    finite = column[np.isfinite(column)]
    return float(np.median(finite)) if finite.size else 0.0


def _on_the_ground(difference: Array, golden: Array) -> ElementDifferences:
    """Turn degrees into metres; a circle of latitude closes at 360 degrees."""
    around = difference[:, :1] - 360 * np.round(difference[:, :1] / 360)
    east = around * _METRES_PER_DEGREE * np.cos(np.deg2rad(golden[:, 1:2].astype(np.float64)))
    north = difference[:, 1:2] * _METRES_PER_DEGREE
    # both positions NaN: no distance; east of it is NaN by the cosine alone
    east = np.where(around == 0, 0.0, east)
    distance = np.hypot(np.abs(east), np.abs(north))  # a damaged file may hold complex numbers
    return ElementDifferences(_finite_or_inf(distance), (np.real(east), np.real(north)))


def _millimetres_per_radian(wavelength_m: float | None) -> float:
    if wavelength_m is None:
        raise ArtifactError(
            "the wavelength (lambda), which turns rad/day into mm/yr, is in parms.mat of neither "
            "tree; copy parms.mat of the data set into one of them"
        )
    return wavelength_m / (4 * np.pi) * 1000
