"""Records of who made the artifacts of a stage, as they lie in a data set: what they say.

:mod:`pystamps.pipeline.provenance` writes them; nothing here is input or setting of a rule. A
record owns what is known about the files of its stage and target; ``.pystamps/manifest.json`` sums
the records up (:mod:`pystamps.io.manifest`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from pystamps.io.bounded_text import json_record
from pystamps.io.checksums import FileState, has_same_content, recorded_state
from pystamps.stage_table import FIRST_PASS_FOLDER, UNWRAP

FOLDER = Path(".pystamps", "provenance")
UNKNOWN = "unknown"
"""Version of an artifact that no record is about: made by StaMPS, or changed since."""
COMPUTED, REPLAYED, ADOPTED = "computed", "replayed", "adopted"
"""Origins of artifacts: a stage has computed them, they are copies out of a reference, or
``pystamps import`` has taken them over on trust."""


@dataclass(frozen=True)
class StageRecord:
    """What the record of a stage and target says.

    Attributes
    ----------
    stage, target : str
        Target is the name of a patch, or empty for the merged data set.
    version : str
        Of pySTAMPS; unknown for what was taken over.
    ended : str
        UTC, ISO 8601.
    origin : str
        computed, replayed or adopted.
    source : str
        Folder of the reference of a replay.
    settings : mapping
        Those that differ from their defaults.
    warnings : tuple of str
        What the computation has warned of.
    files : mapping of str to FileState
        Every artifact, by name relative to the target.
    inputs : mapping of str to FileState
        What the artifacts were made from, by name relative to the root.
    accepted : mapping of str to str
        Artifacts that were changed since and taken over as they are: when.
    names : tuple of str
        All its artifacts, relative to the root, those without a checksum too.
    is_complete : bool
        False for a record of an earlier version, which has no checksums.
    """

    stage: str
    target: str
    version: str
    ended: str
    origin: str
    source: str
    settings: Mapping[str, str] | None
    warnings: tuple[str, ...]
    files: Mapping[str, FileState]
    inputs: Mapping[str, FileState]
    accepted: Mapping[str, str]
    names: tuple[str, ...]
    is_complete: bool

    @property
    def maker(self) -> str:
        """Version that made the artifacts, or ``replayed from FOLDER``."""
        return f"{REPLAYED} from {self.source}" if self.origin == REPLAYED else self.version

    @cached_property
    def states(self) -> dict[str, FileState]:
        """What is noted about the artifacts, by name relative to the root."""
        return {_below(self.target, name): state for name, state in self.files.items()}

    def maker_of(self, name: str) -> str:
        """Give who made one artifact; ``name`` relative to the root."""
        is_accepted = any(_below(self.target, item) == name for item in self.accepted)
        return UNKNOWN if is_accepted or self.origin == ADOPTED else self.maker


@dataclass(frozen=True, slots=True)
class StageWarning:
    """What a stage has warned of while it made the results that are there.

    Attributes
    ----------
    stage : str
    text : str
    targets : tuple of str
        Patches; ``("",)`` for the merged data set.
    """

    stage: str
    text: str
    targets: tuple[str, ...]


def record_path(stage: str, target: str) -> Path:
    """Give the file of a record, relative to the root."""
    return FOLDER / f"{stage}{target and '.'}{target}.json"


def stage_record(root: Path, stage: str, target: str) -> StageRecord | None:
    """Read a record; None where there is none, or where it tells no version and files."""
    return _read_record(root / record_path(stage, target))


def stage_records(root: Path) -> Iterator[tuple[Path, StageRecord | None]]:
    """Give all records of a data set, with their files; None for one that is none."""
    for path in record_files(root):
        yield path, _read_record(path)


def record_files(root: Path) -> list[Path]:
    """Give the files of all records of a data set, sorted."""
    try:
        with os.scandir(root / FOLDER) as entries:
            names = [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    return [root / FOLDER / name for name in sorted(names) if name.endswith(".json")]


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
        no record is about this very file, or where it was taken over.
    """
    present = [name for name in names if (root / name).is_file()]
    record = stage_record(root, stage, target)
    return versions_by(record, present, is_about=partial(is_about, root))


def versions_by(
    record: StageRecord | None,
    names: Iterable[str],
    *,
    is_about: Callable[[StageRecord, str], bool],
) -> dict[str, str]:
    """Give what made some artifacts that are there, as their record says; see :func:`versions_of`.

    Parameters
    ----------
    record : StageRecord or None
    names : iterable of str
        Artifacts relative to the root.
    is_about : callable
        Tells whether the record is about this very file.
    """
    return {
        name: record.maker_of(name) if record is not None and is_about(record, name) else UNKNOWN
        for name in names
    }


def recorded_settings(
    root: Path, stage: str, target: str, names: Sequence[str]
) -> Mapping[str, str] | None:
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
    mapping of str to str or None
        As text; None where no record is about these very files, or they were taken over.
    """
    record = stage_record(root, stage, target)
    if record is None or record.origin == ADOPTED or record.accepted:
        return None
    return record.settings if all(is_about(root, record, name) for name in names) else None


def stage_warnings(root: Path) -> tuple[StageWarning, ...]:
    """Give what stages have warned of, as far as their results are still there, in their order.

    The same words of several patches are one warning.
    """
    found: dict[tuple[str, str], list[str]] = {}
    known = [record for _, record in stage_records(root) if record is not None]
    for record in sorted(known, key=lambda record: record.ended):
        if record.warnings and _is_in_force(root, record):
            for text in record.warnings:
                found.setdefault((record.stage, text), []).append(record.target)
    return tuple(StageWarning(*key, tuple(targets)) for key, targets in found.items())


def _is_in_force(root: Path, record: StageRecord) -> bool:
    """Tell whether the artifacts of a record that are there are those that it is about."""
    present = [name for name in record.names if (root / name).is_file()]
    if record.origin == ADOPTED or record.accepted or not present:
        return False
    return all(is_about(root, record, name) for name in present)


def passes_of_unwrapping(root: Path) -> int:
    """Give how often the phase of a data set was unwrapped; 0 where no record says it.

    A pass that somebody has asked for by hand (``--scla``) is not known.
    """
    record = stage_record(root, UNWRAP, "")
    if record is None:
        return 0
    return 1 + any(name.startswith(f"{FIRST_PASS_FOLDER}/") for name in record.inputs)


def replayed_files(root: Path) -> dict[str, str]:
    """Tell which artifacts of a data set are copies out of a reference.

    Parameters
    ----------
    root : Path

    Returns
    -------
    dict of str to str
        Name relative to the root (``PATCH_1/pm1.mat``) to the folder of the reference; files that
        have changed since they were copied are left out. Of a record of an earlier version, which
        has no checksums, all files that are there count as copies.
    """
    found = {}
    for _, record in stage_records(root):
        if record is None or record.origin != REPLAYED:
            continue
        for name in record.names:
            there = (root / name).is_file() and record.maker_of(name) != UNKNOWN
            if there and (not record.is_complete or is_about(root, record, name)):
                found[name] = record.source
    return dict(sorted(found.items()))


def is_about(root: Path, record: StageRecord, name: str) -> bool:
    """Tell whether a record is about this very file; ``name`` relative to the root."""
    state = record.states.get(name)
    path = root / name
    return state is not None and path.is_file() and has_same_content(path, state)


def _read_record(path: Path) -> StageRecord | None:
    found = json_record(path)
    files, version = found.get("files"), found.get("version")
    if not isinstance(files, dict) or not isinstance(version, str):
        return None
    settings = found.get("settings")
    states = _states(files)
    target = Path(str(found.get("target", ""))).name  # a record names no other folder
    return StageRecord(
        stage=str(found.get("stage", "")),
        target=target,
        version=version,
        ended=str(found.get("ended", "")),
        origin=str(found.get("origin", COMPUTED)),
        source=str(found.get("source", "")),
        settings=settings if isinstance(settings, dict) else None,
        warnings=_lines(found.get("warnings")),
        files=states,
        inputs=_states(found.get("inputs")),
        accepted=_texts(found.get("accepted")),
        names=tuple(_below(target, name) for name in files if _is_inside(name)),
        is_complete=len(states) == len(files) and "inputs" in found,
    )


def _states(found: Any) -> dict[str, FileState]:
    """Read states by name; names that lead out of the data set are left out."""
    items = found.items() if isinstance(found, dict) else ()
    states = ((name, recorded_state(value)) for name, value in items if _is_inside(name))
    return {name: state for name, state in states if state is not None}


def _is_inside(name: str) -> bool:
    is_relative = bool(name) and "\0" not in name and not name.startswith("/")
    return is_relative and (".." not in name or ".." not in name.split("/"))


def _below(target: str, name: str) -> str:
    """Give the name of a file of a target relative to the root, without needless parts."""
    if target and "/" not in name and name not in ("", "."):  # as nearly all
        return f"{target}/{name}"
    parts = [part for part in (target, *name.split("/")) if part not in ("", ".")]
    return "/".join(parts) or "."


def _lines(found: Any) -> tuple[str, ...]:
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _texts(found: Any) -> dict[str, str]:
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
