"""Patches that travel together as one job of a cluster.

The group of a job is its patch, because a scheduler shows it. Snakemake joins only groups of one
name, so that the patches of one job need a common one: ``PATCH_1+19`` is the first of twenty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

PATCHES_OF_JOB = "patch"
"""Name under which ``--group-components`` says how many patches travel together."""


def batches_of_patches(patches: Sequence[str], most: int) -> dict[str, str]:
    """Give the name of the job of every patch.

    Parameters
    ----------
    patches : sequence of str
        Those that are to run.
    most : int
        Of one job.

    Returns
    -------
    dict
        Of a job with several patches the first one and how many more there are: ``PATCH_1+19``.
    """
    batches = [patches[start : start + most] for start in range(0, len(patches), most)]
    return {
        patch: batch[0] + (f"+{len(batch) - 1}" if len(batch) > 1 else "")
        for batch in batches
        for patch in batch
    }


def patch_groups(workflow: Any, patches: Sequence[str]) -> Callable[[Any], str | None]:
    """Give the function by which Snakemake names the group of a job of stages 1 to 5.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
        ``--group-components patch=20``, or its profile, says how many patches travel together.
    patches : sequence of str
        Of the data set.

    Returns
    -------
    callable
        Given the wildcards: the name of the group; None where nothing is said about patches, as on
        one machine.
    """

    @cache
    def names() -> dict[str, str]:
        """Count those patches only that are to run, which is known when the first job asks."""
        running = {job.wildcards_dict.get("patch") for job in workflow.dag.needrun_jobs()}
        most = workflow.group_settings.group_components[PATCHES_OF_JOB]
        return batches_of_patches([patch for patch in patches if patch in running], most)

    def group_of_patch(wildcards: Any) -> str | None:
        if PATCHES_OF_JOB not in workflow.group_settings.group_components:
            return None
        patch = wildcards.get("patch", PATCHES_OF_JOB)  # the root may be the only patch
        name: str = names().get(patch, patch)
        workflow.parent_groupids[name] = PATCHES_OF_JOB  # where Snakemake looks how many it joins
        return name

    return group_of_patch
