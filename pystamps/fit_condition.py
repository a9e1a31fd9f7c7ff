"""How well a fit is determined by its design, before any phase is looked at.

A fit to phase that is noisy gives numbers whatever its design is. What follows from dates,
baselines and positions alone is said here in a number, as a warning, and at the limit where the
result follows from rounding, or from a single observation, as a refusal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.interferograms import Interferograms

log = logging.getLogger(__name__)

LARGEST_CONDITION = 1000.0
"""Of baselines against time: noise of 1 rad becomes hundreds of cycles at a baseline of 100 m."""
HIGH_CORRELATION = 0.9
"""From here on a slope is at least 2.3 times as uncertain as without the correlation."""
LARGEST_SURFACE_CONDITION = 1e6
"""Of pixels on a surface: 20 km along a line and 2 cm across, the rounding of the positions."""
HIGH_SURFACE_CONDITION = 100.0
FEWEST_FOR_VELOCITY_IN_STAGE_7 = 4
"""Images from which on stage 7 fits a velocity beside the slope."""
FEW_TIMES_UNKNOWNS = 2
FEWEST_FOR_LINE = 5
FEWEST_WEIGHING = 1.01
"""Interferograms that weigh: below, one of them decides alone."""
FEW_WEIGHING = 2.0
_EQUAL_M = 1e-3
_SAMPLED = 100_000
_ROUNDED = 1e-9


@dataclass(frozen=True, slots=True)
class FitCondition:
    """What the design of a fit says about it.

    Attributes
    ----------
    warnings : tuple of str
        What makes the result uncertain, each with its number.
    refusal : str
        Why the result would mean nothing; empty when it means something.
    """

    warnings: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The refusal, or the warnings."""
        return (self.refusal,) if self.refusal else self.warnings


def require_determined(found: FitCondition, where: str, *, remedy: str) -> None:
    """Log the warnings about a fit, or refuse it.

    Parameters
    ----------
    found : FitCondition
    where : str
        What is fitted, from which files.
    remedy : str

    Raises
    ------
    ParameterError
        The result would mean nothing.
    """
    if found.refusal:
        raise ParameterError(f"{where}: {found.refusal}; {remedy}")
    for words in found.warnings:
        log.warning("%s: %s", where, words)


def conditions_of_stack(
    stack: Interferograms, *, drop: Iterable[int] = (), scla_drop: Iterable[int] = ()
) -> Iterator[tuple[str, FitCondition]]:
    """Give what is fitted in stage 7 and by the velocity, and how well dates and baselines tell.

    Parameters
    ----------
    stack : Interferograms
        Of a single reference image.
    drop, scla_drop : iterable of int
        ``drop_ifg_index`` and ``scla_drop_index``.

    Raises
    ------
    ParameterError
        A number does not exist.
    """
    used = stack.used(drop)
    images = used.without(stack.numbered(scla_drop, name="scla_drop_index")).with_null
    if images.size > 2:
        yield (
            "look-angle error (stage 7)",
            look_angle_condition(
                stack.second_day[images],
                stack.bperp[images],
                with_velocity=images.size >= FEWEST_FOR_VELOCITY_IN_STAGE_7,
            ),
        )
    columns = used.observed
    if columns.size > 1:
        yield "mean velocity", velocity_condition(stack.second_day[columns], stack.bperp[columns])


def look_angle_condition(
    days: FloatArray, bperp: FloatArray, *, with_velocity: bool = True
) -> FitCondition:
    """Say how well the look-angle error of stage 7 is determined.

    Parameters
    ----------
    days : ndarray of float, shape (n_image,)
        Dates of the images used, ascending.
    bperp : ndarray of float, shape (n_image,)
        Perpendicular baselines in m relative to the reference image.
    with_velocity : bool
        Stage 7 fits a velocity too (from four images on).

    Notes
    -----
    The slope is fitted to differences of consecutive images together with a constant and a
    velocity, so what counts is the part of the steps in baseline that no combination of these
    explains: its share s of their size is the sine of an angle, sqrt(1 - s^2) their correlation,
    and (1 + R) / s the condition number of two columns of unit length at that angle. Equidistant
    dates make the velocity a constant; the slope does not mind.
    """
    steps, intervals = np.diff(bperp.astype(np.float64)), np.diff(days.astype(np.float64))
    if not steps.any():
        return FitCondition(("all baselines are equal: no look-angle error can be told",))
    where = "steps of the baselines from image to image correlate with those in time"
    return _slope_condition(
        steps, intervals, spread=float(np.ptp(bperp)), where=where,
        counted=f"{bperp.size} images", fewest_more=1, with_velocity=with_velocity,
    )  # fmt: skip


def pair_look_angle_condition(
    spans: FloatArray, bperp: FloatArray, *, with_velocity: bool = True
) -> FitCondition:
    """Say how well the look-angle error is determined by interferograms of small baselines.

    Parameters
    ----------
    spans : ndarray of float, shape (n_ifg,)
        Days from the first to the second image of every interferogram used.
    bperp : ndarray of float, shape (n_ifg,)
        Perpendicular baselines in m of the second image relative to the first.
    with_velocity : bool
        Stage 7 fits a velocity too.

    Notes
    -----
    As :func:`look_angle_condition`, for the baselines themselves instead of their steps.
    """
    values = bperp.astype(np.float64)
    if not values.any():
        return FitCondition(("all baselines are 0: no look-angle error can be told",))
    return _slope_condition(
        values, spans.astype(np.float64), spread=float(np.ptp(values)),
        where="baselines of the interferograms correlate with their spans in time",
        counted=f"{values.size} interferograms", fewest_more=0, with_velocity=with_velocity,
    )  # fmt: skip


def _slope_condition(
    steps: Float64,
    intervals: Float64,
    *,
    spread: float,
    where: str,
    counted: str,
    fewest_more: int,
    with_velocity: bool,
) -> FitCondition:
    """Say how well a slope over baselines is told from a constant and a velocity.

    ``spread`` is the range of the baselines in m, ``fewest_more`` how many more columns than
    observations there are.
    """
    n_unknown = 3 if with_velocity else 2
    others = np.stack([np.ones(steps.size), intervals], axis=1)
    share = _unexplained(steps, others if with_velocity else others[:, :1])
    correlation = float(np.sqrt(max(0.0, 1 - share**2)))
    condition = (1 + correlation) / max(share, np.finfo(np.float64).tiny)
    numbers = f"R = {correlation:.6f}, condition number {condition:.3g}"
    if condition > LARGEST_CONDITION:
        return FitCondition(
            refusal=f"{where}: {numbers}, limit {LARGEST_CONDITION:g}; look-angle error and motion "
            "cannot be told apart"
        )
    if spread < _EQUAL_M:
        return FitCondition(
            refusal=f"the baselines differ by {spread:.2g} m, less than their rounding "
            f"({_EQUAL_M:g} m); no look-angle error can be told"
        )
    found = []
    if steps.size < FEW_TIMES_UNKNOWNS * n_unknown:
        found.append(
            f"{counted} for {n_unknown} unknowns of the look-angle error; "
            f"{FEW_TIMES_UNKNOWNS * n_unknown + fewest_more} or more make it reliable"
        )
    if correlation > HIGH_CORRELATION:
        found.append(f"{where}: {numbers}")
    return FitCondition(tuple(found))


def velocity_condition(
    days: FloatArray, bperp: FloatArray, std: FloatArray | None = None
) -> FitCondition:
    """Say how well a straight line in time is determined.

    Parameters
    ----------
    days : ndarray of float, shape (n_ifg,)
        Dates of the interferograms used.
    bperp : ndarray of float, shape (n_ifg,)
        Perpendicular baselines in m.
    std : ndarray of float, shape (n_ifg,), optional
        Noise of the interferograms; all equal when omitted.
    """
    found = []
    if days.size < FEWEST_FOR_LINE:
        found.append(
            f"{days.size} interferograms for the 2 unknowns of the velocity; {FEWEST_FOR_LINE} or "
            "more make it reliable"
        )
    weights = _weight_condition(std)
    if weights.refusal:
        return weights
    found += weights.warnings
    if days.size >= FEWEST_FOR_LINE and np.ptp(bperp) > _EQUAL_M:
        correlation = float(np.corrcoef(days, bperp)[0, 1])
        if abs(correlation) > HIGH_CORRELATION:
            found.append(
                f"baselines correlate with time: r = {correlation:.4f}; what is left of the "
                "look-angle error looks like velocity"
            )
    return FitCondition(tuple(found))


def time_function_condition(
    design: Float64, names: Sequence[str], std: FloatArray | None = None
) -> FitCondition:
    """Say how well a sum of functions of time is determined.

    Parameters
    ----------
    design : ndarray of float64, shape (n_ifg, n_function)
        The constant is the first column.
    names : sequence of str
        Of the columns.
    std : ndarray of float, shape (n_ifg,), optional
        Noise of the interferograms; all equal when omitted.

    Notes
    -----
    Of every function the part counts that no combination of the others explains: its share s of
    the size of the function without its mean is the sine of an angle, sqrt(1 - s^2) the
    correlation, as for the look-angle error.
    """
    n_date, n_function = design.shape
    if n_date <= n_function:
        return FitCondition(
            refusal=f"{n_date} interferograms for {n_function} unknowns ({', '.join(names)}): the "
            f"fit passes through all of them; {n_function + 1} or more are needed"
        )
    found = []
    if n_date < FEW_TIMES_UNKNOWNS * n_function:
        found.append(
            f"{n_date} interferograms for {n_function} unknowns; "
            f"{FEW_TIMES_UNKNOWNS * n_function} or more make them reliable"
        )
    weights = _weight_condition(std)
    if weights.refusal:
        return weights
    found += weights.warnings
    centred = design - design.mean(axis=0)
    for column in range(1, n_function):
        name, size = names[column], np.linalg.norm(centred[:, column])
        if size <= _ROUNDED * max(1.0, float(np.abs(design[:, column]).max())):
            return FitCondition(refusal=f"{name}: is the same at all dates, none tells its size")
        others = centred[:, 1:][:, np.arange(1, n_function) != column]
        share = _unexplained(centred[:, column], others) if n_function > 2 else 1.0
        correlation = float(np.sqrt(max(0.0, 1 - share**2)))
        condition = (1 + correlation) / max(share, np.finfo(np.float64).tiny)
        numbers = f"R = {correlation:.4f}, condition number {condition:.3g}"
        if condition > LARGEST_CONDITION:
            return FitCondition(
                refusal=f"{name}: cannot be told from the other functions by these dates: "
                f"{numbers}, limit {LARGEST_CONDITION:g}"
            )
        if correlation > HIGH_CORRELATION:
            found.append(f"{name}: is hardly told from the other functions: {numbers}")
    return FitCondition(tuple(found))


def _weight_condition(std: FloatArray | None) -> FitCondition:
    """Say whether enough interferograms weigh."""
    if std is None or len(std) < 2:
        return FitCondition()
    weight = 1 / np.asarray(std, dtype=np.float64) ** 2
    weighing = float(weight.sum() ** 2 / (weight**2).sum())
    numbers = (
        f"noise of the interferograms from {np.min(std):.3g} to {np.max(std):.3g}: their "
        f"weights are those of {weighing:.2f} interferograms of {len(std)}"
    )
    if weighing < FEWEST_WEIGHING:
        return FitCondition(refusal=f"{numbers}, limit {FEWEST_WEIGHING:g}; one decides alone")
    return FitCondition((numbers,) if weighing < FEW_WEIGHING else ())


def surface_condition(xy: FloatArray, n_term: int) -> FitCondition:
    """Say how well a surface through pixels is determined.

    Parameters
    ----------
    xy : ndarray of float, shape (n_ps, 2)
        Positions of the pixels that count, in any unit.
    n_term : int
        Terms of the surface, the constant among them; 3 for a plane.

    Notes
    -----
    The number is the length of the cloud of pixels over its width, along its own axes: the
    condition number of a plane through them.
    """
    n_pixel = len(xy)
    if n_pixel <= n_term:
        return FitCondition(
            refusal=f"{n_pixel} pixels for the {n_term} terms of the surface; it passes through "
            f"all of them and leaves nothing, {n_term + 1} or more are needed"
        )
    sampled = np.asarray(xy[:: max(1, n_pixel // _SAMPLED)], dtype=np.float64)
    length, width = np.linalg.svd(sampled - sampled.mean(axis=0), compute_uv=False)
    condition = float(length / width) if width else np.inf
    numbers = f"the pixels lie almost on a line: condition number {condition:.3g} of their plane"
    if condition > LARGEST_SURFACE_CONDITION:
        return FitCondition(refusal=f"{numbers}, limit {LARGEST_SURFACE_CONDITION:g}")
    found = []
    if condition > HIGH_SURFACE_CONDITION:
        found.append(numbers)
    if n_pixel < FEW_TIMES_UNKNOWNS * n_term:
        found.append(f"{n_pixel} pixels for the {n_term} terms of the surface")
    return FitCondition(tuple(found))


def _unexplained(column: Float64, others: Float64) -> float:
    """Give the part of a column that other columns do not explain, as a share of its size."""
    directions, sizes, _ = np.linalg.svd(
        others / np.maximum(np.linalg.norm(others, axis=0), 1e-300), full_matrices=False
    )
    directions = directions[:, sizes > sizes[0] * np.finfo(np.float64).eps * len(column)]
    left = column - directions @ (directions.T @ column)
    return float(np.linalg.norm(left) / np.linalg.norm(column))
