"""What stages 2 and 3 read of the candidates, with the checks they share."""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.io.artifacts import check_shape
from pystamps.model import (
    AmplitudeDispersion,
    Baselines,
    Float64,
    Interferograms,
    Phase,
    Pixels,
)
from pystamps.pipeline.entry.generations import CANDIDATES
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix


@dataclass(frozen=True, slots=True)
class CandidateStack:
    """Generation 1 of a patch, the null column taken out of the phase.

    Attributes
    ----------
    pixels : Pixels
    interferograms : Interferograms
    ph : Matrix of complex64, (n_ps, n_used)
    bperp_mat : Matrix of float32 or float64, (n_ps, n_used), m
    d_a : float64, (n_ps,), amplitude dispersion, or None where the stack has none

    The matrices come by rows.
    """

    pixels: Pixels
    interferograms: Interferograms
    ph: Matrix
    bperp_mat: Matrix
    d_a: Float64 | None


def read_candidate_stack(job: StageJob) -> CandidateStack:
    """Read ``ps1``, ``ph1``, ``bp1`` and, if there, ``da1``.

    Raises
    ------
    ArtifactError
        A file is missing or does not belong to the others.
    """
    pixels = job.read(Pixels, CANDIDATES)
    ph = job.read(Phase, CANDIDATES, by_rows=("ph",)).ph
    bperp_mat = job.read(Baselines, CANDIDATES, by_rows=("bperp_mat",)).bperp_mat
    dispersion = job.read_optional(AmplitudeDispersion, CANDIDATES)
    n_ps, stack = pixels.n_ps, pixels.interferograms
    check_shape(job.path(Phase, CANDIDATES), "ph", ph, (n_ps, stack.n_ifg))
    check_shape(job.path(Baselines, CANDIDATES), "bperp_mat", bperp_mat, (n_ps, stack.n_observed))
    if dispersion is not None:
        check_shape(job.path(AmplitudeDispersion, CANDIDATES), "D_A", dispersion.d_a, (n_ps,))
    return CandidateStack(
        pixels=pixels,
        interferograms=stack,
        ph=stack.without_null_column(ph),
        bperp_mat=bperp_mat,
        d_a=None if dispersion is None else dispersion.d_a,
    )
