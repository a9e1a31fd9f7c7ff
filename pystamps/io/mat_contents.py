"""What a MAT file of version 4 or 5 holds, and where: one reader of our own for all of them.

Compressed or not, little-endian or big-endian. No other program is asked about a file that this
one finds damaged: readers in compiled code may crash on such files.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pystamps.io.mat4 import StoredMatrix, contents_of_version_4, looks_like_version_4
from pystamps.io.mat5_elements import (
    LONGEST_HEAD,
    ElementHead,
    head_of_element,
    numbers_of_element,
    value_of_element,
)
from pystamps.io.stored_arrays import StoredArray

_HEADER_BYTES = 128
_ORDERS = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}
_MATRIX, _COMPRESSED = 14, 15
_CHECKSUM_BYTES = 64
"""More than what can stand behind the last value of a compressed variable."""


@dataclass(frozen=True, slots=True)
class StoredElement:
    """A variable that is read as a whole: compressed, text, sparse, or nothing that we read.

    Attributes
    ----------
    path : Path
    start, end : int
        Where it lies; for a compressed one where its packed bytes lie.
    head : ElementHead
    is_packed : bool
    """

    path: Path
    start: int
    end: int
    head: ElementHead
    is_packed: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Dimensions."""
        return self.head.shape

    @property
    def matlab_class(self) -> str:
        """Class that MATLAB shows."""
        return self.head.matlab_class

    def read(self) -> Any:
        """Read the value.

        Raises
        ------
        ValueError, zlib.error
            It is damaged.
        """
        with self.path.open("rb") as stream:
            if not self.is_packed:
                return value_of_element(stream, self.start, self.end, self.head)
            stream.seek(self.start)
            element = _unpacked(stream.read(self.end - self.start), self.head.order)
        return value_of_element(io.BytesIO(element), 0, len(element), self.head)


Stored = StoredArray | StoredElement | StoredMatrix


def contents(path: Path) -> dict[str, Stored]:
    """Give every variable of a file, not read yet; of equal names the last one.

    Raises
    ------
    ValueError, zlib.error
        It is no MAT file of version 4 or 5, or it is damaged.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
        order = _ORDERS.get(head[124:128])
        if order is None and looks_like_version_4(head):
            found: dict[str, Stored] = dict(contents_of_version_4(path))
        elif order is None:
            raise ValueError("it has no header of a MAT file")
        else:
            found = _elements(path, stream, size, order)
    return {name: value for name, value in found.items() if name and name[:2] != "__"}


def _elements(path: Path, stream: BinaryIO, size: int, order: str) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    start = _HEADER_BYTES
    while start < size:
        stream.seek(start)
        block = stream.read(LONGEST_HEAD)
        if len(block) < 8:
            raise ValueError(f"{len(block)} bytes are left behind the last variable")
        code, n_bytes = struct.unpack(f"{order}II", block[:8])
        end = start + 8 + n_bytes
        if code not in (_MATRIX, _COMPRESSED):
            raise ValueError(f"byte {start}: an element of type {code}, expected a variable")
        if end > size:
            raise ValueError(f"byte {start}: a variable of {n_bytes} bytes, but the file ends")
        if code == _MATRIX:
            head = head_of_element(block, order)
            found[head.name] = _plain_variable(path, stream, (start, end), head)
        else:
            packed = _packed_variable(path, stream, (start + 8, end), order)
            found[packed.head.name] = packed
        start = end
    return found


def _plain_variable(
    path: Path, stream: BinaryIO, place: tuple[int, int], head: ElementHead
) -> StoredArray | StoredElement:
    if head.number_class is None:
        return StoredElement(path, *place, head, is_packed=False)
    dtype, parts = numbers_of_element(stream, *place, head)
    return StoredArray(path, head.shape, dtype, parts)


def _packed_variable(
    path: Path, stream: BinaryIO, place: tuple[int, int], order: str
) -> StoredElement:
    """Look at the beginning of a compressed variable; nothing larger than it says is unpacked."""
    stream.seek(place[0])
    packed = stream.read(min(place[1] - place[0], 4 * LONGEST_HEAD))
    block = zlib.decompressobj().decompress(packed, LONGEST_HEAD)
    head = head_of_element(block, order)
    code, n_bytes = struct.unpack(f"{order}II", block[:8])
    if code != _MATRIX:
        raise ValueError(f"byte {place[0]}: a compressed element of type {code}")
    is_readable = head.number_class is not None or head.matlab_class in ("char", "sparse")
    if is_readable and n_bytes > head.most_bytes:
        raise ValueError(f"{head.name}: its data do not fit its dimensions, class and flags")
    return StoredElement(path, *place, head, is_packed=True)


def _unpacked(packed: bytes, order: str) -> bytes:
    """Unpack a variable, as many bytes as its tag says and no more."""
    unpacker = zlib.decompressobj()
    tag = unpacker.decompress(packed, 8)
    if len(tag) < 8:
        raise ValueError("a compressed variable ends within its tag")
    n_bytes = int(struct.unpack(f"{order}I", tag[4:])[0])
    element = tag + unpacker.decompress(unpacker.unconsumed_tail, max(n_bytes, 1))
    if len(element) < 8 + n_bytes:
        raise ValueError("a compressed variable ends within its data")
    unpacker.decompress(unpacker.unconsumed_tail, _CHECKSUM_BYTES)
    if not unpacker.eof:
        raise ValueError("a compressed variable does not end where it says")
    return element
