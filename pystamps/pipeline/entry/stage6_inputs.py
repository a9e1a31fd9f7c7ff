"""What stage 6 reads: phase, baselines, and what is taken off before the phase is unwrapped."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.io.artifacts import read_rows, read_variable
from pystamps.io.mat import describe_mat
from pystamps.model import Pixels
from pystamps.pipeline.entry.delay_inputs import read_delays_of_job
from pystamps.pipeline.entry.earlier_pass import read_subtracted
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix, Rows
from pystamps.stages.stage6_phase import StackPhase

log = logging.getLogger(__name__)


def read_stack(job: StageJob, pixels: Pixels, scla: Path | None) -> StackPhase:
    """Read phase, baselines and corrections, and check that they belong together."""
    stack = read_phase_of_stack(job, pixels)
    before = read_subtracted(job, pixels, stack.bperp, scla)
    return replace(stack, subtracted=(*before, *stack.subtracted))


def read_phase_of_stack(job: StageJob, pixels: Pixels) -> StackPhase:
    """Read phase and baselines; of the corrections only the tropospheric phase."""
    sizes, noise = job.sizes(pixels, SELECTED), job.path(model.SelectedNoise, SELECTED)
    ph_rc = read_rows(
        model.CorrectedPhase, "ph_rc", job.path(model.CorrectedPhase, SELECTED), sizes
    )
    bperp = _read_baselines(job, pixels)
    k_ps = ph_patch = None
    if job.parameters.unwrap_patch_phase:
        ph_patch = read_rows(model.SelectedNoise, "ph_patch", noise, sizes)
    elif noise.is_file() and "K_ps" in describe_mat(noise):  # two sets combined have none
        k_ps = read_variable(model.SelectedNoise, "k_ps", noise, sizes)
    delays = read_delays_of_job(job, pixels)
    subtracted = () if delays is None else (delays,)
    if subtracted:
        log.info("the tropospheric phase is subtracted before unwrapping and added back")
    return StackPhase(pixels.interferograms, ph_rc, bperp, k_ps, ph_patch, subtracted)


def _read_baselines(job: StageJob, pixels: Pixels) -> Matrix:
    """Give the baselines of every pixel; those of the data set where the file is missing."""
    sizes = job.sizes(pixels, SELECTED)
    baselines = job.read_optional(model.Baselines, SELECTED, by_rows=("bperp_mat",), sizes=sizes)
    if baselines is None:
        shape, nominal = (pixels.n_ps, pixels.n_ifg), pixels.bperp.astype(np.float32)
        return Rows(shape, np.float32, lambda rows: np.tile(nominal, (rows.stop - rows.start, 1)))
    bperp_mat = baselines.bperp_mat
    single = Rows(bperp_mat.shape, np.float32, lambda rows: bperp_mat[rows].astype(np.float32))
    return pixels.interferograms.with_null_column(single, 0)
