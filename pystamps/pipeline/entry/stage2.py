"""Entry point of stage 2."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.model import Incidence, LookAngle
from pystamps.parameter_checks import require_finite
from pystamps.pipeline.entry.candidate_inputs import GENERATION, read_candidate_stack
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.stages.stage2_gamma import Candidates, estimate_gamma, mean_incidence

log = logging.getLogger(__name__)


def stage2_estimate_gamma(patch: Path, config: RunConfig) -> StageResult:
    """Estimate the phase stability of the candidates of a patch: write ``pm1.mat``.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it.
    config : RunConfig

    Returns
    -------
    StageResult
        Empty when no candidate has a coherence.

    Raises
    ------
    PystampsError
        Inputs are missing, inconsistent or not finite.

    Notes
    -----
    StaMPS ``ps_est_gamma_quick``.
    """
    with stage_job("stage2_gamma", 2, patch, config, generation=GENERATION) as job:
        require_finite(job.parameters, "lambda")
        candidates = _read_candidates(job)
        with job.progress("search, candidates of all iterations") as progress:
            noise = estimate_gamma(
                candidates,
                job.parameters,
                compat=config.compat,
                memory_budget_mb=config.runtime.memory_budget_mb,
                choice=config.kernel_choice,
                progress=progress,
            )
        job.write(noise, GENERATION)
        coherent = int(np.count_nonzero(noise.coh_ps > 0))
        job.counts = {
            "candidates": noise.coh_ps.size,
            "coherent": coherent,
            "iterations": noise.i_loop,
        }
        job.is_empty = coherent == 0
        if job.is_empty:
            job.details = "no coherent candidates in the patch"
            log.warning("%s: %s", job.directory, job.details)
    return job.result


def _read_candidates(job: StageJob) -> Candidates:
    stack = read_candidate_stack(job)
    incidence = job.read_optional(Incidence, GENERATION)
    look = job.read_optional(LookAngle, GENERATION)
    return Candidates(
        xy=stack.pixels.xy[:, 1:],
        ph=stack.ph,
        bperp=stack.bperp,
        bperp_mat=stack.bperp_mat,
        d_a=np.ones(stack.pixels.n_ps) if stack.d_a is None else stack.d_a,
        incidence=mean_incidence(
            None if incidence is None else incidence.inc, None if look is None else look.la
        ),
    )
