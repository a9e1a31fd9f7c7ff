"""Entry point of the unwrapped phase of the accuracy modes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.accuracy.cycle_model import LARGEST_RELATIVE_HEIGHT_M
from pystamps.accuracy.cycle_repair import repaired_cycles
from pystamps.arrays import Float32
from pystamps.config import RunConfig
from pystamps.io.artifacts import read_rows
from pystamps.model import (
    AccuratePhase,
    ArcCycles,
    LookAngleError,
    Pixels,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.pipeline.entry.accurate_inputs import look_angle_error_of
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.searched_slopes import searched_slopes
from pystamps.pipeline.entry.unwrapped_inputs import read_covariance, read_unwrapped_phase
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.rows import Matrix
from pystamps.stages.sb_inversion import solve_images


def product_accurate_phase(root: Path, config: RunConfig) -> StageResult:
    """Correct whole cycles of the unwrapped phase; writes ``accurate_uw``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        ``accuracy.unwrap_model`` says how.

    Returns
    -------
    StageResult
    """
    with stage_job("product_accurate_phase", root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        cycles = np.asarray(_added_cycles(job, pixels))
        ph_uw = _phase_of_images(job, pixels, cycles)
        error: LookAngleError = look_angle_error_of(job, pixels, ph_uw)
        job.write(
            AccuratePhase(ph_uw, cycles, np.asarray(error.ph_scla), error.k_ps_uw, error.c_ps_uw)
        )
        changed = np.count_nonzero(cycles.any(axis=1))
        job.counts = {"pixels": pixels.n_ps, "corrected": int(changed)}
        job.is_empty = pixels.n_ps == 0
        model = config.accuracy.modes.unwrap_model
        added = np.count_nonzero(cycles)
        job.details = f"{model}: {added} of {cycles.size} phases in another cycle"
    return job.result


def _added_cycles(job: StageJob, pixels: Pixels) -> Matrix:
    """Give the cycles that interferograms lack, (n_ps, n_ifg)."""
    if job.config.accuracy.modes.unwrap_model == "arcs":
        sizes = job.sizes(pixels, SELECTED)
        return read_rows(ArcCycles, "cycles", job.path(ArcCycles), sizes)
    stack, parameters = pixels.interferograms, job.parameters
    columns = stack.used(parameters.drop_ifg_index).observed
    kind = Unwrapped if pixels.pairs is None else UnwrappedPairs
    phase = read_unwrapped_phase(job, pixels, kind=kind)
    model = searched_slopes(parameters, pixels, columns, largest_height_m=LARGEST_RELATIVE_HEIGHT_M)
    used = np.ascontiguousarray(np.asarray(phase)[:, columns])
    cycles = repaired_cycles(used, pixels.xy[:, 1:], model, choice=job.config.kernel_choice)
    return stack.in_all_columns(cycles, columns)


def _phase_of_images(job: StageJob, pixels: Pixels, cycles: Float32) -> Float32:
    """Add cycles to the phase of the images; those of pairs go through the inversion."""
    phase = np.array(read_unwrapped_phase(job, pixels), dtype=np.float32)
    if pixels.pairs is None:
        return np.asarray(phase + np.float32(2 * np.pi) * cycles)
    stack = pixels.interferograms
    columns = stack.used(job.parameters.drop_ifg_index).observed
    solution = solve_images(stack, columns, read_covariance(job, pixels, "sb_cov"))
    phase[:, solution.images] += (2 * np.pi * cycles[:, columns] @ solution.rows.T).astype(
        np.float32
    )
    return phase
