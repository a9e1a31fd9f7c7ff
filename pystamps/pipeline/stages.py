"""The stages by name, and the two ways to run them: one directly, or all through Snakemake."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.io.own_places import refuse_links
from pystamps.pipeline.cluster_profile import cores_of_profile
from pystamps.pipeline.compiled_before import compile_before_jobs
from pystamps.pipeline.decision import files_to_ask_for
from pystamps.pipeline.driver import SnakemakeOutcome, SnakemakeRequest, run_snakemake
from pystamps.pipeline.failures import errors_of_machine
from pystamps.pipeline.one_stage import STAGE_DEFS, StageDef, run_stage
from pystamps.pipeline.passed_on import clear_merged
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.previous_results import recover_results
from pystamps.pipeline.replaying import with_replays
from pystamps.pipeline.results import results_of_plan, results_of_run
from pystamps.pipeline.run_recording import RunRecorder, recorded_run, run_plan
from pystamps.pipeline.schedule import refuse_missing_device
from pystamps.pipeline.status import StatusEntry, status_entries
from pystamps.pipeline.targets import StageTarget, targets_of, targets_until
from pystamps.pipeline.types import PipelineContext, PipelineReport
from pystamps.pipeline.unwrap_parts import PART_RULES, forget_parts, number_of_parts
from pystamps.pipeline.words import reasons_in_lines, some_of
from pystamps.stage_table import UNWRAP

__all__ = ["STAGE_DEFS", "StageDef", "run_pipeline", "run_stage"]


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
    _check_range(context)
    with errors_of_machine(context.dataset_root):
        config = dataclasses.replace(context.run_config, dataset=context.dataset_root)
        recover_results(context.dataset_root)
        plan = WorkflowPlan.from_mapping(config.to_mapping())
        refuse_missing_device(plan.config.runtime)
        refuse_links(plan.root, plan.patches)
        targets = targets_of(plan)
        if not context.dry_run:
            forget_parts(plan, targets)  # of a run that was killed
        _refuse_empty(context, targets)
        _refuse_missing(context, plan.root, targets)
        _check_before_planning(context, plan, targets)
        if context.dry_run:
            before = _planned(context, plan, targets)
            not_asked = _not_asked(context, plan, targets)
            planned = results_of_plan(before, not_asked, plan.root)
            return PipelineReport(plan.root, with_replays(plan.replay, planned))
        steps = (context.start_step, _last_step(context, targets))
        cores = context.cores or (context.profile and cores_of_profile(context.profile)) or 1
        asked = run_plan("run", plan, steps=steps, cores=cores)
        with recorded_run(plan.root, asked) as run:
            report = _carried_out(context, plan, targets, run)
            run.finish("failed" if report.has_failed else "completed", targets=report.targets)
        return report


def _carried_out(
    context: PipelineContext,
    plan: WorkflowPlan,
    targets: Sequence[StageTarget],
    run: RunRecorder,
) -> PipelineReport:
    """Plan, let Snakemake run what is planned, and say what happened to each stage."""
    from pystamps.pipeline.preflight import check_input_of_patch  # not for a single stage

    before = _planned(context, plan, targets)
    not_asked = _not_asked(context, plan, targets)
    if context.profile is not None:
        compile_before_jobs(plan, before, context.profile, run.events.parent)
    for entry in before:
        if entry.step == 1 and entry.state == "stale":
            check_input_of_patch(plan, entry.patch)
    clear_merged(plan, before)
    outcome = SnakemakeOutcome(0, ())
    planned = {entry.label: entry.reason for entry in before if entry.is_planned}
    if planned:
        run.note_reasons(planned)
        for line in reasons_in_lines(before):
            print(f"planned {line}", file=sys.stderr, flush=True)
        try:
            stages = tuple(dict.fromkeys(entry.stage for entry in before if entry.is_planned))
            request = _request(context, plan, targets, stages)
            if UNWRAP in {entry.stage for entry in before if entry.is_planned}:
                request = _in_parts(request, plan)
            outcome = run_snakemake(request, events=run.events)
        finally:
            recover_results(plan.root)  # where Snakemake was killed
            forget_parts(plan, targets_of(plan))
    if outcome.exit_code and all(job.status == "completed" for job in outcome.jobs):
        message = "; ".join(outcome.messages) or "its message is above"
        raise PystampsError(f"{plan.root}: Snakemake could not start the work: {message}")
    results = results_of_run(before, not_asked, plan.root, outcome.jobs)
    return PipelineReport(plan.root, with_replays(plan.replay, results))


def _request(
    context: PipelineContext,
    plan: WorkflowPlan,
    targets: Sequence[StageTarget],
    stages: tuple[str, ...],
) -> SnakemakeRequest:
    """Ask for the files of the stages of a run, and allow no other stages."""
    wanted = _wanted(context, targets)
    asked, rules = files_to_ask_for(wanted), _rules_of(wanted)
    return SnakemakeRequest(
        *(plan.config, asked, context.cores),
        allowed_rules=rules,
        profile=context.profile,
        has_jobs=True,
        stages=stages,
    )


def _in_parts(request: SnakemakeRequest, plan: WorkflowPlan) -> SnakemakeRequest:
    """Ask for stage 6 in as many jobs as the settings and the size of the data say."""
    profile = request.profile
    cores = request.cores or (cores_of_profile(profile) if profile else 1)
    count = number_of_parts(plan, cores=cores, is_cluster=profile is not None)
    if count == 1:
        return request
    rules = (*request.allowed_rules, *PART_RULES)
    return dataclasses.replace(request, unwrap_parts=count, allowed_rules=rules)


def _planned(
    context: PipelineContext, plan: WorkflowPlan, targets: Sequence[StageTarget]
) -> tuple[StatusEntry, ...]:
    """Give the state of the stages of a run as the run finds it; refuse what cannot work."""
    from pystamps.pipeline.preflight import (  # not for a single stage
        check_planned,
        refuse_unrecorded,
    )

    wanted = _wanted(context, targets)
    found = status_entries(plan, wanted, allowed_rules=_rules_of(wanted))
    planned = [entry for entry in found if entry.is_planned]
    if not context.replaces_unrecorded:
        refuse_unrecorded(plan, planned, wanted)
    check_planned(plan, planned)
    return found


def _rules_of(wanted: Sequence[StageTarget]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target.stage for target in wanted))


def _check_range(context: PipelineContext) -> None:
    """Refuse a range that is none."""
    start, end = context.start_step, context.end_step
    if not 1 <= start <= end <= 8:
        raise PystampsError(f"{start=}, {end=}: expected 1 <= start <= end <= 8")


def _refuse_empty(context: PipelineContext, targets: Sequence[StageTarget]) -> None:
    """Refuse a name that stands outside the range of steps."""
    if not _wanted(context, targets):
        raise PystampsError(
            f"--until {context.until}: none of its stages is in the range of steps "
            f"{context.start_step} to {context.end_step}; leave --start-step and --end-step out"
        )


def _last_step(context: PipelineContext, targets: Sequence[StageTarget]) -> int:
    """Give the last step that a run is asked for."""
    if not context.until:
        return context.end_step
    return max(1, *(target.step for target in _wanted(context, targets)))


def _check_before_planning(
    context: PipelineContext, plan: WorkflowPlan, targets: Sequence[StageTarget]
) -> None:
    """Refuse what cannot be right: of the data set, or of the export that it is prepared from."""
    from pystamps.pipeline.preflight import check_export, check_inputs  # not for a single stage

    if plan.preparation is None or plan.preparation.is_done:
        check_inputs(
            plan,
            targets,
            start_step=context.start_step,
            end_step=context.end_step,
            is_dry_run=context.dry_run,
        )
    else:
        check_export(plan.config)


def _wanted(context: PipelineContext, targets: Sequence[StageTarget]) -> list[StageTarget]:
    """Give the stages of a run in the order of the work; the preparation belongs to step 1."""
    if context.until:
        targets = targets_until(targets, context.until)
    steps = range(context.start_step, context.end_step + 1)
    wanted = [target for target in targets if max(1, target.step) in steps]
    return sorted(wanted, key=lambda target: target.step)


def _refuse_missing(context: PipelineContext, root: Path, targets: Sequence[StageTarget]) -> None:
    """Refuse a range whose stages need files that stages before it have not made yet."""
    unfinished = [target for target in _wanted(context, targets) if not target.is_there]
    needed = {name for target in unfinished for name in target.inputs}
    missing = [
        target
        for target in targets
        if max(1, target.step) < context.start_step
        and any(name in needed and not (root / name).is_file() for name in target.outputs)
    ]
    if missing:
        raise PystampsError(
            f"{root}: cannot start at step {context.start_step}, missing are "
            f"{some_of([target.label for target in missing])}; start at step "
            f"{max(1, min(target.step for target in missing))} or earlier"
        )


def _not_asked(
    context: PipelineContext, plan: WorkflowPlan, targets: Sequence[StageTarget]
) -> dict[str, tuple[str, ...]]:
    """Give the stages that wait for others before the range, and these."""
    if context.start_step == 1:
        return {}
    asked = {target.label for target in _wanted(context, targets)}
    entries = status_entries(plan, [t for t in targets if t.step <= context.end_step])
    found = {e.label: tuple(x for x in e.waits_for if x not in asked) for e in entries}
    return {label: waits_for for label, waits_for in found.items() if waits_for}
