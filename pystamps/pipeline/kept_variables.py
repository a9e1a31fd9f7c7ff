"""Variables that are left empty where only what later stages read is kept (storage: keep)."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.parameters import Parameters

if TYPE_CHECKING:  # a plan asks what is kept, and needs no results
    from pystamps.model import PhaseNoise, UnwrapGrid

_EMPTY = (0, 0)
"""MATLAB's ``[]``: the variable is there, for ``rmfield`` of StaMPS ``ps_select``."""


def keeps_needed_only(config: RunConfig) -> bool:
    """Tell whether a run leaves out what no later stage reads."""
    return config.storage.keep == "needed"


def is_residual_read(parameters: Parameters) -> bool:
    """Tell whether stage 3 reads the phase noise of every candidate and interferogram."""
    return parameters.gamma_stdev_reject > 0 or not parameters.select_reest_gamma_flag


def needed_noise(noise: PhaseNoise, parameters: Parameters) -> PhaseNoise:
    """Give the result of stage 2 without the matrices that no later stage reads.

    Parameters
    ----------
    noise : PhaseNoise
    parameters : Parameters
        Of the patch; they decide whether stage 3 reads ``ph_res``.
    """
    without = dataclasses.replace(noise, ph_weight=np.zeros(_EMPTY, noise.ph_weight.dtype))
    if is_residual_read(parameters):
        return without
    return dataclasses.replace(without, ph_res=np.zeros(_EMPTY, noise.ph_res.dtype))


def needed_grid(grid: UnwrapGrid) -> UnwrapGrid:
    """Give the grid of stage 6 without the phase of the pixels, which only stage 6 itself reads."""
    return dataclasses.replace(grid, ph_in=np.zeros(_EMPTY, np.complex64))


def require_residual(path: Path, ph_res: npt.NDArray[np.floating], n_ps: int) -> None:
    """Refuse a result of stage 2 whose ``ph_res`` has been left out, where it is read.

    Parameters
    ----------
    path : Path
        ``pm1.mat``.
    ph_res : ndarray
    n_ps : int
        Number of candidates.

    Raises
    ------
    ArtifactError
    """
    if n_ps and not ph_res.size:
        raise ArtifactError(
            f"{path}: ph_res is empty, as storage.keep: needed leaves it, expected {n_ps} rows; "
            "run stage 2 again with the parameters of this stage (pystamps run), or with "
            "storage.keep: all"
        )
