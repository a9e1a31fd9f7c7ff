"""Checksums of whole files at the speed of memory, and the state in which a file was noted.

The checksum is XXH3 of 128 bits: it finds damage and edits, by accident or by hand. It is no
protection against somebody who means to deceive, who could write a record to go with it.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

_BLOCK_BYTES = 1 << 20
_ALGORITHM = "xxh3_128"
_KINDS = (str, int, int, int)
"""Types of what is noted about a file; true and false are no numbers."""


class FileState(NamedTuple):
    """What was noted about a file; a tuple, because there are tens of thousands.

    Attributes
    ----------
    checksum : str
        Algorithm and hexadecimal digits, ``xxh3_128:...``.
    bytes : int
    modified_ns : int
        Time of its last modification; since the epoch.
    changed_ns : int
        Time of the last change of its inode, which no program can set: a file with this time, the
        other one and the size is the very file, and has not to be read again.
    """

    checksum: str
    bytes: int
    modified_ns: int
    changed_ns: int

    def is_of(self, size: int, modified_ns: int, changed_ns: int) -> bool:
        """Tell from size and times alone whether they are those of the file that was noted."""
        return self[1:] == (size, modified_ns, changed_ns)

    def as_record(self) -> dict[str, Any]:
        """Give what is written into records."""
        return self._asdict()


def file_checksum(path: Path) -> str:
    """Give the checksum of the content of a file.

    Raises
    ------
    OSError
        It cannot be read.
    """
    with path.open("rb", buffering=0) as stream:
        return _checksum(_blocks(stream))


def copied_checksum(source: Path, target: Path) -> str:
    """Copy the content of a file, not its times and rights, and give its checksum.

    Raises
    ------
    OSError
        The source cannot be read, or the target is there or cannot be written.
    """
    with source.open("rb", buffering=0) as stream, target.open("xb") as copy:
        return _checksum(_written(_blocks(stream), copy))


def _checksum(blocks: Iterable[memoryview]) -> str:
    import xxhash

    digest = xxhash.xxh3_128()
    for block in blocks:
        digest.update(block)
    return f"{_ALGORITHM}:{digest.hexdigest()}"


def _blocks(stream: io.FileIO) -> Iterator[memoryview]:
    """Give the content of a file; every block is valid until the next one."""
    view = memoryview(bytearray(_BLOCK_BYTES))
    while n_read := stream.readinto(view):
        yield view[:n_read]


def _written(blocks: Iterable[memoryview], copy: BinaryIO) -> Iterator[memoryview]:
    for block in blocks:
        copy.write(block)
        yield block


def state_of_file(path: Path) -> FileState:
    """Read a file and note its state.

    Raises
    ------
    OSError
        It cannot be read.
    """
    found = path.stat()
    return FileState(file_checksum(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def known_state(path: Path, noted: FileState | None) -> FileState:
    """Give the state of a file; it is only read where it is not the very file that was noted."""
    return noted if noted is not None and is_very_file(path, noted) else state_of_file(path)


def is_very_file(path: Path, noted: FileState) -> bool:
    """Tell from size and times alone whether a file is the one that was noted.

    False says nothing about its content: copying, linking and ``touch`` change the times.
    """
    found = path.stat()
    return noted.is_of(found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def has_same_content(path: Path, noted: FileState, *, thorough: bool = False) -> bool:
    """Tell whether a file holds what was noted.

    Parameters
    ----------
    path : Path
    noted : FileState
    thorough : bool
        Read it in any case; otherwise size and times may say that it is the very file.
    """
    if path.stat().st_size != noted.bytes:
        return False
    if not thorough and is_very_file(path, noted):
        return True
    return file_checksum(path) == noted.checksum


def recorded_state(found: Any) -> FileState | None:
    """Read a state out of a record; None where it is none (records of earlier versions)."""
    if not isinstance(found, dict):
        return None
    state = FileState._make(map(found.get, FileState._fields))
    is_state = tuple(map(type, state)) == _KINDS
    return state if is_state else None
