"""Entry point of stage 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.config import RunConfig
from pystamps.model import AmplitudeDispersion, Height, Incidence, LookAngle
from pystamps.parameters.checks import require_finite
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.processors import read_raw_patch
from pystamps.processors.phase_checks import check_before_loading
from pystamps.stages.stage1_load import LoadedPatch, load_patch

_OPTIONAL = {
    "look_angle": LookAngle,
    "incidence": Incidence,
    "amplitude_dispersion": AmplitudeDispersion,
    "height": Height,
}


def stage1_load_initial(patch: Path, config: RunConfig) -> StageResult:
    """Load the candidates of a patch.

    Writes ``ps1``, ``ph1``, ``bp1`` and, as far as the stack has the data, ``la1`` (ISCE:
    ``inc1``), ``hgt1`` and ``da1``. An earlier one of these that the stack no longer supports
    is removed, because its rows would belong to other pixels.

    Parameters
    ----------
    patch : Path
        The data set is the folder above it.
    config : RunConfig

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        Missing, truncated or contradicting input files; nothing is written then.

    Notes
    -----
    StaMPS routines ``ps_load_initial``, ``ps_load_initial_gamma``, ``ps_load_initial_isce``.
    """
    with stage_job("stage1_load", patch, config, generation=CANDIDATES) as job:
        require_finite(job.parameters, "heading")
        loaded = _load(job)
        for artifact in (loaded.pixels, loaded.phase, loaded.baselines):
            job.write(artifact, CANDIDATES)
        _write_optional(job, loaded)
        n_ps = loaded.pixels.n_ps
        job.counts = {
            "candidates": n_ps + loaded.n_removed,
            "pixels": n_ps,
            "interferograms": loaded.pixels.n_ifg,
        }
        job.is_empty = n_ps == 0
        job.details = _details(loaded)
    return job.result


def _load(job: StageJob) -> LoadedPatch:
    """Read and load with the routines of the stack's processor."""
    raw = read_raw_patch(
        job.directory,
        job.parameters.insar_processor,
        is_small_baseline=job.parameters.small_baseline_flag,
        raw_root=job.config.runtime.raw_root,
    )
    kept = job.config.compat.wild_positions_kept
    check_before_loading(job.directory, raw, wild_positions_kept=kept)
    return load_patch(raw, heading_deg=job.parameters.heading, compat=job.config.compat)


def _write_optional(job: StageJob, loaded: LoadedPatch) -> None:
    """Write the artifacts that the stack has data for."""
    for field in _OPTIONAL:
        artifact = getattr(loaded, field)
        if artifact is not None:
            job.write(artifact, CANDIDATES)


def _details(loaded: LoadedPatch) -> str:
    """Say what a person should know about the patch."""
    notes = []
    if loaded.n_removed:
        notes.append(f"{loaded.n_removed} candidates without position, phase or baseline left out")
    angle = loaded.incidence.inc if loaded.incidence is not None else None
    if angle is not None and (angle == 0).any():
        notes.append(f"{np.count_nonzero(angle == 0)} pixels in gaps of the incidence angle")
    if loaded.look_angle is None and loaded.incidence is None:
        notes.append("no angle per pixel: neither look angle nor incidence files")
    if loaded.height is None:
        notes.append("no heights: pscands.1.hgt is missing")
    return "; ".join(notes)
