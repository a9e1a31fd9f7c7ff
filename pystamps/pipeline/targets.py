"""Every stage on every patch and on the merged data set: its files, and which of them are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.io.bounded_text import read_bounded
from pystamps.io.no_ps_info import LAST_STEP_OF_PATCH, NO_PS_INFO, empty_steps
from pystamps.io.seen_files import SeenFiles
from pystamps.parameters.values import nearest_name
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.words import MERGED, label_of
from pystamps.stage_table import PREPARATION, Scope, Stage, expanded, stage_named

_MERGED = stage_named("stage5_merge").marker
"""What shows that the files of the patches have been merged."""


@dataclass(frozen=True, slots=True)
class StageTarget:
    """One stage on one target, and what lies there of it.

    Attributes
    ----------
    stage, scope, target : str
        Rule name; patch or merged; patch name or "merged".
    step : int
    inputs, outputs : tuple of str
        Files that its job reads and writes for this stack, relative to the root (the rasters of an
        export are absolute).
    is_there : bool
        All files of the stage that a later one needs are there, or what was made of them.
    is_empty : bool
        No pixel was left at this stage.
    is_passed_on : bool
        Its files go when the next stage has read them.
    """

    stage: str
    step: int
    scope: Scope
    target: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    is_there: bool
    is_empty: bool = False
    is_passed_on: bool = False

    @property
    def patch(self) -> str:
        """Name of the patch; empty for the merged data set, as in Snakemake's jobs."""
        return self.target if self.scope == "patch" else ""

    @property
    def label(self) -> str:
        """Stage and patch in words: ``stage2_gamma of PATCH_1``, ``stage5_merge``."""
        return label_of(self.stage, self.patch)


def targets_of(plan: WorkflowPlan, *, seen: SeenFiles | None = None) -> tuple[StageTarget, ...]:
    """Give all stages of all patches, then those of the merged data set.

    The preparation stands before them where the configuration names a raw export.

    Parameters
    ----------
    plan : WorkflowPlan
    seen : SeenFiles, optional
        Files of the data set, where somebody looks at them for the same answer.
    """
    return tuple(_targets_of(plan, seen or SeenFiles(plan.root)))


def targets_until(targets: Sequence[StageTarget], name: str) -> tuple[StageTarget, ...]:
    """Give a stage and all that it needs, as Snakemake's ``--until`` does; its files stay.

    Parameters
    ----------
    targets : sequence of StageTarget
        Those of the data set.
    name : str
        Rule name.

    Raises
    ------
    ParameterError
        No stage of the data set has that name.
    """
    names = list(dict.fromkeys(target.stage for target in targets))
    if name not in names:
        raise ParameterError(
            f"--until {name}: no stage has this name{nearest_name(name, names)}; stages are "
            f"{', '.join(names)}"
        )
    maker = {file: target for target in targets for file in target.outputs}
    needed: set[StageTarget] = set()
    open_ends = [target for target in targets if target.stage == name]
    while open_ends:
        target = open_ends.pop()
        needed.add(target)
        makers = {maker[file] for file in target.inputs if file in maker}
        open_ends += makers - needed
    return tuple(
        replace(target, is_passed_on=target.is_passed_on and target.stage != name)
        for target in targets
        if target in needed
    )


def _targets_of(plan: WorkflowPlan, seen: SeenFiles) -> Iterator[StageTarget]:
    if plan.preparation is not None:
        inputs, outputs = plan.preparation.inputs(), plan.preparation.outputs()
        yield StageTarget(
            PREPARATION.name, 0, "merged", MERGED, tuple(inputs), tuple(outputs),
            is_there=all(map(seen.is_file, outputs)),
        )  # fmt: skip
    stages = [_PlannedStage.of(plan, stage) for stage in plan.stages]
    empty_steps_of = _EmptySteps(plan.root, seen).of
    for patch in plan.patches:
        empty = empty_steps_of(patch)
        for stage in (stage for stage in stages if stage.record.scope == "patch"):
            is_empty = any(step <= stage.record.step for step in empty)
            yield stage.on(plan, patch, seen, is_empty=is_empty)
    empty = empty_steps_of("") if plan.is_one_patch else set()
    for stage in (stage for stage in stages if stage.record.scope == "merged"):
        step = stage.record.step
        is_empty = step <= LAST_STEP_OF_PATCH and any(other <= step for other in empty)
        yield stage.on(plan, "", seen, is_empty=is_empty)


class _EmptySteps:
    """Steps that left no pixel; of patches whose notes are the same bytes one is taken apart."""

    def __init__(self, root: Path, seen: SeenFiles) -> None:
        self._root = root
        self._seen = seen
        self._known: dict[bytes, set[int]] = {}

    def of(self, patch: str) -> set[int]:
        """Give those of a patch, or of the root as the only one."""
        if not self._seen.is_file(f"{patch}/{NO_PS_INFO}" if patch else NO_PS_INFO):
            return set()
        content = read_bounded(self._root / patch / NO_PS_INFO)
        if content not in self._known:
            self._known[content] = empty_steps(self._root / patch)
        return self._known[content]


@dataclass(frozen=True, slots=True)
class _PlannedStage:
    """A stage and the names of its files, which are the same for all patches."""

    record: Stage
    optional_inputs: tuple[str, ...]
    optional_outputs: tuple[str, ...]

    @classmethod
    def of(cls, plan: WorkflowPlan, stage: Stage) -> _PlannedStage:
        optional = () if stage.reads_stack else plan.optional_inputs(stage.name)
        return cls(stage, tuple(optional), tuple(plan.optional_outputs(stage.name)))

    def on(self, plan: WorkflowPlan, patch: str, seen: SeenFiles, *, is_empty: bool) -> StageTarget:
        """Look at the stage on one target."""
        stage = self.record
        required = _of_patch(stage.outputs, plan, patch)
        is_passed_on = plan.is_passed_on(stage.name)
        return StageTarget(
            stage.name,
            stage.step,
            stage.scope,
            patch or MERGED,
            tuple(self._inputs(plan, patch, seen)),
            (*required, *_written_for(self.optional_outputs, patch)),
            all(map(seen.is_file, required)) or (is_passed_on and seen.is_file(_MERGED)),
            is_empty,
            is_passed_on,
        )

    def _inputs(self, plan: WorkflowPlan, patch: str, seen: SeenFiles) -> list[str]:
        """Give the files that its job reads, as its rule declares them."""
        if self.record.reads_stack:
            return plan.candidate_files(patch, seen=seen)
        optional = _written_for(self.optional_inputs, patch)
        return [*_of_patch(self.record.inputs, plan, patch), *optional]


def _of_patch(names: tuple[str, ...], plan: WorkflowPlan, patch: str) -> list[str]:
    return expanded(names, patches=[patch] if patch else plan.patches, angle=plan.angle)


def _written_for(names: Iterable[str], patch: str) -> list[str]:
    return [name.replace("{patch}", patch) for name in names]
