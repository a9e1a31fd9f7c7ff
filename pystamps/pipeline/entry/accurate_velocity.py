"""Entry point of the velocity of the accuracy modes."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from pystamps.accuracy.band_velocity import BandMethod, band_velocity, heights_in_doubt
from pystamps.accuracy.stepwise_velocity import stepwise_velocity
from pystamps.config import RunConfig
from pystamps.model import AccurateVelocity, Pixels
from pystamps.pipeline.entry.accurate_inputs import (
    read_accurate_parts,
    read_baselines_of_images,
    read_look_angle_slopes,
)
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import read_noise_of_dates
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult

log = logging.getLogger(__name__)


def product_accurate_velocity(root: Path, config: RunConfig) -> StageResult:
    """Estimate velocity, its standard deviation and the plane of the orbit; ``accurate_v``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        ``accuracy.*`` say how.

    Returns
    -------
    StageResult
    """
    with stage_job("product_accurate_velocity", root, config) as job:
        velocity = _estimated_velocity(job)
        job.write(velocity)
        job.counts = {"pixels": velocity.v.size}
        job.is_empty = velocity.v.size == 0
        modes = config.accuracy.modes
        job.details = f"estimation {modes.estimation}, orbit plane {modes.orbit_plane}"
    return job.result


def _estimated_velocity(job: StageJob) -> AccurateVelocity:
    """Estimate the velocity by the method that the settings name."""
    pixels = job.read(Pixels, SELECTED)
    modes = job.config.accuracy.modes
    parts = read_accurate_parts(job, pixels)
    bperp = read_baselines_of_images(job, parts)  # by rows: read where it is used
    is_motion_possible = modes.long_wave_motion == "possible"
    if modes.estimation != "stepwise":
        method = BandMethod(
            orbit_plane=modes.orbit_plane,
            is_drawn=modes.estimation == "bands",
            is_posterior=modes.uncertainty == "posterior",
            is_motion_possible=is_motion_possible,
        )
        found = band_velocity(parts, bperp, job.parameters, method)
        if not method.is_drawn:
            drawn = band_velocity(parts, bperp, job.parameters, replace(method, is_drawn=True))
            stepwise = read_look_angle_slopes(job, pixels)
            _warn_of_heights(heights_in_doubt(found.k_ps, stepwise, drawn.k_ps))
        return found
    return stepwise_velocity(
        parts,
        job.parameters,
        orbit_plane=modes.orbit_plane,
        is_motion_possible=is_motion_possible,
        k_ps=read_look_angle_slopes(job, pixels),
        ifg_std_deg=read_noise_of_dates(job, pixels),
        choice=job.config.kernel_choice,
    )


def _warn_of_heights(reason: str) -> None:
    if reason:
        log.warning(
            "accuracy.estimation: joint: %s; accuracy.estimation: bands has better ones", reason
        )
