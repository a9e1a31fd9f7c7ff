"""``.pystamps/manifest.json``: every artifact of a data set with checksum, maker and inputs.

The records of the stages own these facts (:mod:`pystamps.io.stage_records`): one file for each
stage and target, so that jobs side by side, on several hosts too, never write the same file, and
a set of results that is put back brings its record along. The manifest sums them up, for people
and programs that look at a tree as a whole, and knows which records there have to be: one that is
gone or damaged is missed. It is written last, when the files of a stage have their names and
their record, so that it is never ahead of them; where a kill leaves it behind, whoever writes it
next catches up, because it notes size and time of every record that it has read.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import json_record
from pystamps.io.checksums import FileState
from pystamps.io.own_places import open_own_file, own_folder
from pystamps.io.stage_records import FOLDER, StageRecord, record_files, stage_records
from pystamps.stage_table import PREPARATION

TREE_MANIFEST = Path(".pystamps", "manifest.json")
_LOCK = TREE_MANIFEST.with_suffix(".lock")
_FORMAT = 1


def write_manifest(root: Path) -> Path:
    """Bring the manifest of a data set up to date with the records; give its path.

    Jobs take turns; only records that have changed since the last time are read.

    Raises
    ------
    OSError
        The disk is full, or the folder is read-only; the old manifest stays.
    """
    path = own_folder(root, TREE_MANIFEST.parent) / TREE_MANIFEST.name
    with _only_writer(root):
        known = _stages_of(json_record(path))
        stages = _caught_up(root, known)
        if stages != known or not path.is_file():
            with temporary_beside(path) as temporary:
                temporary.write_text(json.dumps(_document(stages), indent=1) + "\n")
    return path


def forget_manifest(root: Path) -> None:
    """Take the manifest away: what it knew beyond the records no longer holds."""
    (root / TREE_MANIFEST).unlink(missing_ok=True)


def is_manifest_current(root: Path) -> bool:
    """Tell whether the manifest says what the records say; True where there are none of both."""
    return _stages_of(json_record(root / TREE_MANIFEST)) == _caught_up(root, {})


def records_in_manifest(root: Path) -> frozenset[str]:
    """Give the names of the records that the manifest has read."""
    return frozenset(
        f"{label}.json" for label in json_record(root / TREE_MANIFEST).get("stages") or ()
    )


def lost_records(root: Path, intact: Collection[str] | None = None) -> tuple[str, ...]:
    """Name the records that the manifest has read and that are gone or damaged now.

    Those whose artifacts are gone too are no loss.

    Parameters
    ----------
    root : Path
    intact : collection of str, optional
        Names of the records that can be read, where somebody has read them.
    """
    if intact is None:
        intact = {path.name for path, record in stage_records(root) if record is not None}
    known = _stages_of(json_record(root / TREE_MANIFEST))
    return tuple(
        str(FOLDER / name)
        for name, stage in sorted(known.items())
        if name not in intact
        and stage.get("stage") != PREPARATION.name  # a new one takes the old record away first
        and any((root / item).is_file() for item in _names(stage))
    )


@contextmanager
def _only_writer(root: Path) -> Iterator[None]:
    with open_own_file(root, _LOCK, "a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _caught_up(root: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is known about each record: as it was, or read again where it has changed."""
    found = {}
    files = record_files(root)
    for path in files:
        stamp = _stamp(path)
        if known.get(path.name, {}).get("record") == stamp:
            found[path.name] = known[path.name]
    changed = {path.name for path in files} - found.keys()
    if changed:
        for path, record in stage_records(root):
            if path.name in changed and record is not None:
                found[path.name] = _entry(record, _stamp(path))
    for name, stage in known.items():  # of a record that is lost
        if name not in found and any((root / item).is_file() for item in _names(stage)):
            found[name] = stage
    return dict(sorted(found.items()))


def _stamp(path: Path) -> dict[str, Any]:
    found = path.stat()
    return {"file": str(FOLDER / path.name), "bytes": found.st_size, "ns": found.st_mtime_ns}


def _entry(record: StageRecord, stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the manifest says about one stage and target."""
    return {
        "record": stamp,
        "stage": record.stage,
        "target": record.target,
        "version": record.version,
        "origin": record.origin,
        "ended": record.ended,
        "settings": record.settings,
        "inputs": {name: state.checksum for name, state in record.inputs.items()},
        "accepted": record.accepted,
        "artifacts": {name: _artifact(state) for name, state in record.states.items()},
    }


def _artifact(state: FileState) -> dict[str, Any]:
    modified = datetime.fromtimestamp(state.modified_ns / 1e9, tz=UTC)
    return {
        "checksum": state.checksum,
        "bytes": state.bytes,
        "modified": modified.isoformat(timespec="milliseconds"),
    }


def _document(stages: Mapping[str, Any]) -> dict[str, Any]:
    """Give the content of the file: artifacts by name, and the stages that made them."""
    artifacts = {}
    for file, stage in stages.items():
        for name, artifact in stage["artifacts"].items():
            artifacts[name] = {**artifact, "made_by": file.removesuffix(".json")}
    rest = {
        file.removesuffix(".json"): {k: v for k, v in stage.items() if k != "artifacts"}
        for file, stage in stages.items()
    }
    return {
        "format": _FORMAT,
        "written_by": f"pySTAMPS {__version__}",
        "artifacts": dict(sorted(artifacts.items())),
        "stages": rest,
    }


def _stages_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Read a manifest back into what is known about each record; nothing where it is none."""
    stages, artifacts = document.get("stages"), document.get("artifacts")
    if document.get("format") != _FORMAT or not isinstance(stages, dict):
        return {}
    found = {
        f"{label}.json": {**stage, "artifacts": {}}
        for label, stage in stages.items()
        if isinstance(stage, dict)
    }
    for name, artifact in (artifacts if isinstance(artifacts, dict) else {}).items():
        stage = found.get(f"{artifact.get('made_by')}.json") if isinstance(artifact, dict) else None
        if stage is not None:
            kept = {k: v for k, v in artifact.items() if k != "made_by"}
            stage["artifacts"][str(name)] = kept
    return dict(sorted(found.items()))


def _names(stage: Mapping[str, Any]) -> list[str]:
    return list(stage.get("artifacts", ()))
