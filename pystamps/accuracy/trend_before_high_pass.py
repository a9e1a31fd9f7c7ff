"""Displacement by the filter of stage 8, the straight line taken off before and put back after.

The high-pass of stage 8 takes a weighted mean in time off. A linear motion is no constant, so that
at both ends of a series part of it passes as "noise" and is lost: rms errors there are three times
those in the middle. A plane that is not linear in time is no motion either, and goes with it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.collocation import nonlinear_motion
from pystamps.accuracy.gaussian_low_pass import gaussian_low_pass
from pystamps.accuracy.line_test import line_gain
from pystamps.accuracy.phase_bands import LENGTHS_M
from pystamps.accuracy.series_of_images import FEWEST_SECONDARIES
from pystamps.arrays import Float32, Float64, Index
from pystamps.config import Compat
from pystamps.dates import DAYS_PER_YEAR
from pystamps.model import AccurateSeries, AccurateVelocity
from pystamps.parameters import Parameters
from pystamps.products.phase import PhaseParts, corrected_phase
from pystamps.products.velocity import mm_per_radian
from pystamps.rows import row_blocks
from pystamps.stages.deramp import deramp
from pystamps.stages.reference_area import reference_means, reference_pixels
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise
from pystamps_kernels import AUTO, KernelChoice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SeriesMethod:
    """How a series is filtered.

    Attributes
    ----------
    is_trend_removed : bool
        The line of every pixel takes no part in the filter (``accuracy.scn_trend``).
    compat : Compat
        Of stage 8.
    choice : KernelChoice
    """

    is_trend_removed: bool
    compat: Compat
    choice: KernelChoice = AUTO


def filtered_series(
    parts: PhaseParts, velocity: AccurateVelocity, parameters: Parameters, method: SeriesMethod
) -> AccurateSeries:
    """Filter the series of every pixel in time and space as stage 8 does.

    Parameters
    ----------
    parts : PhaseParts
        After stage 7.
    velocity : AccurateVelocity
        Its plane is taken off the series as well.
    parameters : Parameters
        As for stage 8, ``lambda`` and the reference area.
    method : SeriesMethod

    Returns
    -------
    AccurateSeries

    Raises
    ------
    ParameterError, ArtifactError
        As :func:`~pystamps.stages.stage8_filter.filter_correlated_noise`.
    """
    used = parts.used(parameters)
    years = parts.columns.temporal_baseline / DAYS_PER_YEAR
    factor = -mm_per_radian(parameters.lambda_)
    phase = corrected_phase(parts, "dm")
    _add_line(phase, -(velocity.v + velocity.plane) / factor, years)
    planes = deramp(phase, parts.pixels.xy[:, 1:])[1]
    phase -= np.nan_to_num(np.asarray(planes)).astype(np.float32)
    if not method.is_trend_removed:
        _add_line(phase, velocity.v / factor, years)
    atmosphere = _taken_by_filter(phase, parts, parameters, method)
    if method.is_trend_removed:
        line = np.zeros_like(phase)
        _add_line(line, velocity.v / factor, years)
        returned = _taken_by_filter(line, parts, parameters, method)
        reason = _why_not(
            parts, velocity.v / factor, years, used.observed, (returned, phase, atmosphere)
        )
        phase += line
        if reason:
            log.warning("accuracy.scn_trend: remove changes nothing here: %s", reason)
            atmosphere += returned
    phase -= atmosphere
    reference = reference_pixels(parts.pixels, parameters)
    left_out = np.setdiff1d(np.arange(phase.shape[1]), used.with_null)
    found = [_in_mm(array, factor) for array in (phase, atmosphere)]
    for array in found:
        array -= reference_means(array, reference, columns=used.observed).astype(np.float32)
        array[:, parts.columns.null_columns] = 0
        array[:, left_out] = np.nan
    return AccurateSeries(*found)


def _taken_by_filter(
    phase: Float32, parts: PhaseParts, parameters: Parameters, method: SeriesMethod
) -> Float32:
    """Give what stage 8 takes of series for atmosphere."""
    noise = filter_correlated_noise(
        ScnInput(parts.pixels, phase), parameters, compat=method.compat, choice=method.choice
    )
    return np.asarray(noise.ph_scn_slave).astype(np.float32)


def _why_not(
    parts: PhaseParts,
    slope: Float64,
    years: Float64,
    columns: Index,
    series: tuple[Float32, Float32, Float32],
) -> str:
    """Say why lines are not to be put back; empty where they are.

    ``series`` are what the filter takes of lines, series without lines, and what it takes of them.
    """
    known = np.flatnonzero(np.isfinite(slope) & np.isfinite(series[1][:, columns]).all(axis=1))
    returned, left, taken = (array[known][:, columns] for array in series)
    gain = line_gain(returned, left, taken, slope[known], years[columns])
    words = " and ".join(
        f"{own:.3g} rad^2 (errors of the velocity alone: {error:.3g})"
        for own, error in zip(gain.gain, gain.error, strict=True)
    )
    log.info("lines before the high-pass: the early and the late half gain %s", words)
    if not gain.is_certain:
        return (
            f"the early and the late half of the series gain {words}; the motion is smaller than "
            "the errors of its velocity, or rests for a time"
        )
    if columns.size < FEWEST_SECONDARIES:
        return ""
    xy = parts.pixels.xy[known, 1:].astype(np.float64)
    shared = gaussian_low_pass(xy, LENGTHS_M[0]).means(left)
    motion = nonlinear_motion(xy, shared, years[columns])
    log.info("atmosphere correlated in time: %.0f %% of its white part", 100 * motion.colour)
    if motion.is_off:
        return (
            f"the atmosphere is correlated in time ({100 * motion.colour:.0f} % of its white "
            "part), and the velocity holds some of it"
        )
    if motion.claimed:
        share = 100 * motion.claimed
        return f"{share:.1f} % of the windows of collocation move other than linearly"
    return ""


def _add_line(phase: Float32, slope: Float64, years: Float64) -> None:
    """Add a straight line to the series of every pixel, rad; in place, by blocks."""
    for rows in row_blocks(phase):
        phase[rows] += np.nan_to_num(slope[rows, None] * years).astype(np.float32)


def _in_mm(phase: Float32, factor: float) -> Float32:
    return np.asarray(phase * np.float32(factor))
