"""Entry point of the mean velocity, the last product of step 8."""

from __future__ import annotations

from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_rows
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.io.inverted_images import images_with_phase
from pystamps.model import (
    CorrelatedNoise,
    MeanVelocity,
    PairLookAngleError,
    Pixels,
    UnwrappedPairs,
)
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import (
    read_covariance,
    read_ifg_std,
    read_look_angle_error,
    read_unwrapped_phase,
)
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.products.delays import complete_delays
from pystamps.products.oscillator_drift import without_drift
from pystamps.products.phase import PhaseParts
from pystamps.products.velocity import mean_velocity, parts_needed
from pystamps.rows import Matrix


def product_mean_velocity(root: Path, config: RunConfig, *, value_type: str = "") -> StageResult:
    """Fit a straight line in time to the unwrapped phase of every pixel; writes ``mean_v``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    value_type : str
        Parts taken off first, as in StaMPS: ``v-do`` = look-angle error and planes; empty =
        ``products.mean_velocity_type``.

    Returns
    -------
    StageResult
    """
    value_type = value_type or config.products.mean_velocity_type
    with stage_job("product_mean_velocity", root, config) as job:
        velocity = velocity_of_job(job, value_type)
        job.write(velocity)
        n_ps = velocity.m.shape[1]
        job.counts = {"pixels": n_ps}
        job.is_empty = n_ps == 0
        job.details = f"value type {value_type}"
    return job.result


def velocity_of_job(job: StageJob, value_type: str) -> MeanVelocity:
    """Compute a velocity of the results that lie in the directory of a job; writes nothing."""
    pixels = job.read(Pixels, SELECTED)
    return mean_velocity(
        read_phase_parts(job, pixels, parts_needed(value_type)),
        job.parameters,
        value_type=value_type,
        ifg_std_deg=None if pixels.pairs is not None else read_ifg_std(job, pixels),
    )


def velocity_of_pairs_of_job(job: StageJob, value_type: str) -> MeanVelocity:
    """Compute a velocity from the interferograms of small baselines; writes nothing.

    What ``ps_plot`` leaves in ``mean_v.mat`` for ``v...`` in a directory of small baselines.
    """
    pixels = job.read(Pixels, SELECTED)
    letters, sizes = parts_needed(value_type), job.sizes(pixels, SELECTED)
    error = (
        job.read(PairLookAngleError, SELECTED, by_rows=("ph_scla", "ph_ramp"), sizes=sizes)
        if set("dm") & set(letters)
        else None
    )
    phase = read_unwrapped_phase(job, pixels, kind=UnwrappedPairs)
    parts = PhaseParts(
        pixels=pixels,
        ph_tropo=read_letter_a(job, pixels, letters),
        ph_uw=without_drift(phase, pixels, job.parameters),
        ph_scla=None if error is None else error.ph_scla,
        c_ps_uw=None if error is None else error.c_ps_uw,
        deramp_degree=read_deramp_degree(job.directory),
        covariance=read_covariance(job, pixels, "sb_cov"),
    )
    return mean_velocity(parts, job.parameters, value_type=value_type)


def read_phase_parts(
    job: StageJob, pixels: Pixels, letters: str, *, deramp_degree: float | None = None
) -> PhaseParts:
    """Read the phase of the images and those of its parts that the letters need.

    Without ``deramp_degree`` that of ``deramp_degree.mat`` holds.
    """
    scla = read_look_angle_error(job, pixels) if set("dm") & set(letters) else None
    ph_scn = None
    if "s" in letters:
        path, sizes = job.path(CorrelatedNoise, SELECTED), job.sizes(pixels, SELECTED)
        ph_scn = read_rows(CorrelatedNoise, "ph_scn_slave", path, sizes)
    phase, stack = read_unwrapped_phase(job, pixels), pixels.interferograms.of_images()
    return PhaseParts(
        pixels=pixels,
        ph_tropo=read_letter_a(job, pixels, letters, of_images=True),
        ph_uw=without_drift(phase, pixels, job.parameters, stack=stack),
        ph_scla=None if scla is None else scla.ph_scla,
        c_ps_uw=None if scla is None else scla.c_ps_uw,
        ph_scn=ph_scn,
        deramp_degree=read_deramp_degree(job.directory) if deramp_degree is None else deramp_degree,
        images=images_with_phase(job.directory, pixels),
        covariance=None if pixels.pairs is None else read_covariance(job, pixels, "sm_cov"),
    )


def read_letter_a(
    job: StageJob, pixels: Pixels, letters: str, *, of_images: bool = False
) -> Matrix | None:
    """Read the tropospheric phase of the interferograms or images where the letters need it."""
    if "a" not in letters:
        return None
    wanted = "the value type takes it off (letter a)"
    return complete_delays(
        job.directory, pixels, job.parameters, of_images=of_images, wanted_by=wanted
    )
