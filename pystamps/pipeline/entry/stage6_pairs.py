"""Stage 6 of small baselines: phase that is held, and phase of the images from the pairs."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from pystamps import model
from pystamps.arrays import Bool, Float32, Float64, Index
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms
from pystamps.io.artifacts import artifact_name, check_shape, read_artifact, read_rows
from pystamps.io.dataset import is_multilooked
from pystamps.model import Pixels, Unwrapped, UnwrappedPairs
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.pipeline.job import StageJob
from pystamps.rows import Matrix
from pystamps.stages.closure_loops import closed_pixels, closure_loops
from pystamps.stages.reference_area import reference_pixels
from pystamps.stages.sb_inversion import (
    invert_pairs,
    noise_covariance,
    reference_phase,
    solve_images,
)
from pystamps.stages.stage6_added_back import phase_to_hold
from pystamps.stages.stage6_phase import StackPhase

log = logging.getLogger(__name__)


def held_phase(
    job: StageJob, stack: StackPhase, columns: Index, earlier: Path | None, *, is_first: bool
) -> Float32 | None:
    """Give the phase of an earlier pass that is held; write the loops, and where they close there.

    Parameters
    ----------
    job : StageJob
    stack : StackPhase
    columns : ndarray of int64, shape (n_used,)
        Interferograms to unwrap.
    earlier : Path or None
        The ``phuw_sb2.mat`` of the earlier pass.
    is_first : bool
        This is a first pass.

    Returns
    -------
    ndarray of float32, shape (n_ps, n_used), or None
        rad, NaN where nothing is held; None where nothing is to be held.

    Raises
    ------
    ParameterError
        Phase is to be held, and there is none.
    ArtifactError
        The file is of other pixels.
    """
    if not job.parameters.unwrap_hold_good_values:
        return None
    if stack.interferograms.has_null_column:
        log.warning("unwrap_hold_good_values: y is for small baselines, nothing is held")
        return None
    if earlier is None:
        if is_first:
            log.info("unwrap_hold_good_values: this is a first pass, nothing is held")
            return None
        raise ParameterError(
            "unwrap_hold_good_values: y, and the unwrapped phase of the earlier pass was not "
            f"given; name its {artifact_name(UnwrappedPairs, SELECTED)} (--earlier), or set it to n"
        )
    before = read_artifact(UnwrappedPairs, earlier, by_rows=("ph_uw",)).ph_uw
    check_shape(earlier, "ph_uw", before, stack.ph_rc.shape, writer="the first pass of stage 6")
    is_closed = _write_closed_pixels(job, stack.interferograms, columns, before)
    return phase_to_hold(stack, before, is_closed, columns)


def _write_closed_pixels(
    job: StageJob, interferograms: Interferograms, columns: Index, ph_uw: Matrix
) -> Bool:
    """Write the loops, and where they close in unwrapped phase; give the latter."""
    loops = closure_loops(
        interferograms, columns, lambda: _image_baselines(job.directory, interferograms)
    )
    is_closed = closed_pixels(ph_uw, loops)
    job.write(model.ClosureLoops(loops), SELECTED)
    job.write(model.ClosedPixels(is_closed), SELECTED)
    job.counts["loops"] = len(loops)
    return is_closed


def _image_baselines(root: Path, interferograms: Interferograms) -> Float64:
    """Give the perpendicular baseline of every image in m, for the lengths of loops.

    That of the data set with one reference image in the folder above, as in the original; without
    one of the same images, the least-squares solution of those of the interferograms, which differs
    by a constant alone.
    """
    above = root.parent / artifact_name(Pixels, SELECTED)
    if above.is_file():
        pixels = read_artifact(Pixels, above)
        if np.array_equal(pixels.day, interferograms.day) and pixels.interferograms.has_null_column:
            return pixels.bperp.astype(np.float64)
        log.info("%s is of other images: baselines come from the interferograms", above)
    solution = np.linalg.pinv(interferograms.design()) @ interferograms.bperp
    return np.asarray(solution, np.float64)


def write_unwrapped_pairs(
    job: StageJob, pixels: Pixels, columns: Index, pairs: UnwrappedPairs
) -> None:
    """Write the unwrapped interferograms, and the phase of the images that follows from them.

    Parameters
    ----------
    job : StageJob
    pixels : Pixels
    columns : ndarray of int64, shape (n_used,)
        Interferograms that were unwrapped.
    pairs : UnwrappedPairs
    """
    interferograms = pixels.interferograms
    covariance = _covariance(job, pixels)
    reference = reference_phase(
        pairs.ph_uw,
        reference_pixels(pixels, job.parameters),
        columns,
        over_interferograms=job.config.compat.one_reference_pixel_over_interferograms,
    )
    solution = solve_images(interferograms, columns, covariance)
    images, inversion = invert_pairs(pairs.ph_uw, interferograms, reference, covariance, solution)
    job.write(pairs, SELECTED)
    job.write(inversion, SELECTED)
    job.write(images, SELECTED)
    job.counts["images"] = solution.images.size + 1
    _write_what_can_be_held(job, interferograms, columns, pairs)


def _covariance(job: StageJob, pixels: Pixels) -> Float64:
    """Give the noise of the interferograms in rad^2; all equal for multilooked cells.

    Those have no filtered neighbourhood to be compared with, and StaMPS takes the identity.
    """
    if is_multilooked(job.root):
        log.info("multilooked cells: all interferograms count the same in the inversion")
        return np.eye(pixels.n_ifg)
    sizes = job.sizes(pixels, SELECTED)
    return noise_covariance(
        read_rows(model.CorrectedPhase, "ph_rc", job.path(model.CorrectedPhase, SELECTED), sizes),
        read_rows(model.SelectedNoise, "ph_patch", job.path(model.SelectedNoise, SELECTED), sizes),
    )


def _write_what_can_be_held(
    job: StageJob, interferograms: Interferograms, columns: Index, pairs: UnwrappedPairs
) -> None:
    """Write the loops of a first pass, and where they close: what a second one will hold."""
    closed = job.stage.place_of(artifact_name(model.ClosedPixels, SELECTED))
    is_written = closed in job.artifacts.names
    if job.parameters.unwrap_hold_good_values and not is_written:
        _write_closed_pixels(job, interferograms, columns, pairs.ph_uw)


def write_no_unwrapped_pairs(
    job: StageJob, pixels: Pixels, columns: Index, pairs: UnwrappedPairs
) -> None:
    """Write the artifacts of a data set without pixels."""
    n_ifg, n_image = pixels.n_ifg, pixels.n_image
    job.write(pairs, SELECTED)
    inversion = model.PairInversion(pairs.ph_uw, np.zeros((n_ifg, n_ifg)), np.zeros((n_image,) * 2))
    job.write(inversion, SELECTED)
    listed = np.arange(n_image, dtype=np.int64)
    job.write(Unwrapped(np.zeros((0, n_image), np.float32), unwrap_ifg_index_sm=listed), SELECTED)
    _write_what_can_be_held(job, pixels.interferograms, columns, pairs)
