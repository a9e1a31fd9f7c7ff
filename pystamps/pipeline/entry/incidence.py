"""Angle of incidence of every pixel, from the angle that the stack has."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import FloatArray
from pystamps.model import Incidence, LookAngle, Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.processors import PROCESSORS
from pystamps.products.view_geometry import incidence_of_look


def incidence_of_pixels(job: StageJob, pixels: Pixels) -> FloatArray:
    """Give the angle of incidence in rad; from the look angle where the stack has only that.

    Parameters
    ----------
    job : StageJob
        Of a stage with ``products.satellite_height_m``.
    pixels : Pixels

    Returns
    -------
    ndarray of float, shape (n_ps,)
        NaN where the stack has no angle.

    Notes
    -----
    ``la`` of SNAP and GAMMA is the angle of incidence, of small baselines the look angle; of the
    others the look angle.
    """
    sizes = job.sizes(pixels, SELECTED)
    processor = PROCESSORS[job.parameters.insar_processor]
    if processor.angle == "inc":  # the original leaves an empty inc2.mat in the other stacks
        incidence = job.read_optional(Incidence, SELECTED, sizes=sizes)
        if incidence is not None:
            return incidence.inc
    angle = job.read_optional(LookAngle, SELECTED, sizes=sizes)
    if angle is None:
        return np.full(pixels.n_ps, np.nan)
    if processor.la_is_incidence and pixels.pairs is None:
        return angle.la
    return incidence_of_look(angle.la, job.config.products.satellite_height_m)


def stored_angle(job: StageJob, pixels: Pixels) -> FloatArray:
    """Give the angle that TRAIN takes for that of incidence: ``la``, or ``inc`` without it; rad."""
    sizes = job.sizes(pixels, SELECTED)
    angle = job.read_optional(LookAngle, SELECTED, sizes=sizes)
    return incidence_of_pixels(job, pixels) if angle is None else angle.la
