"""Files that the merge has taken over, where only what is needed is kept (storage.keep: needed).

Snakemake deletes them when stage 5 has merged them: in the rules they are ``temp``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import StatusEntry
from pystamps.stage_table import stage_named

_MERGE = stage_named("stage5_merge").name


def clear_merged(plan: WorkflowPlan, entries: Sequence[StatusEntry]) -> None:
    """Delete what a run that was killed after the merge has left; nothing is asked for again.

    Parameters
    ----------
    plan : WorkflowPlan
    entries : sequence of StatusEntry
        States of the stages of a run, as it finds them.
    """
    if not any(entry.stage == _MERGE and not entry.is_planned for entry in entries):
        return
    for entry in entries:
        if plan.is_passed_on(entry.stage) and not entry.is_planned:
            for name in entry.outputs:
                (plan.root / name).unlink(missing_ok=True)


def loss_in_words(keep: str, planned: Collection[str]) -> str:
    """Say what a run will not keep; empty where it keeps all.

    Parameters
    ----------
    keep : str
        Setting ``storage.keep``.
    planned : collection of str
        Names of the stages that would run.
    """
    stages = map(stage_named, planned)
    concerned = [stage for stage in stages if stage.storage and not stage.is_before_phase]
    if keep == "all" or not concerned:
        return ""
    return (
        f"storage.keep: {keep}: files of patches after stage 5 go when they are merged, and what "
        "no later stage reads is not kept; to have it after all, stages 2 to 8 run again with "
        "storage.keep: all"
    )
