"""Stage 7: spatially correlated look-angle (DEM) error and contribution of the reference image.

After unwrapping, the phase that is proportional to the perpendicular baseline is what the DEM
(or the position of the scatterer in its resolution cell) got wrong. Its slope K is fitted to
differences of consecutive images, in which little deformation has accumulated; what all
images then have in common is the atmosphere and orbit error C of the reference image.
Interferograms of small baselines are such differences already.
"""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray, Index
from pystamps.fit_condition import (
    FEWEST_FOR_VELOCITY_IN_STAGE_7,
    look_angle_condition,
    pair_look_angle_condition,
    require_determined,
)
from pystamps.model import LookAngleError, PairLookAngleError
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, made_from, row_blocks
from pystamps.stages.deramp import deramp
from pystamps.stages.least_squares import solution_rows, usable_covariance, usable_std
from pystamps.stages.reference_area import reference_means, reference_pixels
from pystamps.stages.stage7_columns import SclaInput, SlopeObservations
from pystamps.stages.stage7_norm_l1 import NormL1, least_squares_start
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage7_scla import SclaWeights, stage7_scla


def estimate_look_angle_error(
    stack: SclaInput,
    parameters: Parameters,
    *,
    with_velocity: bool = True,
    by_simplex: bool = False,
    chunk_ps: int = 0,
    choice: KernelChoice = AUTO,
) -> LookAngleError | PairLookAngleError:
    """Estimate the look-angle error from images, or from interferograms of small baselines.

    Parameters
    ----------
    stack : SclaInput
    parameters : Parameters
        ``drop_ifg_index``, ``scla_drop_index``, ``sb_scla_drop_index``, ``scla_method``,
        ``scla_deramp``, ``ref_*``.
    with_velocity : bool
        Estimate a velocity together with K; never done with fewer than four images, where
        StaMPS stops.
    by_simplex : bool
        ``scla_method`` L1 with the search of StaMPS, which ends before the optimum.
    chunk_ps : int
        Pixels at a time, 0 = a few megabytes of them; the result is the same.
    choice : KernelChoice

    Returns
    -------
    LookAngleError, or PairLookAngleError where the columns are pairs
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
    B07407. All sums are in double precision. The covariance weighs pairs in the fit of K; images
    are weighed in that of C only, the covariance of their differences being unknown.
    """
    pixels, interferograms = stack.pixels, stack.columns
    used = stack.used(parameters)
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
    observed = SlopeObservations(columns, reference, interferograms.has_null_column)
    design = _design(stack, columns, with_velocity=with_velocity)
    rows = _rows_of_unknowns(stack, columns, design)
    weights = SclaWeights(
        slope=interferograms.in_all_columns(observed.weights_of_columns(rows[1]), columns),
        constant=_constant_weights(stack, used.observed, with_velocity=with_velocity),
        reference=reference,
    )
    k_ps, c_ps = np.empty(pixels.n_ps), np.empty(pixels.n_ps)
    norm_l1 = None
    if parameters.scla_method.upper() == "L1":
        start = least_squares_start(ph_uw, observed, rows) if by_simplex else None
        norm_l1 = NormL1(design, observed, start)
    for block in row_blocks(ph_uw, n_rows=chunk_ps):
        ph = ph_uw[block]
        k_known = None if norm_l1 is None else norm_l1.slopes(ph, block, choice=choice)
        k_ps[block], c_ps[block], _ = stage7_scla(
            ph, stack.bperp[block], weights=weights, k_known=k_known, choice=choice
        )
    ph_scla = look_angle_phase(k_ps, stack.bperp)
    covariance = _covariance(stack, ph_uw.shape[1])
    if not interferograms.has_null_column:
        return PairLookAngleError(ph_scla, k_ps, np.zeros(pixels.n_ps), ph_ramp, covariance)
    return LookAngleError(ph_scla, k_ps, c_ps.astype(ph_uw.dtype), ph_ramp, covariance)


def mean_over_pixels(values: Matrix) -> Float64:
    """Give the mean of each column in double precision; zeros without pixels."""
    total = np.zeros(values.shape[1])
    for rows in row_blocks(values):
        total += values[rows].sum(axis=0, dtype=np.float64)
    return total / max(len(values), 1)


def look_angle_phase(k_ps: FloatArray, bperp: Matrix) -> Matrix:
    """Give the phase of the look-angle error in the precision of the baselines, as in StaMPS."""
    slope = k_ps.astype(bperp.dtype)[:, None]
    return made_from((bperp,), bperp.shape, bperp.dtype, lambda rows: slope[rows] * bperp[rows])


def _design(stack: SclaInput, columns: Index, *, with_velocity: bool) -> Float64:
    """Design of the observations: constant, mean baseline (K) and, if asked, time (velocity).

    Raises
    ------
    ParameterError
        The unknowns cannot be told apart.
    """
    baseline = mean_over_pixels(stack.bperp)[columns]
    interferograms = stack.columns
    if interferograms.has_null_column:
        day = interferograms.second_day[columns]
        baseline, days = np.diff(baseline), np.diff(day)
        steps = np.concatenate([[0.0], np.cumsum(baseline)])
        condition = look_angle_condition(day, steps, with_velocity=with_velocity)
        listed = "scla_drop_index"
    else:
        days = interferograms.temporal_baseline[columns]
        condition = pair_look_angle_condition(days, baseline, with_velocity=with_velocity)
        listed = "sb_scla_drop_index"
    require_determined(
        condition,
        "look-angle error (stage 7: dates of ps2.mat, baselines of bp2.mat)",
        remedy=f"add images with other baselines, or drop fewer ({listed}, drop_ifg_index)",
    )
    terms = [np.ones(days.size), baseline]
    return np.stack([*terms, days] if with_velocity else terms, axis=1)


def _rows_of_unknowns(stack: SclaInput, columns: Index, design: Float64) -> Float64:
    """Give the matrix that turns the observations of a pixel into its unknowns."""
    if stack.columns.has_null_column or stack.covariance is None:
        return solution_rows(design)
    noise = stack.covariance[np.ix_(columns, columns)]
    return solution_rows(design, covariance=usable_covariance(noise))


def _constant_weights(stack: SclaInput, observed: Index, *, with_velocity: bool) -> Float64:
    """Weights that give C: a mean, or the constant of a weighted straight line in time.

    Every column is image minus reference image: what the reference image has more than the line
    through the others, its atmosphere and orbit error, is in all of them with the sign of C. The
    null column is 0 by definition and says nothing about it.
    """
    interferograms = stack.columns
    if not interferograms.has_null_column:
        return np.zeros(interferograms.n_ifg)  # no image is in all pairs
    if not with_velocity:
        mean = np.full(observed.size, 1 / observed.size)
        return interferograms.in_all_columns(mean, observed)
    days = interferograms.temporal_baseline[observed]
    line = np.stack([np.ones(days.size), days], axis=1)
    if stack.covariance is not None:
        noise = usable_covariance(stack.covariance[np.ix_(observed, observed)])
        rows = solution_rows(line, covariance=noise)
    elif stack.ifg_std_deg is not None:
        rows = solution_rows(line, std=usable_std(stack.ifg_std_deg[observed] * np.pi / 180))
    else:
        rows = solution_rows(line)
    return interferograms.in_all_columns(rows[0], observed)


def _covariance(stack: SclaInput, n_column: int) -> Float64:
    """Covariance of the columns in rad^2; of standard deviations in single, as in StaMPS."""
    if stack.covariance is not None:
        return stack.covariance
    if stack.ifg_std_deg is None:
        return np.eye(n_column)
    return np.diag((stack.ifg_std_deg * np.pi / 180) ** 2).astype(np.float64)
