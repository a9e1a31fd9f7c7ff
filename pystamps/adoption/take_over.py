"""Taking finished results over: what is proven, what is taken on trust, and what is made again.

A record proves that a file is the one that a stage has written, and from which files it was made.
Where there is none, or the file has changed since, it is read and checked as every stage would
check it, and taken on trust as long as nothing contradicts it. Results that were made from other
files than those that lie there are not taken: the next run makes them again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.adoption.adopted_contents import refuse_unreadable, unreadable_among
from pystamps.adoption.adoption_records import note_adopted, restamp_record
from pystamps.adoption.findings_of_import import Adoption
from pystamps.adoption.foreign_project import (
    files_left_alone,
    refuse_other_names,
    take_parameters_of_patches,
)
from pystamps.adoption.project_words import first_unfinished, names_of_done, project_in_words
from pystamps.adoption.proven_products import UNPROVEN, other_content
from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.io.checksums import FileState, known_state
from pystamps.io.manifest import forget_manifest
from pystamps.io.result_sets import set_swap
from pystamps.io.stage_records import StageRecord, record_path, stage_record, stage_records
from pystamps.pipeline.decision import files_to_ask_for
from pystamps.pipeline.driver import SnakemakeRequest, run_snakemake
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import recover_results, recovery_held_off
from pystamps.pipeline.provenance import moment, sum_up
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.targets import StageTarget, targets_of
from pystamps.pipeline.verified_inputs import inputs_of_stage
from pystamps.pipeline.words import some_of
from pystamps.stage_table import PREPARATION, stage_named


@dataclass(frozen=True, slots=True)
class _Finished:
    """A finished stage on one target, as it lies there."""

    target: StageTarget
    record: StageRecord | None
    files: Mapping[str, FileState]
    inputs: Mapping[str, FileState]

    @property
    def changed(self) -> list[str]:
        """Files that are not what a complete record says; all where there is no such record."""
        known = self.record.states if self.record is not None and self.record.is_complete else {}
        return [
            name
            for name, state in self.files.items()
            if name not in known or known[name].checksum != state.checksum
        ]

    @property
    def other_inputs(self) -> list[str]:
        """Files that were others when the results were made."""
        noted = {} if self.record is None else self.record.inputs
        return [
            name
            for name, state in self.inputs.items()
            if name in noted and noted[name].checksum != state.checksum
        ]


def take_over(config: RunConfig) -> Adoption | None:
    """Let finished results count as done, as far as nothing contradicts it, and note their state.

    No content changes; times are put in the order of the stages.

    Parameters
    ----------
    config : RunConfig

    Returns
    -------
    Adoption or None
        None when Snakemake failed; its message has been shown.

    Raises
    ------
    PystampsError
        The directory holds no finished stage, or a file is not what its stage would read.
    """
    recover_results(config.dataset)
    refuse_other_names(config.dataset)
    copied = take_parameters_of_patches(config.dataset)
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    finished = [t for t in targets_of(plan) if t.step and t.is_there and _has_files(plan, t)]
    if not finished:
        raise PystampsError(
            f"{config.dataset}: no finished stage to take over; start with pystamps run"
        )
    with run_lock(plan.root, "import"):
        found = Adoption(plan.root, project_in_words(plan), parameters_from=copied)
        found.left_alone = files_left_alone(plan.root)
        states = _States(plan.root)
        taken, renewed = _decide(
            plan, [_look_at(plan, target, states) for target in finished], found
        )
        _accept_candidates(plan.root, states, found)
        if not _carry_out(plan, taken, renewed, found):
            return None
        found.next = first_unfinished(plan, found.remade)
        return found


def _has_files(plan: WorkflowPlan, target: StageTarget) -> bool:
    """Tell whether a stage has files; they are gone where they were merged (storage.keep)."""
    return any((plan.root / name).is_file() for name in target.outputs)


class _States:
    """States of files; each is read once at most."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, FileState] = {}
        self._noted: dict[str, FileState] = {}
        for _, record in stage_records(root):
            self._noted |= {} if record is None else {**record.inputs, **record.states}

    def of(self, names: Iterable[str]) -> dict[str, FileState]:
        """Give the states of those of some files that are there."""
        for name in names:
            if name not in self._found and (self._root / name).is_file():
                self._found[name] = known_state(self._root / name, self._noted.get(name))
        return {name: self._found[name] for name in names if name in self._found}


def _look_at(plan: WorkflowPlan, target: StageTarget, states: _States) -> _Finished:
    processor = plan.root_parameters.insar_processor
    stage = plan.stage(target.stage)
    inputs = inputs_of_stage(plan.root, stage, target.patch, processor=processor)
    record = stage_record(plan.root, target.stage, target.patch)
    return _Finished(target, record, states.of(target.outputs), states.of(inputs))


def _decide(
    plan: WorkflowPlan, finished: Sequence[_Finished], found: Adoption
) -> tuple[list[_Finished], list[str]]:
    """Give what is taken over, in the order of the work; nothing is written.

    Beside it stand the files that have to be newer than what was made of others before them.
    """
    taken, remade, renewed = [], set[str](), list[str]()
    unreadable: dict[str, str] = {}
    for item in finished:
        target, changed = item.target, item.changed
        behind = sorted(remade & item.inputs.keys())
        others = [] if changed else item.other_inputs
        if stage_named(target.stage).is_product and changed:
            other = UNPROVEN if behind else other_content(plan, target)
            if other:
                found.set_aside |= dict.fromkeys(target.outputs, other)
                remade |= {*target.outputs}
                continue
            found.proven += changed
        elif behind or others:
            found.remade[target.label] = _why(behind, others)
            remade |= {*target.outputs}
            renewed += others
            continue
        else:
            unreadable |= unreadable_among(plan.root, changed)
            (found.trusted if item.record is None else found.accepted).extend(changed)
        found.verified += [name for name in item.files if name not in changed]
        taken.append(item)
        renewed += changed
    refuse_unreadable(plan.root, unreadable)
    found.stages = names_of_done([item.target for item in taken], plan.patches)
    return taken, list(dict.fromkeys(renewed))


def _why(behind: Sequence[str], others: Sequence[str]) -> str:
    if others:
        return f"made from another {some_of(others)}"
    return f"behind {some_of(behind)}, which will be made again"


def _accept_candidates(root: Path, states: _States, found: Adoption) -> None:
    """Accept candidate files that have changed since our own preparation wrote them."""
    record = stage_record(root, PREPARATION.name, "")
    noted = {} if record is None else record.states
    now = states.of(noted)
    changed = [name for name, state in now.items() if state.checksum != noted[name].checksum]
    if changed:
        found.accepted += changed
        accepted = dict.fromkeys(changed, moment(time.time()))
        restamp_record(root, record_path(PREPARATION.name, ""), now, {}, accepted)


def _carry_out(
    plan: WorkflowPlan, taken: Sequence[_Finished], renewed: Iterable[str], found: Adoption
) -> bool:
    """Put files aside, times in order and records in place; tell whether Snakemake took part."""
    for name, other in found.set_aside.items():
        found.set_aside[name] = _put_aside(plan.root, name, other)
    for name in renewed:
        (plan.root / name).touch()
    request = SnakemakeRequest(
        plan.config, files_to_ask_for([item.target for item in taken]), extra=("--touch",)
    )
    if taken and run_snakemake(request).exit_code:
        return False
    _write_records(plan, taken)
    forget_manifest(plan.root)
    sum_up(plan.root)
    return True


def _write_records(plan: WorkflowPlan, taken: Sequence[_Finished]) -> None:
    """Write the records of all that is taken over, or none of them."""
    new = [str(record_path(item.target.stage, item.target.patch)) for item in taken]
    damaged = [
        str(path.relative_to(plan.root))
        for path, record in stage_records(plan.root)
        if record is None
    ]
    names = [*new, *damaged]
    with recovery_held_off(plan.root), set_swap(plan.root, "import", names, new):
        for name in {*damaged} - {*new}:
            (plan.root / name).unlink()  # about nothing that is taken over
        for item in taken:
            _note(plan, item)


def _note(plan: WorkflowPlan, item: _Finished) -> None:
    """Write down the state of files that are taken over, and that of what they go with."""
    target, changed = item.target, item.changed
    if item.record is None:
        note_adopted(plan, target.stage, target.patch, item.files, item.inputs)
        return
    now = moment(time.time())
    accepted = {**item.record.accepted} | {Path(name).name: now for name in changed}
    path = record_path(target.stage, target.patch)
    restamp_record(plan.root, path, item.files, item.inputs, accepted, target=target.patch)


def _put_aside(root: Path, name: str, what: str) -> str:
    """Give a file another name, one that nothing has; give that name."""
    path = root / name
    number = 0
    while True:
        suffix = f".{number}" if number else ""
        other = path.with_name(f"{path.stem}.{what}{suffix}{path.suffix}")
        if not other.exists():
            path.rename(other)
            return other.relative_to(root).as_posix()
        number += 1
