"""What stage 7, stage 8 and the velocity read, with the checks they share."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.io.artifacts import read_rows, read_variable
from pystamps.io.inverted_images import noise_of_images_deg
from pystamps.model import (
    Baselines,
    InterferogramNoise,
    LookAngleError,
    PairInversion,
    Pixels,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix, Rows


def read_unwrapped_phase(
    job: StageJob, pixels: Pixels, *, kind: type[Unwrapped | UnwrappedPairs] = Unwrapped
) -> Matrix:
    """Give ``ph_uw`` of the images, (n_ps, n_image), or of small baselines, (n_ps, n_ifg).

    By rows. Of a single reference image both are the same.
    """
    path, sizes = job.path(kind, SELECTED), job.sizes(pixels, SELECTED)
    return read_rows(kind, "ph_uw", path, sizes)


def read_covariance(job: StageJob, pixels: Pixels, name: str) -> Float64:
    """Read a covariance of the noise of small baselines, rad^2: ``sb_cov`` or ``sm_cov``."""
    path, sizes = job.path(PairInversion, SELECTED), job.sizes(pixels, SELECTED)
    covariance: Float64 = read_variable(PairInversion, name, path, sizes)
    return covariance


def read_noise_of_dates(job: StageJob, pixels: Pixels) -> FloatArray | None:
    """Read the noise of the images relative to the reference image in degrees, (n_image,).

    None without ``ifgstd2``. Of small baselines what the inversion says of each image.
    """
    if pixels.pairs is None:
        return read_ifg_std(job, pixels)
    return noise_of_images_deg(job.directory, pixels)


def read_all_baselines(job: StageJob, pixels: Pixels) -> Matrix:
    """Give the baselines of all columns, (n_ps, n_ifg), 0 in the null column, by rows.

    Without bp2 every pixel gets the nominal baselines, as in StaMPS.
    """
    sizes, interferograms = job.sizes(pixels, SELECTED), pixels.interferograms
    stored = job.read_optional(Baselines, SELECTED, by_rows=("bperp_mat",), sizes=sizes)
    if stored is not None:
        return interferograms.with_null_column(stored.bperp_mat, 0)
    shape, nominal = (pixels.n_ps, interferograms.n_observed), interferograms.observed_bperp
    same = Rows(shape, nominal.dtype, lambda rows: np.tile(nominal, (rows.stop - rows.start, 1)))
    return interferograms.with_null_column(same, 0)


def read_ifg_std(job: StageJob, pixels: Pixels) -> Float32 | None:
    """Read the noise of the interferograms in degrees, (n_ifg,); None without ifgstd2."""
    sizes = job.sizes(pixels, SELECTED)
    stored = job.read_optional(InterferogramNoise, SELECTED, sizes=sizes)
    return None if stored is None else stored.ifg_std_deg


def read_look_angle_error(job: StageJob, pixels: Pixels) -> LookAngleError | None:
    """Read ``scla2``, its matrices by rows; None where stage 7 has not run."""
    sizes = job.sizes(pixels, SELECTED)
    by_rows = ("ph_scla", "ph_ramp")
    return job.read_optional(LookAngleError, SELECTED, by_rows=by_rows, sizes=sizes)
