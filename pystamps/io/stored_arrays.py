"""Where numeric arrays lie in a file, and how they are read from there, whole or some rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.rows import Rows, row_blocks

Parts = tuple[tuple[int, np.dtype[Any]], ...]

_CLASS_OF = {
    "float64": "double", "complex128": "double", "float32": "single", "complex64": "single",
    "bool": "logical",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredArray:
    """Where a numeric array lies in a file.

    Attributes
    ----------
    path : Path
    shape : tuple of int
    dtype : numpy.dtype, MATLAB class
    parts : tuple of (offset, numpy.dtype), real and, if complex, imaginary part as stored
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    parts: Parts

    @property
    def matlab_class(self) -> str:
        """Class that MATLAB shows."""
        return _CLASS_OF.get(self.dtype.name, self.dtype.name)

    def read(self) -> Array:
        """Read all values in column-major order."""
        array = np.empty(self.shape, dtype=self.dtype, order="F")
        flat = array.reshape(-1, order="F")
        with self.path.open("rb", buffering=0) as stream:
            for target, offset, stored in self._targets(flat):
                if target.dtype == stored and target.flags.c_contiguous:
                    _read_into(stream, offset, target)
                    continue
                for piece in row_blocks(target):
                    values = np.empty(len(target[piece]), dtype=stored)
                    _read_into(stream, offset + piece.start * stored.itemsize, values)
                    target[piece] = values
        return array

    def rows(self) -> Rows:
        """Give the rows of a matrix, read when they are asked for."""

        def read(rows: slice) -> Array:
            with self.path.open("rb", buffering=0) as stream:
                return self._read_rows(stream, rows)

        return Rows(self.shape, self.dtype, read, give_columns=self._read_columns)

    def _read_columns(self, columns: slice) -> Array:
        first, last, _ = columns.indices(self.shape[1])
        array = np.empty((max(0, last - first), self.shape[0]), dtype=self.dtype)
        with self.path.open("rb", buffering=0) as stream:
            for target, offset, stored in self._targets(array):
                place = offset + first * self.shape[0] * stored.itemsize
                if target.dtype == stored and target.flags.c_contiguous:
                    _read_into(stream, place, target)
                    continue
                values = np.empty(array.shape, dtype=stored)
                _read_into(stream, place, values)
                target[...] = values
        return array.T

    def write_columns(self, stream: io.FileIO, first: int, columns: Array) -> None:
        """Put columns into their place in the file, whose class they have.

        Parameters
        ----------
        stream : binary file
            Of :attr:`path`, open for writing without a buffer.
        first : int
            Number of the first of them.
        columns : ndarray, shape (n_row, n)
        """
        for part, offset, stored in self._targets(columns):
            values = np.ascontiguousarray(part.T, dtype=stored)
            write_at(stream, values, offset + first * self.shape[0] * stored.itemsize)

    def _read_rows(self, stream: io.FileIO, rows: slice) -> Array:
        n_row, n_column = rows.stop - rows.start, self.shape[1]
        array = np.empty((n_row, n_column), dtype=self.dtype)
        for target, offset, stored in self._targets(array):
            columns = np.empty((n_column, n_row), dtype=stored)
            if n_row == self.shape[0]:
                _read_into(stream, offset, columns)
            else:
                for k, column in enumerate(columns):
                    place = k * self.shape[0] + rows.start
                    _read_into(stream, offset + place * stored.itemsize, column)
            target[...] = columns.T
        return array

    def _targets(self, array: Array) -> Iterator[tuple[Array, int, np.dtype[Any]]]:
        """Give real and imaginary part of an array, and where they come from."""
        targets = (array,) if len(self.parts) == 1 else (array.real, array.imag)
        for target, (offset, stored) in zip(targets, self.parts, strict=True):
            yield target, offset, stored


def _read_into(stream: io.FileIO, offset: int, target: Array) -> None:
    """Fill a contiguous array from a place of a file."""
    view = bytes_of(target)
    stream.seek(offset)
    while len(view):
        found = stream.readinto(view)
        if not found:
            raise ValueError("the file ends within an array")
        view = view[found:]


def write_at(stream: io.FileIO, values: Array, place: int) -> None:
    """Write a contiguous array to a place of a file."""
    view = bytes_of(values)
    stream.seek(place)
    while len(view):
        view = view[stream.write(view) :]


def bytes_of(array: Array) -> memoryview:
    """Give the memory of a contiguous array."""
    raw: Any = array.view(np.uint8).reshape(-1) if array.size else b""
    return memoryview(raw)
