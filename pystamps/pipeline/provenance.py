"""Who made the artifacts of a stage, and how: one small file per stage and target.

Nothing here is input or setting of a rule: records change no plan.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.config import RunConfig
from pystamps.io.atomic import temporary_beside
from pystamps.parameters import Parameters, default_parameters, parameter_table

FOLDER = Path(".pystamps", "provenance")
COMMAND_VARIABLE = "PYSTAMPS_COMMAND"
"""Command line that has started the workflow, for the jobs of the workflow."""
UNKNOWN = "unknown"
"""Version of an artifact that no record is about: made by StaMPS, or changed since."""

_PACKAGES = ("numpy", "scipy", "numba", "h5py", "cupy", "triangle")
_END_BYTES = 65536
_NO_RESULT = ("dataset", "raw", "stamps", "tolerance")
"""Groups that are recorded elsewhere (parameters, preparation), or belong to no stage."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """How one stage made its artifacts for one target.

    Attributes
    ----------
    stage, target : str
        Target is the name of a patch, or empty for the merged data set.
    version : str
        Of pySTAMPS.
    command : str
    started, ended : str
        UTC, ISO 8601.
    seconds : float
        Wall time.
    settings : mapping
        StaMPS parameters and other settings that differ from their defaults.
    seeds : mapping
        Seeds of the random streams that the stage has drawn from, by name.
    backends : mapping
        Kernel to the backend that ran.
    tools : mapping
        External programs, Python and the packages that were loaded, with their versions.
    files : mapping
        Digest of every artifact, by name relative to the target.
    """

    stage: str
    target: str
    version: str
    command: str
    started: str
    ended: str
    seconds: float
    settings: Mapping[str, str] = field(default_factory=dict)
    seeds: Mapping[str, int] = field(default_factory=dict)
    backends: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def record_path(stage: str, target: str) -> Path:
    """Give the file of a record, relative to the root."""
    return FOLDER / f"{stage}{target and '.'}{target}.json"


def write_record(root: Path, record: Provenance) -> Path:
    """Write the record of a stage that has succeeded; give its path relative to the root."""
    relative = record_path(record.stage, record.target)
    path = root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(dataclasses.asdict(record), indent=1) + "\n")
    return relative


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
        Name to version; ``unknown`` where no record is about this very file.
    """
    present = [name for name in names if (root / name).is_file()]
    record = _read_record(root / record_path(stage, target))
    files = record.get("files", {})
    return {
        name: record["version"]
        if files.get(Path(name).name) == file_digest(root / name)
        else UNKNOWN
        for name in present
    }


def _read_record(path: Path) -> dict[str, Any]:
    """Read a record; nothing where there is none, or where it tells no version and files."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    is_record = isinstance(found, dict) and isinstance(found.get("files"), dict)
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


def command_line() -> str:
    """Give the command that has started this work."""
    return os.environ.get(COMMAND_VARIABLE) or shlex.join(sys.argv)


def keep_command_line() -> None:
    """Let the processes that this one starts know the command that has started all."""
    os.environ.setdefault(COMMAND_VARIABLE, command_line())


def moment(seconds: float) -> str:
    """Give a time since the epoch as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat(timespec="seconds")


def loaded_versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that this process has loaded."""
    loaded = {name: sys.modules[name] for name in _PACKAGES if name in sys.modules}
    found = {name: str(getattr(module, "__version__", "")) for name, module in loaded.items()}
    return {"python": platform.python_version(), **found}


def changed_settings(config: RunConfig, parameters: Parameters) -> dict[str, str]:
    """Give the parameters and settings that differ from their defaults, as text."""
    defaults = default_parameters(small_baseline=parameters.small_baseline_flag)
    found = {
        name: repr(getattr(parameters, field_name))
        for name, field_name, _, _ in parameter_table()
        if repr(getattr(parameters, field_name)) != repr(getattr(defaults, field_name))
    }
    for item in dataclasses.fields(config):
        if item.name not in _NO_RESULT:
            group = getattr(config, item.name)
            found |= changed_fields(item.name, group, type(group)())
    return found


def changed_fields(name: str, group: Any, default: Any) -> dict[str, str]:
    """Give the settings of a group that differ from their defaults, as text."""
    return {
        f"{name}.{item.name}": str(getattr(group, item.name))
        for item in dataclasses.fields(group)
        if getattr(group, item.name) != getattr(default, item.name)
    }


def new_record(**known: Any) -> Provenance:
    """Make a record of this process; ``known`` are the fields that only the stage knows."""
    tools = {**known.pop("tools", {}), **loaded_versions()}
    return Provenance(version=__version__, command=command_line(), tools=tools, **known)
