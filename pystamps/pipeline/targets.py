"""Every stage on every patch and on the merged data set: its files, and which of them are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.io.no_ps_info import LAST_STEP_OF_PATCH, empty_steps
from pystamps.parameters.values import nearest_name
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.words import MERGED, label_of
from pystamps.stage_table import PREPARATION, Scope, Stage, expanded


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
        All files of the stage that a later one needs are there.
    is_empty : bool
        No pixel was left at this stage.
    """

    stage: str
    step: int
    scope: Scope
    target: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    is_there: bool
    is_empty: bool = False

    @property
    def patch(self) -> str:
        """Name of the patch; empty for the merged data set, as in Snakemake's jobs."""
        return self.target if self.scope == "patch" else ""

    @property
    def label(self) -> str:
        """Stage and patch in words: ``stage2_gamma of PATCH_1``, ``stage5_merge``."""
        return label_of(self.stage, self.patch)


def targets_of(plan: WorkflowPlan) -> tuple[StageTarget, ...]:
    """Give all stages of all patches, then those of the merged data set.

    The preparation stands before them where the configuration names a raw export.
    """
    return tuple(_targets_of(plan))


def targets_until(targets: Sequence[StageTarget], name: str) -> tuple[StageTarget, ...]:
    """Give a stage and all that it needs, as Snakemake's ``--until`` does.

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
    return tuple(target for target in targets if target in needed)


def _targets_of(plan: WorkflowPlan) -> Iterator[StageTarget]:
    if plan.preparation is not None:
        inputs, outputs = plan.preparation.inputs(), plan.preparation.outputs()
        yield StageTarget(
            PREPARATION.name, 0, "merged", MERGED, tuple(inputs), tuple(outputs),
            is_there=_are_there(plan.root, outputs),
        )  # fmt: skip
    for patch in plan.patches:
        empty = empty_steps(plan.root / patch)
        for stage in (stage for stage in plan.stages if stage.scope == "patch"):
            is_empty = any(step <= stage.step for step in empty)
            yield _target(plan, stage, patch, is_empty=is_empty)
    empty = empty_steps(plan.root) if plan.is_one_patch else set()
    for stage in (stage for stage in plan.stages if stage.scope == "merged"):
        is_empty = stage.step <= LAST_STEP_OF_PATCH and any(step <= stage.step for step in empty)
        yield _target(plan, stage, "", is_empty=is_empty)


def _target(plan: WorkflowPlan, stage: Stage, patch: str, *, is_empty: bool) -> StageTarget:
    """Look at one stage on one target."""
    required = _of_patch(stage.outputs, plan, patch)
    return StageTarget(
        stage.name,
        stage.step,
        stage.scope,
        patch or MERGED,
        tuple(_inputs(plan, stage, patch)),
        (*required, *_written_for(plan.optional_outputs(stage.name), patch)),
        _are_there(plan.root, required),
        is_empty,
    )


def _inputs(plan: WorkflowPlan, stage: Stage, patch: str) -> list[str]:
    """Give the files that the job of a stage reads, as its rule declares them."""
    if stage.reads_stack:
        return plan.candidate_files(patch)
    optional = _written_for(plan.optional_inputs(stage.name), patch)
    return [*_of_patch(stage.inputs, plan, patch), *optional]


def _of_patch(names: tuple[str, ...], plan: WorkflowPlan, patch: str) -> list[str]:
    return expanded(names, patches=[patch] if patch else plan.patches, angle=plan.angle)


def _written_for(names: list[str], patch: str) -> list[str]:
    return [name.replace("{patch}", patch) for name in names]


def _are_there(root: Path, names: list[str]) -> bool:
    return all((root / name).is_file() for name in names)
