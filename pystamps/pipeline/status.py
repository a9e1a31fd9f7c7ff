"""What the next run would do with every stage of a data set, and why; nothing is written.

Only what a killed run has deleted is put back before (:mod:`pystamps.pipeline.previous_results`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from pystamps.config import RunConfig
from pystamps.io.seen_files import SeenFiles
from pystamps.io.stage_records import StageRecord, is_about, record_path, versions_by
from pystamps.io.tree_integrity import TreeIntegrity, tree_integrity
from pystamps.pipeline.decision import planned_causes
from pystamps.pipeline.fit_words import words_about_fits
from pystamps.pipeline.job_notes import JobNote, note_of, note_path
from pystamps.pipeline.job_records import JobRecord, records_of
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import recover_results
from pystamps.pipeline.setting_changes import setting_changes
from pystamps.pipeline.targets import StageTarget, targets_of
from pystamps.pipeline.types import Cause, SettingChange
from pystamps.pipeline.words import change_in_words, inputs_in_words, label_of, some_of
from pystamps.stage_table import PREPARATION, Scope

UNFINISHED = "an earlier run was stopped while it wrote"
"""Cause of a stage whose files may be half of what they should be."""

State = Literal["done", "missing", "stale", "blocked", "empty"]


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """What the next run would do with one stage on one target.

    Attributes
    ----------
    stage, scope, target : str
        Rule name; patch or merged; patch name or "merged".
    step : int
    state : str
        done: nothing to do. empty: nothing to do, and no pixel is left at this stage. missing: a
        file of the stage is not there. stale: its files are there, but not what the stage would
        make now. blocked: it has to run after a stage before it, which is missing or stale. All
        but done and empty run at the next run.
    reason : str
        One sentence; empty when the stage is done.
    causes : tuple of str
        Parts of the reason that are of the stage itself, also when it waits for another one.
    changes : tuple of SettingChange
        Settings that have changed since the files were made, those of blocked stages too.
    waits_for : tuple of str
        Of a blocked stage: the missing and stale stages that begin the work before it.
    outputs : tuple of str
        Files of the stage, relative to the root.
    changed : tuple of str
        Files that are not what the stage has written: they were changed without a stage.
    others : tuple of str
        Files that the stage reads and that were others when its results were made.
    versions : dict of str to str
        Those that exist, with the version of pySTAMPS that made them; "unknown" where no record
        is about them (:mod:`pystamps.io.stage_records`).
    last_job : JobNote or None
        Of a stage that has to run: what its last job noted, that it runs now, or why it failed.
    """

    stage: str
    step: int
    scope: Scope
    target: str
    state: State
    outputs: tuple[str, ...]
    reason: str = ""
    causes: tuple[str, ...] = ()
    changes: tuple[SettingChange, ...] = ()
    waits_for: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    last_job: JobNote | None = None

    @property
    def patch(self) -> str:
        """Name of the patch; empty for the merged data set, as in Snakemake's jobs."""
        return self.target if self.scope == "patch" else ""

    @property
    def label(self) -> str:
        """Stage and patch in words: ``stage2_gamma of PATCH_1``, ``stage5_merge``."""
        return label_of(self.stage, self.patch)

    @property
    def is_planned(self) -> bool:
        """Whether the next run runs it."""
        return self.state in ("missing", "stale", "blocked")


@dataclass(frozen=True, slots=True)
class DatasetStatus:
    """State of all stages of a data set.

    Attributes
    ----------
    root : Path
    entries : tuple of StatusEntry
    fits : tuple of str
        Fits that dates, baselines and positions determine weakly or not at all.
    damaged_records : tuple of str
        Records of stages that cannot be read or are gone, relative to the root.
    """

    root: Path
    entries: tuple[StatusEntry, ...]
    fits: tuple[str, ...] = ()
    damaged_records: tuple[str, ...] = ()

    def state(self, stage: str, target: str) -> State:
        """Give the state of one stage on one target."""
        return next(e.state for e in self.entries if e.stage == stage and e.target == target)


def dataset_status(root: Path, config: RunConfig | None = None) -> DatasetStatus:
    """Ask what ``pystamps run`` would do with a data set.

    Parameters
    ----------
    root : Path
    config : RunConfig, optional
        Settings of the run; its data set is replaced by ``root``.

    Raises
    ------
    PystampsError
        The directory is no data set, a setting is wrong, or Snakemake can make no plan: what
        would refuse the run refuses the status.
    """
    recover_results(root)
    config = dataclasses.replace(config or RunConfig(), dataset=root)
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    seen = SeenFiles(plan.root)
    entries = status_entries(plan, targets_of(plan, seen=seen), seen=seen)
    found = tree_integrity(plan.root, seen=seen)
    history = _History(plan.root, found, seen)
    with_history = tuple(map(history.added_to, entries))
    damaged = (*found.damaged, *found.lost)
    return DatasetStatus(plan.root, with_history, words_about_fits(plan), damaged)


def status_entries(
    plan: WorkflowPlan,
    targets: Sequence[StageTarget],
    *,
    allowed_rules: Sequence[str] = (),
    seen: SeenFiles | None = None,
) -> tuple[StatusEntry, ...]:
    """Give the state of some stages as a run of them finds it.

    Parameters
    ----------
    plan : WorkflowPlan
    targets : sequence of StageTarget
        With all that come before them, unless ``allowed_rules`` are theirs.
    allowed_rules : sequence of str
        Only these rules may run; empty = all.
    seen : SeenFiles, optional
        Files of the data set, where somebody has looked at them for the same answer.
    """
    causes = planned_causes(plan, targets, allowed_rules=allowed_rules, seen=seen)
    beginnings = _beginnings(causes)
    return tuple(_entry(plan, target, causes.get(target), beginnings) for target in targets)


def _beginnings(planned: Iterable[StageTarget]) -> dict[str, tuple[str, ...]]:
    """Give the planned stages that begin the work before each planned stage; of these none."""
    maker: dict[str, StageTarget] = {}
    found: dict[str, tuple[str, ...]] = {}
    for target in sorted(planned, key=lambda target: target.step):
        before = dict.fromkeys(maker[name].label for name in target.inputs if name in maker)
        first = (label for name in before for label in found[name] or (name,))
        found[target.label] = tuple(dict.fromkeys(first))
        maker |= dict.fromkeys(target.outputs, target)
    return found


def _entry(
    plan: WorkflowPlan,
    target: StageTarget,
    cause: Cause | None,
    beginnings: Mapping[str, tuple[str, ...]],
) -> StatusEntry:
    """Give the state of one stage in our words."""
    known = (target.stage, target.step, target.scope, target.target)
    if cause is None:
        state: State = "empty" if target.is_empty else "done"
        reason = "no pixel is left" if target.is_empty else ""
        return StatusEntry(*known, state, target.outputs, reason)
    waits_for = beginnings[target.label]
    missing = [name for name in target.outputs if not (plan.root / name).is_file()]
    are_read = not missing or cause.has_other_inputs
    records = records_of(plan.root, target.outputs) if are_read else []
    changes = () if missing else setting_changes(plan, target, records)
    causes = tuple(_causes_in_words(target, cause, records))
    if cause.is_missing and not waits_for:
        causes = (_missing_in_words(target, missing), *causes)
    causes += tuple(change_in_words(change) for change in changes)
    if cause.has_other_settings and not changes:
        causes += ("its settings have changed",)
    state = "blocked" if waits_for else "missing" if cause.is_missing else "stale"
    waiting = (f"waits for {some_of(waits_for)}",) if waits_for else ()
    reason = "; ".join((*waiting, *causes))
    return StatusEntry(*known, state, target.outputs, reason, causes, changes, waits_for)


def _causes_in_words(
    target: StageTarget, cause: Cause, records: Sequence[JobRecord]
) -> Iterator[str]:
    """Say what is wrong with the files of a stage, beside its settings."""
    if cause.is_unfinished:
        yield UNFINISHED
    if cause.newer:
        newer = "is" if len(cause.newer) == 1 else "are"
        yield f"{some_of(cause.newer)} {newer} newer than its files"
    if cause.has_other_inputs:
        recorded = {name for record in records for name in record.inputs or ()}
        yield inputs_in_words(recorded, target.inputs)


def _missing_in_words(target: StageTarget, missing: Sequence[str]) -> str:
    """Name the missing files, or say that there is none."""
    if len(missing) == len(target.outputs):
        return "its files are not there"
    return f"{some_of(missing)} {'is' if len(missing) == 1 else 'are'} missing"


class _History:
    """What records and notes say about the stages: makers, changes since, failed jobs."""

    def __init__(self, root: Path, found: TreeIntegrity, seen: SeenFiles) -> None:
        self._root = root
        self._seen = seen
        self._found = found
        self._outdated: dict[str, list[int]] = {}
        for number, item in enumerate(found.outdated):
            for name in item.record.states:
                self._outdated.setdefault(name, []).append(number)
        self._unchanged = frozenset(found.unchanged)
        self._changed = frozenset(item.name for item in found.changed)

    def added_to(self, entry: StatusEntry) -> StatusEntry:
        """Add who made the artifacts of a stage, what changed since, and why its job failed."""
        outdated = {number for name in entry.outputs for number in self._outdated.get(name, ())}
        return dataclasses.replace(
            entry,
            versions=self._versions(entry),
            last_job=self._note(entry),
            changed=tuple(name for name in entry.outputs if name in self._changed),
            others=tuple(
                name for number in sorted(outdated) for name in self._found.outdated[number].inputs
            ),
        )

    def _note(self, entry: StatusEntry) -> JobNote | None:
        is_noted = entry.is_planned and self._seen.is_file(
            note_path(entry.stage, entry.patch).as_posix()
        )
        return note_of(self._root, entry.stage, entry.patch) if is_noted else None

    def _versions(self, entry: StatusEntry) -> dict[str, str]:
        """Give what has made the artifacts; no file is looked at twice."""
        if entry.stage == PREPARATION.name:
            return {}
        record = self._found.records.get(record_path(entry.stage, entry.patch).name)
        here = [name for name in entry.outputs if self._seen.is_file(name)]
        if record is None or (record.is_complete and record.stage == entry.stage):
            return versions_by(record, here, is_about=self._is_unchanged)
        return versions_by(record, here, is_about=partial(is_about, self._root))

    def _is_unchanged(self, record: StageRecord, name: str) -> bool:
        return name in record.states and name in self._unchanged
