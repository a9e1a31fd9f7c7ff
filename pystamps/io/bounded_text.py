"""Texts of users, read in one way: bounded in size, in any encoding of one byte per character."""

from __future__ import annotations

import codecs
import json
import os
import sys
from pathlib import Path
from typing import Any

from pystamps.errors import ArtifactError, PystampsError

LARGEST_TEXT = 1 << 26
"""Bytes; a list of a million paths is smaller."""

_BLOCK_BYTES = 1 << 20
_TWO_BYTES_PER_CHARACTER = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_bounded(
    path: Path, *, most: int = LARGEST_TEXT, error: type[PystampsError] = ArtifactError
) -> bytes:
    """Read a file that is a text, or an object of JSON, YAML.

    Parameters
    ----------
    path : Path
    most : int
        Bytes that such a file may have.
    error : type
        What is raised.

    Raises
    ------
    PystampsError
        The file cannot be read, or is larger.
    """
    try:
        found = content_of(path, most=most)
    except OSError as refused:
        raise error(
            f"{path}: cannot be read ({refused.strerror}); give a file that exists"
        ) from refused
    if len(found) > most:
        raise error(
            f"{path}: is larger than {most / 1e6:.2g} MB, which no file of its kind is; is it "
            "something else?"
        )
    return found


def content_of(path: str | Path, *, most: int = sys.maxsize) -> bytes:
    """Read a small file as it is; a stream takes twice as long, and of records there are thousands.

    Parameters
    ----------
    path : str or Path
    most : int
        Of a file with more bytes than these one more is given, so that it is told.

    Raises
    ------
    OSError
        It cannot be read.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(file).st_size
        found = os.read(file, min(most, size) + 1)
        while len(found) != size and len(found) <= most:  # what has no size, or grows
            more = os.read(file, min(most - len(found), _BLOCK_BYTES) + 1)
            if not more:
                break
            found += more
    finally:
        os.close(file)
    return found


def read_text_of_paths(path: Path, *, most: int = LARGEST_TEXT) -> str:
    """Read a text that may name files: what is not UTF-8 still names the same files.

    Raises
    ------
    ArtifactError
        The file cannot be read, is too large, is UTF-16, or holds zero bytes.
    """
    found = read_bounded(path, most=most)
    if found.startswith(_TWO_BYTES_PER_CHARACTER) or b"\0" in found:
        raise ArtifactError(
            f"{path}: not a text file of one byte per character (UTF-16, or binary data); store "
            "it as plain text (UTF-8 or ASCII)"
        )
    return os.fsdecode(found.removeprefix(codecs.BOM_UTF8))


def json_of(path: Path, text: bytes, *, error: type[PystampsError] = ArtifactError) -> Any:
    """Give the value of a JSON text; ``path`` is for the message.

    Raises
    ------
    PystampsError
        It is no JSON, not UTF-8, or nested too deeply.
    """
    try:
        return json.loads(text.removeprefix(codecs.BOM_UTF8).decode())
    except RecursionError as found:
        raise error(f"{path}: is not JSON that anybody needs: nested too deeply") from found
    except ValueError as found:
        raise error(f"{path}: is not JSON ({str(found)[:200]})") from found


def json_record(path: Path) -> dict[str, Any]:
    """Give a record that pySTAMPS has written itself; empty where there is none, or no such one.

    A record is never needed: what is damaged counts as lost.
    """
    try:
        found = json_of(path, read_bounded(path))
    except ArtifactError:
        return {}
    return found if isinstance(found, dict) else {}
