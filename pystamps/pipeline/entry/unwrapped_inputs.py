"""What stage 7, stage 8 and the velocity read, with the checks they share."""

from __future__ import annotations

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import check_shape, read_rows
from pystamps.model import (
    Baselines,
    Float32,
    InterferogramNoise,
    LookAngleError,
    Pixels,
    Unwrapped,
)
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix, Rows


def read_unwrapped_phase(job: StageJob, pixels: Pixels) -> Matrix:
    """Give ``ph_uw``, (n_ps, n_ifg), by rows."""
    path = job.path(Unwrapped, SELECTED)
    ph_uw = read_rows(Unwrapped, "ph_uw", path)
    check_shape(path, "ph_uw", ph_uw, (pixels.n_ps, pixels.n_ifg), writer="stage 6")
    return ph_uw


def read_all_baselines(job: StageJob, pixels: Pixels) -> Matrix:
    """Give the baselines of all columns, (n_ps, n_ifg), 0 in the null column, by rows.

    Without bp2 every pixel gets the nominal baselines, as in StaMPS.
    """
    stored = job.read_optional(Baselines, SELECTED, by_rows=("bperp_mat",))
    interferograms = pixels.interferograms
    shape = (pixels.n_ps, interferograms.n_observed)
    if stored is None:
        nominal = interferograms.observed_bperp
        matrix: Matrix = Rows(
            shape, nominal.dtype, lambda rows: np.tile(nominal, (rows.stop - rows.start, 1))
        )
    else:
        matrix, path = stored.bperp_mat, job.path(Baselines, SELECTED)
        check_shape(path, "bperp_mat", matrix, shape, writer="stage 5")
    return interferograms.with_null_column(matrix, 0)


def read_ifg_std(job: StageJob, pixels: Pixels) -> Float32 | None:
    """Read the noise of the interferograms in degrees, (n_ifg,); None without ifgstd2."""
    stored = job.read_optional(InterferogramNoise, SELECTED)
    if stored is None:
        return None
    path = job.path(InterferogramNoise, SELECTED)
    check_shape(path, "ifg_std", stored.ifg_std_deg, (pixels.n_ifg,), writer="stage 5")
    if pixels.n_ps and not np.isfinite(stored.ifg_std_deg).all():
        raise ArtifactError(f"{path}: ifg_std is not finite; run stage 5 again")
    return stored.ifg_std_deg


def read_look_angle_error(job: StageJob, pixels: Pixels) -> LookAngleError | None:
    """Read ``scla2``, its matrices by rows; None where stage 7 has not run."""
    scla = job.read_optional(LookAngleError, SELECTED, by_rows=("ph_scla", "ph_ramp"))
    if scla is None:
        return None
    path, shape = job.path(LookAngleError, SELECTED), (pixels.n_ps, pixels.n_ifg)
    check_shape(path, "ph_scla", scla.ph_scla, shape, writer="stage 7")
    check_shape(path, "C_ps_uw", scla.c_ps_uw, shape[:1], writer="stage 7")
    if scla.ph_ramp.size:
        check_shape(path, "ph_ramp", scla.ph_ramp, shape, writer="stage 7")
    return scla
