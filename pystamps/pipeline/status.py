"""Which stages of a data set are done, missing, stale or empty; read-only, without Snakemake."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pystamps.io.dataset import Dataset, discover_dataset
from pystamps.io.no_ps_info import empty_steps
from pystamps.io.stage_records import versions_of
from pystamps.parameters.files import effective_parameters
from pystamps.processors import angle_name
from pystamps.stage_table import Scope, expanded, stages_of_scope

State = Literal["done", "missing", "stale", "empty"]
MERGED = "merged"
"""Target name of stages on the merged data set."""


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """State of one stage on one target.

    Attributes
    ----------
    stage, scope, target : str
        Rule name; patch or merged; patch name or "merged".
    step : int
    state : str
        done, missing, stale (older than the stage before) or empty (no pixel left).
    outputs : tuple of str
        Files of the stage, relative to the root.
    versions : dict of str to str
        Those that exist, with the version of pySTAMPS that made them; "unknown" where no record
        is about them (:mod:`pystamps.io.stage_records`).
    """

    stage: str
    step: int
    scope: Scope
    target: str
    state: State
    outputs: tuple[str, ...]
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """State of all stages of a data set."""

    root: Path
    entries: tuple[StatusEntry, ...]

    def state(self, stage: str, target: str) -> State:
        """Give the state of one stage on one target."""
        return next(e.state for e in self.entries if e.stage == stage and e.target == target)


def dataset_status(root: Path) -> DatasetStatus:
    """Look at the files of a data set.

    Parameters
    ----------
    root : Path

    Raises
    ------
    PystampsError
        The directory is no data set, or its parameters cannot be read.
    """
    dataset = discover_dataset(root)
    processor = effective_parameters(dataset.root, dataset.root, {}).insar_processor
    found = status_of(dataset, processor)
    entries = (_with_versions(dataset.root, entry) for entry in found.entries)
    return DatasetStatus(dataset.root, tuple(entries))


def _with_versions(root: Path, entry: StatusEntry) -> StatusEntry:
    """Add which version of pySTAMPS made the artifacts of a stage."""
    patch = entry.target if entry.scope == "patch" else ""
    versions = versions_of(root, entry.stage, patch, entry.outputs)
    return dataclasses.replace(entry, versions=versions)


def status_of(dataset: Dataset, processor: str) -> DatasetStatus:
    """Look at the files of a data set whose patches are known; it may be unprepared yet."""
    angle = angle_name(processor)
    entries: list[StatusEntry] = []
    newest_of_patches = 0.0
    for patch in dataset.patches:
        found, newest = _entries_of(dataset, patch.name, angle, newest=0.0)
        entries += found
        newest_of_patches = max(newest_of_patches, newest)
    entries += _entries_of(dataset, "", angle, newest=newest_of_patches)[0]
    return DatasetStatus(dataset.root, tuple(entries))


def _entries_of(
    dataset: Dataset, patch: str, angle: str, *, newest: float
) -> tuple[list[StatusEntry], float]:
    """Give the state of successive stages of one target, and the time of its newest artifact.

    A stage is stale when one of its files is older than a file of an earlier stage.
    """
    empty = empty_steps(dataset.root / patch) if patch else set()
    entries = []
    for stage in stages_of_scope("patch" if patch else "merged"):
        outputs = expanded(stage.all_outputs, patches=[patch], angle=angle)
        required = expanded(stage.outputs, patches=[patch], angle=angle)
        times = _times(dataset.root, outputs, required)
        state: State = "done"
        if times is None:
            state = "missing"
        elif min(times) < newest:
            state = "stale"
        elif any(step <= stage.step for step in empty):
            state = "empty"
        newest = max([newest, *(times or [])])
        entries.append(
            StatusEntry(
                stage.name,
                stage.step,
                stage.scope,
                patch or MERGED,
                state,
                tuple(outputs),
            )
        )
    return entries, newest


def _times(root: Path, outputs: list[str], required: list[str]) -> list[float] | None:
    """Give the modification times of a stage's files, or None when a required one is missing."""
    present = {name for name in outputs if (root / name).is_file()}
    if not present.issuperset(required):
        return None
    return [(root / name).stat().st_mtime for name in present]
