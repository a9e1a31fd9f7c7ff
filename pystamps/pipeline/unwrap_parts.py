"""Interferograms of stage 6 as jobs of their own: how many jobs, their files, and their traces.

One job makes grid, arcs and expected differences; each of the parts unwraps every n-th
interferogram and keeps the maps where an interrupted stage 6 would have kept them
(:mod:`pystamps.pipeline.kept_unwrapping`); stage 6 itself finds them there and unwraps nothing.
So its results are those of one job, bit for bit, and what has ended of a run that was killed stays.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pystamps.errors import ParameterError
from pystamps.pipeline.job_records import note_stage, records_of
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.stage_table import UNWRAP, stage_named

PARTS_VARIABLE = "PYSTAMPS_UNWRAP_PARTS"
"""Variable of the environment that tells the rules into how many jobs stage 6 is divided.

No setting: whoever asks for the state of a data set later shall not see other inputs.
"""

UNWRAP_PARTS = Path(".pystamps", "stage6", "parts")
"""Folder of what the jobs share; stage 6 takes it away in its end."""

NETWORK = UNWRAP_PARTS / "network.json"
"""Written when grid, arcs and expected differences lie beside it."""

PART_RULES = ("stage6_grid", "stage6_part")

_MOST_PARTS = 500
_SECONDS_PER_HOUR = 3600


def number_of_parts(plan: WorkflowPlan, *, cores: int, is_cluster: bool) -> int:
    """Give into how many jobs the interferograms of stage 6 are divided; 1 = not at all.

    Parameters
    ----------
    plan : WorkflowPlan
    cores : int
        Of a job.
    is_cluster : bool
        Jobs run on other machines. On one machine one job unwraps as many at a time already.

    Returns
    -------
    int
        ``runtime.unwrap_jobs``; where that is 0, on a cluster one for every full hour that stage 6
        is expected to take on the cores of one job.
    """
    wanted = plan.config.runtime.unwrap_jobs
    if wanted or not is_cluster:
        return max(1, wanted)
    hours = stage_named(UNWRAP).cost.seconds(plan.samples("")) / _SECONDS_PER_HOUR
    return min(_MOST_PARTS, max(1, int(hours / max(1, cores))))


def parts_asked_for() -> tuple[str, ...]:
    """Give the files of the parts that the rules of this process wait for; empty = no parts.

    Raises
    ------
    ParameterError
        The variable holds no number.
    """
    text = os.environ.get(PARTS_VARIABLE, "1")
    if not text.isdecimal():
        raise ParameterError(f"{PARTS_VARIABLE}={text!r}: expected a number; unset the variable")
    count = int(text)
    return tuple(part_file(n, count) for n in range(1, count + 1)) if count > 1 else ()


def part_file(part: int | str, count: int | str) -> str:
    """Give the file that says that a part is done, relative to the root."""
    return str(UNWRAP_PARTS / f"part_{part}_of_{count}.json")


def forget_parts(plan: WorkflowPlan, targets: Sequence[StageTarget]) -> None:
    """See that the records of stage 6 name its own inputs only, however it was divided.

    Snakemake compares them with the inputs of the rule, and would run the stage again.
    """
    for target in targets:
        if target.stage != UNWRAP or not target.is_there:
            continue
        known = records_of(plan.root, target.outputs)
        inputs = {name for record in known for name in record.inputs or ()}
        if any(name.startswith(f"{UNWRAP_PARTS}/") for name in inputs):
            settings = plan.settings(target.stage, target.patch)
            note_stage(plan.root, target.outputs, settings=settings, inputs=target.inputs)
