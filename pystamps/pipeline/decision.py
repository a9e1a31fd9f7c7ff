"""What Snakemake would run, and its reasons: the one decision that status and runs share.

It is foreseen where that is certain (:mod:`pystamps.pipeline.foreseen`). Otherwise it is asked for:
a dry run of the workflow, with the files of all stages as targets, as
:func:`pystamps.pipeline.stages.run_pipeline` asks for them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.installation import refuse_version_faults
from pystamps.io.own_places import refuse_links
from pystamps.io.seen_files import SeenFiles
from pystamps.pipeline.child_environment import refuse_planted_modules
from pystamps.pipeline.driver import SnakemakeRequest, run_snakemake
from pystamps.pipeline.foreseen import foreseen_causes, is_decision_known
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.schedule import refuse_missing_device
from pystamps.pipeline.stand_in import stand_in_for
from pystamps.pipeline.targets import StageTarget
from pystamps.pipeline.types import Cause
from pystamps.stage_table import PREPARATION

_NEWER = "Updated input files"
_BEHIND = "Input files updated by another job"
_CAUSES = {
    "Missing output files": "missing",
    "Forced execution": "unfinished",  # files of a job that was killed; nothing else is forced
    "Incomplete output files": "unfinished",
    "Set of input files has changed": "inputs",
    "Params have changed": "settings",
}


def cause_of(reason: str, inputs: Collection[str]) -> Cause:
    """Read the reason of a planned job as Snakemake 9 words it.

    Parameters
    ----------
    reason : str
    inputs : collection of str
        Files that the job reads.
    """
    parts = reason.split("; ")
    found = {word for part in parts for text, word in _CAUSES.items() if part.startswith(text)}
    newer = {
        name
        for part in parts
        if part.startswith(_NEWER)
        for name in part.partition(": ")[2].split(", ")
    }
    return Cause(
        "missing" in found,
        "unfinished" in found,
        "inputs" in found,
        "settings" in found,
        tuple(name for name in inputs if name in newer),
        any(part.startswith(_BEHIND) for part in parts),
    )


def files_to_ask_for(targets: Sequence[StageTarget]) -> tuple[str, ...]:
    """Give the files that a run of some stages asks for.

    The preparation runs only if needed, and so do stages whose files go when they are read.
    """
    asked = (t for t in targets if t.stage != PREPARATION.name and not t.is_passed_on)
    return tuple(dict.fromkeys(name for target in asked for name in target.outputs))


def planned_causes(
    plan: WorkflowPlan,
    targets: Sequence[StageTarget],
    *,
    allowed_rules: Sequence[str] = (),
    seen: SeenFiles | None = None,
) -> dict[StageTarget, Cause]:
    """Tell which stages Snakemake would run, and why.

    Parameters
    ----------
    plan : WorkflowPlan
    targets : sequence of StageTarget
        Stages whose files are asked for, and all that come before them; only the former where
        ``allowed_rules`` are theirs.
    allowed_rules : sequence of str
        Only these rules may run; empty = all.
    seen : SeenFiles, optional
        Files of the data set, where somebody has looked at them for the same answer.

    Returns
    -------
    dict of StageTarget to Cause
        Planned stages in the order of ``targets``.

    Raises
    ------
    PystampsError
        What would refuse a run, or Snakemake can make no plan.
    """
    if is_decision_known():
        _refuse_as_snakemake_would(plan)
        found = foreseen_causes(plan.root, targets, settings=plan.settings, seen=seen)
        if found is not None:
            return found
    return causes_of_snakemake(plan, targets, allowed_rules=allowed_rules)


def _refuse_as_snakemake_would(plan: WorkflowPlan) -> None:
    """Refuse what the rules refuse when Snakemake reads them."""
    refuse_version_faults()
    refuse_planted_modules(plan.root, Path.cwd())
    refuse_missing_device(plan.config.runtime)
    refuse_links(plan.root, plan.patches)


def causes_of_snakemake(
    plan: WorkflowPlan, targets: Sequence[StageTarget], *, allowed_rules: Sequence[str] = ()
) -> dict[StageTarget, Cause]:
    """Ask Snakemake which stages it would run, and why; as :func:`planned_causes`."""
    with stand_in_for(plan.root, plan.patches) as stand_in:
        outcome = run_snakemake(
            SnakemakeRequest(
                plan.config,
                files_to_ask_for(targets),
                dry_run=True,
                allowed_rules=tuple(allowed_rules),
                stand_in=stand_in,
            )
        )
    if outcome.exit_code:
        message = "; ".join(outcome.messages)
        raise PystampsError(f"{plan.root}: Snakemake cannot plan the work: {message}")
    reasons: Mapping[tuple[str, str], str] = {(j.rule, j.patch): j.reason for j in outcome.jobs}
    return {
        target: cause_of(reasons[target.stage, target.patch], target.inputs)
        for target in targets
        if (target.stage, target.patch) in reasons
    }
