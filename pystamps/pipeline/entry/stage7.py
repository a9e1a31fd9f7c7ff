"""Entry point of stage 7."""

from __future__ import annotations

from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.model import Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import (
    read_all_baselines,
    read_ifg_std,
    read_unwrapped_phase,
)
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.triangle_runner import chosen_triangulation
from pystamps.pipeline.types import StageResult
from pystamps.stages.network import delaunay_edges
from pystamps.stages.stage7_scla import SclaInput, clip_outliers, estimate_look_angle_error


def stage7_calc_scla(root: Path, config: RunConfig) -> StageResult:
    """Estimate the look-angle error of the merged pixels.

    Writes ``scla2`` and ``scla_smooth2``; earlier ones are replaced. Files of StaMPS that the
    new result makes outdated (``mv2.mat``) are reported, not deleted.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    StageResult
    """
    with stage_job("stage7_scla", root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        # the triangulation needs most memory: before anything else is read
        x, y = pixels.xy[:, 1:].T
        arcs = delaunay_edges(x, y, triangulate=chosen_triangulation(job))
        stack = SclaInput(
            pixels=pixels,
            ph_uw=read_unwrapped_phase(job, pixels),
            bperp=read_all_baselines(job, pixels),
            ifg_std_deg=read_ifg_std(job, pixels),
            deramp_degree=read_deramp_degree(job.directory),
        )
        scla = estimate_look_angle_error(
            stack,
            job.parameters,
            chunk_ps=config.runtime.stage7_chunk_ps,
            choice=config.kernel_choice,
        )
        job.write(scla, SELECTED)
        job.write(clip_outliers(scla, arcs, bperp=stack.bperp), SELECTED)
        job.counts = {"pixels": pixels.n_ps, "arcs": len(arcs)}
        job.is_empty = pixels.n_ps == 0
        job.details = _outdated(job)
    return job.result


def _outdated(job: StageJob) -> str:
    """Name the file that StaMPS would delete now."""
    if not (job.directory / "mv2.mat").is_file():
        return ""
    return "mv2.mat belongs to the earlier look-angle error; make it again or delete it"
