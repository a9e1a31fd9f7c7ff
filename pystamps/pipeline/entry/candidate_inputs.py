"""What stages 2 and 3 read of the candidates, with the checks they share."""

from __future__ import annotations

from dataclasses import dataclass

from pystamps.arrays import Float64
from pystamps.model import AmplitudeDispersion, Baselines, Interferograms, Phase, Pixels
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
    stack, sizes = pixels.interferograms, job.sizes(pixels, CANDIDATES)
    ph = job.read(Phase, CANDIDATES, by_rows=("ph",), sizes=sizes).ph
    baselines = job.read(Baselines, CANDIDATES, by_rows=("bperp_mat",), sizes=sizes)
    dispersion = job.read_optional(AmplitudeDispersion, CANDIDATES, sizes=sizes)
    return CandidateStack(
        pixels=pixels,
        interferograms=stack,
        ph=stack.without_null_column(ph),
        bperp_mat=baselines.bperp_mat,
        d_a=None if dispersion is None else dispersion.d_a,
    )
