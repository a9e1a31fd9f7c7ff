"""Records of who made the artifacts of a stage, as they lie in a data set: what they say.

:mod:`pystamps.pipeline.provenance` writes them; nothing here is input or setting of a rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pystamps.io.bounded_text import json_record

FOLDER = Path(".pystamps", "provenance")
UNKNOWN = "unknown"
"""Version of an artifact that no record is about: made by StaMPS, or changed since."""
COMPUTED, REPLAYED = "computed", "replayed"
"""Origins of artifacts: a stage has computed them, or they are copies out of a reference."""

_END_BYTES = 65536


def record_path(stage: str, target: str) -> Path:
    """Give the file of a record, relative to the root."""
    return FOLDER / f"{stage}{target and '.'}{target}.json"


def versions_of(root: Path, stage: str, target: str, names: Sequence[str]) -> dict[str, str]:
    """Give the version of pySTAMPS that made each of some artifacts of a stage.

    Parameters
    ----------
    root : Path
    stage : str
    target : str
        Patch, or empty.
    names : sequence of str
        Artifacts relative to the root; those that do not exist are left out.

    Returns
    -------
    dict of str to str
        Name to version; ``replayed from FOLDER`` for copies out of a reference, ``unknown`` where
        no record is about this very file.
    """
    present = [name for name in names if (root / name).is_file()]
    record = _read_record(root / record_path(stage, target))
    files = record.get("files", {})
    return {
        name: _maker(record) if files.get(Path(name).name) == file_digest(root / name) else UNKNOWN
        for name in present
    }


def recorded_settings(
    root: Path, stage: str, target: str, names: Sequence[str]
) -> dict[str, str] | None:
    """Give the settings other than defaults with which artifacts of a stage were made.

    Parameters
    ----------
    root : Path
    stage : str
    target : str
        Patch, or empty.
    names : sequence of str
        Artifacts relative to the root.

    Returns
    -------
    dict of str to str or None
        As text; None where no record is about these very files.
    """
    record = _read_record(root / record_path(stage, target))
    files, settings = record.get("files", {}), record.get("settings")
    is_about = all(files.get(Path(name).name) == file_digest(root / name) for name in names)
    return settings if record and is_about and isinstance(settings, dict) else None


def replayed_files(root: Path) -> dict[str, str]:
    """Tell which artifacts of a data set are copies out of a reference.

    Parameters
    ----------
    root : Path

    Returns
    -------
    dict of str to str
        Name relative to the root (``PATCH_1/pm1.mat``) to the folder of the reference; files that
        have changed since they were copied are left out.
    """
    found = {}
    for record in _records(root):
        target = Path(str(record.get("target", ""))).name  # a record names no other folder
        for name in record["files"] if record.get("origin") == REPLAYED else ():
            path = root / target / Path(name).name
            if path.is_file() and file_digest(path) == record["files"][name]:
                found[path.relative_to(root).as_posix()] = str(record.get("source", ""))
    return dict(sorted(found.items()))


def _records(root: Path) -> Iterator[dict[str, Any]]:
    """Give all records of a data set that are any."""
    for path in sorted((root / FOLDER).glob("*.json")):
        record = _read_record(path)
        if record:
            yield record


def _maker(record: dict[str, Any]) -> str:
    """Say who made the files of a record."""
    if record.get("origin") == REPLAYED:
        return f"{REPLAYED} from {record.get('source', '')}"
    return str(record["version"])


def _read_record(path: Path) -> dict[str, Any]:
    """Read a record; nothing where there is none, or where it tells no version and files."""
    found = json_record(path)
    is_record = isinstance(found.get("files"), dict)
    return found if is_record and isinstance(found.get("version"), str) else {}


def file_digest(path: Path) -> str:
    """Give a digest of size, beginning and end of a file: cheap also where it is large.

    Times are not part of it, because copies and ``--touch`` change them.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        digest.update(stream.read(_END_BYTES))
        stream.seek(max(0, size - _END_BYTES))
        digest.update(stream.read(_END_BYTES))
    return digest.hexdigest()
