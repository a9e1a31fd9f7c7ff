"""What a second pass of stage 6 takes from the first: the look-angle error, and phase to hold."""

from __future__ import annotations

import logging
from pathlib import Path

from pystamps import model
from pystamps.errors import ArtifactError
from pystamps.interferograms import Interferograms
from pystamps.io.artifacts import artifact_name, read_artifact
from pystamps.model import Pixels, UnwrappedPairs
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix
from pystamps.stage_table import FIRST_PASS, FIRST_PASS_FOLDER
from pystamps.stages.stage6_added_back import look_angle_terms

log = logging.getLogger(__name__)


def files_of_first_pass(
    job: StageJob, interferograms: Interferograms, scla: Path | None, earlier: Path | None
) -> tuple[Path | None, Path | None]:
    """Give the files of an earlier pass that a job uses: those of the call, else of the first pass.

    Parameters
    ----------
    job : StageJob
        ``method.unwrap_iterations`` of its configuration says whether this is a second pass.
    interferograms : Interferograms
    scla, earlier : Path or None
        What the call names.

    Returns
    -------
    scla, earlier : Path or None
        None where nothing is subtracted, or held.

    Raises
    ------
    ArtifactError
        This is the second of two passes, and there is no first one.
    """
    if scla is not None or job.stage.folder or job.config.method.unwrap_iterations < 2:
        return scla, earlier
    scla = _of_first_pass(job, smoothed_kind(interferograms))
    holds = job.parameters.unwrap_hold_good_values and not interferograms.has_null_column
    return scla, _of_first_pass(job, UnwrappedPairs) if holds and earlier is None else earlier


def _of_first_pass(job: StageJob, kind: type) -> Path:
    path = job.root / FIRST_PASS_FOLDER / artifact_name(kind, SELECTED)
    if not path.is_file():
        raise ArtifactError(
            f"{path}: is not there, and method.unwrap_iterations is 2, so that stage 6 is the "
            "second pass; run both stages of the first one before (pystamps stage "
            f"{FIRST_PASS[0].name}, then {FIRST_PASS[1].name}), or all with pystamps run"
        )
    return path


def read_subtracted(
    job: StageJob, pixels: Pixels, bperp: Matrix, scla: Path | None
) -> tuple[Matrix, ...]:
    """Read the terms of an earlier stage 7, when they are asked for."""
    interferograms = pixels.interferograms
    kind = smoothed_kind(interferograms)
    if scla is None:
        lying_there = job.directory / artifact_name(kind, SELECTED)
        if lying_there.is_file():
            log.info("%s is not used: this is a first pass", lying_there)
        return ()
    log.info("%s is subtracted before unwrapping and added back", scla)
    return look_angle_terms(
        read_artifact(kind, Path(scla), by_rows=("ph_scla", "ph_ramp")),
        bperp,
        file=Path(scla).name,
        with_reference=interferograms.has_null_column,
        with_ramps=job.parameters.scla_deramp,
    )


def smoothed_kind(
    interferograms: Interferograms,
) -> type[model.SmoothedLookAngleError] | type[model.SmoothedPairLookAngleError]:
    """Give the class of the look-angle error of an earlier pass."""
    if interferograms.has_null_column:
        return model.SmoothedLookAngleError
    return model.SmoothedPairLookAngleError
