"""What Snakemake has recorded about the job that made a file: its settings and inputs.

The records are those that decide whether a stage runs again, so that what is said about a changed
setting is what the decision rests on. A stage that ran without Snakemake notes its settings in
them; otherwise the next run would take its files for those of the job before.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import json_record
from pystamps.io.own_places import own_folder
from pystamps.io.result_sets import snakemake_record_path

_FOLDER = Path(".snakemake", "metadata")
_LONGEST_SETTINGS = 1 << 20
_OLDEST_FORMAT = 6
"""Format of the records from which on Snakemake compares settings."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """How Snakemake made one file.

    Attributes
    ----------
    settings : dict of str to str or None
        As the rule has got them; None where they cannot be read.
    inputs : tuple of str or None
        Files of the job, as their rule named them.
    """

    settings: dict[str, str] | None
    inputs: tuple[str, ...] | None


def records_of(root: Path, outputs: Iterable[str]) -> list[JobRecord]:
    """Give the records of the outputs of one job.

    As Snakemake does, nothing is compared unless every output has a record of a known format.

    Parameters
    ----------
    root : Path
    outputs : iterable of str
        Relative to the root.

    Returns
    -------
    list of JobRecord
        One per output; empty where one of them has none.
    """
    found = [_read_record(root, name) for name in outputs]
    known = [record for record in found if record.get("record_format_version", 0) >= _OLDEST_FORMAT]
    if len(known) < len(found):
        return []
    return [JobRecord(_settings(record), _inputs(record)) for record in known]


def note_stage(
    root: Path, outputs: Iterable[str], *, settings: dict[str, str], inputs: Sequence[str]
) -> None:
    """Record how a stage that ran without Snakemake made its files, as Snakemake would.

    Parameters
    ----------
    root : Path
    outputs, inputs : iterable of str
        Of the stage on its target, relative to the root.
    settings : dict of str to str
        As the rule gives them to the job.
    """
    for name in outputs:
        known = {
            "record_format_version": _OLDEST_FORMAT,
            "params": [repr(settings)],
            "input": sorted(inputs),
        }
        path = snakemake_record_path(own_folder(root, _FOLDER), name)
        own_folder(root, path.parent.relative_to(root))
        with temporary_beside(path) as temporary:
            temporary.write_text(json.dumps(_read_record(root, name) | known))


def _read_record(root: Path, name: str) -> dict[str, Any]:
    """Read the record of a file; nothing where there is none, or a damaged one."""
    if not (root / _FOLDER).is_dir():
        return {}
    return json_record(snakemake_record_path(root / _FOLDER, name))


def _settings(record: dict[str, Any]) -> dict[str, str] | None:
    """Give the settings of a job: the only parameter of its rule is a mapping, kept as text."""
    try:
        (text,) = record["params"]
        found = ast.literal_eval(text) if len(text) < _LONGEST_SETTINGS else None
    except (KeyError, TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return found if isinstance(found, dict) else None


def _inputs(record: dict[str, Any]) -> tuple[str, ...] | None:
    found = record.get("input")
    return tuple(map(str, found)) if isinstance(found, list) else None
