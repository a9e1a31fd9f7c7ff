"""Plain MAT files of version 5: read and written in blocks, without copies of whole arrays.

Plain = little-endian and not compressed, as :func:`pystamps.io.mat.write_mat` makes them. All
other files, and what is no numeric array in a plain one, are left to SciPy. The format stands
in "MAT-File Format" of The MathWorks: a header of 128 bytes, then one element per variable
that holds elements for flags, dimensions, name, real and imaginary part, all aligned to 8 bytes.
"""

from __future__ import annotations

import io
import os
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from pystamps.arrays import Array
from pystamps.rows import Rows, is_tall, row_blocks

Parts = tuple[tuple[int, np.dtype[Any]], ...]

_HEADER_BYTES = 128
_LONGEST_HEAD = 512
"""Flags, 32 dimensions, a name and a tag, with room to spare."""
_MATRIX, _INT8, _INT32, _UINT32 = 14, 1, 5, 6
_NUMBERS = {
    "int8": 1, "uint8": 2, "int16": 3, "uint16": 4, "int32": 5, "uint32": 6, "float32": 7,
    "float64": 9, "int64": 12, "uint64": 13,
}  # fmt: skip
_STORED = {code: np.dtype(name) for name, code in _NUMBERS.items()}
_CLASSES = {
    6: "float64", 7: "float32", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32",
    13: "uint32", 14: "int64", 15: "uint64",
}  # fmt: skip
_CLASS_CODES = {name: code for code, name in _CLASSES.items()}
_OTHER_CLASSES = {
    1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 16: "function", 17: "opaque",
}  # fmt: skip
_COMPLEX, _LOGICAL = 0x0800, 0x0200


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

        return Rows(self.shape, self.dtype, read)

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
    view = _bytes_of(target)
    stream.seek(offset)
    while len(view):
        found = stream.readinto(view)
        if not found:
            raise ValueError("the file ends within an array")
        view = view[found:]


def contents(path: Path) -> dict[str, StoredArray | str] | None:
    """Give place or, for what is no numeric array, MATLAB class of every variable.

    None when the file is not plain, ends within a variable, or a variable occurs twice.
    """
    found: dict[str, StoredArray | str] = {}
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
        if len(head) < _HEADER_BYTES or head[124:] != b"\x00\x01IM":
            return None
        start = _HEADER_BYTES
        while start < size:
            stream.seek(start)
            block = stream.read(_LONGEST_HEAD)
            if len(block) < 8:
                return None
            code, n_bytes = struct.unpack("<II", block[:8])
            end = start + 8 + n_bytes
            variable = _variable(stream, block, start, end) if code == _MATRIX else None
            if variable is None or end > size or variable[0] in found:
                return None
            name, value = variable
            found[name] = value if isinstance(value, str) else StoredArray(path, *value)
            start = end
    return {name: value for name, value in found.items() if name and name[:2] != "__"}


def _variable(
    stream: BinaryIO, block: bytes, start: int, end: int
) -> tuple[str, str | tuple[tuple[int, ...], np.dtype[Any], Parts]] | None:
    """Give name and class, or shape, class and places, of the variable that begins with ``block``.

    None when it has no name that can be read.

    Raises
    ------
    ValueError
        Names the variable whose flags, class or dimensions do not fit its data.
    """
    try:
        _, flags, place = element_at(block, 8)
        _, dimensions, place = element_at(block, place)
        _, stored_name, place = element_at(block, place)
        word = struct.unpack("<I", flags[:4])[0]
        shape = struct.unpack(f"<{len(dimensions) // 4}i", dimensions)
    except struct.error:
        return None
    name, matlab_class = stored_name.decode("latin-1"), _CLASSES.get(word & 0xFF)
    if matlab_class is None:
        return name, _OTHER_CLASSES.get(word & 0xFF, "unknown")
    parts = _parts(stream, start + place, int(np.prod(shape)), bool(word & _COMPLEX))
    if parts is None or parts[-1][0] > end:
        raise ValueError(f"{name}: its data do not fit its dimensions, class and flags")
    if "int" in matlab_class and not word & _LOGICAL and parts[0][1].kind == "f":
        raise ValueError(f"{name}: stored as floating-point numbers, but its class is whole")
    dtype = np.dtype(bool if word & _LOGICAL else matlab_class)
    if len(parts) == 2:
        dtype = np.result_type(dtype, np.complex64)
    return name, (shape, dtype, parts)


def element_at(block: bytes, place: int) -> tuple[int, bytes, int]:
    """Give type and data of a short element, and the place behind it.

    Raises
    ------
    struct.error
        It is longer than the block.
    """
    word, n_bytes = struct.unpack("<II", block[place : place + 8])
    if word >> 16:  # up to four bytes share the tag
        return word & 0xFFFF, block[place + 4 : place + 4 + (word >> 16)], place + 8
    data = block[place + 8 : place + 8 + n_bytes]
    if len(data) < n_bytes:
        raise struct.error("longer than the block that was read")
    return word, data, place + 8 + _aligned(n_bytes)


def _parts(stream: BinaryIO, place: int, count: int, is_complex: bool) -> Parts | None:
    """Give places and types of real and imaginary part; None if their sizes do not fit."""
    parts = []
    for _ in range(1 + is_complex):
        stream.seek(place)
        tag = stream.read(8)
        if len(tag) < 8:
            return None
        word, n_bytes = struct.unpack("<II", tag)
        offset, behind = place + 8, place + 8 + _aligned(n_bytes)
        if word >> 16:
            n_bytes, word, offset, behind = word >> 16, word & 0xFFFF, place + 4, place + 8
        stored = _STORED.get(word)
        if stored is None or n_bytes != count * stored.itemsize:
            return None
        parts.append((offset, stored))
        place = behind
    return tuple(parts)


def save_plain(path: Path, variables: Mapping[str, Any]) -> None:
    """Write arrays and :class:`~pystamps.rows.Rows` of two or more dimensions, text, sparse."""
    made = time.strftime("%a %b %d %H:%M:%S %Y")
    text = f"MATLAB 5.0 MAT-file, Platform: pySTAMPS, Created on: {made}"
    with path.open("wb", buffering=0) as stream:
        stream.write(text.encode("ascii").ljust(124) + b"\x00\x01IM")
        for name, value in variables.items():
            append_variable(stream, name, value)


def append_variable(stream: io.FileIO, name: str, value: Any) -> None:
    """Write one variable at the end of a plain file (see :func:`save_plain`)."""
    if isinstance(value, np.ndarray | Rows):
        _save_numbers(stream, name, value)
    else:
        stream.write(_by_scipy(name, value))


def _by_scipy(name: str, value: Any) -> bytes:
    """Give the element of text or of a sparse array."""
    import scipy.io

    written = io.BytesIO()
    target: Any = written
    scipy.io.savemat(target, {name: value}, oned_as="column")
    return written.getvalue()[_HEADER_BYTES:]


def _save_numbers(stream: io.FileIO, name: str, array: Array | Rows) -> None:
    empty = np.empty(0, dtype=array.dtype)
    part = np.dtype(np.uint8) if array.dtype == bool else empty.real.dtype
    is_complex = array.dtype.kind == "c"
    flags = _CLASS_CODES[part.name] | _COMPLEX * is_complex | _LOGICAL * (array.dtype == bool)
    head = _tagged(_UINT32, struct.pack("<II", flags, 0))
    head += _tagged(_INT32, struct.pack(f"<{array.ndim}i", *array.shape))
    head += _tagged(_INT8, name.encode("ascii"))
    n_bytes = array.size * part.itemsize
    length = len(head) + (1 + is_complex) * (8 + _aligned(n_bytes))
    stream.write(struct.pack("<II", _MATRIX, length) + head)
    tag = struct.pack("<II", _NUMBERS[part.name], n_bytes)
    start = stream.tell()
    places = [start + 8, start + 16 + _aligned(n_bytes)][: 1 + is_complex]
    for place in places:
        stream.seek(place - 8)
        stream.write(tag)
    _save_values(stream, places, array)
    stream.seek(0, os.SEEK_END)
    stream.write(bytes(places[-1] + _aligned(n_bytes) - stream.tell()))


def _save_values(stream: io.FileIO, places: list[int], array: Array | Rows) -> None:
    """Write real and imaginary part to their places, column after column."""
    if array.ndim != 2 or not is_tall(array) or _is_column_major(array):
        flat = np.asarray(array).reshape(-1, order="F")
        for piece in row_blocks(flat):
            _write_parts(stream, places, flat[piece][None], piece.start, flat.size)
        return
    for rows in row_blocks(array):
        _write_parts(stream, places, array[rows].T, rows.start, array.shape[0])


def _is_column_major(array: Array | Rows) -> bool:
    return isinstance(array, np.ndarray) and array.flags.f_contiguous


def _write_parts(
    stream: io.FileIO, places: list[int], columns: Array, first_row: int, n_row: int
) -> None:
    """Write a stretch of every column, shape (n_column, n_stretch)."""
    parts = (columns,) if len(places) == 1 else (columns.real, columns.imag)
    for place, part in zip(places, parts, strict=True):
        values = np.ascontiguousarray(part)
        if values.shape[1] == n_row:
            _write(stream, values, place)
            continue
        for k, column in enumerate(values):
            _write(stream, column, place + (k * n_row + first_row) * values.itemsize)


def _write(stream: io.FileIO, values: Array, place: int) -> None:
    view = _bytes_of(values)
    stream.seek(place)
    while len(view):
        view = view[stream.write(view) :]


def _bytes_of(array: Array) -> memoryview:
    """Give the memory of a contiguous array."""
    raw: Any = array.view(np.uint8).reshape(-1) if array.size else b""
    return memoryview(raw)


def _tagged(code: int, data: bytes) -> bytes:
    """Give a short element: up to four bytes share the tag."""
    if len(data) <= 4:
        return struct.pack("<I", code | len(data) << 16) + data.ljust(4, b"\0")
    return struct.pack("<II", code, len(data)) + data.ljust(_aligned(len(data)), b"\0")


def _aligned(n_bytes: int) -> int:
    return -(-n_bytes // 8) * 8
