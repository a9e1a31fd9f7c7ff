"""Large matrices in blocks of rows: of arrays in memory, in files, or computed when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array

_BLOCK_BYTES = 2**22
"""Size of a block that stays in the cache of a processor."""
_SHORTEST_STRETCH = 512
"""Rows from which it pays to read or write a stretch of a column by itself."""


class Matrix(Protocol):
    """What NumPy arrays and :class:`Rows` have in common: shape, class and stretches of rows.

    A function that takes a ``Matrix`` reads it block after block; all of it at once needs
    ``numpy.asarray``, which says that the whole is in memory from there on.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, columns and, for a stack, more."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Class of the elements."""

    @property
    def ndim(self) -> int:
        """Number of dimensions."""

    @property
    def size(self) -> int:
        """Number of elements."""

    @property
    def nbytes(self) -> int:
        """Bytes of the whole matrix."""

    def __len__(self) -> int:
        """Give the number of rows."""

    def __getitem__(self, rows: slice, /) -> Array:
        """Give a stretch of rows as an array."""

    def __array__(self) -> Array:
        """Give all rows."""


class Rows:
    """A matrix whose rows are read or computed when they are asked for.

    It can stand where an array is only asked for its shape and for slices of rows, so that a
    large matrix need not be in memory as a whole. ``numpy.asarray`` makes an array of it.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: npt.DTypeLike,
        give: Callable[[slice], Array],
        *,
        give_columns: Callable[[slice], Array] | None = None,
    ) -> None:
        """Make a matrix of the given shape; ``give`` makes the array of a slice of rows.

        ``give_columns`` makes that of a slice of columns, of matrices that lie so in their file.
        """
        self.shape = shape
        self.dtype = np.dtype(dtype)
        self._give = give
        self._give_columns = give_columns

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape))

    @property
    def nbytes(self) -> int:
        """Bytes of the whole matrix."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        """Give the number of rows."""
        return self.shape[0]

    def __getitem__(self, rows: slice | int) -> Array:
        """Give some rows, or one, as an array."""
        if not isinstance(rows, slice):
            return np.asarray(self._give(slice(int(rows), int(rows) + 1))[0])
        start, stop, step = rows.indices(len(self))
        if step != 1:
            raise IndexError(f"rows {rows}: only whole stretches of rows can be read")
        return self._give(slice(start, max(start, stop)))

    def columns(self, wanted: slice) -> Array:
        """Give a stretch of columns, all rows of them."""
        if self._give_columns is not None:
            return self._give_columns(wanted)
        n_column = len(range(*wanted.indices(self.shape[1])))
        found = np.empty((n_column, len(self)), dtype=self.dtype).T
        for rows in row_blocks(self):
            found[rows] = self[rows][:, wanted]
        return found

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        """Give all rows (``numpy.asarray``)."""
        whole = np.empty(self.shape, dtype=dtype or self.dtype)
        for rows in row_blocks(self):
            whole[rows] = self[rows]
        return whole


class LaterColumns(Rows):
    """A matrix of a file that is written later, column after column.

    Whoever saves it leaves its place free; :func:`pystamps.io.mat.fill_columns` fills it.
    """

    def __init__(self, shape: tuple[int, int], dtype: npt.DTypeLike) -> None:
        """Make a matrix that has a shape and a class, and no values yet."""

        def refuse(rows: slice) -> Array:
            raise ValueError(f"rows {rows.start} to {rows.stop} of a matrix that is written later")

        super().__init__(shape, dtype, refuse)


def made_from(
    sources: tuple[Matrix, ...],
    shape: tuple[int, ...],
    dtype: npt.DTypeLike,
    give: Callable[[slice], Array],
) -> Matrix:
    """Give a matrix that is as far in memory as what it is made from.

    Parameters
    ----------
    sources : tuple of Matrix
    shape : tuple of int
    dtype : dtype
    give : callable
        Makes the array of a slice of rows from the same rows of the sources.

    Returns
    -------
    ndarray or Rows
        :class:`Rows` if a source is; otherwise an array, filled block after block.
    """
    rows = Rows(shape, dtype, give)
    return rows if any(isinstance(source, Rows) for source in sources) else np.asarray(rows)


def remembered(matrix: Rows, *, n_rows: int) -> Rows:
    """Give rows that are asked for ``n_rows`` at a time, the last ones of which are kept.

    For rows whose beginnings cost more than they themselves; what is given must not be changed.
    """
    kept: dict[int, Array] = {}

    def stretch(first: int) -> Array:
        if first not in kept:
            kept.clear()
            kept[first] = matrix[first : first + n_rows]
        return kept[first]

    def give(rows: slice) -> Array:
        if rows.start >= rows.stop:
            return matrix[rows]
        begins = range(rows.start // n_rows * n_rows, rows.stop, n_rows)
        parts = [stretch(b)[max(rows.start - b, 0) : rows.stop - b] for b in begins]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    return Rows(matrix.shape, matrix.dtype, give)


def taken_rows(matrix: Matrix, ix: npt.NDArray[np.int64]) -> Array:
    """Give the rows of some numbers as an array."""
    if not isinstance(matrix, Rows):
        return np.asarray(np.asarray(matrix)[ix])
    taken = np.empty((ix.size, *matrix.shape[1:]), dtype=matrix.dtype)
    if ix.size and (ix[1:] - ix[:-1] == 1).all():  # one stretch, often all: no block twice
        taken[...] = matrix[ix[0] : ix[-1] + 1]
        return taken
    order = None if (ix[1:] >= ix[:-1]).all() else np.argsort(ix, kind="stable")
    ascending = ix if order is None else ix[order]
    for rows in row_blocks(matrix):
        wanted = slice(*np.searchsorted(ascending, (rows.start, rows.stop)))
        if wanted.start < wanted.stop:
            found = matrix[rows][ascending[wanted] - rows.start]
            taken[wanted if order is None else order[wanted]] = found
    return taken


def chosen_rows(matrix: Matrix, ix: npt.NDArray[np.int64]) -> Matrix:
    """Give a matrix of the rows of some numbers, as far in memory as the matrix itself."""
    shape = (ix.size, *matrix.shape[1:])
    return made_from((matrix,), shape, matrix.dtype, lambda rows: taken_rows(matrix, ix[rows]))


def chosen_columns(matrix: Matrix, columns: npt.NDArray[np.int64]) -> Matrix:
    """Give a matrix of the columns of some numbers, as far in memory as the matrix itself."""
    shape = (len(matrix), columns.size)
    return made_from((matrix,), shape, matrix.dtype, lambda rows: matrix[rows][:, columns])


def columns_of(matrix: Matrix, wanted: slice) -> Array:
    """Give a stretch of columns of a matrix, all rows of them."""
    return matrix.columns(wanted) if isinstance(matrix, Rows) else np.asarray(matrix)[:, wanted]


def is_tall(matrix: Matrix) -> bool:
    """Tell whether a block of rows holds long stretches of every column, or the whole matrix."""
    bytes_of_row = matrix.nbytes // max(matrix.shape[0], 1)
    return bool(matrix.nbytes <= _BLOCK_BYTES or _SHORTEST_STRETCH * bytes_of_row <= _BLOCK_BYTES)


def row_blocks(matrix: Matrix, *, n_rows: int = 0) -> Iterator[slice]:
    """Give slices that cover the rows of a matrix: ``n_rows`` each, 0 = a few megabytes."""
    n_row = matrix.shape[0]
    bytes_of_row = max(1, matrix.nbytes // max(n_row, 1))
    step = n_rows or max(1, _BLOCK_BYTES // bytes_of_row)
    for first in range(0, n_row, step):
        yield slice(first, min(first + step, n_row))
