"""Entry point of stage 4."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.model import Height, Phase, Pixels
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.entry.selected_inputs import (
    read_of_candidates,
    read_of_selected,
    read_selected_rows,
    rows_of_candidates,
)
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.triangle_runner import chosen_triangulation
from pystamps.pipeline.types import StageResult
from pystamps.rows import chosen_rows
from pystamps.stages.stage4_weed import SelectedPixels, WeedResult, weed_pixels


def stage4_weed_ps(patch: Path, config: RunConfig) -> StageResult:
    """Weed the selected pixels of a patch: write ``weed1.mat``.

    Parameters
    ----------
    patch : Path
    config : RunConfig

    Returns
    -------
    StageResult
        Its counts say how many pixels each step has dropped.

    Raises
    ------
    PystampsError
        Inputs are missing or inconsistent, or an option is not supported.

    Notes
    -----
    StaMPS writes the files of generation 2 here as well; in pySTAMPS they belong to
    ``stage5_correct``, which makes them from the masks.
    """
    with stage_job("stage4_weed", patch, config, generation=CANDIDATES) as job:
        pixels = _read_selected(job)
        result = weed_pixels(
            pixels,
            job.parameters,
            compat=config.compat,
            triangulate=chosen_triangulation(job),
            noise_budget_mb=config.runtime.memory_budget_mb // 2,
            choice=config.kernel_choice,
        )
        job.write(result.weeding, CANDIDATES)
        kept = int(np.count_nonzero(result.weeding.ix_weed))
        job.counts = {"selected": pixels.line.size, **result.dropped, "kept": kept}
        job.is_empty = kept == 0
        job.details = _reason_of_nothing(result) if job.is_empty else ""
    return job.result


def _read_selected(job: StageJob) -> SelectedPixels:
    """Read generation 1, reduced to the pixels that stage 3 has kept."""
    pixels = job.read(Pixels, CANDIDATES)
    sizes = job.sizes(pixels, CANDIDATES)
    selected = read_selected_rows(job, sizes)
    rows = selected.rows
    ph = rows_of_candidates(job, Phase, "ph", sizes)
    coh_ps, k_ps, c_ps = (
        read_of_selected(job, name, selected) for name in ("coh_ps2", "k_ps2", "c_ps2")
    )
    hgt = None
    has_heights = job.path(Height, CANDIDATES).is_file()
    if job.parameters.weed_zero_elevation and has_heights:
        hgt = read_of_candidates(job, Height, "hgt", sizes)[rows]
    return SelectedPixels(
        line=pixels.ij[rows, 1].astype(np.int64),
        sample=pixels.ij[rows, 2].astype(np.int64),
        xy=pixels.xy[rows, 1:],
        coh_ps=coh_ps,
        k_ps=k_ps,
        c_ps=c_ps,
        ph=chosen_rows(ph, rows),
        interferograms=pixels.interferograms,
        hgt=hgt,
    )


def _reason_of_nothing(result: WeedResult) -> str:
    """Say why no pixel is left."""
    ps_std = result.weeding.ps_std
    if not ps_std.size:
        return "no pixel was left before the noise step"
    return (
        f"0 of {ps_std.size} pixels left after noise weeding; smallest ps_std = "
        f"{ps_std.min():.3g} rad, smallest ps_max = {result.weeding.ps_max.min():.3g} rad"
    )
