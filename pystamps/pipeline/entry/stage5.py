"""Entry point of the first half of stage 5: correcting the phase of a patch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Index
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_variable
from pystamps.io.sizes import Sizes
from pystamps.model import (
    Baselines,
    Height,
    Incidence,
    LookAngle,
    Phase,
    PhaseNoise,
    Pixels,
    SelectedNoise,
    Weeding,
)
from pystamps.pipeline.entry.generations import CANDIDATES, SELECTED
from pystamps.pipeline.entry.selected_inputs import (
    SelectedRows,
    read_of_candidates,
    read_of_selected,
    read_selected_rows,
    rows_of_candidates,
)
from pystamps.pipeline.entry.stage5_merge import stage5_merge_and_ifgstd
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.types import StageResult
from pystamps.rows import taken_rows
from pystamps.stages.stage5_correct import correct_phase, kept_pixels

__all__ = ["stage5_correct_and_promote", "stage5_merge_and_ifgstd"]

_OPTIONAL = ((Height, "hgt"), (LookAngle, "la"), (Incidence, "inc"))


def stage5_correct_and_promote(patch: Path, config: RunConfig) -> StageResult:
    """Write the selected and weeded pixels of a patch (generation 2) and their corrected phase.

    Writes ``ps2``, ``ph2``, ``pm2``, ``bp2`` and ``rc2``; ``hgt2``, ``la2`` and ``inc2`` where
    generation 1 has them; ``psver`` becomes 2.

    Parameters
    ----------
    patch : Path
    config : RunConfig

    Returns
    -------
    StageResult

    Raises
    ------
    PystampsError
        Inputs are missing or inconsistent, or an option is not supported.

    Notes
    -----
    The end of StaMPS' ``ps_weed``, and ``ps_correct_phase``.
    """
    with stage_job("stage5_correct", patch, config, generation=SELECTED) as job:
        pixels = job.read(Pixels, CANDIDATES)
        _check_reference(job, pixels)
        interferograms = pixels.interferograms
        sizes, n_used = job.sizes(pixels, CANDIDATES), interferograms.n_observed
        kept = _read_kept(job, sizes)
        ph = _read_columns(job, Phase, "ph", sizes, kept=kept.rows, n_columns=pixels.n_ifg)
        noise = SelectedNoise(
            ph_patch=_read_columns(
                job, PhaseNoise, "ph_patch", sizes, kept=kept.rows, n_columns=n_used
            ),
            ph_res=read_of_selected(job, "ph_res2", kept),
            coh_ps=read_of_selected(job, "coh_ps2", kept),
            k_ps=read_of_selected(job, "k_ps2", kept),
            c_ps=read_of_selected(job, "c_ps2", kept),
        )
        bperp_mat = _read_columns(
            job, Baselines, "bperp_mat", sizes, kept=kept.rows, n_columns=n_used
        )
        job.write(kept_pixels(pixels, kept.rows), SELECTED)
        job.write(Phase(ph), SELECTED)
        job.write(noise, SELECTED)
        job.write(Baselines(bperp_mat), SELECTED)
        for kind, name in _OPTIONAL:
            if job.path(kind, CANDIDATES).is_file():
                values = read_of_candidates(job, kind, name, sizes)
                job.write(kind(values[kept.rows]), SELECTED)
        corrected = correct_phase(
            ph,
            noise.ph_patch,
            k_ps=noise.k_ps,
            c_ps=noise.c_ps,
            bperp_mat=bperp_mat,
            interferograms=interferograms,
        )
        job.write(corrected, SELECTED)
        job.counts = {"candidates": pixels.n_ps, "pixels": kept.rows.size}
        job.is_empty = kept.rows.size == 0
    return job.result


def _check_reference(job: StageJob, pixels: Pixels) -> None:
    """Refuse dates that do not agree with the position of the reference image."""
    expected = int(np.count_nonzero(pixels.day < pixels.master_day))
    if pixels.master_ix != expected:
        raise ArtifactError(
            f"{job.path(Pixels, CANDIDATES)}: master_ix is "
            f"{pixels.master_ix + 1}, expected {expected + 1} from day and master_day; "
            "run stage1_load again"
        )


def _read_kept(job: StageJob, sizes: Sizes) -> SelectedRows:
    """Read which candidates have passed selection and weeding."""
    selected = read_selected_rows(job, sizes)
    kept = Sizes("keep_ix of select1.mat", n_kept=selected.rows.size)
    ix_weed = read_variable(Weeding, "ix_weed", job.path(Weeding, CANDIDATES), kept)
    return SelectedRows(selected.rows[ix_weed], selected.places[ix_weed], selected.n_stored)


def _read_columns(
    job: StageJob, kind: type, name: str, sizes: Sizes, *, kept: Index, n_columns: int
) -> np.ndarray:
    """Read some rows of a matrix of generation 1; MATLAB's ``[]`` gets its columns back."""
    values = rows_of_candidates(job, kind, name, sizes)
    if values.size == 0:
        return np.zeros((kept.size, n_columns), dtype=values.dtype)
    return taken_rows(values, kept)
