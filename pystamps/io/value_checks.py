"""Gaps and ranges of the values of MAT variables, at the speed at which they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array
from pystamps.io.sizes import Sizes
from pystamps.io.statements import Limit, Range
from pystamps.rows import Matrix, row_blocks

_PEOPLE_SAY = {
    "n_ps": "pixel", "n_ifg": "interferogram", "n_image": "image", "n_node": "node",
    "n_edge": "arc", "n_selected": "selected pixel",
}  # fmt: skip
"""What people call a row or column of a dimension."""


def is_right(expected: Range, values: Array, sizes: Sizes) -> bool:
    """Tell whether values are within their range, gaps as allowed.

    The smallest and the largest of them tell it in most cases: both are NaN or infinite where a
    value is, and cost a small part of the time that reading takes.
    """
    if not values.size or values.dtype.kind == "b":
        return True
    parts = _real_and_imaginary(values)
    # columns one by one: NumPy's minimum along rows of a few numbers is many times slower
    columns = list(parts.T) if isinstance(expected.low, tuple) else [parts]
    with np.errstate(invalid="ignore"):
        smallest = np.array([column.min() for column in columns])
        largest = np.array([column.max() for column in columns])
    is_finite = np.isfinite(smallest).all() and np.isfinite(largest).all()
    if not is_finite or expected.is_whole or expected.is_ascending:
        return not wrong_values(expected, values, sizes).any()
    low, high = limit_in(expected.low, sizes), limit_in(expected.high, sizes)
    return bool((smallest >= low).all() and (largest <= high).all())


def wrong_values(expected: Range, values: Array, sizes: Sizes) -> npt.NDArray[np.bool_]:
    """Tell which values are not as expected."""
    if values.dtype.kind == "c":
        real, imaginary = (wrong_values(expected, p, sizes) for p in (values.real, values.imag))
        return real | imaginary
    is_nan, is_infinite = np.isnan(values), np.isinf(values)
    low, high = limit_in(expected.low, sizes), limit_in(expected.high, sizes)
    wrong = (values < low) | (values > high)
    if expected.is_whole:
        wrong |= (values != np.rint(values)) & ~is_nan
    if expected.is_ascending:
        wrong[1:] |= values[1:] <= values[:-1]
    if expected.gaps == "none":
        wrong |= is_nan
    return np.asarray(wrong | (is_infinite & (values < 0) if expected.is_infinite else is_infinite))


def limit_in(limit: Limit | tuple[Limit, ...], sizes: Sizes) -> Any:
    """Give a limit as a number, or an array of one per column; no limit where it is not known."""
    if isinstance(limit, tuple):
        return np.array([limit_in(one, sizes) for one in limit])
    if isinstance(limit, str):
        size = sizes.expected(limit.removeprefix("-"))
        number = np.inf if size is None else float(size)
        return -number if limit.startswith("-") else number
    return limit


def described(expected: Range, stored: Matrix, sizes: Sizes, dims: list[str]) -> str:
    """Say what is wrong with values, and where: of all of them, in blocks."""
    if stored.size == 1:
        return f"is {_shown(np.asarray(stored).item())}"
    n_row, first = len(stored), None
    rows, full = 0, np.ones(max(stored.size // max(n_row, 1), 1), dtype=np.bool_)
    for block in row_blocks(stored):
        values = np.asarray(stored[block]).reshape(block.stop - block.start, -1)
        wrong = wrong_values(expected, values, sizes)
        rows, full = rows + int(wrong.any(axis=1).sum()), full & wrong.all(axis=0)
        if first is None and wrong.any():
            row, column = (int(k) for k in np.argwhere(wrong)[0])
            first = (_shown(values[row, column]), block.start + row, column)
    assert first is not None
    value, row, column = first
    noun, of_column = (_PEOPLE_SAY.get(word, word) for word in (*dims, "column", "column")[:2])
    return _place(value, row, column, rows=(rows, n_row), full=full, nouns=(noun, of_column))


def _place(
    value: str,
    row: int,
    column: int,
    *,
    rows: tuple[int, int],
    full: npt.NDArray[np.bool_],
    nouns: tuple[str, str],
) -> str:
    """Put value and place into words."""
    (wrong, n_row), (noun, of_column) = rows, nouns
    noun = noun if noun.isalpha() or " " in noun else "value" if full.size == 1 else "row"
    of_column = of_column if of_column.isalpha() else "column"
    if n_row == 1:
        return f"is {value} in {of_column} {column + 1}"
    if wrong == n_row and full.all():
        return f"is {value} in all {n_row} {noun}s"
    if full.any():
        return f"is {value} in {of_column} {np.argmax(full) + 1} for all {n_row} {noun}s"
    place = f"{noun} {row + 1}" + (f", {of_column} {column + 1}" if full.size > 1 else "")
    return f"is {value} in {place}" + (f" ({wrong} of {n_row} {noun}s)" if wrong > 1 else "")


def _shown(value: Any) -> str:
    return "NaN" if np.isnan(value) else f"{value:g}"


def has_full_gap(values: Array) -> bool:
    """Tell whether a column holds nothing but NaN."""
    if not len(values) or not np.isnan(values[0]).any():
        return False
    return bool(np.isnan(values.reshape(len(values), -1)).all(axis=0).any())


def _real_and_imaginary(values: Array) -> Array:
    """Give real and imaginary parts side by side, without a copy where the order allows it."""
    if values.dtype.kind != "c":
        return values
    ordered = values if values.flags.c_contiguous else np.ascontiguousarray(values.T)
    return ordered.reshape(-1).view(values.real.dtype)
