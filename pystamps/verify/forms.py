"""What two values are, beside their elements: text, class and shape; and how they are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.io.sparse import is_sparse
from pystamps.verify.records import VariableComparison, VariableDifference

_KINDS_OF_CLASSES = {
    frozenset(("logical", "uint8")): "storage",
    frozenset(("double", "single")): "precision",
}


def dense_array(value: Any) -> Array:
    """Give a sparse array as a dense one."""
    sparse: Any = value
    return sparse.toarray() if is_sparse(value) else np.asarray(value)


def compare_texts(file: str, variable: str, found: Any, golden: Any) -> VariableComparison:
    """Compare two values of which one at least is text."""
    is_same = isinstance(found, str) and isinstance(golden, str) and found == golden
    shown = _shown(found), _shown(golden)
    wrong = () if is_same else (VariableDifference(file, variable, "text", *shown),)
    blank = VariableComparison(file, variable, n_elements=1, found=shown[0], expected=shown[1])
    return replace(blank, n_unequal=len(wrong), n_different=len(wrong), differences=wrong)


def compare_forms(
    file: str, variable: str, found: Array, golden: Array
) -> tuple[VariableDifference, ...]:
    """Compare class and shape."""
    differences = []
    classes = _class(found), _class(golden)
    if classes[0] != classes[1]:
        kind = _KINDS_OF_CLASSES.get(frozenset(classes), "class")
        differences.append(VariableDifference(file, variable, kind, *classes))
    if found.shape != golden.shape:
        sizes = size_in_words(found), size_in_words(golden)
        differences.append(VariableDifference(file, variable, "shape", *sizes))
    return tuple(differences)


def element_in_words(value: Any) -> str:
    """Show an element, or the row of a position."""
    if isinstance(value, np.ndarray):
        return f"({', '.join(element_in_words(one) for one in value)})"
    return f"{value:.9g}" if value.dtype.kind in "fc" else str(value)


def size_in_words(array: Array) -> str:
    """Show a shape: ``3 x 4``."""
    return " x ".join(map(str, array.shape))


def _class(array: Array) -> str:
    """Give the MATLAB class; real and complex are one class, as MATLAB drops zero parts."""
    names = {"float64": "double", "float32": "single", "bool": "logical"}
    names |= {"complex128": "double", "complex64": "single"}
    return "char" if array.dtype.kind in "US" else names.get(array.dtype.name, array.dtype.name)


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else f"{_class(dense_array(value))} array"
