"""Plain MAT files of version 5: written in blocks, without copies of whole arrays.

Plain = little-endian and not compressed. The format stands in "MAT-File Format" of The MathWorks:
a header of 128 bytes, then one element per variable that holds elements for flags, dimensions,
name, real and imaginary part, all aligned to 8 bytes. :mod:`pystamps.io.mat_contents` reads it.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Array
from pystamps.io.mat5_elements import (
    CLASS_CODES,
    COMPLEX,
    LOGICAL,
    NUMBER_CODES,
    bytes_with_padding,
)
from pystamps.io.stored_arrays import write_at
from pystamps.rows import LaterColumns, Rows, is_tall, row_blocks

_HEADER_BYTES = 128
HEADER = b"MATLAB 5.0 MAT-file, Platform: pySTAMPS".ljust(124) + b"\x00\x01IM"
"""Beginning of a file, without the time of day that MATLAB adds: equal results are equal files."""
_MATRIX, _INT8, _INT32, _UINT32 = 14, 1, 5, 6


def save_plain(path: Path, variables: Mapping[str, Any]) -> None:
    """Write arrays and :class:`~pystamps.rows.Rows` of two or more dimensions, text, sparse."""
    with path.open("wb", buffering=0) as stream:
        stream.write(HEADER)
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
    flags = CLASS_CODES[part.name] | COMPLEX * is_complex | LOGICAL * (array.dtype == bool)
    head = _tagged(_UINT32, struct.pack("<II", flags, 0))
    head += _tagged(_INT32, struct.pack(f"<{array.ndim}i", *array.shape))
    head += _tagged(_INT8, name.encode("ascii"))
    n_bytes = array.size * part.itemsize
    length = len(head) + (1 + is_complex) * (8 + bytes_with_padding(n_bytes))
    stream.write(struct.pack("<II", _MATRIX, length) + head)
    tag = struct.pack("<II", NUMBER_CODES[part.name], n_bytes)
    start = stream.tell()
    places = [start + 8, start + 16 + bytes_with_padding(n_bytes)][: 1 + is_complex]
    for place in places:
        stream.seek(place - 8)
        stream.write(tag)
    if isinstance(array, LaterColumns):
        stream.truncate(places[-1] + n_bytes)
    else:
        _save_values(stream, places, array)
    stream.seek(0, os.SEEK_END)
    stream.write(bytes(places[-1] + bytes_with_padding(n_bytes) - stream.tell()))


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
            write_at(stream, values, place)
            continue
        for k, column in enumerate(values):
            write_at(stream, column, place + (k * n_row + first_row) * values.itemsize)


def _tagged(code: int, data: bytes) -> bytes:
    """Give a short element: up to four bytes share the tag."""
    if len(data) <= 4:
        return struct.pack("<I", code | len(data) << 16) + data.ljust(4, b"\0")
    return struct.pack("<II", code, len(data)) + data.ljust(bytes_with_padding(len(data)), b"\0")
