"""Entry point of stage 7."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pystamps.config import RunConfig
from pystamps.io.deramp_degree import read_deramp_degree
from pystamps.io.inverted_images import images_with_phase
from pystamps.model import (
    LookAngleError,
    PairLookAngleError,
    Pixels,
    Unwrapped,
    UnwrappedPairs,
)
from pystamps.pipeline.entry.delay_inputs import read_delays_of_job
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.entry.unwrapped_inputs import (
    read_all_baselines,
    read_covariance,
    read_ifg_std,
    read_unwrapped_phase,
)
from pystamps.pipeline.job import StageJob, stage_job
from pystamps.pipeline.triangle_runner import chosen_triangulation
from pystamps.pipeline.types import StageResult
from pystamps.rows import Matrix, made_from
from pystamps.stages.network import delaunay_edges
from pystamps.stages.stage7_clip import clip_outliers
from pystamps.stages.stage7_columns import SclaInput, image_baselines
from pystamps.stages.stage7_scla import estimate_look_angle_error


def stage7_calc_scla(root: Path, config: RunConfig) -> StageResult:
    """Estimate the look-angle error of the merged pixels.

    Writes ``scla2`` and ``scla_smooth2``; of small baselines ``scla_sb2`` and ``scla_smooth_sb2``
    from the interferograms, and ``scla2`` from the images. Earlier ones are replaced. Files of
    StaMPS that the new result makes outdated (``mv2.mat``) are reported, not deleted.

    Parameters
    ----------
    root : Path
        Root of the data set.
    config : RunConfig

    Returns
    -------
    StageResult
    """
    with stage_job("stage7_scla", root, config) as job:
        write_look_angle_error(job)
        job.details = "; ".join(filter(None, (job.details, _outdated(job))))
    return job.result


def write_look_angle_error(job: StageJob) -> None:
    """Estimate the look-angle error from the unwrapped phase of a job, and write its files."""
    # the triangulation needs most memory: nothing but coordinates is held then
    x, y = job.read(Pixels, SELECTED).xy[:, 1:].T
    arcs = delaunay_edges(x, y, triangulate=chosen_triangulation(job))
    pixels = job.read(Pixels, SELECTED)
    of_interferograms = _of_interferograms(job, pixels)
    scla = _estimated(job, of_interferograms)
    job.write(scla, SELECTED)
    job.write(clip_outliers(scla, arcs, bperp=of_interferograms.bperp), SELECTED)
    if pixels.pairs is not None:
        job.write(_estimated(job, _of_images(job, pixels, of_interferograms)), SELECTED)
    job.counts = {"pixels": pixels.n_ps, "arcs": len(arcs)}
    job.is_empty = pixels.n_ps == 0
    job.details = _norm(job)


def _of_interferograms(job: StageJob, pixels: Pixels) -> SclaInput:
    """Read what the estimate from the interferograms needs."""
    degree = read_deramp_degree(job.directory)
    kind = Unwrapped if pixels.pairs is None else UnwrappedPairs
    ph_uw = _without(read_unwrapped_phase(job, pixels, kind=kind), read_delays_of_job(job, pixels))
    bperp = read_all_baselines(job, pixels)
    if pixels.pairs is None:
        return SclaInput(pixels, ph_uw, bperp, read_ifg_std(job, pixels), degree)
    noise = read_covariance(job, pixels, "sb_cov")
    return SclaInput(pixels, ph_uw, bperp, deramp_degree=degree, covariance=noise)


def _of_images(job: StageJob, pixels: Pixels, of_pairs: SclaInput) -> SclaInput:
    """Read what the estimate from the images of small baselines needs."""
    images = images_with_phase(job.directory, pixels, folder=job.stage.folder)
    delays = read_delays_of_job(job, pixels, of_images=True)
    stack = SclaInput(
        pixels,
        _without(read_unwrapped_phase(job, pixels), delays),
        of_pairs.bperp,
        deramp_degree=of_pairs.deramp_degree,
        images=images,
        covariance=read_covariance(job, pixels, "sm_cov"),
    )
    solved = stack.used(job.parameters).observed
    return replace(stack, bperp=image_baselines(pixels.interferograms, of_pairs.bperp, solved))


def _without(ph_uw: Matrix, delays: Matrix | None) -> Matrix:
    """Take the tropospheric phase off, in the precision of the phase as StaMPS does."""
    if delays is None:
        return ph_uw
    return made_from(
        (ph_uw, delays), ph_uw.shape, ph_uw.dtype,
        lambda rows: ph_uw[rows] - delays[rows].astype(ph_uw.dtype),
    )  # fmt: skip


def _estimated(job: StageJob, stack: SclaInput) -> LookAngleError | PairLookAngleError:
    return estimate_look_angle_error(
        stack,
        job.parameters,
        by_simplex=job.config.compat.scla_l1_by_simplex,
        chunk_ps=job.config.runtime.stage7_chunk_ps,
        choice=job.config.kernel_choice,
    )


def _norm(job: StageJob) -> str:
    """Say which least sum of absolute residuals was taken; nothing for least squares."""
    if job.parameters.scla_method.upper() != "L1":
        return ""
    if job.config.compat.scla_l1_by_simplex:
        return "L1 by the simplex search of StaMPS, which stops before the optimum"
    return "L1: the optimum, not where the simplex search of StaMPS stops"


def _outdated(job: StageJob) -> str:
    """Name the file that StaMPS would delete now."""
    if not (job.directory / "mv2.mat").is_file():
        return ""
    return "mv2.mat belongs to the earlier look-angle error; make it again or delete it"
