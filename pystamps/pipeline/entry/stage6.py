"""Entry point of stage 6: phase unwrapping of the merged data set."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.arrays import Float32, Index
from pystamps.config import RunConfig
from pystamps.interferograms import InterferogramName
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.model import (
    Pixels,
    SpaceTime,
    UnwrapArcs,
    UnwrapGrid,
    UnwrappedGrid,
    UsedInterferograms,
)
from pystamps.pipeline.entry.earlier_pass import files_of_first_pass
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.grid_memory import require_grid_memory
from pystamps.pipeline.entry.stage6_inputs import read_stack
from pystamps.pipeline.entry.stage6_pairs import (
    held_phase,
    write_no_unwrapped_pairs,
    write_unwrapped_pairs,
)
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.kept_unwrapping import clear_kept_maps
from pystamps.pipeline.kept_variables import keeps_needed_only, needed_grid
from pystamps.pipeline.processes import usable_cores
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
from pystamps.pipeline.space_time import (
    SCRATCH,
    differences_of_job,
    fingerprint,
    keep_space_time,
    settings_of,
)
from pystamps.pipeline.types import StageResult
from pystamps.pipeline.unwrap_parts import UNWRAP_PARTS
from pystamps.pipeline.unwrappers import find_unwrapper
from pystamps.rows import Rows
from pystamps.stages.sb_inversion import require_connected_images
from pystamps.stages.stage6_added_back import complete_phase
from pystamps.stages.stage6_arcs import arcs_between_nodes
from pystamps.stages.stage6_costs import (
    ArcStatistics,
    arc_statistics,
    interferogram_costs,
    mean_squared_difference,
)
from pystamps.stages.stage6_grid import grid_phase
from pystamps.stages.stage6_phase import (
    StackPhase,
    checked_phase,
    grid_settings,
    phase_to_unwrap,
    refuse_what_is_missing,
    used_to_unwrap,
)
from pystamps.stages.stage6_pixels import pixels_from_grid

log = logging.getLogger(__name__)

_MOST_BYTES = 2**27
"""Of phase that is held in memory: more is not slower to compute again than to find room for."""
_BYTES_PER_CELL = 64
"""Nearest node, numbers of arcs in two directions, ends of the arcs while they are sorted."""


def stage6_unwrap(
    root: Path, config: RunConfig, *, scla: Path | None = None, earlier: Path | None = None
) -> StageResult:
    """Unwrap the phase of the merged pixels in space and time.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
    scla : Path, optional
        A ``scla_smooth2.mat`` (small baselines: ``scla_smooth_sb2.mat``) to subtract before
        unwrapping and to add back afterwards (second pass). A file of that name in ``root`` is not
        read unless it is given here. None = that of ``first_pass`` where
        ``method.unwrap_iterations`` is 2, else nothing.
    earlier : Path, optional
        The ``phuw_sb2.mat`` of the earlier pass, whose phase is held where loops of interferograms
        close; asked for when ``unwrap_hold_good_values`` is set and ``scla`` is given. None = as
        for ``scla``.

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        Inputs are missing or inconsistent, a parameter is impossible, or the unwrapper is missing
        or failed.

    Notes
    -----
    ``ps_unwrap`` and ``uw_3d`` of StaMPS. Writes ``uw_grid``, ``uw_interp``, ``uw_phaseuw`` and
    ``phuw2``; the expected differences go to scratch, see :mod:`pystamps.pipeline.space_time`.
    With storage.keep: needed ``ph_in`` of ``uw_grid`` is empty: no later stage reads it.
    Small baselines: ``phuw_sb2`` too, and ``sb_invert_uw``, which makes ``phuw2`` and
    ``phuw_sb_res2`` from it.
    """
    with stage_job("stage6_unwrap", root, config) as job:
        write_unwrapped_phase(job, scla=scla, earlier=earlier)
    return job.result


def write_unwrapped_phase(
    job: StageJob, *, scla: Path | None = None, earlier: Path | None = None
) -> None:
    """Unwrap the phase of a job, and write its files; for the arguments see the entry point."""
    own_folder(job.root, SCRATCH)
    refuse_what_is_missing(job.parameters)
    pixels = job.read(Pixels, SELECTED)
    used = used_to_unwrap(job.parameters, pixels.interferograms)
    if not pixels.interferograms.has_null_column:
        require_connected_images(pixels.interferograms, used.observed)
    scla, earlier = files_of_first_pass(job, pixels.interferograms, scla, earlier)
    job.counts = {"pixels": pixels.n_ps, "interferograms": used.observed.size}
    if pixels.n_ps == 0:
        _write_empty(job, pixels, used.observed)
    else:
        stack = read_stack(job, pixels, scla)
        held = held_phase(job, stack, used.observed, earlier, is_first=scla is None)
        _unwrap(job, pixels, used, stack, held)
    scratch = own_folder(job.root, SCRATCH)
    clear_kept_maps(scratch)
    remove_own_folder(scratch, UNWRAP_PARTS.name)


@dataclass(frozen=True, slots=True)
class UnwrapNetwork:
    """What all interferograms share, or are columns of, before they are unwrapped.

    Attributes
    ----------
    grid : UnwrapGrid
    arcs : UnwrapArcs
    space_time : SpaceTime
        Expected differences of the arcs.
    names : tuple of InterferogramName
        Of the columns of the grid.
    """

    grid: UnwrapGrid
    arcs: UnwrapArcs
    space_time: SpaceTime
    names: tuple[InterferogramName, ...]


def _unwrap(
    job: StageJob,
    pixels: Pixels,
    used: UsedInterferograms,
    stack: StackPhase,
    held: Float32 | None,
) -> None:
    """Grid, arcs, expected differences, whole cycles, and back to the pixels."""
    network = network_of_job(job, pixels, used, stack, held)
    grid, arcs = network.grid, network.arcs
    nodes = unwrapped_nodes(job, network, SCRATCH)
    is_needed_kept = keeps_needed_only(job.config)
    job.write(needed_grid(grid) if is_needed_kept else grid)
    job.write(arcs)
    job.write(nodes)
    if isinstance(grid.ph_in, Rows) and not is_needed_kept:  # computed once more for its file
        grid = replace(grid, ph_in=job.written_rows(UnwrapGrid, "ph_in"))
    pixel_phase = pixels_from_grid(grid, nodes.ph_uw)
    ph_uw, msd = complete_phase(stack, pixel_phase, nodes, used=used)
    if stack.interferograms.has_null_column:
        job.write(model.Unwrapped(ph_uw, msd), SELECTED)
    else:
        write_unwrapped_pairs(job, pixels, used.observed, model.UnwrappedPairs(ph_uw, msd))
    job.counts |= {"nodes": len(grid.ph), "arcs": len(arcs.edgs)}


def network_of_job(
    job: StageJob,
    pixels: Pixels,
    used: UsedInterferograms,
    stack: StackPhase,
    held: Float32 | None,
) -> UnwrapNetwork:
    """Make grid, arcs and expected differences; the differences stay in scratch for stage 8."""
    network, k = made_network(job, pixels, used, stack, held)
    time = settings_of(job, pixels)
    digest = fingerprint(network.grid, network.arcs, time)
    keep_space_time(job.directory, network.space_time, k, digest)
    return network


def made_network(
    job: StageJob,
    pixels: Pixels,
    used: UsedInterferograms,
    stack: StackPhase,
    held: Float32 | None,
) -> tuple[UnwrapNetwork, Float32]:
    """Make grid, arcs and expected differences, and the look-angle error of the arcs."""
    choice = job.config.kernel_choice
    require_grid_memory(
        job.path(Pixels, SELECTED),
        pixels.xy[:, 1:],
        cell_m=job.parameters.unwrap_grid_size or 1.0,  # 0 = xy holds column and row
        parameter="unwrap_grid_size",
        bytes_per_cell=_BYTES_PER_CELL,
    )
    names = [stack.interferograms.name_of(column) for column in used.observed]
    room = min(job.config.runtime.memory_budget_mb * 10**6 // 2, _MOST_BYTES)
    phase = phase_to_unwrap(stack, used.observed, most_bytes=room if held is None else inf)
    wrapped = checked_phase(phase, names)
    with job.progress("phase filter, interferograms") as progress:
        settings = grid_settings(job.parameters, stack.interferograms.of_columns(used.observed))
        grid = grid_phase(wrapped, pixels.xy, settings, held=held, choice=choice, progress=progress)
    arcs = arcs_between_nodes(grid.nzix, choice=choice)
    space_time, k = differences_of_job(job, grid, arcs, settings_of(job, pixels))
    return UnwrapNetwork(grid, arcs, space_time, tuple(names)), k


def unwrapped_nodes(job: StageJob, network: UnwrapNetwork, scratch: Path) -> UnwrappedGrid:
    """Run snaphu, or our own unwrapper, for every interferogram, in a folder of the data set."""
    grid, names = network.grid, network.names
    statistics = arc_statistics(network.space_time, network.arcs, grid)
    without = np.count_nonzero(~statistics.known)
    if without == statistics.known.size:
        log.warning("no arc has usable statistics: all %d are too noisy in time", without)
    job.counts["arcs_without_statistics"] = int(without)

    def make_input(k: int) -> SnaphuInput:
        return input_of(network, statistics, k)

    def at_nodes(unwrapped: Float32) -> tuple[Float32, float]:
        return unwrapped[grid.ij[:, 0], grid.ij[:, 1]], mean_squared_difference(unwrapped)

    program = find_unwrapper(job.config.tools)
    workers = workers_of(job.config)
    log.info(
        "%s %s (%s), %d at a time",
        program.name, program.version, program.command(0)[0], workers,
    )  # fmt: skip
    with job.progress("unwrapping, interferograms") as progress:
        unwrapped = unwrap_interferograms(
            program, job.directory / scratch, names, make_input, take=at_nodes, workers=workers,
            progress=progress, silence_minutes=job.config.runtime.tool_silence_minutes,
        )  # fmt: skip
    job.details = f"{program.name} {program.version}"
    job.tools[program.name] = program.version
    return UnwrappedGrid(
        np.stack([ph_uw for ph_uw, _ in unwrapped], axis=1), np.array([msd for _, msd in unwrapped])
    )


def input_of(network: UnwrapNetwork, statistics: ArcStatistics, k: int) -> SnaphuInput:
    """Give what snaphu is given of the interferogram at a position of the names."""
    wrapped = network.grid.ph[network.arcs.nearest_node, k]
    return SnaphuInput(wrapped, interferogram_costs(statistics, k))


def workers_of(config: RunConfig) -> int:
    """Give the number of processes at a time."""
    return config.runtime.unwrap_workers or config.kernels.native_threads or usable_cores()


def _write_empty(job: StageJob, pixels: Pixels, columns: Index) -> None:
    """Write artifacts without rows for a data set without pixels."""
    n_used = columns.size
    phases, nothing = np.zeros((0, n_used), dtype=np.complex64), np.zeros((0, 0), dtype=np.float32)
    no_index = np.zeros((0, 2), dtype=np.int64)
    job.write(
        UnwrapGrid(
            phases, phases, nothing.astype(np.complex64), nothing, nothing,
            xy=np.zeros((0, 3)), ij=no_index, nzix=np.zeros((0, 0), dtype=np.bool_),
            grid_x_min=np.float32(0), grid_y_min=np.float32(0), grid_ij=no_index,
            pix_size=job.parameters.unwrap_grid_size,
        )
    )  # fmt: skip
    matrix = np.zeros((0, 0))
    no_arcs, no_nodes = np.zeros((0, 3), dtype=np.int64), matrix.astype(np.int64)
    job.write(UnwrapArcs(no_arcs, matrix, matrix, no_nodes))
    job.write(UnwrappedGrid(np.zeros((0, n_used), dtype=np.float32), np.full(n_used, np.nan)))
    msd, ph_uw = np.zeros(pixels.n_ifg, np.float32), np.zeros((0, pixels.n_ifg), np.float32)
    if pixels.interferograms.has_null_column:
        job.write(model.Unwrapped(ph_uw, msd), SELECTED)
    else:
        write_no_unwrapped_pairs(job, pixels, columns, model.UnwrappedPairs(ph_uw, msd))
    job.is_empty = True
