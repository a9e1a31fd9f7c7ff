"""Entry point of stage 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.config import RunConfig
from pystamps.io.artifacts import check_shape, read_fields
from pystamps.model import PhaseNoise, Pixels, Selection
from pystamps.pipeline.entry.candidate_inputs import (
    CandidateStack,
    read_candidate_stack,
)
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.kept_variables import require_residual
from pystamps.pipeline.types import StageResult
from pystamps.stages.filter_grid import inner_window
from pystamps.stages.reestimation import BOOTSTRAP_SEED
from pystamps.stages.stage3_select import (
    AS_BEFORE,
    FROM_EARLIER,
    REEST_FLAGS,
    SELECTED_AGAIN,
    RatedCandidates,
    Stability,
    reest_flag_of,
    select_pixels,
)


def stage3_select_ps(
    patch: Path, config: RunConfig, *, reest_flag: int | None = None
) -> StageResult:
    """Select the pixels of stable phase of a patch: write ``select1.mat``.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it.
    config : RunConfig
    reest_flag : int, optional
        One of :data:`~pystamps.stages.stage3_select.REEST_FLAGS`; None = as the parameters say.

    Returns
    -------
    StageResult
        Empty when no pixel is kept.

    Raises
    ------
    PystampsError
        Inputs are missing or inconsistent.

    Notes
    -----
    StaMPS ``ps_select``.
    """
    with stage_job("stage3_select", patch, config, generation=CANDIDATES) as job:
        flag = reest_flag_of(job.parameters) if reest_flag is None else reest_flag
        candidates = _read_candidates(job, flag)
        earlier = None
        if flag == FROM_EARLIER:
            sizes = job.sizes(job.read(Pixels, CANDIDATES), CANDIDATES)
            earlier = job.read_optional(Selection, CANDIDATES, sizes=sizes)
        with job.progress("filter, windows") as progress:
            selection = select_pixels(
                candidates,
                job.parameters,
                reest_flag=flag,
                earlier=earlier,
                compat=config.compat,
                memory_budget_mb=config.runtime.memory_budget_mb,
                choice=config.kernel_choice,
                progress=progress,
            )
        if job.parameters.gamma_stdev_reject > 0:
            job.seeds["bootstrap"] = BOOTSTRAP_SEED
        job.write(selection, CANDIDATES)
        kept = int(np.count_nonzero(selection.keep_ix))
        job.counts = {
            "candidates": candidates.stability.coh_ps.size,
            "selected": selection.ix.size,
            "kept": kept,
        }
        job.is_empty = kept == 0
        job.details = _details(selection)
        if flag not in (SELECTED_AGAIN, AS_BEFORE):
            job.details += f"; {REEST_FLAGS[flag]}"
    return job.result


def _details(selection: Selection) -> str:
    """Say which threshold was used."""
    low, high = selection.coh_thresh.min(initial=1.0), selection.coh_thresh.max(initial=0.0)
    if low > high:
        return "no candidate above the threshold on coherence"
    return f"threshold on coherence {low:.3f}" + (f" to {high:.3f}" if high > low else "")


def _read_candidates(job: StageJob, reest_flag: int) -> RatedCandidates:
    stack = read_candidate_stack(job)
    return RatedCandidates(
        xy=stack.pixels.xy[:, 1:],
        ph=stack.ph,
        bperp_mat=stack.bperp_mat,
        d_a=stack.d_a,
        interferograms=stack.interferograms,
        stability=_read_stability(job, stack, reest_flag),
    )


def _read_stability(job: StageJob, stack: CandidateStack, reest_flag: int) -> Stability:
    """Read of ``pm1`` what the parameters ask for, and check that it belongs to ``ps1``."""
    path = job.path(PhaseNoise, CANDIDATES)
    again = reest_flag != AS_BEFORE
    wanted = ["k_ps", "c_ps", "coh_ps", "grid_ij", "low_pass", "n_trial_wraps", "nr"]
    wanted += ["ph_grid"] if again else ["ph_patch"]
    wanted += ["ph_res"] if not again or job.parameters.gamma_stdev_reject > 0 else []
    found = read_fields(PhaseNoise, wanted, path, job.sizes(stack.pixels, CANDIDATES))
    if "ph_res" in found:
        require_residual(path, found["ph_res"], stack.pixels.n_ps)
    if again and stack.pixels.n_ps:
        n_i, n_j = _grid_shape(found)
        check_shape(path, "ph_grid", found["ph_grid"], (n_i, n_j, stack.ph.shape[1]))
    return Stability(**found)


def _grid_shape(found: dict[str, Any]) -> tuple[int, int]:
    """Give the cells that the candidates cover, or what stage 2 made of too few of them."""
    frame = inner_window(len(found["low_pass"]))
    cells = found["grid_ij"].max(axis=0, initial=-1) + 1
    n_i, n_j = (
        max(int(n), frame) if stored == frame else int(n)
        for n, stored in zip(cells, found["ph_grid"].shape[:2], strict=True)
    )
    return n_i, n_j
