"""On a cluster one job compiles the kernels before the jobs of many patches need them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pystamps.errors import PystampsError
from pystamps.pipeline.cluster_start import COMPILE_RULE
from pystamps.pipeline.driver import SnakemakeRequest, run_snakemake
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import StatusEntry
from pystamps.stage_table import stage_named

_FEW_PATCHES = 1
"""So many patches compile what they need themselves: no other job would wait for them."""


def compile_before_jobs(
    plan: WorkflowPlan, entries: Sequence[StatusEntry], profile: Path, folder: Path
) -> None:
    """Send the job that compiles the kernels, and wait for it, where many patches would start.

    Parameters
    ----------
    plan : WorkflowPlan
    entries : sequence of StatusEntry
        State of the stages of the run.
    profile : Path
        Folder of the profile of the cluster.
    folder : Path
        Folder of the run, which its jobs see too.

    Raises
    ------
    PystampsError
        The job could not be sent, or it failed.
    """
    patches = {
        entry.patch
        for entry in entries
        if entry.is_planned and entry.patch and stage_named(entry.stage).has_device_kernels
    }
    if len(patches) <= _FEW_PATCHES:
        return
    request = SnakemakeRequest(
        plan.config, (COMPILE_RULE,), 0, allowed_rules=(COMPILE_RULE,), profile=profile
    )
    outcome = run_snakemake(request, events=folder / "compiling.jsonl")
    if outcome.exit_code:
        said = "; ".join(outcome.messages) or "its message is above"
        raise PystampsError(
            f"{plan.root}: the kernels could not be compiled before the jobs start: {said} (log "
            f"logs/{COMPILE_RULE}.log); nothing else has been sent"
        )
