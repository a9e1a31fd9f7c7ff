"""Entry points of a first pass: stages 6 and 7, their files in a folder of their own."""

from __future__ import annotations

from pathlib import Path

from pystamps.config import RunConfig
from pystamps.pipeline.entry.stage6 import write_unwrapped_phase
from pystamps.pipeline.entry.stage7 import write_look_angle_error
from pystamps.pipeline.job import stage_job
from pystamps.pipeline.types import StageResult


def stage6_first_unwrap(root: Path, config: RunConfig) -> StageResult:
    """Unwrap the phase of the merged pixels for the first of two times.

    As :func:`pystamps.pipeline.entry.stage6.stage6_unwrap` without an earlier pass; the files lie
    in ``first_pass``.

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
    with stage_job("stage6_first_unwrap", root, config) as job:
        write_unwrapped_phase(job)
    return job.result


def stage6_first_scla(root: Path, config: RunConfig) -> StageResult:
    """Estimate the look-angle error from the phase of the first pass.

    As :func:`pystamps.pipeline.entry.stage7.stage7_calc_scla`; the files lie in ``first_pass``.
    The smoothed ones are what the second pass subtracts.

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
        As stage 7.
    """
    with stage_job("stage6_first_scla", root, config) as job:
        write_look_angle_error(job)
    return job.result
