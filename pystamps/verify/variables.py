"""The comparison of one variable of two files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.config import Tolerance
from pystamps.io.bounds import Bound, ComparisonRule, ToleranceProfile
from pystamps.io.tolerances import tolerance_of
from pystamps.verify.differences import ElementDifferences, applicable_rule, element_differences
from pystamps.verify.forms import (
    compare_forms,
    compare_texts,
    dense_array,
    element_in_words,
    size_in_words,
)
from pystamps.verify.records import VariableComparison, VariableDifference

MANY = 100
"""Elements from which on a quantile and a mean say more than the worst element."""

_QUANTILE = 0.99
_NO_TOLERANCE_GIVEN = Tolerance()


def compare_variable(
    file: str,
    variable: str,
    found: Any,
    golden: Any,
    *,
    profile: ToleranceProfile = "strict",
    tolerance: Tolerance = _NO_TOLERANCE_GIVEN,
    wavelength_m: float | None = None,
) -> VariableComparison:
    """Compare one variable of two files.

    Parameters
    ----------
    file, variable : str
    found, golden : array, sparse array or str
        As :func:`pystamps.io.mat.read_mat` gives them.
    profile : str
    tolerance : Tolerance
        What is allowed beside the profile.
    wavelength_m : float, optional
        Of the radar, for velocities.

    Raises
    ------
    ArtifactError
        Velocities without wavelength.
    """
    if isinstance(found, str) or isinstance(golden, str):
        return compare_texts(file, variable, found, golden)
    found, golden = np.atleast_1d(dense_array(found), dense_array(golden))
    forms = compare_forms(file, variable, found, golden)
    stated = tolerance_of(file, variable)
    bound = stated.bound(profile)
    rule = applicable_rule(stated.rule, golden)
    blank = VariableComparison(
        file, variable, rule, stated.unit, bound.why, golden.size, differences=forms
    )
    if found.shape != golden.shape or (found.dtype.kind in "US") != (golden.dtype.kind in "US"):
        return replace(blank, found=size_in_words(found), expected=size_in_words(golden))
    if not _unequal(found, golden).any():
        return _with_nothing_different(blank, golden, bound)
    elements = element_differences(rule, found, golden, wavelength_m=wavelength_m)
    given = _given(rule, golden, tolerance)
    allowed = _allowed(golden, bound)
    limit = np.asarray(np.maximum(allowed, given))
    compared = _with_elements(blank, found, golden, elements=elements, limit=limit)
    compared = _with_cycles(compared, elements, bound)
    if rule == "exact" or np.any(given):
        return compared
    return _with_statistics(compared, elements, bound=bound, allowed=allowed)


def _with_nothing_different(
    blank: VariableComparison, golden: Array, bound: Bound
) -> VariableComparison:
    """Say what would be allowed."""
    columns = golden.size // len(golden) if blank.rule == "unwrapped" and len(golden) else 0
    equal = replace(blank, tolerance=bound.size, cycles=(0,) * columns, constants=(0,) * columns)
    if golden.size < MANY:
        return equal
    return replace(
        equal,
        quantile=None if bound.quantile is None else 0.0,
        quantile_tolerance=bound.quantile,
        mean=None if bound.mean is None else 0.0,
        mean_tolerance=bound.mean,
    )


def allowed_differences(
    rule: ComparisonRule, golden: Array, bound: Bound, tolerance: Tolerance
) -> Array:
    """Give what bound and user allow: one number for all elements, or one for each."""
    return np.asarray(np.maximum(_allowed(golden, bound), _given(rule, golden, tolerance)))


def _allowed(golden: Array, bound: Bound) -> Array | float:
    """Give what a bound allows each element: one number where no share is larger than it."""
    if not bound.share:
        return bound.size
    by_share = bound.share * _magnitude(golden)
    is_larger = by_share.max() > bound.size
    return np.maximum(bound.size, by_share, out=by_share) if is_larger else bound.size


def _given(rule: ComparisonRule, golden: Array, tolerance: Tolerance) -> Array | float:
    """Give what the user allows each element: nothing for positions and what is decided."""
    if rule in ("wrapped", "unwrapped"):
        return tolerance.phase_rad
    if rule == "complex" and (tolerance.absolute or tolerance.phase_rad):
        return tolerance.absolute + tolerance.phase_rad * _magnitude(golden)
    if rule == "number" and (tolerance.absolute or tolerance.relative):
        return tolerance.absolute + tolerance.relative * _magnitude(golden)
    return 0.0


def _magnitude(golden: Array) -> Array:
    magnitude = np.abs(golden).astype(np.float64)
    magnitude[~np.isfinite(magnitude)] = 0.0
    return magnitude


def _with_elements(
    blank: VariableComparison,
    found: Array,
    golden: Array,
    *,
    elements: ElementDifferences,
    limit: Array,
) -> VariableComparison:
    """Compare element by element, or row by row where a rule makes one number of a row."""
    size = elements.size
    unequal = _unequal(found, golden)
    is_by_row = unequal.shape != size.shape
    # positions a whole circle apart are no distance apart, and yet not the same
    rows_unequal = unequal.any(axis=1, keepdims=True) if is_by_row else unequal
    wrong = np.where(limit > 0, size > limit, rows_unequal)
    worst = _worst_element(size, wrong, limit)
    index = tuple(int(i) for i in np.unravel_index(worst, size.shape))
    place = index[:1] if is_by_row else index
    measured = replace(
        blank,
        n_unequal=int(np.count_nonzero(rows_unequal)),
        n_different=int(np.count_nonzero(wrong)),
        worst=float(size[index]),
        tolerance=float(np.broadcast_to(limit, size.shape)[index]),
        index=place,
        found=element_in_words(found[place]),
        expected=element_in_words(golden[place]),
    )
    if not wrong.any():
        return measured
    difference = VariableDifference(
        measured.file,
        measured.variable,
        "values",
        measured.found,
        measured.expected,
        measured.n_different,
        size.size,
        place,
        measured.worst,
        measured.rule,
        measured.unit,
        measured.tolerance,
    )
    return replace(measured, differences=(*measured.differences, difference))


def _worst_element(size: Array, wrong: Array, limit: Array) -> int:
    """Give the flat position of the element that exceeds, or exhausts, its limit most."""
    if limit.ndim == 0 and (limit > 0 or size.any()):
        return int(np.argmax(size))
    excess = size / np.where(limit > 0, limit, 1.0)
    return int(np.argmax(np.where(wrong, excess, -1.0) if wrong.any() else excess))


def _unequal(found: Array, golden: Array) -> Array:
    if golden.dtype.kind in "US" or found.dtype.kind in "US":
        return np.asarray(found != golden)
    same: Array = (found == golden) | (np.isnan(found) & np.isnan(golden))
    return ~same


def _with_cycles(
    compared: VariableComparison, elements: ElementDifferences, bound: Bound
) -> VariableComparison:
    """Count the elements that are off by whole cycles, column by column."""
    if elements.cycles is None:
        return compared
    counts = np.count_nonzero(elements.cycles, axis=0)
    allowed = int(bound.cycles * elements.cycles.shape[0])
    counted = replace(
        compared,
        cycles=tuple(int(count) for count in counts),
        cycle_tolerance=allowed,
        constants=elements.constants,
    )
    if np.all(counts <= allowed):
        return counted
    worst = np.argmax(np.abs(elements.cycles))
    place = tuple(int(i) for i in np.unravel_index(worst, elements.cycles.shape))
    columns = ", ".join(f"column {i}: {count}" for i, count in enumerate(counts) if count > allowed)
    difference = VariableDifference(
        compared.file,
        compared.variable,
        "cycles",
        columns,
        "",
        int(counts.sum()),
        elements.cycles.size,
        place,
        float(abs(elements.cycles[place])),
        compared.rule,
        "cycles",
        allowed,
    )
    return replace(counted, differences=(*counted.differences, difference))


def _with_statistics(
    compared: VariableComparison,
    elements: ElementDifferences,
    *,
    bound: Bound,
    allowed: Array | float,
) -> VariableComparison:
    """Compare the quantile of the differences and the mean of each column."""
    finite = np.isfinite(elements.size)
    if np.count_nonzero(finite) < MANY:
        return compared
    if bound.quantile is not None:
        # where more is allowed to large values, their differences count for less
        scaled = (
            elements.size / (np.asarray(allowed) / bound.size)
            if np.ndim(allowed)
            else elements.size
        )
        quantile = float(np.quantile(scaled[finite], _QUANTILE))
        compared = replace(compared, quantile=quantile, quantile_tolerance=bound.quantile)
        compared = _with_statistic(compared, "quantile", quantile, bound.quantile)
    if bound.mean is not None and elements.signed[0].shape[0] >= MANY:
        bulk = elements.size <= np.quantile(elements.size[finite], _QUANTILE)
        mean = _largest_mean(elements, bulk.T if compared.rule == "velocity" else bulk)
        compared = replace(compared, mean=mean, mean_tolerance=bound.mean)
        compared = _with_statistic(compared, "mean", mean, bound.mean)
    return compared


def _with_statistic(
    compared: VariableComparison, kind: str, value: float, allowed: float
) -> VariableComparison:
    if value <= allowed:
        return compared
    difference = VariableDifference(
        compared.file,
        compared.variable,
        kind,
        f"{value:.3g}",
        f"{allowed:.3g}",
        n_elements=compared.n_elements,
        largest=value,
        rule=compared.rule,
        unit=compared.unit,
        tolerance=allowed,
    )
    return replace(compared, differences=(*compared.differences, difference))


def _largest_mean(elements: ElementDifferences, bulk: Array) -> float:
    """Give the largest mean of a column, of its chosen elements: few extreme ones decide not."""
    counts = np.maximum(np.count_nonzero(bulk, axis=0), 1)
    means = [np.where(bulk, part, 0.0).sum(axis=0) / counts for part in elements.signed]
    return float(np.max(np.hypot.reduce(means)))
