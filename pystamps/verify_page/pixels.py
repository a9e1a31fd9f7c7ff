"""The comparison of a variable once more, pixel by pixel, for maps and lists of the worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Bool, Float64, Index
from pystamps.config import Tolerance
from pystamps.io.bounds import ToleranceProfile
from pystamps.io.mat import read_mat
from pystamps.io.tolerances import tolerance_of
from pystamps.verify.differences import ElementDifferences, element_differences
from pystamps.verify.forms import dense_array, element_in_words
from pystamps.verify.records import VariableComparison
from pystamps.verify.variables import allowed_differences
from pystamps.verify_page.positions import RowPositions, row_positions

MOST_LISTED = 12
"""Pixels in the list of the worst."""


@dataclass(frozen=True, slots=True)
class WorstPixel:
    """One line of the list of the worst pixels.

    Attributes
    ----------
    number : int
        On the map, from 1.
    pixel : int
        Row, counted from 0.
    lon, lat : float
        Degrees.
    column : str
        Date or number of its worst interferogram; empty where there is one value per pixel.
    found, expected : str
    difference, allowed : float
        In the unit of the variable.
    cycles : int
        Whole cycles that it is off there.
    """

    number: int
    pixel: int
    lon: float
    lat: float
    column: str
    found: str
    expected: str
    difference: float
    allowed: float
    cycles: int


@dataclass(frozen=True, slots=True)
class VariableDetails:
    """What a page shows of one variable beside the numbers of its comparison.

    Attributes
    ----------
    comparison : VariableComparison
    sizes : float64, (n,)
        Differences of all elements that are not exactly equal, in the unit of the variable;
        infinite where only one of the two is NaN.
    lonlat : float64, (n_ps, 2), or None where it has no pixels on the map
    severity : float64, (n_ps,)
        Worst difference of each pixel: over its tolerance, or itself where nothing is allowed.
    is_over_tolerance : bool
        Which of the two.
    cycles : int64, (n_ps,)
        Interferograms in which a pixel is off by whole cycles.
    shift : tuple of float or None
        Median of the differences to the east and to the north in m, of positions.
    arrows : float64, (n_ps, 2), or None
        The differences themselves, of positions.
    worst : tuple of WorstPixel
    """

    comparison: VariableComparison
    sizes: Float64
    lonlat: Float64 | None = None
    severity: Float64 | None = None
    is_over_tolerance: bool = True
    cycles: Index | None = None
    shift: tuple[float, float] | None = None
    arrows: Float64 | None = None
    worst: tuple[WorstPixel, ...] = ()

    @property
    def has_cycles(self) -> bool:
        """Whether a pixel is off by whole cycles."""
        return self.cycles is not None and bool(self.cycles.any())


@dataclass(frozen=True, slots=True)
class ComparedTrees:
    """Two trees that have been compared, and how.

    Attributes
    ----------
    ours, theirs : mapping of str to Path
        MAT files by their name relative to the root.
    profile : str
    tolerance : Tolerance
    wavelength_m : float or None
    """

    ours: Mapping[str, Path]
    theirs: Mapping[str, Path]
    profile: ToleranceProfile
    tolerance: Tolerance
    wavelength_m: float | None


def variable_details(
    comparison: VariableComparison, trees: ComparedTrees
) -> VariableDetails | None:
    """Read a variable of both trees again and compare it pixel by pixel.

    Parameters
    ----------
    comparison : VariableComparison
    trees : ComparedTrees

    Returns
    -------
    VariableDetails or None
        None for texts, and for values of two shapes.

    Raises
    ------
    ArtifactError
        A file can be read no more.
    """
    name, variable = comparison.file, comparison.variable
    values = [read_mat(side[name], [variable])[variable] for side in (trees.ours, trees.theirs)]
    if any(isinstance(value, str) for value in values):
        return None
    found, golden = np.atleast_1d(*map(dense_array, values))
    if found.shape != golden.shape or golden.dtype.kind in "US":
        return None
    rule = comparison.rule
    wavelength_m = trees.wavelength_m if rule == "velocity" else None
    elements = element_differences(rule, found, golden, wavelength_m=wavelength_m)
    bound = tolerance_of(name, variable).bound(trees.profile)
    limit = allowed_differences(rule, golden, bound, trees.tolerance)
    unequal = _unequal_elements(elements)
    positions = row_positions(name, variable, golden.shape, trees.theirs)
    positions = positions or row_positions(name, variable, golden.shape, trees.ours)
    if positions is None:
        return VariableDetails(comparison, elements.size[unequal])
    return _on_the_map(comparison, elements, limit, positions, found, golden)


def _unequal_elements(elements: ElementDifferences) -> Bool:
    unequal: Bool = elements.size != 0
    return unequal if elements.cycles is None else unequal | (elements.cycles != 0)


def _on_the_map(
    comparison: VariableComparison,
    elements: ElementDifferences,
    limit: Array,
    positions: RowPositions,
    found: Array,
    golden: Array,
) -> VariableDetails:
    """Give the worst difference of every pixel."""
    size = _by_pixel(elements.size, positions)
    allowed = _by_pixel(np.broadcast_to(limit, elements.size.shape), positions)
    is_over_tolerance = bool((allowed > 0).any())
    severity = np.divide(size, allowed, out=np.where(size > 0, np.inf, 0.0), where=allowed > 0)
    severity = severity if is_over_tolerance else size
    turns = np.zeros(size.shape, np.int64)
    if elements.cycles is not None:
        turns = _by_pixel(elements.cycles, positions)
    cycles = np.count_nonzero(turns, axis=1)
    arrows = None
    if comparison.rule in ("geographic", "position"):
        arrows = np.hstack(elements.signed)
    return VariableDetails(
        comparison,
        elements.size[_unequal_elements(elements)],
        positions.lonlat,
        severity.max(axis=1, initial=0.0),
        is_over_tolerance,
        cycles,
        None if arrows is None else _median_shift(arrows),
        arrows,
        _worst_pixels(severity, size, allowed, cycles, turns, positions, (found, golden)),
    )


def _by_pixel(values: Array, positions: RowPositions) -> Array:
    """Give values as a matrix with one row per pixel."""
    turned = np.moveaxis(values, positions.axis, 0) if values.ndim > 1 else values
    return turned.reshape(len(positions.lonlat), -1)


def _median_shift(arrows: Float64) -> tuple[float, float] | None:
    known = arrows[np.isfinite(arrows).all(axis=1)]
    return (float(np.median(known[:, 0])), float(np.median(known[:, 1]))) if len(known) else None


def _worst_pixels(
    severity: Array,
    size: Array,
    allowed: Array,
    cycles: Index,
    turns: Array,
    positions: RowPositions,
    values: tuple[Array, Array],
) -> tuple[WorstPixel, ...]:
    """List the pixels that differ most: of those with wrong cycles and of the others."""
    found, golden = (_by_pixel(side, positions) for side in values)
    pixels = []
    for number, (row, column) in enumerate(_worst_places(severity, turns, cycles), 1):
        is_row = found.shape[1] != size.shape[1]
        part: int | slice = slice(None) if is_row else column
        pixels.append(
            WorstPixel(
                number,
                int(row),
                float(positions.lonlat[row, 0]),
                float(positions.lonlat[row, 1]),
                _column_name(column, size.shape[1], positions.columns),
                element_in_words(found[row, part]),
                element_in_words(golden[row, part]),
                float(size[row, column]),
                float(allowed[row, column]),
                int(turns[row, min(column, turns.shape[1] - 1)]),
            )
        )
    return tuple(pixels)


def _worst_places(severity: Array, turns: Array, cycles: Index) -> list[tuple[int, int]]:
    """Give row and column of the worst elements, one of every pixel."""
    by_difference = np.argsort(-severity.max(axis=1, initial=0.0), kind="stable")
    differing = [int(row) for row in by_difference[:MOST_LISTED] if severity[row].max() > 0]
    off = [int(row) for row in np.argsort(-cycles, kind="stable")[:MOST_LISTED] if cycles[row]]
    places = {row: int(np.argmax(np.abs(turns[row]))) for row in off[: MOST_LISTED // 2]}
    for row in differing:
        if len(places) < MOST_LISTED:
            places.setdefault(row, int(np.argmax(severity[row])))
    return list(places.items())


def _column_name(column: int, n_columns: int, names: tuple[str, ...]) -> str:
    if n_columns == 1:
        return ""
    return names[column] if len(names) == n_columns else str(column)
