"""Entry point of stage 2."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.model import Incidence, LookAngle, PhaseNoise, Pixels
from pystamps.parameters.checks import require_finite
from pystamps.pipeline.entry.candidate_inputs import (
    CandidateStack,
    read_candidate_stack,
)
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.entry.grid_memory import require_grid_memory
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.kept_variables import keeps_needed_only, needed_noise
from pystamps.pipeline.types import StageResult
from pystamps.rows import row_blocks
from pystamps.stages.gamma_restart import GammaRestart
from pystamps.stages.random_reference import SEED as RANDOM_SEED
from pystamps.stages.stage2_gamma import GammaInput, estimate_gamma, mean_incidence

log = logging.getLogger(__name__)

_BYTES_PER_CELL = 16
"""The grid and the filtered grid, single complex."""


def stage2_estimate_gamma(patch: Path, config: RunConfig, *, restart_flag: int = 0) -> StageResult:
    """Estimate the phase stability of the candidates of a patch: write ``pm1.mat``.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it.
    config : RunConfig
    restart_flag : int, optional
        As in StaMPS: 0 = from the beginning, 1 = iterations that follow those of the ``pm1.mat``
        that is there, 2 = only the phase of the neighbourhood, with its estimates.

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
                restart=_restart(job, stack, restart_flag),
                memory_budget_mb=config.runtime.memory_budget_mb,
                choice=config.kernel_choice,
                progress=progress,
            )
        job.seeds["random reference"] = RANDOM_SEED
        is_needed_kept = keeps_needed_only(config)
        job.write(needed_noise(noise, job.parameters) if is_needed_kept else noise, CANDIDATES)
        coherent = int(np.count_nonzero(noise.coh_ps > 0))
        job.counts = {
            "candidates": noise.coh_ps.size,
            "coherent": coherent,
            "iterations": noise.i_loop,
        }
        job.is_empty = coherent == 0
        notes = [f"restarted (restart_flag {restart_flag})"] if restart_flag else []
        notes += ["no coherent candidates in the patch"] if job.is_empty else []
        notes += _without_phase(stack)
        job.details = "; ".join(notes)
        if job.is_empty or _without_phase(stack):
            log.warning("%s: %s", job.directory, job.details)
    return job.result


def _restart(job: StageJob, stack: CandidateStack, restart_flag: int) -> GammaRestart | None:
    """Read the result that the iterations go on from."""
    if not restart_flag:
        return None
    path = job.path(PhaseNoise, CANDIDATES)
    if not path.is_file():
        raise ArtifactError(
            f"{path}: file is missing; --restart-flag goes on from it, run stage 2 without"
        )
    noise = job.read(PhaseNoise, CANDIDATES, sizes=job.sizes(stack.pixels, CANDIDATES))
    return GammaRestart(noise, is_searched=restart_flag == 1)


def _candidates(job: StageJob, stack: CandidateStack) -> GammaInput:
    incidence = job.read_optional(Incidence, CANDIDATES)
    look = job.read_optional(LookAngle, CANDIDATES)
    return GammaInput(
        xy=stack.pixels.xy[:, 1:],
        ph=stack.ph,
        bperp_mat=np.asarray(stack.bperp_mat),
        d_a=np.ones(stack.pixels.n_ps) if stack.d_a is None else stack.d_a,
        incidence=mean_incidence(
            None if incidence is None else incidence.inc, None if look is None else look.la
        ),
        interferograms=stack.interferograms,
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
