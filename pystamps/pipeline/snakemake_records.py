"""Records and marks of Snakemake in a data set, as it reads them itself."""

from __future__ import annotations

import json
import os
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pystamps.io.bounded_text import content_of

_CURRENT_FORMAT = 6
_TIMES = re.compile(rb'"starttime": [\d.]+, "endtime": [\d.]+, ')
"""In this alone the records of the files of one job differ: such ones are read once."""


class StrangeRecordError(Exception):
    """A record is of a form that Snakemake does not write."""


@dataclass(frozen=True, slots=True)
class SnakemakeRecord:
    """What Snakemake has noted about the job that made a file.

    Attributes
    ----------
    is_current : bool
        Of a format whose settings and inputs it compares.
    settings : list of str or None
        The parameters of the rule, written by ``repr``.
    inputs : list of str or None
        Sorted.
    checksums : mapping of str to (str or None)
        Of small inputs.
    """

    is_current: bool
    settings: list[str] | None
    inputs: list[str] | None
    checksums: Mapping[str, str | None]


class SnakemakeRecords:
    """Records of the files of a data set; each is read once.

    Parameters
    ----------
    root : Path
        Of the data set.

    Raises
    ------
    StrangeRecordError
        The records are those of an old version, which Snakemake would convert first.
    """

    def __init__(self, root: Path) -> None:
        """See where the records are, and read none yet."""
        self._root = root
        self._metadata = root / ".snakemake" / "metadata"
        self._incomplete = root / ".snakemake" / "incomplete"
        self._known: dict[str, SnakemakeRecord | None] = {}
        self._last_read = b""
        self._last_found: SnakemakeRecord | None = None
        if self._metadata.is_dir() and not self._incomplete.is_dir():
            raise StrangeRecordError
        if os.path.lexists(self._incomplete / "migration_underway"):
            raise StrangeRecordError

    def of(self, name: str) -> SnakemakeRecord | None:
        """Give the record of a file; None where there is none, or a damaged one.

        Raises
        ------
        StrangeRecordError
            What it says is not of the right kind.
        """
        if name not in self._known:
            self._known[name] = self._read(self.key(name)) if self._there else None
        return self._known[name]

    @cached_property
    def unfinished(self) -> frozenset[str]:
        """Keys of the files that a job was about to write when it was killed."""
        found = (
            Path(folder, name).relative_to(self._incomplete).as_posix()
            for folder, _, names in os.walk(self._incomplete)
            for name in names
        )
        return frozenset(found)

    def key(self, name: str) -> str:
        """Give the path of the record of a file in the folder of records."""
        encoded = urlsafe_b64encode(name.encode()).decode()
        most = self._longest_name - 1
        if len(encoded) <= most:
            return encoded
        parts = [encoded[at : at + most] for at in range(0, len(encoded), most)]
        return "/".join((*(f"@{part}" for part in parts[:-1]), parts[-1]))

    @cached_property
    def _there(self) -> frozenset[str]:
        """Names in the folder of records; empty where there is none."""
        if not self._metadata.is_dir():
            return frozenset()
        with os.scandir(self._metadata) as entries:
            return frozenset(entry.name for entry in entries)

    @cached_property
    def _longest_name(self) -> int:
        return os.pathconf(self._root, "PC_NAME_MAX") or 255

    def _read(self, key: str) -> SnakemakeRecord | None:
        if key.partition("/")[0] not in self._there:
            return None
        try:
            content = content_of(f"{self._metadata}/{key}")
        except (FileNotFoundError, NotADirectoryError):
            return None
        without_times = _TIMES.sub(b"", content, count=1)
        if without_times != self._last_read:
            self._last_read, self._last_found = without_times, _found_in(content)
        return self._last_found


def _found_in(content: bytes) -> SnakemakeRecord | None:
    """Read a record; None for a damaged one, as Snakemake does.

    Raises
    ------
    StrangeRecordError
    """
    try:
        found = json.loads(content.decode())
    except json.JSONDecodeError:
        return None
    except (UnicodeDecodeError, RecursionError) as error:
        raise StrangeRecordError from error
    return _record_of(found) if found else None


def _record_of(found: Any) -> SnakemakeRecord:
    """Take out of a record what decisions rest on.

    Raises
    ------
    StrangeRecordError
    """
    if not isinstance(found, dict):
        raise StrangeRecordError
    version = found.get("record_format_version", 0)
    checksums = found.get("input_checksums") or {}
    if type(version) is not int or not isinstance(checksums, dict):
        raise StrangeRecordError
    if not all(value is None or isinstance(value, str) for value in checksums.values()):
        raise StrangeRecordError
    return SnakemakeRecord(
        version >= _CURRENT_FORMAT,
        _texts(found.get("params")),
        _texts(found.get("input")),
        checksums,
    )


def _texts(found: Any) -> list[str] | None:
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise StrangeRecordError
    return found
