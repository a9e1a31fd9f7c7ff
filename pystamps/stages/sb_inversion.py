"""Small baselines: phase of the images from that of the interferograms (``sb_invert_uw``).

With the phase x of the images and 0 at the reference image, interferograms are y = G x + noise
(Berardino et al. 2002). The covariance C of the noise, the same at all pixels, weighs them:
x = (G' C^-1 G)^-1 G' C^-1 y, one matrix for all pixels.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from pystamps.arrays import Float32, Float64, Index
from pystamps.dates import yyyymmdd
from pystamps.errors import ParameterError
from pystamps.model import Interferograms, PairInversion, Unwrapped
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stages.image_network import connected_image_groups
from pystamps.stages.reference_area import reference_means, sums_of_rows

log = logging.getLogger(__name__)

_RECIPROCAL_CONDITION = 0.001
_ADDED_VARIANCE = 0.01


@dataclass(frozen=True, slots=True)
class ImageSolution:
    """How the phase of the images follows from that of the used interferograms.

    Attributes
    ----------
    design : float64, (n_ifg, n_image), from images to interferograms; the column of the reference
        image, whose phase is 0, is 0
    columns : int64, (n_used,), used interferograms
    images : int64, (n_solved,), images that are solved for, ascending
    rows : float64, (n_solved, n_used), from interferograms to images
    covariance : float64, (n_image, n_image), of the images, rad^2
    """

    design: Float64
    columns: Index
    images: Index
    rows: Float64
    covariance: Float64


def require_connected_images(interferograms: Interferograms, columns: Index) -> None:
    """Refuse a network in which images are not connected with the reference image.

    Parameters
    ----------
    interferograms : Interferograms
        Small baselines.
    columns : ndarray of int64, shape (n_used,)
        Used interferograms.

    Raises
    ------
    ParameterError
        Names the images and their interferograms.

    Notes
    -----
    Images in no used interferogram are no error: they have no phase.
    """
    reference, pairs = interferograms.reference_ix, interferograms.pairs[columns]
    groups = connected_image_groups(pairs)
    apart = [image for group in groups if reference not in group for image in group]
    if not apart:
        return
    name = yyyymmdd(interferograms.day[reference])
    if not (pairs == reference).any():
        raise ParameterError(
            f"small baselines: no used interferogram contains the reference image {name} "
            "(master_ix of ps2.mat), so that no phase of an image is known; take one of its "
            "interferograms off drop_ifg_index"
        )
    dates = ", ".join(yyyymmdd(interferograms.day[image]) for image in sorted(apart))
    numbers = columns[np.isin(pairs[:, 0], apart)] + 1
    raise ParameterError(
        f"small baselines: no used interferograms connect the images {dates} with the reference "
        f"image {name}; take interferograms that do off drop_ifg_index, or put those between these "
        f"images there too ({', '.join(map(str, numbers))}): they get no phase then"
    )


def design_to_images(interferograms: Interferograms) -> Float64:
    """Give the matrix from phases of images to those of interferograms, 0 at the reference image.

    Returns
    -------
    ndarray of float64, shape (n_ifg, n_image)
    """
    design = interferograms.design()
    design[:, interferograms.reference_ix] = 0
    return design


def noise_covariance(ph_rc: Matrix, ph_patch: Matrix) -> Float64:
    """Covariance of the wrapped noise of the interferograms over all pixels, rad^2.

    Parameters
    ----------
    ph_rc, ph_patch : Matrix of complex64, shape (n_ps, n_ifg)
        Corrected phase, and that of the filtered neighbourhood.

    Returns
    -------
    ndarray of float64, shape (n_ifg, n_ifg)
    """
    n_ps, n_ifg = ph_rc.shape
    total, squares = np.zeros(n_ifg), np.zeros((n_ifg, n_ifg))
    for rows in row_blocks(ph_rc):
        noise = np.angle(ph_rc[rows] * ph_patch[rows].conj()).astype(np.float64)
        total += noise.sum(axis=0)
        squares += noise.T @ noise
    mean = total / max(n_ps, 1)
    return np.asarray((squares - n_ps * np.outer(mean, mean)) / max(n_ps - 1, 1))


def well_conditioned(covariance: Float64) -> Float64:
    """Add 0.01 rad^2 to all variances until a covariance can be inverted.

    Notes
    -----
    Closed loops of interferograms that share their filtered neighbourhood have little noise of
    their own, which brings their covariance close to singular. The condition is LAPACK's estimate
    for the 1-norm, as in the original: near the limit, rounding decides the number of steps.
    """
    steps = 0
    while _reciprocal_condition(covariance) < _RECIPROCAL_CONDITION:
        covariance = covariance + _ADDED_VARIANCE * np.eye(len(covariance))
        steps += 1
    if steps:
        log.info("0.01 rad^2 added %d times to the variances of the interferograms", steps)
    return covariance


def _reciprocal_condition(matrix: Float64) -> float:
    """LAPACK's estimate of 1 / (norm of a matrix times that of its inverse), 1-norm."""
    factors, _, info = scipy.linalg.lapack.dgetrf(matrix)
    if info > 0:
        return 0.0
    reciprocal, _ = scipy.linalg.lapack.dgecon(factors, np.linalg.norm(matrix, 1), norm="1")
    return float(reciprocal)


def solve_images(
    interferograms: Interferograms, columns: Index, covariance: Float64
) -> ImageSolution:
    """Give the weighted least-squares solution for the phase of the images.

    Parameters
    ----------
    interferograms : Interferograms
        Small baselines.
    columns : ndarray of int64, shape (n_used,)
        Used interferograms.
    covariance : ndarray of float64, shape (n_ifg, n_ifg)
        Noise of all interferograms, rad^2.

    Raises
    ------
    ParameterError
        See :func:`require_connected_images`.
    """
    require_connected_images(interferograms, columns)
    design = design_to_images(interferograms)
    images = np.flatnonzero(design[columns].any(axis=0))
    root = np.linalg.cholesky(well_conditioned(covariance[np.ix_(columns, columns)]))
    # with C = L L', L^-1 y has noise of variance 1: least squares of L^-1 y on L^-1 G
    whitening = scipy.linalg.solve_triangular(root, np.eye(len(root)), lower=True)
    orthogonal, triangular = np.linalg.qr(whitening @ design[np.ix_(columns, images)])
    inverse = scipy.linalg.solve_triangular(triangular, np.eye(images.size))
    of_images = np.zeros((interferograms.n_image, interferograms.n_image))
    of_images[np.ix_(images, images)] = inverse @ inverse.T
    return ImageSolution(design, columns, images, inverse @ orthogonal.T @ whitening, of_images)


def reference_phase(
    ph_uw: Matrix, reference_rows: Index | None, columns: Index, *, over_interferograms: bool
) -> Float64:
    """Give the phase of the reference area in every used interferogram, rad: (n_used,).

    Parameters
    ----------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
    reference_rows : ndarray of int64 or None
        See :func:`pystamps.stages.reference_area.reference_pixels`.
    columns : ndarray of int64, shape (n_used,)
    over_interferograms : bool
        A single reference pixel gives one number, its mean over the interferograms, as in the
        original; otherwise it gives its phase in each.
    """
    if over_interferograms and reference_rows is not None and reference_rows.size == 1:
        total, count = sums_of_rows(ph_uw, reference_rows, columns)
        return np.full(columns.size, total.sum() / count.sum())
    return reference_means(ph_uw, reference_rows, columns=columns)[columns]


def phase_of_images(ph_uw: Matrix, reference: Float64, solution: ImageSolution) -> Matrix:
    """Give the unwrapped phase of the images, float32 (n_ps, n_image), rad.

    Parameters
    ----------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
        Of the interferograms. A pixel with NaN in one of them has NaN in all images.
    reference : ndarray of float64, shape (n_used,)
        See :func:`reference_phase`.
    solution : ImageSolution
    """
    n_image = solution.design.shape[1]

    def solve(rows: slice) -> Float32:
        used = ph_uw[rows][:, solution.columns].astype(np.float64) - reference
        found = np.zeros((len(used), n_image), np.float32)
        found[:, solution.images] = used @ solution.rows.T
        return found

    return made_from((ph_uw,), (len(ph_uw), n_image), np.float32, solve)


def invert_pairs(
    ph_uw: Matrix,
    interferograms: Interferograms,
    reference: Float64,
    covariance: Float64,
    solution: ImageSolution,
) -> tuple[Unwrapped, PairInversion]:
    """Give the phase of the images, and what the interferograms follow from it.

    Parameters
    ----------
    ph_uw : Matrix of float32, shape (n_ps, n_ifg)
    interferograms : Interferograms
    reference : ndarray of float64, shape (n_used,)
    covariance : ndarray of float64, shape (n_ifg, n_ifg)
        Of the interferograms, as :func:`noise_covariance` gives it.
    solution : ImageSolution

    Notes
    -----
    ``sb_invert_uw``. Images in no used interferogram have the phase 0 and are not listed.
    """
    of_images = phase_of_images(ph_uw, reference, solution)
    back = solution.design.T.astype(np.float32)

    def predict(rows: slice) -> Float32:
        return np.asarray(of_images[rows] @ back)

    predicted = made_from((ph_uw,), ph_uw.shape, np.float32, predict)
    listed = np.union1d(solution.images, interferograms.reference_ix).astype(np.int64)
    missing = np.setdiff1d(np.arange(interferograms.n_image), listed)
    if missing.size:
        dates = ", ".join(yyyymmdd(interferograms.day[image]) for image in missing)
        log.warning("images in no used interferogram have no phase: %s", dates)
    return (
        Unwrapped(of_images, unwrap_ifg_index_sm=listed),
        PairInversion(predicted, covariance, solution.covariance),
    )
