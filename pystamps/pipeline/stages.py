"""The stages by name, and the two ways to run them: one directly, or all through Snakemake."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.parameters.checks import refuse_unsupported
from pystamps.pipeline.driver import JobEvent, SnakemakeRequest, run_snakemake
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.run_history import recorded_run, run_plan
from pystamps.pipeline.schedule import refuse_missing_device
from pystamps.pipeline.status import DatasetStatus, StatusEntry, status_of
from pystamps.pipeline.types import (
    PipelineContext,
    PipelineReport,
    StageResult,
    Status,
    TargetResult,
)
from pystamps.stage_table import PREPARATION, STAGES, Scope, Stage, position, stages_of_step

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
        """Readiness, kernels and evidence; looks at the code of the stage, which takes a moment."""
        from pystamps.audit.coverage import coverage_of_stage
        from pystamps.audit.evidence import read_evidence

        return coverage_of_stage(self.files, evidence=read_evidence().get(self.name))

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
        """Run the entry point on a directory."""
        result: StageResult = self.files.load()(directory, config, **options)
        return result


STAGE_DEFS = tuple(StageDef(stage) for stage in STAGES)
"""All stages in the order of the work."""


def run_stage(
    step: int, scope: Scope, directory: Path, config: RunConfig, *, scla: Path | None = None
) -> StageResult:
    """Run one stage on one directory, in this process.

    Parameters
    ----------
    step : int
    scope : str
        patch or merged.
    directory : Path
        A patch, or the root of the data set.
    config : RunConfig
    scla : Path, optional
        Stage 6 only: result of an earlier stage 7 to subtract before unwrapping.

    Raises
    ------
    PystampsError
        The stage does not exist in that scope, or it failed.
    """
    stages = stages_of_step(step, scope)
    if not stages:
        wanted, option = (
            ("merged data set", "--dataset") if scope == "patch" else ("patch", "--patch")
        )
        raise PystampsError(f"stage {step} works on a {wanted}; use {option}")
    if scla is not None and step != 6:
        raise PystampsError(f"stage {step} does not take --scla; only stage 6 does")
    directory = Path(directory).resolve()
    root = directory.parent if scope == "patch" else directory
    plan = WorkflowPlan.from_mapping(dataclasses.replace(config, dataset=root).to_mapping())
    if scope == "patch" and directory.name not in plan.patches:
        raise PystampsError(
            f"{directory}: is no patch of {root}; its patches are {', '.join(plan.patches)}"
        )
    refuse_missing_device(plan.config.runtime)
    refuse_unsupported(plan.root_parameters)
    options = {} if scla is None else {"scla": scla}
    return StageDef(stages[0]).run(directory, plan.config, **options)


def run_pipeline(context: PipelineContext) -> PipelineReport:
    """Run a range of stages through Snakemake.

    Parameters
    ----------
    context : PipelineContext

    Returns
    -------
    PipelineReport
        One result per stage and target, in the order of the work.

    Raises
    ------
    PystampsError
        Wrong input; nothing has been run.
    """
    from pystamps.pipeline.preflight import check_export, check_inputs  # not for a single stage

    config = dataclasses.replace(context.run_config, dataset=context.dataset_root)
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    refuse_missing_device(plan.config.runtime)
    before = status_of(plan.dataset, plan.root_parameters.insar_processor)
    _check_range(context, before)
    is_prepared = plan.preparation is None or plan.preparation.is_done
    if is_prepared:
        check_inputs(plan, before, start_step=context.start_step, end_step=context.end_step)
    else:
        check_export(plan.config)
    wanted = [e for e in before.entries if context.start_step <= e.step <= context.end_step]
    wanted.sort(key=lambda entry: position(entry.stage))
    request = SnakemakeRequest(
        config=plan.config,
        targets=tuple(name for e in wanted for name in e.outputs if plan.makes(Path(name).name)),
        cores=context.cores,
        dry_run=context.dry_run,
        allowed_rules=(
            *([PREPARATION.name] if plan.preparation and context.start_step == 1 else []),
            *dict.fromkeys(entry.stage for entry in wanted),
        ),
    )
    if context.dry_run:
        return _carried_out(request, plan, wanted, before)
    steps = (context.start_step, context.end_step)
    with recorded_run(plan.root, run_plan("run", plan, steps=steps, cores=context.cores)) as run:
        report = _carried_out(request, plan, wanted, before, events=run.events)
        run.finish("failed" if report.has_failed else "completed", targets=report.targets)
    return report


def _carried_out(
    request: SnakemakeRequest,
    plan: WorkflowPlan,
    wanted: list[StatusEntry],
    before: DatasetStatus,
    *,
    events: Path | None = None,
) -> PipelineReport:
    """Let Snakemake run the wanted stages, and say what happened to each."""
    outcome = run_snakemake(request, events=events)
    if outcome.exit_code and not any(job.status == "failed" for job in outcome.jobs):
        message = "; ".join(outcome.messages) or "its message is above"
        raise PystampsError(f"{plan.root}: Snakemake could not start the work: {message}")
    jobs = {(job.rule, job.patch): job for job in outcome.jobs}
    processor = plan.root_parameters.insar_processor
    after = before if request.dry_run else status_of(plan.dataset, processor)
    results = [_result(entry, jobs, after) for entry in wanted]
    return PipelineReport(plan.root, (*_preparation_result(jobs, plan.root), *results))


def _preparation_result(
    jobs: dict[tuple[str, str], JobEvent], root: Path
) -> tuple[TargetResult, ...]:
    """Say what happened to the preparation; nothing when it had not to run."""
    job = jobs.get((PREPARATION.name, ""))
    if job is None or job.status not in ("planned", "completed", "failed"):
        return ()
    details = {"planned": _short(job.reason), "failed": f"see {root / job.log}"}
    status: Status = job.status  # type: ignore[assignment]
    return (
        TargetResult(
            PREPARATION.name, 0, "merged", "merged", status,
            details.get(job.status, ""), job.seconds,
        ),
    )  # fmt: skip


def _check_range(context: PipelineContext, status: DatasetStatus) -> None:
    """Refuse a range that is empty or whose first stage lacks its input."""
    start, end = context.start_step, context.end_step
    if not 1 <= start <= end <= 8:
        raise PystampsError(f"{start=}, {end=}: expected 1 <= start <= end <= 8")
    missing = [
        f"{entry.stage} of {entry.target}"
        for entry in status.entries
        if entry.step == start - 1 and entry.state == "missing"
    ]
    if missing:
        raise PystampsError(
            f"{status.root}: cannot start at step {start}, missing are {', '.join(missing)}; "
            f"start at step {start - 1} or earlier"
        )


def _result(
    entry: StatusEntry, jobs: dict[tuple[str, str], JobEvent], after: DatasetStatus
) -> TargetResult:
    """Say what happened to one stage on one target."""
    job = jobs.get((entry.stage, entry.target if entry.scope == "patch" else ""))
    state = after.state(entry.stage, entry.target)
    status: Status
    details = ""
    if job is not None and job.status in ("planned", "completed", "failed"):
        status = job.status  # type: ignore[assignment]
        failure = f"see {after.root / job.log}"
        details = {"planned": _short(job.reason), "failed": failure}.get(status, "")
    elif any(_blocks(other, entry) for other in jobs.values()):
        status, details = "skipped", "an earlier stage failed"
    else:
        status = "skipped_existing"
    if state == "empty":
        details = details or "no pixel left"
    seconds = job.seconds if job is not None else 0.0
    return TargetResult(
        entry.stage, entry.step, entry.scope, entry.target, status, details, seconds
    )


def _blocks(job: JobEvent, entry: StatusEntry) -> bool:
    """Tell whether a failed job is one that a stage had to wait for."""
    if job.rule == PREPARATION.name:
        return job.status == "failed"
    is_upstream = entry.scope == "merged" or job.patch == entry.target
    return job.status == "failed" and is_upstream and position(job.rule) < position(entry.stage)


def _short(reason: str) -> str:
    """Shorten Snakemake's reason: no list of more than two files."""
    parts = []
    for part in reason.split("; "):
        cause, colon, files = part.partition(": ")
        names = sorted(files.split(", "))
        parts.append(f"{cause}{colon}{', '.join(names)}" if len(names) <= 2 else cause)
    return "; ".join(sorted(parts))
