"""What the accuracy modes read: phase, look-angle error and noise of the images."""

from __future__ import annotations

import dataclasses

from pystamps.arrays import Float64
from pystamps.io.artifacts import read_variable
from pystamps.io.deramp_degree import PLANE
from pystamps.io.inverted_images import images_with_phase
from pystamps.model import AccuratePhase, LookAngleError, Pixels
from pystamps.pipeline.entry.delay_inputs import read_delays_of_job
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.mean_velocity import read_phase_parts
from pystamps.pipeline.entry.unwrapped_inputs import (
    read_all_baselines,
    read_covariance,
    read_ifg_std,
)
from pystamps.pipeline.job import StageJob
from pystamps.products.oscillator_drift import without_drift
from pystamps.products.phase import PhaseParts
from pystamps.rows import Matrix, made_from
from pystamps.stages.stage7_columns import SclaInput, image_baselines
from pystamps.stages.stage7_scla import estimate_look_angle_error


def read_accurate_parts(job: StageJob, pixels: Pixels) -> PhaseParts:
    """Give the phase of the images and its parts; tropospheric phase is off if ``subtr_tropo`` is.

    Phase and look-angle error are those of ``accurate_uw`` where the modes have phase of their own.
    Planes of these modes are straight, whatever ``deramp_degree.mat`` says.
    """
    if _has_own_phase(job):
        parts = _own_parts(job, pixels)
    else:
        parts = read_phase_parts(job, pixels, "dm", deramp_degree=PLANE)
    delays = read_delays_of_job(job, pixels, of_images=True)
    return dataclasses.replace(parts, ph_uw=_without_delays(parts.ph_uw, delays))


def read_baselines_of_images(job: StageJob, parts: PhaseParts) -> Matrix:
    """Give the baselines of the images relative to the reference image, (n_ps, n_image), m."""
    baselines = read_all_baselines(job, parts.pixels)
    if parts.images is None:
        return baselines
    solved = parts.used(job.parameters).observed
    return image_baselines(parts.pixels.interferograms, baselines, solved)


def read_look_angle_slopes(job: StageJob, pixels: Pixels) -> Float64:
    """Give the look-angle error K that belongs to that phase, (n_ps,), rad/m."""
    kind = AccuratePhase if _has_own_phase(job) else LookAngleError
    generation = None if kind is AccuratePhase else SELECTED
    path, sizes = job.path(kind, generation), job.sizes(pixels, SELECTED)
    found: Float64 = read_variable(kind, "k_ps_uw", path, sizes)
    return found


def look_angle_error_of(job: StageJob, pixels: Pixels, ph_uw: Matrix) -> LookAngleError:
    """Estimate the look-angle error of phase of the images as stage 7 does; writes nothing."""
    delays = read_delays_of_job(job, pixels, of_images=True)
    stack = SclaInput(
        pixels, _without_delays(ph_uw, delays), read_all_baselines(job, pixels), deramp_degree=PLANE
    )
    if pixels.pairs is None:
        stack = dataclasses.replace(stack, ifg_std_deg=read_ifg_std(job, pixels))
    else:
        stack = dataclasses.replace(
            stack,
            images=images_with_phase(job.directory, pixels),
            covariance=read_covariance(job, pixels, "sm_cov"),
        )
        solved = stack.used(job.parameters).observed
        bperp = image_baselines(pixels.interferograms, stack.bperp, solved)
        stack = dataclasses.replace(stack, bperp=bperp)
    found = estimate_look_angle_error(
        stack,
        job.parameters,
        by_simplex=job.config.compat.scla_l1_by_simplex,
        choice=job.config.kernel_choice,
    )
    assert isinstance(found, LookAngleError)
    return found


def _has_own_phase(job: StageJob) -> bool:
    return job.config.accuracy.modes.unwrap_model != "off"


def _own_parts(job: StageJob, pixels: Pixels) -> PhaseParts:
    """Read phase and look-angle error of the accuracy modes."""
    sizes = job.sizes(pixels, SELECTED)
    own = job.read(AccuratePhase, by_rows=("ph_uw", "ph_scla", "cycles"), sizes=sizes)
    stack = pixels.interferograms.of_images()
    return PhaseParts(
        pixels=pixels,
        ph_uw=without_drift(own.ph_uw, pixels, job.parameters, stack=stack),
        ph_scla=own.ph_scla,
        c_ps_uw=own.c_ps_uw,
        images=images_with_phase(job.directory, pixels),
        covariance=None if pixels.pairs is None else read_covariance(job, pixels, "sm_cov"),
        deramp_degree=PLANE,
    )


def _without_delays(ph_uw: Matrix, delays: Matrix | None) -> Matrix:
    if delays is None:
        return ph_uw
    return made_from(
        (ph_uw, delays), ph_uw.shape, ph_uw.dtype,
        lambda rows: ph_uw[rows] - delays[rows].astype(ph_uw.dtype),
    )  # fmt: skip
