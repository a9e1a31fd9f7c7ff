"""Who made the artifacts of a stage, and how: one small file per stage and target.

Nothing here is input or setting of a rule: records change no plan.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pystamps import __version__
from pystamps.config import RunConfig
from pystamps.io.atomic import temporary_beside
from pystamps.io.checksums import FileState
from pystamps.io.manifest import TREE_MANIFEST, write_manifest
from pystamps.io.own_places import own_folder
from pystamps.io.stage_records import COMPUTED, record_path
from pystamps.io.started_by import command_line
from pystamps.parameters import Parameters, default_parameters, parameter_table

log = logging.getLogger(__name__)

_PACKAGES = ("numpy", "scipy", "numba", "h5py", "cupy", "triangle")
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
    warnings : tuple of str
        What the computation has warned of.
    files : mapping of str to FileState
        Every artifact, by name relative to the target.
    inputs : mapping of str to FileState
        What the artifacts were made from, by name relative to the root.
    accepted : mapping of str to str
        Artifacts that were changed since and taken over as they are: when.
    origin : str
        computed; replayed: the artifacts are copies out of a reference; adopted: taken over.
    source : str
        Folder of the reference, empty when computed.
    source_digests : mapping
        Checksum of every file that was copied, by name relative to the target.
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
    warnings: tuple[str, ...] = ()
    files: Mapping[str, FileState] = field(default_factory=dict)
    inputs: Mapping[str, FileState] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    origin: str = COMPUTED
    source: str = ""
    source_digests: Mapping[str, str] = field(default_factory=dict)


def write_record(root: Path, record: Provenance) -> Path:
    """Write the record of a stage that has succeeded; give its path relative to the root.

    The manifest is brought up to date afterwards (:func:`sum_up`).
    """
    relative = record_path(record.stage, record.target)
    path = own_folder(root, relative.parent) / relative.name
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(_as_written(record), indent=1) + "\n")
    return relative


def _as_written(record: Provenance) -> dict[str, Any]:
    """Give the content of a record in the order in which it is written."""
    states = {
        kind: {name: state.as_record() for name, state in getattr(record, kind).items()}
        for kind in ("files", "inputs")
    }
    return dataclasses.asdict(record) | states


def sum_up(root: Path) -> None:
    """Bring the manifest up to date with the records; results are complete without it."""
    try:
        write_manifest(root)
    except OSError as error:
        log.warning(
            "%s: could not be written (%s); the next stage, or `pystamps import`, brings it up to "
            "date", root / TREE_MANIFEST, error.strerror or error,
        )  # fmt: skip


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
