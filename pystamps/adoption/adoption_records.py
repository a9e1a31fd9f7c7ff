"""Records of results that are taken over, and records that are about the same files anew."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path

from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import json_record
from pystamps.io.checksums import FileState
from pystamps.io.stage_records import ADOPTED, UNKNOWN
from pystamps.parameters.files import effective_parameters
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.provenance import changed_settings, moment, new_record, write_record


def note_adopted(
    plan: WorkflowPlan,
    stage: str,
    patch: str,
    files: Mapping[str, FileState],
    inputs: Mapping[str, FileState],
) -> None:
    """Write the record of results that are taken over on trust.

    Parameters
    ----------
    plan : WorkflowPlan
    stage, patch : str
    files, inputs : mapping of str to FileState
        By name relative to the root; their times are looked at anew.
    """
    parameters = effective_parameters(
        plan.root, plan.root / patch, plan.config.stamps, raw_root=plan.config.runtime.raw_root
    )
    now = moment(time.time())
    record = new_record(
        stage=stage,
        target=patch,
        started=now,
        ended=now,
        seconds=0.0,
        settings=changed_settings(plan.config, parameters),
        files=_within(patch, _restamped(plan.root, files)),
        inputs=_restamped(plan.root, inputs),
        origin=ADOPTED,
    )
    write_record(plan.root, dataclasses.replace(record, version=UNKNOWN, tools={}))


def restamp_record(
    root: Path,
    relative: Path,
    files: Mapping[str, FileState],
    inputs: Mapping[str, FileState],
    accepted: Mapping[str, str],
    *,
    target: str = "",
) -> None:
    """Let a record be about the files as they are now; all else that it says stays.

    Parameters
    ----------
    root : Path
    relative : Path
        Of the record.
    files, inputs : mapping of str to FileState
        As for :func:`note_adopted`.
    accepted : mapping of str to str
        Files that were changed since, relative to the target, and when they were accepted.
    target : str
        Patch, or empty.
    """
    path = root / relative
    changes = {
        "files": _records(_within(target, _restamped(root, files))),
        "inputs": _records(_restamped(root, inputs)),
        "accepted": dict(accepted),
    }
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(json_record(path) | changes, indent=1) + "\n")


def _restamped(root: Path, states: Mapping[str, FileState]) -> dict[str, FileState]:
    """Give states with the times of now: the content has been read a moment ago."""
    found = {}
    for name, state in states.items():
        stat = (root / name).stat()
        found[name] = state._replace(modified_ns=stat.st_mtime_ns, changed_ns=stat.st_ctime_ns)
    return found


def _within(target: str, states: Mapping[str, FileState]) -> dict[str, FileState]:
    return {str(Path(name).relative_to(target or ".")): state for name, state in states.items()}


def _records(states: Mapping[str, FileState]) -> dict[str, object]:
    return {name: state.as_record() for name, state in states.items()}
