"""What the accuracy modes read: phase, look-angle error and noise of the images."""

from __future__ import annotations

import dataclasses

from pystamps.io.deramp_degree import PLANE
from pystamps.model import Pixels
from pystamps.pipeline.entry.delay_inputs import read_delays_of_job
from pystamps.pipeline.entry.mean_velocity import read_phase_parts
from pystamps.pipeline.entry.unwrapped_inputs import read_all_baselines
from pystamps.pipeline.job import StageJob
from pystamps.products.phase import PhaseParts
from pystamps.rows import Matrix, made_from
from pystamps.stages.stage7_columns import image_baselines


def read_accurate_parts(job: StageJob, pixels: Pixels) -> PhaseParts:
    """Give the phase of the images and its parts; tropospheric phase is off if ``subtr_tropo`` is.

    Planes of these modes are straight, whatever ``deramp_degree.mat`` says.
    """
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


def _without_delays(ph_uw: Matrix, delays: Matrix | None) -> Matrix:
    if delays is None:
        return ph_uw
    return made_from(
        (ph_uw, delays), ph_uw.shape, ph_uw.dtype,
        lambda rows: ph_uw[rows] - delays[rows].astype(ph_uw.dtype),
    )  # fmt: skip
