"""Comparison of one written artifact with the golden one, for the tests of all stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from pystamps.io.mat import read_mat

TWO_PI = 2 * np.pi


def assert_same_artifact(
    found_path: Path,
    golden_path: Path,
    tolerances: Mapping[str, float] | None = None,
    *,
    modulo_2pi: Collection[str] = (),
    modulo_2pi_per_column: Collection[str] = (),
    relative: Collection[str] = (),
    ignore: Collection[str] = (),
    golden_is_reduced: bool = False,
) -> dict[str, float]:
    """Compare names, classes, shapes and values of all variables of two MAT files.

    Parameters
    ----------
    found_path, golden_path : Path
    tolerances : mapping of str to float, optional
        Largest absolute difference (modulus for complex) per variable. Variables that are not
        listed must be exactly equal.
    modulo_2pi : collection of str
        Variables whose elements may each differ by a multiple of 2 pi.
    modulo_2pi_per_column : collection of str
        Variables that may differ by one multiple of 2 pi per column (``ph_uw``).
    relative : collection of str
        Variables whose difference is divided by the magnitude of the golden value where that
        exceeds 1 (amplitudes).
    ignore : collection of str
        Variables that are not compared, present or not.
    golden_is_reduced : bool
        Variables that the golden file lacks are allowed, and logicals are bytes there (set
        ``small``).

    Returns
    -------
    dict
        Largest difference per variable, for reports.
    """
    found, golden = read_mat(found_path), read_mat(golden_path)
    names, wanted = set(found) - set(ignore), set(golden) - set(ignore)
    extra = set() if golden_is_reduced else names - wanted
    assert not wanted - names, f"{found_path.name}: missing variables {sorted(wanted - names)}"
    assert not extra, f"{found_path.name}: extra variables {sorted(extra)}"
    unknown = set(tolerances or {}) - wanted
    assert not unknown, f"{found_path.name}: tolerances for unknown variables {sorted(unknown)}"
    moved, failures = {}, []
    if golden_is_reduced:
        logical = {n for n in wanted & names if np.asarray(found[n]).dtype == np.bool_}
        golden |= {name: golden[name].astype(bool) for name in logical}
    for name in sorted(wanted):
        message, moved[name] = compare(
            found[name],
            golden[name],
            tolerance=(tolerances or {}).get(name, 0.0),
            modulo_2pi=name in modulo_2pi,
            per_column=name in modulo_2pi_per_column,
            relative=name in relative,
        )
        if message:
            failures.append(f"{found_path.name}: {name}: {message}")
    assert not failures, "\n".join(failures)
    return moved


def compare(
    found: Any,
    golden: Any,
    *,
    tolerance: float = 0.0,
    modulo_2pi: bool = False,
    per_column: bool = False,
    relative: bool = False,
) -> tuple[str, float]:
    """Give a message ("" = same) and the largest absolute difference of two variables."""
    if isinstance(found, str) or isinstance(golden, str):
        return ("" if found == golden else f"{found!r} instead of {golden!r}"), 0.0
    found, golden = _dense(found), _dense(golden)
    if found.dtype != golden.dtype:
        return f"class {found.dtype} instead of {golden.dtype}", np.inf
    if found.shape != golden.shape:
        return f"shape {found.shape} instead of {golden.shape}", np.inf
    if found.size == 0 or found.dtype == object:
        return "", 0.0
    with np.errstate(invalid="ignore"):  # inf - inf
        difference = _difference(found, golden)
    same = (found == golden) | (np.isnan(found) & np.isnan(golden))
    difference = np.where(same, 0.0, difference)
    if per_column:
        difference = difference - TWO_PI * np.round(np.nanmedian(difference, axis=0) / TWO_PI)
    if modulo_2pi:
        difference = difference - TWO_PI * np.round(difference / TWO_PI)
    size = np.abs(difference)
    if relative:
        size = size / np.maximum(1, np.abs(golden))
    worst = np.unravel_index(np.argmax(np.where(np.isnan(size), np.inf, size)), size.shape)
    largest = float(size[worst])
    if largest <= tolerance:
        return "", largest
    differing = int(np.count_nonzero(~(size <= tolerance)))
    place = tuple(int(i) for i in worst)
    return (
        f"{differing} of {size.size} elements differ by more than {tolerance:g}; worst at {place}: "
        f"{found[worst]} instead of {golden[worst]} (difference {largest:.3g})"
    ), largest


def _dense(value: Any) -> np.ndarray[Any, Any]:
    return value.toarray() if scipy.sparse.issparse(value) else np.asarray(value)


def _difference(found: np.ndarray[Any, Any], golden: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    wide = np.complex128 if np.iscomplexobj(found) else np.float64
    return np.asarray(found.astype(wide) - golden.astype(wide))
