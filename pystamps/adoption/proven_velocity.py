"""Which value type a ``mean_v.mat`` holds that no record is about: computed again and compared.

``ps_plot`` of StaMPS leaves there what was plotted last, under one name and in one variable.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import artifact_name, read_artifact
from pystamps.model import MeanVelocity
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.mean_velocity import velocity_of_job, velocity_of_pairs_of_job
from pystamps.pipeline.job import StageJob
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import StageTarget
from pystamps.products.phase import COUNTED_TWICE
from pystamps.stage_table import stage_named

_SAME_MM_YR = 0.01
"""Difference of two velocities that rounding explains: a hundredth of what people look at."""
_LETTERS = "dmaos"
OF_PAIRS = "vsb"
"""Velocity from the pairs of small baselines, as plots call it; StaMPS says ``v`` there, and ``V``
for that of the images."""
_DAYS_PER_YEAR = 365.25


def held_value_type(plan: WorkflowPlan, target: StageTarget) -> str:
    """Tell what kind of velocity lies in a data set.

    Parameters
    ----------
    plan : WorkflowPlan
    target : StageTarget
        Of the velocity.

    Returns
    -------
    str
        Value type of StaMPS, the one of the workflow first, of small baselines those of the pairs
        (``vsb-d``) last; empty when it is none of them with these results and parameters.
    """
    stage = stage_named(target.stage)
    job = StageJob(stage, plan.root, plan.root, plan.config)
    path = plan.root / artifact_name(MeanVelocity)
    try:
        found = read_artifact(MeanVelocity, path).m
    except ArtifactError:
        return ""
    kinds = _value_types(plan.config.products.mean_velocity_type)
    for value_type in kinds:
        if _is_same(found, _velocity(job, value_type, velocity_of_job), job.parameters):
            return value_type
    if not job.parameters.small_baseline_flag:
        return ""
    for value_type in (kind for kind in kinds if not {*"ms"} & {*kind}):
        if _is_same(found, _velocity(job, value_type, velocity_of_pairs_of_job), job.parameters):
            return value_type.replace("v", OF_PAIRS, 1)
    return ""


def _velocity(
    job: StageJob, value_type: str, compute: Callable[[StageJob, str], MeanVelocity]
) -> FloatArray | None:
    """Compute a velocity of the workflow's results; None where a part of it is not there."""
    try:
        return compute(job, value_type).m
    except (ArtifactError, ParameterError):
        return None


def _value_types(first: str) -> list[str]:
    """Give all value types of velocities, that of the workflow first, then simple ones."""
    parts = (c for n in range(len(_LETTERS) + 1) for c in itertools.combinations(_LETTERS, n))
    possible = (p for p in parts if "a" not in p or COUNTED_TWICE.keys().isdisjoint(p))
    kinds = [f"v-{''.join(letters)}" if letters else "v" for letters in possible]
    return [first, *(kind for kind in kinds if kind != first)]


def _is_same(found: FloatArray, computed: FloatArray | None, parameters: Parameters) -> bool:
    """Compare the slopes, in mm/yr toward the satellite."""
    if computed is None or found.shape != computed.shape:
        return False
    scale = _DAYS_PER_YEAR * 1000 * parameters.lambda_ / (4 * math.pi)
    return bool(
        np.allclose(found[1] * scale, computed[1] * scale, rtol=0, atol=_SAME_MM_YR, equal_nan=True)
    )
