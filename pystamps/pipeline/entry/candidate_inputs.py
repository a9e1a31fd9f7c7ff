"""What stages 2 and 3 read of the candidates, with the checks they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.io.artifacts import check_shape
from pystamps.model import (
    AmplitudeDispersion,
    Baselines,
    Float64,
    FloatArray,
    Phase,
    Pixels,
)
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix, Rows

GENERATION = 1


@dataclass(frozen=True, slots=True)
class CandidateStack:
    """Generation 1 of a patch, the column of the reference image taken away.

    Attributes
    ----------
    pixels : Pixels
    ph : Matrix of complex64, (n_ps, n_used)
    bperp : float32 or float64, (n_used,), m
    bperp_mat : Matrix of float32 or float64, (n_ps, n_used), m
    d_a : float64, (n_ps,), amplitude dispersion, or None where the stack has none

    The matrices come by rows.
    """

    pixels: Pixels
    ph: Matrix
    bperp: FloatArray
    bperp_mat: Matrix
    d_a: Float64 | None


def read_candidate_stack(job: StageJob) -> CandidateStack:
    """Read ``ps1``, ``ph1``, ``bp1`` and, if there, ``da1``.

    Raises
    ------
    ArtifactError
        A file is missing or does not belong to the others.
    """
    pixels = job.read(Pixels, GENERATION)
    ph = job.read(Phase, GENERATION, by_rows=("ph",)).ph
    bperp_mat = job.read(Baselines, GENERATION, by_rows=("bperp_mat",)).bperp_mat
    dispersion = job.read_optional(AmplitudeDispersion, GENERATION)
    n_ps, n_used = pixels.n_ps, pixels.n_ifg - 1
    check_shape(job.path(Phase, GENERATION), "ph", ph, (n_ps, pixels.n_ifg))
    check_shape(job.path(Baselines, GENERATION), "bperp_mat", bperp_mat, (n_ps, n_used))
    if dispersion is not None:
        check_shape(job.path(AmplitudeDispersion, GENERATION), "D_A", dispersion.d_a, (n_ps,))
    return CandidateStack(
        pixels=pixels,
        ph=_without_reference(ph, pixels.master_ix),
        bperp=np.delete(pixels.bperp, pixels.master_ix),
        bperp_mat=bperp_mat,
        d_a=None if dispersion is None else dispersion.d_a,
    )


def _without_reference(ph: Matrix, master_ix: int) -> Rows:
    """Give the phase without the column of the reference image."""
    shape = (len(ph), ph.shape[1] - 1)
    return Rows(shape, ph.dtype, lambda rows: np.delete(ph[rows], master_ix, axis=1))
