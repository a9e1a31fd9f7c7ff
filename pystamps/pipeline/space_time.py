"""Expected differences of the arcs: kept in scratch by stage 6, published by stage 8.

StaMPS writes ``uw_space_time.mat`` inside stage 6 and nobody reads it afterwards. Here the file is
the last artifact of stage 8, so that its existence means that the chain is complete.
"""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.arrays import Float32
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, read_artifact, to_variables
from pystamps.io.atomic import temporary_beside
from pystamps.io.bounded_text import json_record
from pystamps.io.checksums import has_same_content, recorded_state, state_of_file
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.own_places import own_folder
from pystamps.model import Pixels, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.pipeline.job import StageJob
from pystamps.stages.stage6_phase import time_settings
from pystamps.stages.stage6_time import TimeSettings, arcs_at_a_time, expected_differences

log = logging.getLogger(__name__)

SCRATCH = Path(".pystamps") / "stage6"
_FORMAT = "1"
_FILE, _NOTE = "space_time.mat", "space_time.json"


def fingerprint(grid: UnwrapGrid, arcs: UnwrapArcs, settings: TimeSettings) -> str:
    """Give a digest of everything that decides the expected differences."""
    digest = hashlib.sha256(_FORMAT.encode())
    stack = settings.interferograms
    days = stack.day - stack.reference_day
    for array in (grid.ph, grid.ij, arcs.edgs, days, stack.pairs, stack.bperp):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    scalars = (settings.method, settings.time_win, settings.look_angle, settings.n_trial_wraps)
    digest.update(repr((*scalars, settings.fringes)).encode())
    return digest.hexdigest()


def keep_space_time(root: Path, space_time: SpaceTime, k: Float32, digest: str) -> None:
    """Store the arrays, the look-angle error of the arcs and the fingerprint in scratch."""
    folder = own_folder(root, SCRATCH)
    extra = {"K": k, "fingerprint": digest}
    write_mat(folder / _FILE, to_variables(space_time) | extra)
    with temporary_beside(folder / _NOTE) as temporary:
        temporary.write_text(json.dumps(state_of_file(folder / _FILE).as_record()))


def kept_space_time(root: Path, digest: str) -> SpaceTime | None:
    """Give the stored arrays, or None when there are none for these inputs and parameters.

    A file that is not as it was stored counts as none. The large arrays come by rows.
    """
    path = root / SCRATCH / _FILE
    noted = recorded_state(json_record(root / SCRATCH / _NOTE))
    if not path.is_file() or noted is None or not has_same_content(path, noted, thorough=True):
        return None
    if read_mat(path, ["fingerprint"]).get("fingerprint") != digest:
        return None
    return read_artifact(SpaceTime, path, by_rows=("dph_space_uw", "dph_noise"))


def settings_of(job: StageJob, pixels: Pixels) -> TimeSettings:
    """Give the settings of the expected differences for the pixels of a job's data set."""
    la = None if pixels.mean_incidence is not None else job.read_optional(model.LookAngle, 2)
    mean_la = None if la is None or not la.la.size else float(la.la.mean())
    return time_settings(job.parameters, pixels, mean_la=mean_la, compat=job.config.compat)


def space_time_for_publishing(job: StageJob, pixels: Pixels) -> SpaceTime:
    """Give the expected differences that belong to ``uw_grid.mat`` and ``uw_interp.mat``.

    Parameters
    ----------
    job : StageJob
        Of the root of the data set.
    pixels : Pixels
        Of the root.

    Returns
    -------
    SpaceTime
        From the scratch folder of stage 6 when inputs and parameters are the same, otherwise
        computed again by the same functions.

    Raises
    ------
    ArtifactError
        An artifact of stage 6 is missing, or it is of another set of interferograms.
    """
    settings = settings_of(job, pixels)
    grid, arcs = job.read(UnwrapGrid, by_rows=("ph_in", "grid_ij")), job.read(UnwrapArcs)
    if grid.ph.shape[1] != settings.interferograms.n_ifg:
        raise ArtifactError(
            f"{job.directory / artifact_name(UnwrapGrid)}: ph has {grid.ph.shape[1]} columns, "
            f"expected {settings.interferograms.n_ifg} (interferograms not dropped by "
            "drop_ifg_index); run stage6_unwrap again"
        )
    _require_one_grid(job, grid, arcs)
    kept = kept_space_time(job.directory, fingerprint(grid, arcs, settings))
    if kept is not None:
        return kept
    log.info("expected differences of %d arcs are computed again", len(arcs.edgs))
    return differences_of_job(job, grid, arcs, settings)[0]


def _require_one_grid(job: StageJob, grid: UnwrapGrid, arcs: UnwrapArcs) -> None:
    """Refuse arcs between nodes of another grid.

    Raises
    ------
    ArtifactError
    """
    n_node, last = grid.ph.shape[0], int(arcs.edgs[:, 1:].max(initial=-1))
    cells = arcs.nearest_node.shape
    if last >= n_node or cells != grid.nzix.shape:
        of_arcs = f"of {' x '.join(map(str, cells))} cells and {last + 1} nodes or more"
        of_grid = f"{' x '.join(map(str, grid.nzix.shape))} cells and {n_node} nodes"
        raise ArtifactError(
            f"{job.directory / artifact_name(UnwrapArcs)}: its arcs are those of another grid, "
            f"{of_arcs}; {artifact_name(UnwrapGrid)} has {of_grid}: the files are of two runs of "
            "stage 6; run stage6_unwrap again"
        )


def differences_of_job(
    job: StageJob, grid: UnwrapGrid, arcs: UnwrapArcs, settings: TimeSettings
) -> tuple[SpaceTime, Float32]:
    """Compute the expected differences and slopes of the arcs in blocks that fit the settings."""
    runtime = job.config.runtime
    chunk = arcs_at_a_time(
        runtime.stage8_chunk_edges,
        n_ifg=grid.ph.shape[1],
        memory_budget_mb=runtime.memory_budget_mb,
    )
    return expected_differences(
        grid, arcs, settings, chunk_edges=chunk, choice=job.config.kernel_choice
    )
