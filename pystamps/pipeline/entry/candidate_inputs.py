"""What stages 2 and 3 read of the candidates, with the checks they share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name
from pystamps.model import (
    AmplitudeDispersion,
    Baselines,
    Complex64,
    Float64,
    FloatArray,
    Phase,
    Pixels,
)
from pystamps.pipeline.job import StageJob

GENERATION = 1


@dataclass(frozen=True, slots=True)
class CandidateStack:
    """Generation 1 of a patch, the column of the reference image taken away.

    Attributes
    ----------
    pixels : Pixels
    ph : complex64, (n_ps, n_used)
    bperp : float32 or float64, (n_used,), m
    bperp_mat : float32 or float64, (n_ps, n_used), m
    d_a : float64, (n_ps,), amplitude dispersion, or None where the stack has none
    """

    pixels: Pixels
    ph: Complex64
    bperp: FloatArray
    bperp_mat: FloatArray
    d_a: Float64 | None


def read_candidate_stack(job: StageJob) -> CandidateStack:
    """Read ``ps1``, ``ph1``, ``bp1`` and, if there, ``da1``.

    Raises
    ------
    ArtifactError
        A file is missing or does not belong to the others.
    """
    pixels = job.read(Pixels, GENERATION)
    ph = job.read(Phase, GENERATION).ph
    bperp_mat = job.read(Baselines, GENERATION).bperp_mat
    dispersion = job.read_optional(AmplitudeDispersion, GENERATION)
    n_ps, n_used = pixels.n_ps, pixels.n_ifg - 1
    require_shape(_path(job, Phase), "ph", ph, (n_ps, pixels.n_ifg))
    require_shape(_path(job, Baselines), "bperp_mat", bperp_mat, (n_ps, n_used))
    if dispersion is not None:
        require_shape(_path(job, AmplitudeDispersion), "D_A", dispersion.d_a, (n_ps,))
    return CandidateStack(
        pixels=pixels,
        ph=np.delete(ph, pixels.master_ix, axis=1),
        bperp=np.delete(pixels.bperp, pixels.master_ix),
        bperp_mat=bperp_mat,
        d_a=None if dispersion is None else dispersion.d_a,
    )


def require_shape(
    path: Path, variable: str, array: np.ndarray[Any, Any], expected: tuple[int, ...]
) -> None:
    """Refuse an array that does not belong to the pixels and interferograms of ``ps1``.

    Raises
    ------
    ArtifactError
    """
    if array.shape != expected:
        raise ArtifactError(
            f"{path}: {variable} has shape {array.shape}, expected {expected} to go with ps1.mat; "
            "run the stage that writes it again"
        )


def _path(job: StageJob, kind: type) -> Path:
    return job.directory / artifact_name(kind, GENERATION)
