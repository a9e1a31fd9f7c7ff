"""Elements of MAT files of version 5: what stands in the bytes of one variable.

Pure: bytes in, values out. Every size that is written in the bytes is compared with what is there
before anything is made of it; what does not fit is damaged, and nobody else is asked about it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, BinaryIO

import numpy as np

from pystamps.arrays import Array
from pystamps.io.sparse import sparse_columns
from pystamps.io.stored_arrays import Parts

LONGEST_HEAD = 512
"""Bytes: flags, 32 dimensions, a name and a tag, with room to spare."""
NUMBER_CODES = {
    "int8": 1, "uint8": 2, "int16": 3, "uint16": 4, "int32": 5, "uint32": 6, "float32": 7,
    "float64": 9, "int64": 12, "uint64": 13,
}  # fmt: skip
COMPLEX, LOGICAL = 0x0800, 0x0200
_CLASSES = {
    6: "float64", 7: "float32", 8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32",
    13: "uint32", 14: "int64", 15: "uint64",
}  # fmt: skip
CLASS_CODES = {name: code for code, name in _CLASSES.items()}
_STORED = {code: np.dtype(name) for name, code in NUMBER_CODES.items()}
_OTHER_CLASSES = {
    1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 16: "function", 17: "opaque",
}  # fmt: skip
_MATLAB_NAMES = {"float64": "double", "float32": "single"}
_CODECS = {1: "latin-1", 2: "latin-1", 16: "utf-8"}
_WIDE_CODECS = {3: "utf-16", 4: "utf-16", 17: "utf-16", 5: "utf-32", 6: "utf-32", 18: "utf-32"}
_MOST_DIMENSIONS = 32


@dataclass(frozen=True, slots=True)
class ElementHead:
    """What the beginning of a variable says.

    Attributes
    ----------
    name : str
    class_code, flags : int
    shape : tuple of int
    stored_values : int
        Most values that a sparse array holds.
    place : int
        Where its data begin, from the tag of the variable.
    order : str
        Byte order, ``<`` or ``>``.
    """

    name: str
    class_code: int
    flags: int
    shape: tuple[int, ...]
    stored_values: int
    place: int
    order: str

    @property
    def number_class(self) -> str | None:
        """NumPy's name of the class of a numeric or logical array."""
        return _CLASSES.get(self.class_code)

    @property
    def matlab_class(self) -> str:
        """Class that MATLAB shows."""
        number = self.number_class
        if number is None:
            return _OTHER_CLASSES.get(self.class_code, "unknown")
        return "logical" if self.flags & LOGICAL else _MATLAB_NAMES.get(number, number)

    @property
    def is_complex(self) -> bool:
        """Whether it has an imaginary part."""
        return bool(self.flags & COMPLEX)

    @property
    def most_bytes(self) -> int:
        """Bytes that a variable with this head can have."""
        values = 16 * prod(self.shape)
        if self.matlab_class == "sparse":
            values = 24 * self.stored_values + 8 * (self.shape[1] + 1)
        return self.place + values + 64


def head_of_element(block: bytes, order: str) -> ElementHead:
    """Read the beginning of a variable.

    Parameters
    ----------
    block : bytes
        From its tag on; :data:`LONGEST_HEAD` bytes are enough.
    order : str
        Byte order, ``<`` or ``>``.

    Raises
    ------
    ValueError
        It is cut off, or its dimensions are none.
    """
    try:
        _, flags, place = element_at(block, 8, order)
        _, dimensions, place = element_at(block, place, order)
        _, stored_name, place = element_at(block, place, order)
        word, most = struct.unpack(f"{order}II", flags[:8])
        shape = struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions)
    except struct.error as error:
        raise ValueError(f"the head of a variable is damaged ({error})") from error
    name = stored_name.decode("latin-1")
    class_code = word & 0xFF
    if class_code in _OTHER_CLASSES and _OTHER_CLASSES[class_code] not in ("char", "sparse"):
        return ElementHead(name, class_code, word, shape, most, place, order)
    if not 2 <= len(shape) <= _MOST_DIMENSIONS or min(shape) < 0:
        raise ValueError(f"{name}: its data do not fit its dimensions, class and flags")
    return ElementHead(name, class_code, word, shape, most, place, order)


def element_at(block: bytes, place: int, order: str = "<") -> tuple[int, bytes, int]:
    """Give type and data of a short element, and the place behind it.

    Raises
    ------
    struct.error
        It is longer than the block.
    """
    word, n_bytes = struct.unpack(f"{order}II", block[place : place + 8])
    if word >> 16:  # up to four bytes share the tag
        return word & 0xFFFF, block[place + 4 : place + 4 + (word >> 16)], place + 8
    data = block[place + 8 : place + 8 + n_bytes]
    if len(data) < n_bytes:
        raise struct.error("longer than the block that was read")
    return word, data, place + 8 + bytes_with_padding(n_bytes)


def bytes_with_padding(n_bytes: int) -> int:
    """Give the bytes that a length takes in the file."""
    return -(-n_bytes // 8) * 8


@dataclass(frozen=True, slots=True)
class _Data:
    """Where data lie: their type, place and bytes."""

    code: int
    offset: int
    n_bytes: int


def _stored_type(data: _Data, order: str) -> np.dtype[Any]:
    return _STORED[data.code].newbyteorder("<" if order == "<" else ">")


def _data(stream: BinaryIO, place: int, end: int, order: str) -> Iterator[_Data]:
    """Give the elements from a place to the end of a variable, one after the other."""
    while place < end:
        stream.seek(place)
        tag = stream.read(8)
        if len(tag) < 8:
            return
        word, n_bytes = struct.unpack(f"{order}II", tag)
        offset, behind = place + 8, place + 8 + bytes_with_padding(n_bytes)
        if word >> 16:
            n_bytes, word, offset, behind = word >> 16, word & 0xFFFF, place + 4, place + 8
        if offset + n_bytes > end:
            return
        yield _Data(word, offset, n_bytes)
        place = behind


def numbers_of_element(
    stream: BinaryIO, start: int, end: int, head: ElementHead
) -> tuple[np.dtype[Any], Parts]:
    """Give class and places of the numbers of a variable.

    Parameters
    ----------
    stream : binary file
    start, end : int
        Of the variable.
    head : ElementHead

    Raises
    ------
    ValueError
        Names the variable whose flags, class or dimensions do not fit its data.
    """
    n_part = 1 + head.is_complex
    found = _data(stream, start + head.place, end, head.order)
    parts: Parts = tuple(
        (data.offset, _stored_type(data, head.order))
        for _, data in zip(range(n_part), found, strict=False)
        if data.code in _STORED and data.n_bytes == prod(head.shape) * _STORED[data.code].itemsize
    )
    if len(parts) < n_part:
        raise ValueError(f"{head.name}: its data do not fit its dimensions, class and flags")
    number_class, is_logical = str(head.number_class), head.flags & LOGICAL
    if "int" in number_class and not is_logical and parts[0][1].kind == "f":
        raise ValueError(f"{head.name}: stored as floating-point numbers, but its class is whole")
    dtype = np.dtype(bool if is_logical else number_class)
    return (np.result_type(dtype, np.complex64) if head.is_complex else dtype), parts


def value_of_element(stream: BinaryIO, start: int, end: int, head: ElementHead) -> Any:
    """Read a variable that is numbers, text or sparse.

    Raises
    ------
    ValueError
        Its parts do not fit each other.
    """
    if head.number_class is not None:
        dtype, parts = numbers_of_element(stream, start, end, head)
        return _numbers(stream, head, dtype, parts)
    found = list(_data(stream, start + head.place, end, head.order))
    text = _text(stream, head, found) if head.matlab_class == "char" else None
    return _sparse(stream, head, found) if text is None else text


def _numbers(stream: BinaryIO, head: ElementHead, dtype: np.dtype[Any], parts: Parts) -> Array:
    array = np.empty(prod(head.shape), dtype=dtype)
    targets = (array,) if len(parts) == 1 else (array.real, array.imag)
    for target, (offset, stored) in zip(targets, parts, strict=True):
        target[...] = _values(stream, offset, array.size * stored.itemsize, stored)
    return array.reshape(head.shape, order="F")


def _values(stream: BinaryIO, offset: int, n_bytes: int, dtype: np.dtype[Any]) -> Array:
    stream.seek(offset)
    return np.frombuffer(stream.read(n_bytes), dtype=dtype)


def _text(stream: BinaryIO, head: ElementHead, found: list[_Data]) -> Any:
    """Give a text, or an array of texts where it has several rows."""
    if not prod(head.shape):
        return ""
    codes = [data.code for data in found[:1]]
    codec = _CODECS.get(codes[0], _WIDE_CODECS.get(codes[0])) if codes else None
    if codec is None or len(head.shape) != 2:
        raise ValueError(f"{head.name}: its data are no text")
    ending = {"<": "-le", ">": "-be"}[head.order] if codes[0] in _WIDE_CODECS else ""
    stream.seek(found[0].offset)
    letters = stream.read(found[0].n_bytes).decode(codec + ending, errors="replace")
    rows, columns = head.shape
    if len(letters) != rows * columns:
        raise ValueError(f"{head.name}: its data do not fit its dimensions, class and flags")
    lines = [letters[row::rows] for row in range(rows)]
    return lines[0] if rows == 1 else np.array(lines)


def _sparse(stream: BinaryIO, head: ElementHead, found: list[_Data]) -> Any:
    """Give a sparse array; its indices are checked, because compiled code trusts them."""
    if head.flags & LOGICAL:  # MATLAB writes bytes, and says that they are doubles
        found = [*found[:2], *(replace(data, code=NUMBER_CODES["uint8"]) for data in found[2:])]
    stored = [_stored_type(data, head.order) for data in found if data.code in _STORED]
    if len(stored) != len(found) or len(found) < 3 + head.is_complex or len(head.shape) != 2:
        raise ValueError(f"{head.name}: its data are no sparse array")
    usable = [
        data.n_bytes // t.itemsize * t.itemsize for data, t in zip(found, stored, strict=True)
    ]
    rows, columns, *values = (
        _values(stream, data.offset, n_bytes, dtype)
        for data, n_bytes, dtype in zip(found, usable, stored, strict=True)
    )
    count = int(columns[-1]) if len(columns) else -1
    fits = (
        len(columns) == head.shape[1] + 1
        and columns[0] == 0
        and bool((np.diff(columns.astype(np.int64)) >= 0).all())
        and 0 <= count <= min([len(rows), *(len(v) for v in values[: 1 + head.is_complex])])
        and bool(((rows[:count] >= 0) & (rows[:count] < head.shape[0])).all())
    )
    if not fits:
        raise ValueError(f"{head.name}: the indices of a sparse array do not fit its size")
    data = values[0][:count] + (1j * values[1][:count] if head.is_complex else 0)
    kind = (
        bool if head.flags & LOGICAL else np.result_type(data.dtype.newbyteorder("="), np.float64)
    )
    indices = rows[:count].astype(np.int64), columns.astype(np.int64)
    return sparse_columns((data.astype(kind), *indices), head.shape)
