"""What the accuracy modes read: phase, look-angle error and noise of the images."""

from __future__ import annotations

import dataclasses

from pystamps.io.deramp_degree import PLANE
from pystamps.model import Pixels
from pystamps.pipeline.entry.delay_inputs import read_delays_of_job
from pystamps.pipeline.entry.mean_velocity import read_phase_parts
from pystamps.pipeline.job import StageJob
from pystamps.products.phase import PhaseParts
from pystamps.rows import Matrix, made_from


def read_accurate_parts(job: StageJob, pixels: Pixels) -> PhaseParts:
    """Give the phase of the images and its parts; tropospheric phase is off if ``subtr_tropo`` is.

    Planes of these modes are straight, whatever ``deramp_degree.mat`` says.
    """
    parts = read_phase_parts(job, pixels, "dm")
    delays = read_delays_of_job(job, pixels, of_images=True)
    return dataclasses.replace(
        parts, ph_uw=_without_delays(parts.ph_uw, delays), deramp_degree=PLANE
    )


def _without_delays(ph_uw: Matrix, delays: Matrix | None) -> Matrix:
    if delays is None:
        return ph_uw
    return made_from(
        (ph_uw, delays), ph_uw.shape, ph_uw.dtype,
        lambda rows: ph_uw[rows] - delays[rows].astype(ph_uw.dtype),
    )  # fmt: skip
