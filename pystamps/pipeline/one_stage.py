"""The stages by name, and one of them run directly, without Snakemake.

Apart from :mod:`pystamps.pipeline.stages`, so that a process of one stage imports nothing of a run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pystamps.config import RunConfig
from pystamps.errors import ParameterError, PystampsError
from pystamps.parameters.checks import refuse_unsupported
from pystamps.pipeline.failures import errors_of_machine
from pystamps.pipeline.job import root_of_job
from pystamps.pipeline.job_notes import noted_job
from pystamps.pipeline.job_records import note_stage
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import recover_results
from pystamps.pipeline.replaying import run_or_replay_stage
from pystamps.pipeline.run_lock import run_lock
from pystamps.pipeline.schedule import refuse_missing_device
from pystamps.pipeline.targets import StageTarget, targets_of
from pystamps.pipeline.types import StageResult
from pystamps.stage_table import (
    MODES,
    STAGES,
    TROPOSPHERE,
    Scope,
    Stage,
    stage_named,
    stages_of_step,
)

if TYPE_CHECKING:
    from pystamps.audit.coverage import Readiness, StageCoverage
    from pystamps.audit.evidence import StageEvidence


@dataclass(frozen=True, slots=True)
class StageDef:
    """One stage of the workflow, ready to run, with what is known about it.

    Attributes
    ----------
    files : Stage
        Its record in the stage table.
    """

    files: Stage

    @property
    def name(self) -> str:
        """Rule name."""
        return self.files.name

    @property
    def coverage(self) -> StageCoverage:
        """Readiness, kernels and evidence, of single-reference stacks.

        Looks at the code of the stage, which takes a moment.
        """
        from pystamps.audit.coverage import coverage_of_stage
        from pystamps.audit.evidence import read_evidence

        return coverage_of_stage(self.files, evidence=read_evidence().get((self.name, MODES[0])))

    @property
    def readiness(self) -> Readiness:
        """Whether it is implemented, or certified to equal StaMPS."""
        return self.coverage.readiness

    @property
    def kernels(self) -> tuple[str, ...]:
        """Kernels that it may run."""
        return tuple(kernel.name for kernel in self.coverage.kernels)

    @property
    def evidence(self) -> StageEvidence | None:
        """What the last audit says about it."""
        return self.coverage.evidence

    def run(self, directory: Path, config: RunConfig, **options: Any) -> StageResult:
        """Run the entry point on a directory, or copy its artifacts out of the reference."""
        return run_or_replay_stage(self.files, directory, config, **options)


STAGE_DEFS = tuple(StageDef(stage) for stage in STAGES)
"""All stages in the order of the work."""


_STEP_OF_OPTION = {"scla": 6, "earlier": 6, "restart_flag": 2, "reest_flag": 3}
"""Options of single stages, and whose they are."""


def run_stage(
    step: int | str, scope: Scope, directory: Path, config: RunConfig, **options: Any
) -> StageResult:
    """Run one stage on one directory, in this process.

    Parameters
    ----------
    step : int or str
        Number, or the name of a stage that has none in StaMPS (``correct_troposphere``, and the
        stages of a first pass).
    scope : str
        patch or merged.
    directory : Path
        A patch, or the root of the data set.
    config : RunConfig
    options : object
        Of that stage; None = not given. Stage 2: ``restart_flag``; stage 3: ``reest_flag``; stage
        6: ``scla``, the result of an earlier stage 7 to subtract before unwrapping, and
        ``earlier``, the unwrapped small baselines of an earlier stage 6 to hold.

    Raises
    ------
    PystampsError
        The stage does not exist in that scope, or it failed.
    """
    stage = stage_on(step, scope)
    options = {name: value for name, value in options.items() if value is not None}
    for name in options:
        if step != _STEP_OF_OPTION[name]:
            raise PystampsError(
                f"stage {step} does not take --{name.replace('_', '-')}; only stage "
                f"{_STEP_OF_OPTION[name]} does"
            )
    directory = Path(directory).resolve()
    root = root_of_job(stage, directory)
    with errors_of_machine(root):
        return _ran_stage(stage, directory, root, config, options)


def stage_on(step: int | str, scope: Scope) -> Stage:
    """Give the stage of a number or name that works on a patch, or on the merged data set.

    Parameters
    ----------
    step : int or str
        As :func:`run_stage` takes it.
    scope : str
        patch or merged.

    Raises
    ------
    PystampsError
        It does not exist in that scope.
    """
    if isinstance(step, int):
        stages = stages_of_step(step, scope)
    else:
        stages = tuple(stage for stage in (stage_named(step),) if stage.scope == scope)
    if not stages:
        wanted = {"patch": "merged data set; use --dataset", "merged": "patch; use --patch"}
        raise PystampsError(f"stage {step} works on a {wanted[scope]}")
    return stages[0]


def run_named_stage(name: str, root: Path, config: RunConfig) -> StageResult:
    """Run one stage on the merged data set, in this process, whether or not its files are there.

    Parameters
    ----------
    name : str
        Of the stage in the stage table.
    root : Path
        Root of the data set.
    config : RunConfig

    Raises
    ------
    PystampsError
        The stage failed.
    """
    root = Path(root).resolve()
    with errors_of_machine(root):
        return _ran_stage(stage_named(name), root, root, config, {})


def _ran_stage(
    stage: Stage, directory: Path, root: Path, config: RunConfig, options: Mapping[str, Any]
) -> StageResult:
    """Run a stage with the lock of its data set, and note how it was run."""
    recover_results(root)
    plan = WorkflowPlan.from_mapping(dataclasses.replace(config, dataset=root).to_mapping())
    if directory != root and directory.name not in plan.patches:
        raise PystampsError(
            f"{directory}: is no patch of {root}; its patches are {', '.join(plan.patches)}"
        )
    refuse_missing_device(plan.config.runtime)
    refuse_unsupported(plan.root_parameters)
    patch = "" if directory == root else directory.name
    made = _target_of(plan, stage, patch)
    settings = plan.settings(stage.name, patch)
    has_number = not (stage.is_product or stage.first_of or stage.name == TROPOSPHERE.name)
    with run_lock(root, f"stage {stage.step}" if has_number else stage.name):
        with noted_job(root, stage.name, patch):
            result = StageDef(stage).run(directory, plan.config, **options)
        note_stage(root, made.outputs, settings=settings, inputs=made.inputs)
    return result


def _target_of(plan: WorkflowPlan, stage: Stage, patch: str) -> StageTarget:
    """Give the files of a stage; refuse one that the settings do not ask for."""
    for target in targets_of(plan):
        if (target.stage, target.patch) == (stage.name, patch):
            return target
    if stage.first_of:
        raise ParameterError(
            f"{stage.name}: method.unwrap_iterations is 1, so that there is no first pass; set it "
            f"to 2 in the configuration (--config), or run {stage.first_of}"
        )
    if stage.accuracy:
        raise ParameterError(
            f"{stage.name}: nothing is to be made; set accuracy.preset: accurate, or one of its "
            "options, in the configuration (--config)"
        )
    raise ParameterError(
        f"{stage.name}: nothing is to be made; name troposphere.method in the configuration, and "
        "leave subtr_tropo at y"
    )
