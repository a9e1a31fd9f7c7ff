"""Entry point of the second unwrapping, of what a model of the arcs between pixels leaves."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from pystamps.accuracy.arc_slopes import ArcSlopes, slopes_of_arcs
from pystamps.accuracy.model_of_arcs import (
    PixelSlopes,
    changed_cycles,
    is_steady,
    slopes_of_pixels,
    why_not,
)
from pystamps.arrays import Float32
from pystamps.config import RunConfig
from pystamps.dates import DAYS_PER_YEAR
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.model import ArcCycles, Pixels, Unwrapped, UnwrappedPairs, UsedInterferograms
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.searched_slopes import searched_slopes
from pystamps.pipeline.entry.stage6 import made_network, unwrapped_nodes
from pystamps.pipeline.entry.stage6_inputs import read_phase_of_stack
from pystamps.pipeline.entry.unwrapped_inputs import read_unwrapped_phase
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.space_time import SCRATCH
from pystamps.pipeline.types import StageResult
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import Matrix
from pystamps.stages.stage6_added_back import complete_phase
from pystamps.stages.stage6_phase import (
    StackPhase,
    check_phase,
    phase_to_unwrap,
    refuse_what_is_missing,
    used_to_unwrap,
)
from pystamps.stages.stage6_pixels import pixels_from_grid

log = logging.getLogger(__name__)

_LARGEST_HEIGHT_M = 45.0
"""Height of a pixel above its neighbour that is searched."""
_OWN_SCRATCH = "arc_cycles"
"""Within the scratch of stage 6, whose maps it does not touch."""


def product_arc_cycles(root: Path, config: RunConfig) -> StageResult:
    """Unwrap once more what velocities and heights between pixels leave; writes ``accurate_arcs``.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        As stage 6.
    """
    with stage_job("product_arc_cycles", root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        job.counts = {"pixels": pixels.n_ps}
        job.is_empty = pixels.n_ps == 0
        if job.is_empty:
            nothing = np.zeros(0)
            cycles = np.zeros((0, pixels.n_ifg), np.float32)
            job.write(ArcCycles(cycles, nothing, nothing, nothing))
        else:
            _write_cycles(job, pixels)
    return job.result


def _write_cycles(job: StageJob, pixels: Pixels) -> None:
    """Estimate the model, and unwrap what it leaves unless it is not to be believed."""
    refuse_what_is_missing(job.parameters)
    used = used_to_unwrap(job.parameters, pixels.interferograms)
    stack = read_phase_of_stack(job, pixels)
    wrapped = np.asarray(phase_to_unwrap(stack, used.observed))
    names = [pixels.interferograms.name_of(column) for column in used.observed]
    check_phase(wrapped, names)
    model = searched_slopes(
        job.parameters, pixels, used.observed, largest_height_m=_LARGEST_HEIGHT_M
    )
    arcs = slopes_of_arcs(wrapped, pixels.xy[:, 1:], model, choice=job.config.kernel_choice)
    slopes = slopes_of_pixels(arcs, pixels.xy[:, 1:])
    reason = why_not(arcs)
    if reason:
        log.warning("%s; accuracy.unwrap_model: arcs changes nothing here", reason)
        cycles = np.zeros((pixels.n_ps, pixels.n_ifg), np.float32)
    else:
        cycles = _cycles(job, pixels, used, stack, arcs, slopes)
    velocity = -slopes.slopes[:, 0] * mm_per_radian(job.parameters.lambda_)
    job.write(ArcCycles(cycles, velocity, slopes.slopes[:, 1], slopes.coherence))
    job.counts |= {"arcs": len(arcs.ends), "believed": int(np.count_nonzero(arcs.is_believed))}
    job.details = f"{np.count_nonzero(cycles)} of {cycles.size} phases in another cycle"


def _cycles(
    job: StageJob,
    pixels: Pixels,
    used: UsedInterferograms,
    stack: StackPhase,
    arcs: ArcSlopes,
    slopes: PixelSlopes,
) -> Float32:
    """Unwrap what the model leaves; give the cycles that stage 6 lacks, (n_ps, n_ifg).

    An interferogram in which the second unwrapping contradicts more arcs than the first is left.
    """
    kind = Unwrapped if pixels.pairs is None else UnwrappedPairs
    before = read_unwrapped_phase(job, pixels, kind=kind)
    after = _unwrapped_once_more(job, pixels, used, stack, slopes)
    cycles = changed_cycles(before, after, pixels.interferograms)
    columns = used.observed
    share_before, share_after = (
        arcs.share_in_other_cycles(phase, columns) for phase in (before, after)
    )
    log.info(
        "differences between neighbours in another cycle than their velocity and height say: "
        "%.3f %% after stage 6, %.3f %% after the second unwrapping",
        100 * share_before.mean(), 100 * share_after.mean(),
    )  # fmt: skip
    if not is_steady(share_before, share_after):
        log.warning(
            "a velocity and a height explain hardly more than stage 6 does: the motion is not "
            "steady in places, and its cycles stay as they are there"
        )
    is_worse = share_after > share_before
    cycles[:, used.not_observed] = 0
    cycles[:, columns[is_worse]] = 0
    job.counts["kept_as_stage_6"] = int(np.count_nonzero(is_worse))
    return cycles


def _unwrapped_once_more(
    job: StageJob,
    pixels: Pixels,
    used: UsedInterferograms,
    stack: StackPhase,
    slopes: PixelSlopes,
) -> Matrix:
    """Give the unwrapped phase of the interferograms, the model taken off before, (n_ps, n_ifg)."""
    years = pixels.interferograms.temporal_baseline / DAYS_PER_YEAR
    model = slopes.phase(stack.bperp, years)
    stack = replace(stack, subtracted=(*stack.subtracted, model))
    network, _ = made_network(job, pixels, used, stack, None)
    own_folder(job.root, SCRATCH / _OWN_SCRATCH)
    nodes = unwrapped_nodes(job, network, SCRATCH / _OWN_SCRATCH)
    phase, _ = complete_phase(stack, pixels_from_grid(network.grid, nodes.ph_uw), nodes, used=used)
    remove_own_folder(job.root / SCRATCH, _OWN_SCRATCH)
    return phase
