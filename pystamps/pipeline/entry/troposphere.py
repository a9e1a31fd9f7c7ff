"""Entry point of the tropospheric phase: ``tca2.mat``, ``tca_sb2.mat``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Index
from pystamps.config import RunConfig
from pystamps.corrections.delay_phase import TroposphericPhase
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.delay_files import DELAY_FILES, UNCORRECTED
from pystamps.model import Pixels
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.planned_correction import variable_of_result
from pystamps.pipeline.types import StageResult
from pystamps.stage_table import TROPOSPHERE
from pystamps.troposphere_methods import NO_METHOD, TROPOSPHERE_METHODS


def correct_troposphere(root: Path, config: RunConfig) -> StageResult:
    """Make the tropospheric phase of the interferograms, which later stages take off.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig
        ``troposphere.method`` says how.

    Returns
    -------
    StageResult

    Raises
    ------
    ParameterError
        No method is named.
    ArtifactError
        No delay is known of an interferogram that is used, and that is not allowed.
    """
    settings = config.troposphere
    if settings.method == NO_METHOD:
        raise ParameterError(
            "troposphere.method is none, so that there is no tropospheric phase to make; name one "
            f"of {', '.join(TROPOSPHERE_METHODS)} in the configuration"
        )
    variable = variable_of_result(settings)
    with stage_job(TROPOSPHERE.name, root, config) as job:
        pixels = job.read(Pixels, SELECTED)
        found: TroposphericPhase = TROPOSPHERE_METHODS[settings.method].load()(job, pixels)
        left, columns = _uncorrected(job, pixels, found)
        variables: dict[str, Any] = {variable: found.phase}
        variables |= {variable + ending: part for ending, part in found.parts.items()}
        variables |= found.others
        if columns.size:
            variables[UNCORRECTED] = (columns + 1.0)[np.newaxis]
        job.artifacts.write_variables(DELAY_FILES[int(pixels.pairs is not None)], variables)
        job.counts = {"pixels": pixels.n_ps, "interferograms": pixels.interferograms.n_observed}
        job.is_empty = pixels.n_ps == 0
        job.details = "; ".join(filter(None, (f"{variable}", found.details, left)))
    return job.result


def _uncorrected(job: StageJob, pixels: Pixels, found: TroposphericPhase) -> tuple[str, Index]:
    """Name the interferograms that stay as they are; refuse them where that is not allowed."""
    stack = pixels.interferograms
    used = stack.used(job.parameters.drop_ifg_index).observed
    missing = np.intersect1d(found.uncorrected, used)
    names = ", ".join(str(stack.name_of(column)) for column in missing)
    if not missing.size:
        return "", missing
    if missing.size == used.size:
        raise ArtifactError(
            f"{job.config.troposphere.source}: no delay is known of any interferogram that is "
            f"used, reference image {stack.name_of_reference}; the delays are of "
            "other dates"
        )
    if job.config.troposphere.missing_dates == "refused":
        raise ArtifactError(
            f"{job.config.troposphere.source}: no delay is known of {names}; they would be taken "
            "for corrected; add their dates, leave them out (drop_ifg_index), or set "
            "troposphere.missing_dates to uncorrected"
        )
    return f"nothing is taken off {names}: no delay is known", missing
