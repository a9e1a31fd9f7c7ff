"""How two values of one MAT variable are compared: which rule, and what the comparison found.

Rules:

======== ==========================================================================
exact    indices, masks, counts, grids, arcs, dates, text
number   ``|a - b| <= absolute + relative |b|``
complex  ``|a - b| <= absolute + phase_rad |b|``
phase    ``|a - b| <= phase_rad``
position ``|a - b| <= 0.0015`` m: coordinates are rounded to millimetres
angle    as phase, each element up to a multiple of 2 pi
unwrapped as phase, each column up to one multiple of 2 pi (where snaphu began is arbitrary)
======== ==========================================================================

NaN equals NaN only. Integer and logical variables are exact whatever their name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse

from pystamps.arrays import Array
from pystamps.config import Tolerance
from pystamps.io.layouts import LAYOUTS

ComparisonRule = Literal["exact", "number", "complex", "position", "phase", "angle", "unwrapped"]

_TWO_PI = 2 * np.pi
POSITION_M = 0.0015

_EXACT = {
    *("ij", "day", "master_day", "n_ps", "n_ifg", "n_image", "n_i", "n_j", "n_edge", "G"),
    *("rowix", "colix", "N_opt", "ifgday", "ifgday_ix", "psver", "stamps_step_no_ps"),
    *("unwrap_ifg_index_sm", "pix_size", "grid_size"),
} | {
    variable.name
    for layout in LAYOUTS.values()
    for variable in layout.fields.values()
    if variable.one_based or variable.kind == "integer"
}
_ANGLES = {"ph_res", "ph_res2", "C_ps", "C_ps2"}
_PHASES = {
    *("ph_scla", "ph_ramp", "ph_scn_slave", "ph_hpt", "C_ps_uw", "dph_space_uw", "dph_noise"),
    *("ps_std", "ps_max", "ph_uw_predef", "ph_in_predef"),
}
FRAGILE = {"ps_std": (0.002, 0.0), "ps_max": (0.002, 0.0), "msd": (0.0, 0.05)}
"""Absolute and relative bound of variables that move by more than rounding in the original, too.

A difference within it is reported as fragile, beyond it as any other (``KNOWN_DIFFERENCES`` in
:mod:`pystamps.verify` says why).
"""

_RESIDUALS = {"phuw_sb_res"}
"""Files whose ``ph_res`` is an unwrapped phase."""


@dataclass(frozen=True, slots=True)
class VariableDifference:
    """One thing that differs.

    Attributes
    ----------
    file, variable : str
        ``variable`` is empty where the whole file is meant.
    kind : str
        missing, extra, placeholder (the golden file is empty), class, storage (logical as
        bytes), shape, text, values, fragile (within the bound of ``FRAGILE``), or unreadable.
    found, expected : str
        Class, shape, or the worst element of both.
    n_different, n_elements : int
    index : tuple of int
        0-based position of the worst element.
    largest : float
        Its absolute difference; infinite where only one of the two is NaN.
    rule : str
    """

    file: str
    variable: str
    kind: str
    found: str = ""
    expected: str = ""
    n_different: int = 0
    n_elements: int = 0
    index: tuple[int, ...] = ()
    largest: float = 0.0
    rule: str = ""

    @property
    def sentence(self) -> str:
        """What differs, for people."""
        if self.kind in ("values", "fragile"):
            return (
                f"{self.found} instead of {self.expected} at {list(self.index)}, "
                f"difference {self.largest:.3g}; {self.n_different} of {self.n_elements} "
                f"elements differ ({self.rule})"
            )
        if self.kind in ("class", "storage", "shape", "text"):
            return f"{self.kind} {self.found} instead of {self.expected}"
        return f"{self.kind} {self.found}".strip()


def rule_of(base: str, variable: str, golden: Array) -> ComparisonRule:
    """Give the rule of a variable of the file ``base`` (name without generation number)."""
    if golden.dtype.kind in "biuUS" or variable in _EXACT:
        return "exact"
    if variable == "xy":
        return "position"
    if variable == "ph_uw":
        return "unwrapped"
    if golden.dtype.kind == "c":
        return "complex"
    if variable in _ANGLES and base not in _RESIDUALS:
        return "angle"
    return "phase" if variable in _PHASES or base in _RESIDUALS else "number"


def compare_values(
    file: str, variable: str, found: Any, golden: Any, *, tolerance: Tolerance
) -> list[VariableDifference]:
    """Compare one variable of two files.

    Parameters
    ----------
    file, variable : str
    found, golden : array, sparse array or str
        As :func:`pystamps.io.mat.read_mat` gives them.
    tolerance : Tolerance

    Returns
    -------
    list of VariableDifference
        Empty when equal; a different class and different values are reported both.
    """
    if isinstance(found, str) or isinstance(golden, str):
        if isinstance(found, str) and isinstance(golden, str) and found == golden:
            return []
        return [VariableDifference(file, variable, "text", _shown(found), _shown(golden))]
    found, golden = _dense(found), _dense(golden)
    differences = []
    classes = _class(found), _class(golden)
    if classes[0] != classes[1]:
        kind = "storage" if set(classes) == {"logical", "uint8"} else "class"
        differences.append(VariableDifference(file, variable, kind, *classes))
    if found.shape != golden.shape:
        differences.append(VariableDifference(file, variable, "shape", _size(found), _size(golden)))
        return differences
    rule = rule_of(
        file.rpartition("/")[2].removesuffix(".mat").rstrip("0123456789"), variable, golden
    )
    values = _compare_elements(found, golden, rule, tolerance)
    if values is None:
        return differences
    index, largest, n_different = values
    return [
        *differences,
        VariableDifference(
            file,
            variable,
            _kind_of_values(variable, found, golden),
            f"{found[index]:.9g}" if found.dtype.kind in "fc" else str(found[index]),
            f"{golden[index]:.9g}" if golden.dtype.kind in "fc" else str(golden[index]),
            n_different,
            golden.size,
            tuple(int(i) for i in index),
            largest,
            rule,
        ),
    ]


def _kind_of_values(variable: str, found: Array, golden: Array) -> str:
    """Tell a difference within the bound of a fragile variable from a real one."""
    absolute, relative = FRAGILE.get(variable, (0.0, 0.0))
    bounds = Tolerance(relative=relative, absolute=absolute)
    is_fragile = variable in FRAGILE and not _compare_elements(found, golden, "number", bounds)
    return "fragile" if is_fragile else "values"


def _compare_elements(
    found: Array, golden: Array, rule: ComparisonRule, tolerance: Tolerance
) -> tuple[tuple[Any, ...], float, int] | None:
    """Give index and size of the worst difference and the number of elements beyond tolerance."""
    if not golden.size:
        return None
    if golden.dtype.kind in "US":
        wrong = found != golden
        size = wrong.astype(float)
    else:
        size = _distance(found, golden, rule)
        # no tolerance can excuse infinity, whatever it is multiplied with
        wrong = ~(size <= _allowed(golden, rule, tolerance)) | np.isinf(size)
    if not wrong.any():
        return None
    excess = np.where(wrong, size, -1.0)
    index = np.unravel_index(np.argmax(excess), excess.shape)
    return index, float(size[index]), int(np.count_nonzero(wrong))


def _distance(found: Array, golden: Array, rule: ComparisonRule) -> Array:
    """Give absolute differences; 0 where both are NaN or the same infinity."""
    wide = np.complex128 if "c" in (found.dtype.kind, golden.dtype.kind) else np.float64
    with np.errstate(invalid="ignore"):  # inf - inf
        difference = found.astype(wide) - golden.astype(wide)
    same = (found == golden) | (np.isnan(found) & np.isnan(golden))
    difference = np.where(same, 0.0, difference)
    if rule == "angle":
        difference = difference - _TWO_PI * np.round(difference / _TWO_PI)
    if rule == "unwrapped":
        difference = difference - _TWO_PI * np.round(_column_level(difference) / _TWO_PI)
    size: Array = np.abs(difference)
    return np.where(np.isnan(size), np.inf, size)


def _column_level(difference: Array) -> Array:
    """Give the median of the finite values of every column, 0 where there are none."""
    finite = (column[np.isfinite(column)] for column in difference.T)
    return np.array([np.median(column) if column.size else 0.0 for column in finite])


def _allowed(golden: Array, rule: ComparisonRule, tolerance: Tolerance) -> Array | float:
    if rule == "exact":
        return 0.0
    if rule == "position":
        return POSITION_M
    if rule in ("phase", "angle", "unwrapped"):
        return tolerance.phase_rad
    relative = tolerance.phase_rad if rule == "complex" else tolerance.relative
    with np.errstate(invalid="ignore"):
        magnitude: Array = np.nan_to_num(np.abs(golden), nan=0.0)
    return tolerance.absolute + relative * magnitude


def _dense(value: Any) -> Array:
    sparse: Any = value
    return sparse.toarray() if scipy.sparse.issparse(value) else np.asarray(value)


def _class(array: Array) -> str:
    """Give the MATLAB class; real and complex are one class, as MATLAB drops zero parts."""
    names = {"float64": "double", "float32": "single", "bool": "logical"}
    names |= {"complex128": "double", "complex64": "single"}
    return "char" if array.dtype.kind in "US" else names.get(array.dtype.name, array.dtype.name)


def _size(array: Array) -> str:
    return " x ".join(map(str, array.shape))


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else f"{_class(_dense(value))} array"
