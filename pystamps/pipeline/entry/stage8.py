"""Entry point of stage 8."""

from __future__ import annotations

from pathlib import Path

from pystamps.config import RunConfig
from pystamps.model import Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import (
    read_look_angle_error,
    read_unwrapped_phase,
)
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.space_time import space_time_for_publishing
from pystamps.pipeline.types import StageResult
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise
from pystamps.stages.variogram import VARIOGRAM_SEED


def stage8_filter_scn(root: Path, config: RunConfig) -> StageResult:
    """Estimate the spatially correlated noise; publish the arcs of the unwrapping.

    Writes ``scn2`` and, last, ``uw_space_time`` with the variables that StaMPS leaves there
    in stage 6 of the same pass.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    StageResult
    """
    with stage_job("stage8_filter", root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        ph_uw = read_unwrapped_phase(job, pixels)
        scla = read_look_angle_error(job, pixels)
        stack = ScnInput(pixels, ph_uw)
        if scla is not None:
            stack = ScnInput(pixels, ph_uw, scla.ph_scla, scla.c_ps_uw, scla.ph_ramp)
        noise = filter_correlated_noise(
            stack, job.parameters, compat=config.compat, choice=config.kernel_choice
        )
        if job.parameters.scn_kriging_flag:
            job.seeds["variograms"] = VARIOGRAM_SEED
        job.write(noise, SELECTED)
        job.write(space_time_for_publishing(job, pixels))
        job.counts = {"pixels": pixels.n_ps, "interferograms": noise.ph_hpt.shape[1]}
        job.is_empty = pixels.n_ps == 0
        job.details = "" if scla is not None else "without scla2: look-angle errors are still in"
    return job.result
