"""Changing some variables of a MAT file: all others keep their bytes.

A file that people and other programs share holds what we do not understand: structures, cells,
objects. They are copied element by element, compressed ones as they are.
"""

from __future__ import annotations

import shutil
import struct
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.errors import ArtifactError
from pystamps.io.atomic import temporary_beside
from pystamps.io.mat import (
    NOT_ARRAYS,
    as_matlab_array,
    describe_mat,
    is_hdf5,
    read_mat,
    write_mat,
)
from pystamps.io.mat5 import append_variable
from pystamps.io.mat5_elements import element_at

_HEADER_BYTES = 128
_SUBSYSTEM = slice(116, 124)
"""Place of the data of objects, in the header; zeros or spaces where there are none."""
_VERSION_5 = b"\x00\x01IM"
_MATRIX, _COMPRESSED = 14, 15
_LONGEST_HEAD = 512


class CannotKeepError(ArtifactError):
    """A MAT file cannot be changed without losing variables; nothing was written."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One variable as it is stored: name (empty for the data of objects), place and bytes."""

    name: str
    place: int
    stored: bytes


def change_mat(path: Path, variables: Mapping[str, Any], removed: Collection[str] = ()) -> None:
    """Replace, add and remove variables of a MAT file, under a temporary name, then rename it.

    Parameters
    ----------
    path : Path
    variables : mapping
        As :func:`pystamps.io.mat.write_mat` takes them.
    removed : collection of str
        Variables to take out; those that are not there are ignored.

    Raises
    ------
    CannotKeepError
        The file is damaged, or of a kind of which a structure, cell or object cannot be kept
        (big-endian): the message names it, and nothing has been written.
    """
    arrays = {name: as_matlab_array(name, value) for name, value in variables.items()}
    gone = {*removed, *arrays}
    if is_hdf5(path):
        from pystamps.io.mat73 import change_mat73

        with temporary_beside(path) as temporary:
            shutil.copyfile(path, temporary)
            change_mat73(temporary, arrays, removed)
        return
    content = path.read_bytes()
    elements = list(_elements_of(content, path)) if content[124:128] == _VERSION_5 else None
    if elements is None:
        _rewrite(path, variables, gone)
        return
    with temporary_beside(path) as temporary, temporary.open("wb", buffering=0) as stream:
        stream.write(content[:_HEADER_BYTES])
        kept = [element for element in elements if element.name not in gone]
        places = {}
        for element in kept:
            places[element.place] = stream.tell()
            stream.write(element.stored)
        for name, value in arrays.items():
            append_variable(stream, name, value)
        moved = places.get(_subsystem_of(content))
        if moved is not None:
            stream.seek(_SUBSYSTEM.start)
            stream.write(struct.pack("<Q", moved))


def _rewrite(path: Path, variables: Mapping[str, Any], gone: Collection[str]) -> None:
    """Write a file of another kind anew, unless it holds what could not be kept."""
    others = [
        f"{name} ({kind})"
        for name, (_, kind) in describe_mat(path).items()
        if kind in NOT_ARRAYS and name not in gone
    ]
    if others:
        raise CannotKeepError(
            f"{path}: holds {', '.join(others)}, which would be lost when it is written again; "
            "save it once in MATLAB or Octave (save -v7), or take these variables out"
        )
    kept = {name: value for name, value in read_mat(path).items() if name not in gone}
    write_mat(path, {**kept, **variables})


def _subsystem_of(content: bytes) -> int:
    """Give the place of the data of objects, 0 without any."""
    stored = content[_SUBSYSTEM]
    return 0 if not stored.strip(b" \0") else int(struct.unpack("<Q", stored)[0])


def _elements_of(content: bytes, path: Path) -> Iterator[_Element]:
    """Give the variables of a little-endian file of version 5."""
    subsystem, place = _subsystem_of(content), _HEADER_BYTES
    while place < len(content):
        try:
            code, n_bytes = struct.unpack_from("<II", content, place)
            end = place + 8 + n_bytes
            stored = content[place:end]
            is_whole = len(stored) == 8 + n_bytes and code in (_MATRIX, _COMPRESSED)
            name = _name_of(stored, code) if is_whole else None
        except (struct.error, zlib.error) as error:
            name, reason = None, str(error)
        else:
            reason = f"type {code}, {n_bytes} bytes"
        if name is None:
            raise CannotKeepError(
                f"{path}: is damaged at byte {place} ({reason}), so that its variables could not "
                "be kept; nothing was written"
            )
        yield _Element("" if place == subsystem else name, place, stored)
        place = end


def _name_of(stored: bytes, code: int) -> str:
    """Give the name of a variable from the beginning of its element."""
    head = stored[:_LONGEST_HEAD]
    if code == _COMPRESSED:
        head = zlib.decompressobj().decompress(stored[8:], _LONGEST_HEAD)
    _, _, place = element_at(head, 8)
    _, _, place = element_at(head, place)
    _, name, _ = element_at(head, place)
    return name.decode("latin-1")
