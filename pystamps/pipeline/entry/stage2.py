"""Entry point of stage 2."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.model import Incidence, LookAngle, Pixels
from pystamps.parameters.checks import require_finite
from pystamps.pipeline.entry.candidate_inputs import (
    CandidateStack,
    read_candidate_stack,
)
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.entry.grid_memory import require_grid_memory
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.rows import row_blocks
from pystamps.stages.random_reference import SEED as RANDOM_SEED
from pystamps.stages.stage2_gamma import GammaInput, estimate_gamma, mean_incidence

log = logging.getLogger(__name__)

_BYTES_PER_CELL = 16
"""The grid and the filtered grid, single complex."""


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
    with stage_job("stage2_gamma", patch, config, generation=CANDIDATES) as job:
        require_finite(job.parameters, "lambda")
        stack = read_candidate_stack(job)
        candidates = _candidates(job, stack)
        require_grid_memory(
            job.path(Pixels, CANDIDATES),
            candidates.xy,
            cell_m=job.parameters.filter_grid_size,
            parameter="filter_grid_size",
            bytes_per_cell=_BYTES_PER_CELL * candidates.bperp.size,
        )
        with job.progress("search, candidates of all iterations") as progress:
            noise = estimate_gamma(
                candidates,
                job.parameters,
                compat=config.compat,
                memory_budget_mb=config.runtime.memory_budget_mb,
                choice=config.kernel_choice,
                progress=progress,
            )
        job.seeds["random reference"] = RANDOM_SEED
        job.write(noise, CANDIDATES)
        coherent = int(np.count_nonzero(noise.coh_ps > 0))
        job.counts = {
            "candidates": noise.coh_ps.size,
            "coherent": coherent,
            "iterations": noise.i_loop,
        }
        job.is_empty = coherent == 0
        notes = ["no coherent candidates in the patch"] if job.is_empty else []
        job.details = "; ".join(notes + _without_phase(stack))
        if job.details:
            log.warning("%s: %s", job.directory, job.details)
    return job.result


def _candidates(job: StageJob, stack: CandidateStack) -> GammaInput:
    incidence = job.read_optional(Incidence, CANDIDATES)
    look = job.read_optional(LookAngle, CANDIDATES)
    return GammaInput(
        xy=stack.pixels.xy[:, 1:],
        ph=stack.ph,
        bperp=stack.interferograms.observed_bperp,
        bperp_mat=np.asarray(stack.bperp_mat),
        d_a=np.ones(stack.pixels.n_ps) if stack.d_a is None else stack.d_a,
        incidence=mean_incidence(
            None if incidence is None else incidence.inc, None if look is None else look.la
        ),
    )


def _without_phase(stack: CandidateStack) -> list[str]:
    """Say how many candidates cannot be used because an interferogram has no phase there."""
    without, in_column = 0, np.zeros(stack.ph.shape[1], dtype=np.int64)
    for rows in row_blocks(stack.ph):
        is_null = stack.ph[rows] == 0
        without += int(np.count_nonzero(is_null.any(axis=1)))
        in_column += np.count_nonzero(is_null, axis=0)
    if not without:
        return []
    column = stack.interferograms.observed[np.argmax(in_column)]
    return [
        f"{without} of {len(stack.ph)} candidates lack phase, most of them in "
        f"{stack.interferograms.name_of(column)}"
    ]
