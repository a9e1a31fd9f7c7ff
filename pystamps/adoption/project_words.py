"""What a project is that is taken over, what is done of it, and with what the next run goes on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget, targets_of
from pystamps.stage_table import position, stage_named


def project_in_words(plan: WorkflowPlan) -> str:
    """Say what a data set is: ``snap, small baselines, 2 patches``."""
    parts = [plan.root_parameters.insar_processor, plan.mode]
    if plan.dataset.is_combined:
        parts.append("merged, without patches")
    else:
        parts.append(f"{len(plan.patches)} patch{'es' if len(plan.patches) > 1 else ''}")
    return ", ".join(parts)


def names_of_done(targets: Sequence[StageTarget], patches: Sequence[str]) -> list[str]:
    """Name stages in the order of the work; those of some patches only patch by patch."""
    found = []
    for name in sorted({target.stage for target in targets}, key=position):
        here = [target for target in targets if target.stage == name]
        is_whole = stage_named(name).scope == "merged" or len(here) == len(patches)
        found += [name] if is_whole else [target.label for target in here]
    return found


def first_unfinished(plan: WorkflowPlan, remade: Collection[str]) -> dict[str, list[str]]:
    """Give the stages that nothing but themselves holds up, and their files that are missing.

    Parameters
    ----------
    plan : WorkflowPlan
    remade : collection of str
        Stages, with their patch, whose files lie there and are made again all the same.

    Returns
    -------
    dict of str to list of str
        Missing files by stage and patch.
    """
    unfinished = [
        target
        for target in targets_of(plan)
        if target.step and not target.is_empty and (target.label in remade or not target.is_there)
    ]
    waiting = {name for target in unfinished for name in target.outputs}
    return {
        target.label: [name for name in target.outputs if not (plan.root / name).is_file()]
        for target in unfinished
        if not waiting & {*target.inputs}
    }
