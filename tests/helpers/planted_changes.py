"""Trees with every variable of every artifact, and changes of each just above and below its bound.

Arrays are made from the layouts and changes from the tolerances, so that a new variable has both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from pystamps.io.bounds import Bound, ToleranceProfile, VariableTolerance
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import write_mat
from pystamps.io.statements import Variable
from pystamps.io.tolerances import TOLERANCES, kind_of_file
from pystamps.stage_table import PATCH, STAGES, with_angles

WAVELENGTH = 0.0555
PARAMETERS = {
    "small_baseline_flag": "n", "insar_processor": "snap", "lambda": WAVELENGTH, "heading": -12.0,
}  # fmt: skip
SIZES = {
    "n_ps": 210, "n_ifg": 5, "n_used": 4, "n_image": 5, "n_secondary": 4, "n_candidates": 250,
    "n_selected": 150, "n_kept": 120, "n_rated": 130, "n_listed": 4, "n_threshold": 1,
    "n_bin": 100, "clap_win": 16, "n_i": 14, "n_j": 15, "n_i-1": 13, "n_j-1": 14, "n_node": 160,
    "n_edge": 420, "n_filtered": 4, "n_deramped": 4,
}  # fmt: skip
_MM_PER_RAD = WAVELENGTH / (4 * np.pi) * 1000
_METRES_PER_DEGREE = 6378137.0 * np.pi / 180
PLACE_VALUE = 0.3
"""Of the elements that are changed: its last place is small beside all bounds."""


@dataclass(frozen=True)
class PlantedChange:
    """A change of one variable.

    Attributes
    ----------
    file, variable : str
    what : str
        Of which kind, for the name of the test.
    profile : str
    found : str
        Kind of the difference that the change above is; "" where it is none.
    above, below : object
        The changed variable, just above the bound and just below it; None = no such change.
    """

    file: str
    variable: str
    what: str
    profile: ToleranceProfile
    found: str
    above: Any
    below: Any = None

    @property
    def name(self) -> str:
        return f"{self.file}-{self.variable}-{self.what}-{self.profile}"


def artifact_files() -> list[str]:
    """Give every MAT file that stages write, of one patch and of the root."""
    made = (name for stage in STAGES for name in stage.all_outputs)
    names = (name for name in made if name.endswith(".mat"))
    shown = (item for name in names for item in with_angles(name))
    return list(dict.fromkeys(name.replace(PATCH, "PATCH_1/") for name in shown))


def example_variables(file: str) -> dict[str, Any]:
    """Give an array for every variable that the layout of a file states."""
    kind = kind_of_file(file)
    assert kind is not None, file
    layout = LAYOUTS[kind]
    rng = np.random.default_rng(len(file))
    arrays = {v.name: _example(v, TOLERANCES[kind][v.name], rng) for v in layout.fields.values()}
    return arrays | {name: np.array([[7.0]]) for name in layout.derived}


def write_examples(root: Path) -> None:
    """Write a tree with every artifact and the parameters."""
    (root / "PATCH_1").mkdir(parents=True)
    for file in artifact_files():
        write_mat(root / file, example_variables(file))
    write_mat(root / "parms.mat", PARAMETERS)


def _example(variable: Variable, stated: VariableTolerance, rng: np.random.Generator) -> Any:
    if variable.kind == "text":
        return variable.texts[0]
    shape = _shape(variable)
    dtype = np.dtype(variable.dtype or np.float64)
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if stated.rule == "exact":
        return rng.integers(1, 40, shape).astype(dtype)
    if stated.rule == "position":
        number = np.arange(1.0, shape[0] + 1)
        return np.column_stack([number, rng.uniform(0, 900, (shape[0], 2))]).astype(dtype)
    if stated.rule == "geographic":
        return rng.uniform(0, 0.1, (shape[0], 2)) + np.array([10.0, 45.0])
    if dtype.kind == "c":
        return np.exp(1j * rng.uniform(0.1, 1.4, shape)).astype(dtype)
    values = rng.uniform(0.2, 0.8, shape).astype(dtype)
    values[(0,) * values.ndim] = PLACE_VALUE
    return scipy.sparse.csc_array(values) if variable.kind == "sparse" else values


def _shape(variable: Variable) -> tuple[int, ...]:
    if variable.kind in ("scalar", "integer"):
        return (1, 1)
    sizes = tuple(SIZES[d] if d in SIZES else int(d) for d in variable.dims.split())
    return {"column": (*sizes, 1), "row": (1, *sizes)}.get(variable.kind, sizes)


def changes_of(file: str) -> Iterator[PlantedChange]:
    """Give the changes of every variable of a file, for both profiles."""
    kind = kind_of_file(file)
    assert kind is not None, file
    for name, value in example_variables(file).items():
        stated = TOLERANCES[kind][name]
        profiles: tuple[ToleranceProfile, ...] = ("strict", "scientific")
        for profile in profiles:
            bound = stated.bound(profile)
            for what, found, above, below in _changes(value, stated, bound):
                yield PlantedChange(file, name, what, profile, found, above, below)


_Change = tuple[str, str, Any, Any]


def _changes(value: Any, stated: VariableTolerance, bound: Bound) -> Iterator[_Change]:
    if isinstance(value, str):
        yield "text", "text", value + "x", None
        return
    array = value.toarray() if scipy.sparse.issparse(value) else value
    yield "shape", "shape", array[:-1] if len(array) > 1 else np.vstack([array, array]), None
    if array.dtype.kind in "fc":
        yield "class", "class", np.ones(array.shape, np.int32), None
        yield "not a number", "values", _with(array, np.nan), None
        yield "infinite", "values", _with(array, np.inf), None
    if bound.is_exact:
        yield "last place", "values", _with(array, _next(array[_first(array)])), None
        return
    yield from _single_elements(array, stated, bound)
    if bound.quantile is not None and len(array) > 100:
        yield "99 %", "quantile", *(_bulk(array, f * bound.quantile) for f in (1.1, 0.9))
    if bound.mean is not None and max(array.shape) > 100:
        yield "mean", "mean", *(_shifted(array, stated, f * bound.mean) for f in (1.1, 0.9))


def _single_elements(array: Any, stated: VariableTolerance, bound: Bound) -> Iterator[_Change]:
    allowed = max(bound.size, bound.share * abs(array[_first(array)]))
    steps = [factor * allowed for factor in (1.05, 0.95)]
    if stated.rule == "geographic":
        metres = _METRES_PER_DEGREE * np.cos(np.deg2rad(array[0, 1]))
        yield "east", "values", *(_plus(array, (0, 0), s / metres) for s in steps)
        yield "north", "values", *(_plus(array, (0, 1), s / _METRES_PER_DEGREE) for s in steps)
    elif stated.rule == "position":
        yield "x", "values", *(_plus(array, (0, 1), step) for step in steps)
        yield "y", "values", *(_plus(array, (0, 2), step) for step in steps)
        yield "number of the pixel", "values", _plus(array, (0, 0), 1), None
    elif stated.rule == "velocity":
        yield "constant", "values", *(_plus(array, (0, 0), s / _MM_PER_RAD) for s in steps)
        per_day = _MM_PER_RAD * 365.25
        yield "slope", "values", *(_plus(array, (1, 0), s / per_day) for s in steps)
    else:
        yield "element", "values", *(_plus(array, _first(array), step) for step in steps)
    if stated.rule == "wrapped":
        turned = [_plus(array, _first(array), 2 * np.pi + step) for step in steps]
        yield "whole turn and", "values", *turned
    if stated.rule == "unwrapped":
        turns = array + (2 * np.pi * np.arange(array.shape[1])).astype(array.dtype)
        yield "one cycle", "cycles", _plus(array, (3, 1), 2 * np.pi), turns


def _shifted(array: Any, stated: VariableTolerance, mean: float) -> Any:
    """Move a column by so much."""
    changed = array.copy()
    column = changed[1] if stated.rule == "velocity" else changed.reshape(len(array), -1)[:, -1]
    unit = {"geographic": _METRES_PER_DEGREE, "velocity": _MM_PER_RAD * 365.25}.get(stated.rule, 1)
    column += np.asarray(mean / unit).astype(array.dtype)
    return changed


def _bulk(array: Any, step: float) -> Any:
    """Move 3 % of the elements, one up and one down."""
    changed = array.copy()
    flat = changed.reshape(-1)
    count = 2 * int(np.ceil(0.015 * flat.size))
    flat[:count] += (step * (-1) ** np.arange(count)).astype(array.dtype)
    return changed


def _first(array: Any) -> tuple[int, ...]:
    return (0,) * array.ndim


def _with(array: Any, value: Any) -> Any:
    changed = array.copy()
    changed[_first(array)] = value
    return changed


def _plus(array: Any, place: tuple[int, ...], step: float) -> Any:
    changed = array.copy()
    changed[place] += np.asarray(step).astype(array.dtype)
    return changed


def _next(value: Any) -> Any:
    """Give the next number that the class has; the other logical value."""
    if value.dtype.kind == "b":
        return not value
    part = value.real
    there = np.nextafter(part, np.array(np.inf, part.dtype))
    return there + 1j * value.imag if value.dtype.kind == "c" else there
