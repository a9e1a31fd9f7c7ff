"""Checks of a MAT artifact while it is read: class, shape, gaps and range of every variable.

What is expected stands in :mod:`pystamps.io.layouts`. Matrices whose rows are read when they are
asked for are checked block after block, as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.io.sizes import Sizes
from pystamps.io.sparse import is_sparse
from pystamps.io.statements import Layout, Variable
from pystamps.io.value_checks import described, has_full_gap, is_right
from pystamps.rows import Matrix, Rows

_NUMBER_CLASSES = {"b": "logical values", "c": "complex numbers", "U": "text", "S": "text"}


class ArtifactCheck:
    """Compares the variables of one file with its layout; learns sizes on the way."""

    def __init__(self, path: Path, layout: Layout, sizes: Sizes | None = None) -> None:
        """Begin with the sizes that are known from other files."""
        self._path = path
        self._layout = layout
        self._sizes = Sizes() if sizes is None else sizes.copy()

    def error(self, name: str, found: str, expected: str) -> ArtifactError:
        """Make the message: file, variable, what is found and expected, what to do."""
        advice = self._layout.advice(self._path.name)
        return ArtifactError(f"{self._path}: {name} {found}, expected {expected}; {advice}")

    def check(self, variables: Iterable[Variable], found: Mapping[str, Any]) -> None:
        """Check class and shape of all variables that were found, then what is in memory of them.

        Raises
        ------
        ArtifactError
        """
        present = [variable for variable in variables if variable.name in found]
        for variable in present:
            self._check_class(variable, found[variable.name])
            if variable.kind != "text":
                self._check_shape(variable, tuple(found[variable.name].shape))
        self._check_repeated_sizes(found)
        for variable in present:
            if not isinstance(found[variable.name], Rows):
                self._check_values(variable, found[variable.name])

    def check_sizes_of_others(
        self, variables: Iterable[Variable], shapes: Mapping[str, tuple[int, ...]]
    ) -> None:
        """Check that what is not read of the file goes with what is: a file is of one piece.

        Parameters
        ----------
        variables : iterable of Variable
            Those that are read, checked before.
        shapes : mapping of str to tuple of int
            Of all variables of the file.

        Raises
        ------
        ArtifactError
        """
        read = {variable.name for variable in variables}
        for variable in self._layout.fields.values():
            is_other = variable.name in shapes and variable.name not in read
            if is_other and variable.kind != "text":
                self._check_shape(variable, shapes[variable.name])

    def _check_values(self, variable: Variable, stored: Any) -> None:
        """Check values in memory; those of vectors one below the other."""
        if variable.kind == "text":
            self._check_text(variable, stored)
            return
        values: Array = stored
        if is_sparse(stored):
            values = np.asarray(getattr(stored, "data"))  # noqa: B009 - the class of the stubs
        if variable.kind != "matrix":
            has_columns = isinstance(variable.values.low, tuple)
            values = values.reshape((1, -1) if has_columns else (-1, 1))
        self._check_block(variable, values, whole=values)
        if variable.values.gaps == "some" and has_full_gap(values):
            self._refuse_full_gap(variable, values)

    def checked_rows(self, variable: Variable, stored: Rows) -> Rows:
        """Give rows whose values are checked when they are read."""
        gaps = _FullGaps(stored.shape)

        def read(rows: slice) -> Array:
            block = stored[rows]
            self._check_block(variable, block, whole=stored)
            if variable.values.gaps == "some" and gaps.remain(rows, block):
                self._refuse_full_gap(variable, stored)
            return block

        def read_columns(columns: slice) -> Array:
            block = stored.columns(columns)
            self._check_block(variable, block, whole=stored)
            if variable.values.gaps == "some" and has_full_gap(block):
                self._refuse_full_gap(variable, stored)
            return block

        is_alike = not isinstance(variable.values.low, tuple)  # every column has the same limits
        give_columns = read_columns if is_alike else None
        return Rows(stored.shape, stored.dtype, read, give_columns=give_columns)

    def _check_repeated_sizes(self, found: Mapping[str, Any]) -> None:
        """Check variables that repeat the size of others (``n_ps``), where they are there."""
        for name, symbol in self._layout.sizes.items():
            size, value = self._sizes.get(symbol), found.get(name)
            if value is None or size is None:
                continue
            if _class_of(value) != "numbers" or value.size != 1:
                raise self.error(name, f"holds {_class_of(value)}", "one number")
            if value.item() != size:
                raise self.error(name, f"is {value.item():g}", self._sizes.explained([symbol]))

    def _check_class(self, variable: Variable, stored: Any) -> None:
        """Refuse a class that says something else; whole numbers may stand for others."""
        found, expected = _class_of(stored), variable.class_in_words
        accepted = {expected} if variable.kind == "text" else {expected, "numbers"}
        if variable.kind == "sparse":
            accepted.add("a sparse matrix")
        is_empty = variable.kind != "text" and 0 in getattr(stored, "shape", ())
        if found not in accepted and not (is_empty and found != "text"):
            raise self.error(variable.name, f"holds {found}", expected)

    def _check_text(self, variable: Variable, stored: str) -> None:
        if stored not in variable.texts:
            expected = " or ".join(repr(text) for text in variable.texts)
            raise self.error(variable.name, f"is {stored!r}", expected)

    def _check_shape(self, variable: Variable, shape: tuple[int, ...]) -> None:
        """Compare the shape with the sizes known so far; learn the others from it."""
        words = variable.dims.split()
        if variable.or_empty and 0 in shape:
            return
        if variable.kind in ("scalar", "integer", "column", "row"):
            if not words and np.prod(shape) != 1:
                raise self.error(variable.name, f"has {np.prod(shape)} values", "one")
            if sum(size != 1 for size in shape) > 1 and 0 not in shape:
                raise self.error(variable.name, f"is {_times(shape)}", f"one {variable.kind}")
            shape = (int(np.prod(shape)),) if words else ()
        if shape == (0, 0) and not words[0].isdigit():  # MATLAB's [] has lost its columns
            words = [] if "-" in words[0] else words[:1]
            shape = shape[: len(words)]
        expected = [self._sizes.expected(word) for word in words]
        if len(shape) != len(words) or any(
            size not in (None, found) for size, found in zip(expected, shape, strict=True)
        ):
            raise self._wrong_shape(variable, words, shape, expected)
        for word, found in zip(words, shape, strict=True):
            self._sizes.learn(word, found, variable.name)

    def _wrong_shape(
        self,
        variable: Variable,
        words: list[str],
        shape: tuple[int, ...],
        expected: list[int | None],
    ) -> ArtifactError:
        """Name the dimension that differs, or the whole shape where several do."""
        wrong = [
            k for k, (size, found) in enumerate(zip(expected, shape, strict=False))
            if size not in (None, found)
        ]  # fmt: skip
        explained = self._sizes.explained([words[k] for k in wrong] or words)
        because = f" ({explained})" if explained else ""
        if len(shape) == len(expected) and len(wrong) == 1 and wrong[0] < 2:
            noun = "values" if len(shape) == 1 else ("rows", "columns")[wrong[0]]
            found = f"has {shape[wrong[0]]} {noun}"
            return self.error(variable.name, found, f"{expected[wrong[0]]}{because}")
        sizes = [word if n is None else n for word, n in zip(words, expected, strict=True)]
        return self.error(variable.name, f"is {_times(shape)}", f"{_times(sizes)}{because}")

    def _check_block(self, variable: Variable, values: Array, *, whole: Matrix) -> None:
        """Check values; look at the whole of them only to say what is wrong."""
        if self._sizes.get("n_ps") == 0:  # means over no pixel are NaN
            return
        expected = variable.values
        is_real = variable.class_in_words == "complex numbers" and values.dtype.kind != "c"
        # MATLAB drops imaginary parts that are all 0: phasors of 1 can lose them, others cannot
        if is_real and not np.isin(values, (-1, 0, 1)).all():
            raise self.error(variable.name, "holds real numbers", "complex numbers")
        if not is_right(expected, values, self._sizes):
            found = described(expected, whole, self._sizes, variable.dims.split())
            raise self.error(variable.name, found, expected.in_words(self._sizes.get))

    def _refuse_full_gap(self, variable: Variable, stored: Matrix) -> None:
        """Refuse a column that holds nothing but NaN where only some values may lack."""
        if self._sizes.get("n_ps") == 0:
            return
        lacking = replace(variable.values, gaps="none")
        found = described(lacking, stored, self._sizes, variable.dims.split())
        raise self.error(variable.name, found, f"{lacking.in_words(self._sizes.get)} in some")


class _FullGaps:
    """Columns that hold nothing but NaN so far, while rows are read one stretch after the other."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._n_row = shape[0]
        self._next_row = 0
        self._is_known = np.zeros(shape[1:], dtype=np.bool_)

    def remain(self, rows: slice, block: Array) -> bool:
        """Take a stretch of rows; tell whether it ends the matrix and a column has no value."""
        if rows.start == 0:
            self._next_row, self._is_known[...] = 0, False
        if rows.start != self._next_row:
            return False
        self._next_row = rows.stop
        if len(block) and not self._is_known.all():
            self._is_known |= ~np.isnan(block[0])  # enough in most cases
        if not self._is_known.all():
            self._is_known |= ~np.isnan(block).all(axis=0)
        return rows.stop == self._n_row and not self._is_known.all()


def _class_of(stored: Any) -> str:
    """Give the class of a variable in the words of messages."""
    if isinstance(stored, str):
        return "text"
    if is_sparse(stored):
        return "a sparse matrix"
    return _NUMBER_CLASSES.get(stored.dtype.kind, "numbers")


def _times(shape: Iterable[object]) -> str:
    return " x ".join(str(size) for size in shape)
