"""Stage 6 in parts: the network of all interferograms, and the unwrapping of some of them."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, read_artifact, to_variables
from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import json_record
from pystamps.io.mat import write_mat
from pystamps.io.own_places import own_folder, remove_own_folder
from pystamps.model import Pixels, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.pipeline.entry.earlier_pass import files_of_first_pass
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.stage6 import (
    UnwrapNetwork,
    input_of,
    network_of_job,
    workers_of,
)
from pystamps.pipeline.entry.stage6_inputs import read_stack
from pystamps.pipeline.entry.stage6_pairs import held_phase
from pystamps.pipeline.job import StageJob, job_without_results
from pystamps.pipeline.snaphu_runner import unwrap_interferograms
from pystamps.pipeline.space_time import SCRATCH
from pystamps.pipeline.unwrap_parts import NETWORK, UNWRAP_PARTS, part_file
from pystamps.pipeline.unwrappers import find_unwrapper
from pystamps.stage_table import UNWRAP
from pystamps.stages.stage6_costs import arc_statistics
from pystamps.stages.stage6_phase import refuse_what_is_missing, used_to_unwrap

log = logging.getLogger(__name__)

_OF_GRID, _OF_ARCS = ("ph_in", "grid_ij"), ("dph_space_uw", "dph_noise")
"""Large arrays that come by rows."""


def write_network(root: Path, config: RunConfig) -> None:
    """Make what the parts share, and write it into scratch.

    Raises
    ------
    PystampsError
        As stage 6.
    """
    with job_without_results(UNWRAP, root, config) as job:
        own_folder(job.root, SCRATCH)
        remove_own_folder(job.root / SCRATCH, UNWRAP_PARTS.name)
        folder = own_folder(job.root, UNWRAP_PARTS)
        refuse_what_is_missing(job.parameters)
        pixels = job.read(Pixels, SELECTED)
        if pixels.n_ps:
            network = _network(job, pixels)
            for artifact in (network.grid, network.arcs, network.space_time):
                write_mat(folder / artifact_name(type(artifact)), to_variables(artifact))
        _write_note(job.root / NETWORK, {"pixels": pixels.n_ps})


def unwrap_part(root: Path, config: RunConfig, *, part: int, count: int) -> None:
    """Unwrap every ``count``-th interferogram, and keep the maps for stage 6.

    Parameters
    ----------
    root : Path
    config : RunConfig
    part, count : int
        The first part is 1.

    Raises
    ------
    PystampsError
        What the parts share is missing, or snaphu failed.
    """
    with job_without_results(UNWRAP, root, config) as job:
        note = json_record(job.root / NETWORK)
        if "pixels" not in note:
            raise ArtifactError(
                f"{job.root / NETWORK}: is missing or damaged; delete it, and run again"
            )
        done = _unwrap_some(job, part, count) if note["pixels"] else []
        _write_note(job.root / part_file(part, count), {"interferograms": done})


def _network(job: StageJob, pixels: Pixels) -> UnwrapNetwork:
    """Do what stage 6 does before it starts snaphu."""
    used = used_to_unwrap(job.parameters, pixels.interferograms)
    scla, earlier = files_of_first_pass(job, pixels.interferograms, None, None)
    stack = read_stack(job, pixels, scla)
    held = held_phase(job, stack, used.observed, earlier, is_first=scla is None)
    return network_of_job(job, pixels, used, stack, held)


def _unwrap_some(job: StageJob, part: int, count: int) -> list[str]:
    """Unwrap the interferograms of a part; give their dates."""
    pixels = job.read(Pixels, SELECTED)
    columns = used_to_unwrap(job.parameters, pixels.interferograms).observed
    names = tuple(pixels.interferograms.name_of(column) for column in columns)
    folder = job.root / UNWRAP_PARTS
    grid = read_artifact(UnwrapGrid, folder / artifact_name(UnwrapGrid), by_rows=_OF_GRID)
    arcs = read_artifact(UnwrapArcs, folder / artifact_name(UnwrapArcs))
    space_time = read_artifact(SpaceTime, folder / artifact_name(SpaceTime), by_rows=_OF_ARCS)
    network = UnwrapNetwork(grid, arcs, space_time, names)
    mine = range(part - 1, len(names), count)
    statistics = arc_statistics(space_time, arcs, grid)
    program = find_unwrapper(job.config.tools)
    folder = own_folder(job.root, UNWRAP_PARTS / f"part_{part}")
    with job.progress("unwrapping, interferograms") as progress:
        unwrap_interferograms(
            program, job.root / SCRATCH, [names[k] for k in mine],
            lambda position: input_of(network, statistics, mine[position]),
            take=lambda _: None, workers=workers_of(job.config), progress=progress,
            silence_minutes=job.config.runtime.tool_silence_minutes, folder=folder,
        )  # fmt: skip
    log.info("part %d of %d: %d of %d interferograms", part, count, len(mine), len(names))
    return [str(names[k].date) for k in mine]


def _write_note(path: Path, content: dict[str, object]) -> None:
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n")
