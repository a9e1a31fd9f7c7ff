"""MAT files of version 4, as ``save -v4`` of MATLAB and Octave writes them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.io.sparse import sparse_columns
from pystamps.io.stored_arrays import StoredArray

_HEAD_BYTES = 20
_STORED = ("f8", "f4", "i4", "i2", "u2", "u1")
_NUMBERS, _TEXT, _SPARSE = 0, 1, 2
_LONGEST_NAME = 1024
_MOST_BYTES = 1 << 40
_LARGEST_SIDE = 1 << 28
"""Of a sparse array."""


@dataclass(frozen=True, slots=True)
class StoredMatrix:
    """A text or a sparse array of a file of version 4.

    Attributes
    ----------
    numbers : StoredArray
        How it is stored: codes of letters; or rows, columns and values of a sparse array.
    matlab_class : str
        char or sparse.
    """

    numbers: StoredArray
    matlab_class: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Dimensions."""
        if self.matlab_class == "char":
            return self.numbers.shape
        return tuple(int(size) for size in self.numbers.read()[-1, :2].real)

    def read(self) -> Any:
        """Read the value.

        Raises
        ------
        ValueError
            It is damaged.
        """
        stored = self.numbers.read()
        return _text(stored) if self.matlab_class == "char" else _sparse(stored)


def looks_like_version_4(head: bytes) -> bool:
    """Tell files of version 4 from those of version 5, whose header begins with text."""
    return len(head) >= _HEAD_BYTES and 0 in head[:4]


def contents_of_version_4(path: Path) -> dict[str, StoredArray | StoredMatrix]:
    """Give every variable, not read yet; of equal names the last one.

    Raises
    ------
    ValueError
        It is no such file, or it is damaged.
    """
    found: dict[str, StoredArray | StoredMatrix] = {}
    size, place = path.stat().st_size, 0
    with path.open("rb") as stream:
        while place < size:
            stream.seek(place)
            head = stream.read(_HEAD_BYTES)
            kind, dtype, shape, is_complex, n_name = _head(head)
            name = stream.read(n_name).rstrip(b"\0").decode("latin-1")
            start = place + _HEAD_BYTES + n_name
            n_bytes = prod(shape) * dtype.itemsize
            place = start + n_bytes * (1 + is_complex)
            if place > size:
                raise ValueError(f"{name}: the file ends within its data")
            parts = tuple((start + k * n_bytes, dtype) for k in range(1 + is_complex))
            array = StoredArray(path, shape, np.dtype("c16" if is_complex else "f8"), parts)
            found[name] = array if kind == _NUMBERS else StoredMatrix(array, _class_of(kind))
    return found


def _class_of(kind: int) -> str:
    return "char" if kind == _TEXT else "sparse"


def _head(head: bytes) -> tuple[int, np.dtype[Any], tuple[int, int], bool, int]:
    """Give kind, stored type, dimensions, whether it is complex, and the length of the name."""
    if len(head) < _HEAD_BYTES:
        raise ValueError("the file ends within the head of a variable")
    order = "<" if struct.unpack("<i", head[:4])[0] in range(100) else ">"
    code, rows, columns, imaginary, n_name = struct.unpack(f"{order}5i", head)
    machine, rest = divmod(code, 1000)
    stored, kind = divmod(rest, 10)
    fits = (
        machine == (order == ">")
        and 0 <= stored < len(_STORED)
        and kind in (_NUMBERS, _TEXT, _SPARSE)
        and min(rows, columns) >= 0
        and rows * columns < _MOST_BYTES
        and imaginary in (0, 1)
        and 0 < n_name <= _LONGEST_NAME
    )
    if not fits:
        raise ValueError("the head of a variable is none of a MAT file of version 4")
    dtype = np.dtype(_STORED[stored]).newbyteorder("<" if order == "<" else ">")
    return kind, dtype, (rows, columns), bool(imaginary), n_name


def _text(stored: Any) -> Any:
    codes = stored.real
    if codes.size and not ((codes >= 0) & (codes <= 0xFFFF) & (codes % 1 == 0)).all():
        raise ValueError("letters of a text are no codes")
    lines = ["".join(map(chr, row.astype(int))) for row in codes]
    return np.array(lines) if len(lines) > 1 else "".join(lines)


def _sparse(stored: Any) -> Any:
    """Give a sparse array from rows of (row, column, value); the last one holds its size."""
    n_column = stored.shape[1]
    is_array = n_column in (3, 4) and len(stored) > 0
    if not is_array or not (np.abs(stored.real[:, :2]) <= _LARGEST_SIDE).all():
        raise ValueError("its data are no sparse array")
    rows, columns = stored.real[:, 0].astype(np.int64), stored.real[:, 1].astype(np.int64)
    shape = int(rows[-1]), int(columns[-1])
    inside = (rows[:-1] >= 1) & (rows[:-1] <= shape[0]) & (columns[:-1] >= 1)
    if min(shape) < 0 or not (inside & (columns[:-1] <= shape[1])).all():
        raise ValueError("the indices of a sparse array do not fit its size")
    values = stored[:-1, 2] + (1j * stored[:-1, 3] if n_column == 4 else 0)
    places = rows[:-1] - 1, columns[:-1] - 1
    return sparse_columns((values, places), shape)
