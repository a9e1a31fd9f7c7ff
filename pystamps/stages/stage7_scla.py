"""Stage 7: spatially correlated look-angle (DEM) error and contribution of the reference image.

After unwrapping, the phase that is proportional to the perpendicular baseline is what the DEM
(or the position of the scatterer in its resolution cell) got wrong. Its slope K is fitted to
differences of consecutive images, in which little deformation has accumulated; what all
images then have in common is the atmosphere and orbit error C of the reference image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float32, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.fit_condition import (
    FEWEST_FOR_VELOCITY_IN_STAGE_7,
    look_angle_condition,
    require_determined,
)
from pystamps.model import LookAngleError, Pixels, SmoothedLookAngleError, UsedInterferograms
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stages.deramp import deramp
from pystamps.stages.least_squares import solution_rows, usable_std
from pystamps.stages.reference_area import reference_means, reference_pixels
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage7_scla import SclaWeights, stage7_scla
from pystamps_kernels.stage7_simplex_l1 import stage7_simplex_l1

_FEWEST = 3


@dataclass(frozen=True, slots=True)
class SclaInput:
    """What the estimate needs.

    Attributes
    ----------
    pixels : Pixels
    ph_uw : Matrix of float32, (n_ps, n_ifg), unwrapped phase in rad, 0 in the null column
    bperp : Matrix of float32 or float64, (n_ps, n_ifg), m, 0 in the null column
    ifg_std_deg : float32, (n_ifg,) or None, noise of the interferograms; None = all equal
    deramp_degree : float, surface that ``scla_deramp`` removes
    """

    pixels: Pixels
    ph_uw: Matrix
    bperp: Matrix
    ifg_std_deg: Float32 | None
    deramp_degree: float = 1.0


def estimate_look_angle_error(
    stack: SclaInput,
    parameters: Parameters,
    *,
    with_velocity: bool = True,
    chunk_ps: int = 0,
    choice: KernelChoice = AUTO,
) -> LookAngleError:
    """Estimate the look-angle error of a single-master data set.

    Parameters
    ----------
    stack : SclaInput
    parameters : Parameters
        ``drop_ifg_index``, ``scla_drop_index``, ``scla_method``, ``scla_deramp``, ``ref_*``.
    with_velocity : bool
        Estimate a velocity together with K; never done with fewer than four images, where
        StaMPS stops.
    chunk_ps : int
        Pixels at a time, 0 = a few megabytes of them; the result is the same.
    choice : KernelChoice

    Returns
    -------
    LookAngleError
        A pixel that lacks a used interferogram is NaN. Of inputs whose rows are read when
        asked for, the matrices are computed when asked for.

    Raises
    ------
    ParameterError
        Fewer than three images are left, the reference area is empty, or baselines and time cannot
        be told apart (:mod:`pystamps.fit_condition`).

    Notes
    -----
    StaMPS routine ``ps_calc_scla``; Hooper, Segall and Zebker (2007), J. Geophys. Res. 112,
    B07407. All sums are in double precision.
    """
    pixels, interferograms = stack.pixels, stack.pixels.interferograms
    used = _used(pixels, parameters)
    columns = used.with_null
    with_velocity = with_velocity and columns.size >= FEWEST_FOR_VELOCITY_IN_STAGE_7
    ph_uw = stack.ph_uw
    ph_ramp: Matrix = np.zeros((0, 0))
    if parameters.scla_deramp:
        ph_uw, ramp = deramp(ph_uw, pixels.xy[:, 1:], degree=stack.deramp_degree)
        ph_ramp = made_from(  # no surface where it could not be estimated
            (ramp,), ramp.shape, np.float64, lambda rows: np.nan_to_num(ramp[rows])
        )
    reference_rows = reference_pixels(pixels, parameters)
    reference = reference_means(ph_uw, reference_rows, columns=columns)
    baseline = np.diff(mean_over_pixels(stack.bperp)[columns])
    require_determined(
        look_angle_condition(
            interferograms.second_day[columns],
            np.concatenate([[0.0], np.cumsum(baseline)]),
            with_velocity=with_velocity,
        ),
        "look-angle error (stage 7: dates of ps2.mat, baselines of bp2.mat)",
        remedy="add images with other baselines, or drop fewer (scla_drop_index, drop_ifg_index)",
    )
    days = np.diff(interferograms.second_day[columns])
    design = _design(baseline, days, with_velocity=with_velocity)
    rows = solution_rows(design)
    weights = SclaWeights(
        slope=interferograms.in_all_columns(_of_differences(rows[1]), columns),
        constant=_constant_weights(stack, used.observed, with_velocity=with_velocity),
        reference=reference,
    )
    k_ps, c_ps = np.empty(pixels.n_ps), np.empty(pixels.n_ps)
    norm_l1 = None
    if parameters.scla_method.upper() == "L1":
        norm_l1 = _NormL1(design, columns, reference, _starts(ph_uw, columns, reference, rows))
    for block in row_blocks(ph_uw, n_rows=chunk_ps):
        ph = ph_uw[block]
        k_known = None if norm_l1 is None else norm_l1.slopes(ph, block, choice=choice)
        k_ps[block], c_ps[block], _ = stage7_scla(
            ph, stack.bperp[block], weights=weights, k_known=k_known, choice=choice
        )
    return LookAngleError(
        _look_angle_phase(k_ps, stack.bperp),
        k_ps,
        c_ps.astype(ph_uw.dtype),
        ph_ramp,
        _covariance(pixels.n_ifg, stack.ifg_std_deg),
    )


@dataclass(frozen=True, slots=True)
class _NormL1:
    """The search for the least sum of absolute residuals.

    Attributes
    ----------
    design : float64, (n_used - 1, n_unknown), of the differences of consecutive images
    columns : int64, (n_used,)
    reference : float64, (n_ifg,), rad
    start : float64, (n_ps, n_unknown), least squares of every pixel
    """

    design: Float64
    columns: Index
    reference: Float64
    start: Float64

    def slopes(self, ph: FloatArray, block: slice, *, choice: KernelChoice) -> Float64:
        """Give the slopes in rad/m of a stretch of pixels."""
        differences = _differences(ph, self.columns, self.reference)
        start = self.start[block]
        found: Float64 = stage7_simplex_l1(differences, self.design, start=start, choice=choice)
        return found[:, 1]


def _starts(ph_uw: Matrix, columns: Index, reference: Float64, rows: Float64) -> Float64:
    """Give the least squares of all pixels, from which the search in L1 starts: (n_ps, n_unknown).

    In blocks of their own: the last bit of a product of matrices may depend on the number of its
    rows, and the search follows the last bit.
    """
    start = np.empty((len(ph_uw), len(rows)))
    for block in row_blocks(ph_uw):
        start[block] = _differences(ph_uw[block], columns, reference) @ rows.T
    return start


def _differences(ph: FloatArray, columns: Index, reference: Float64) -> Float64:
    """Differences of consecutive images relative to the reference area, rad."""
    return np.diff(ph[:, columns].astype(np.float64) - reference[columns], axis=1)


def clip_outliers(scla: LookAngleError, arcs: Index, *, bperp: Matrix) -> SmoothedLookAngleError:
    """Clip K and C of every pixel to the range of its neighbours.

    Parameters
    ----------
    scla : LookAngleError
    arcs : ndarray of int64, shape (n_arc, 2)
        Neighbouring pixels (Delaunay network).
    bperp : Matrix of float, shape (n_ps, n_ifg)
        m, 0 in the null column.

    Returns
    -------
    SmoothedLookAngleError

    Notes
    -----
    StaMPS routine ``ps_smooth_scla``, which averages nothing in spite of its name. The limits
    are single precision, as there. A pixel without neighbours (a second one at the same place)
    keeps its values; there it becomes infinite and spoils the next unwrapping.
    """
    k_ps = _clipped_to_neighbours(scla.k_ps_uw, arcs)
    c_ps = _clipped_to_neighbours(scla.c_ps_uw, arcs)
    ph_scla = _look_angle_phase(k_ps, bperp)
    return SmoothedLookAngleError(k_ps.astype(np.float64), c_ps, ph_scla, scla.ph_ramp)


def mean_over_pixels(values: Matrix) -> Float64:
    """Give the mean of each column in double precision; zeros without pixels."""
    total = np.zeros(values.shape[1])
    for rows in row_blocks(values):
        total += values[rows].sum(axis=0, dtype=np.float64)
    return total / max(len(values), 1)


def _look_angle_phase(k_ps: FloatArray, bperp: Matrix) -> Matrix:
    """Give the phase of the look-angle error in the precision of the baselines, as in StaMPS."""
    slope = k_ps.astype(bperp.dtype)[:, None]
    return made_from((bperp,), bperp.shape, bperp.dtype, lambda rows: slope[rows] * bperp[rows])


def _used(pixels: Pixels, parameters: Parameters) -> UsedInterferograms:
    """Give the interferograms of the estimate; the null column stays in.

    The columns are a series of images relative to the reference image, and that is 0 in the null
    column. So a difference of neighbouring columns is the interferogram of two images that follow
    each other, that of the reference image and the one before it included.
    """
    interferograms = pixels.interferograms
    used = interferograms.used(parameters.drop_ifg_index)
    used = used.without(interferograms.numbered(parameters.scla_drop_index, name="scla_drop_index"))
    if used.with_null.size < _FEWEST:
        raise ParameterError(
            f"drop_ifg_index and scla_drop_index leave {used.with_null.size} of {pixels.n_ifg} "
            f"images, the look-angle error needs {_FEWEST}; drop fewer"
        )
    return used


def _design(baseline: Float64, days: Float64, *, with_velocity: bool) -> Float64:
    """Design of the differences of consecutive images: constant, K and, if asked, velocity."""
    terms = [np.ones(days.size), baseline]
    return np.stack([*terms, days] if with_velocity else terms, axis=1)


def _of_differences(weights: Float64) -> Float64:
    """Turn weights of differences of consecutive images into weights of the images."""
    return -np.diff(weights, prepend=0.0, append=0.0)


def _constant_weights(stack: SclaInput, observed: Index, *, with_velocity: bool) -> Float64:
    """Weights that give C: a mean, or the constant of a weighted straight line in time.

    Every column is image minus reference image: what the reference image has more than the line
    through the others, its atmosphere and orbit error, is in all of them with the sign of C. The
    null column is 0 by definition and says nothing about it.
    """
    interferograms = stack.pixels.interferograms
    if not with_velocity:
        mean = np.full(observed.size, 1 / observed.size)
        return interferograms.in_all_columns(mean, observed)
    days = interferograms.temporal_baseline[observed]
    std = None
    if stack.ifg_std_deg is not None:
        std = usable_std(stack.ifg_std_deg[observed] * np.pi / 180)
    rows = solution_rows(np.stack([np.ones(days.size), days], axis=1), std=std)
    return interferograms.in_all_columns(rows[0], observed)


def _covariance(n_ifg: int, ifg_std_deg: Float32 | None) -> Float64:
    """Covariance of the interferograms in rad^2: values of single precision, as in StaMPS."""
    if ifg_std_deg is None:
        return np.eye(n_ifg)
    return np.diag((ifg_std_deg * np.pi / 180) ** 2).astype(np.float64)


def _clipped_to_neighbours(values: FloatArray, arcs: Index) -> FloatArray:
    """Clip each value to the smallest and largest value at the other ends of its arcs."""
    neighbours = values.astype(np.float32)
    low, high = np.full((2, len(values)), np.nan, dtype=np.float32)
    for block in row_blocks(arcs):
        for here, there in (arcs[block].T, arcs[block, ::-1].T):
            np.fmin.at(low, here, neighbours[there])
            np.fmax.at(high, here, neighbours[there])
    low_limit, high_limit = low.astype(values.dtype), high.astype(values.dtype)
    # NaN compares as false: a pixel without estimate, or without such a neighbour, keeps its value
    clipped = np.where(values > high_limit, high_limit, values)
    return np.where(values < low_limit, low_limit, clipped)
