"""The table by which interferograms are judged: one row each, a verdict and its reason.

Everything in it is measured elsewhere; here it is put side by side and compared with limits.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

import numpy as np

from pystamps.arrays import Bool, FloatArray, Index
from pystamps.dates import calendar_date
from pystamps.interferograms import Interferograms

Verdict = Literal["keep", "look", "drop", "dropped", "reference", ""]


def _limit(value: float, meaning: str) -> float:
    found: float = dataclasses.field(default=value, metadata={"meaning": meaning})
    return found


@dataclass(frozen=True, slots=True)
class JudgementLimits:
    """From which values on an interferogram is looked at, or better dropped.

    The limits of residuals and contradictions hold together with a multiple of the median of all
    interferograms: a noisy scene makes no interferogram suspicious. ``inf`` switches one off.
    """

    look_noise_deg: float = _limit(60.0, "noise (ifgstd) from which on it is looked at, deg")
    drop_noise_deg: float = _limit(80.0, "noise from which on it is better dropped, deg")
    look_residual_mm: float = _limit(5.0, "residual rms from which on it is looked at, mm")
    drop_residual_mm: float = _limit(10.0, "residual rms from which on it is better dropped, mm")
    look_arcs_percent: float = _limit(
        1.0, "arcs that contradict their neighbours in time, from which on it is looked at, %"
    )
    drop_arcs_percent: float = _limit(5.0, "such arcs from which on it is better dropped, %")
    times_median: float = _limit(
        2.0,
        "residual and arcs have to be so many times the median of all interferograms too",
    )


@dataclass(frozen=True, slots=True)
class InterferogramMeasures:
    """What is known about the interferograms; each (n_ifg,), NaN where nothing is.

    Attributes
    ----------
    noise_deg : float
        ``ifgstd2``.
    msd_rad2 : float
        Mean squared difference of neighbours on the unwrapping grid (``phuw2``).
    contradicting_share : float
        0 to 1 (:mod:`pystamps.products.time_contradictions`).
    residual_rms_mm : float
        About the straight line in time, over the points.
    effect_rms_mm_yr, effect_max_mm_yr : float
        Change of the velocity without the interferogram, over the points.
    """

    noise_deg: FloatArray
    msd_rad2: FloatArray
    contradicting_share: FloatArray
    residual_rms_mm: FloatArray
    effect_rms_mm_yr: FloatArray
    effect_max_mm_yr: FloatArray


@dataclass(frozen=True, slots=True)
class InterferogramRow:
    """One interferogram; None = not known (:attr:`InterferogramTable.missing` says why).

    Attributes
    ----------
    number : int
        As ``drop_ifg_index`` counts: from 1, the reference image counted.
    date : str
        YYYY-MM-DD of the second image; of small baselines, those of both images.
    days : int
        From the reference image (the first image) to the second image.
    bperp_m : float or None
        Perpendicular baseline.
    noise_deg, residual_rms_mm, msd_rad2, contradicting_share, effect_rms_mm_yr, effect_max_mm_yr :
        As in :class:`InterferogramMeasures`.
    verdict : str
        keep, look or drop; dropped = it is left out already; reference = the reference image;
        empty = nothing that is judged is known yet.
    reason : str
        What is beyond which limit; empty for keep.
    """

    number: int
    date: str
    days: int
    bperp_m: float | None
    noise_deg: float | None
    residual_rms_mm: float | None
    msd_rad2: float | None
    contradicting_share: float | None
    effect_rms_mm_yr: float | None
    effect_max_mm_yr: float | None
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class InterferogramTable:
    """All interferograms of a data set.

    Attributes
    ----------
    rows : tuple of InterferogramRow
        In the order of their numbers.
    missing : dict of str to str
        Columns that cannot be known yet, with the stage that gives them.
    value_type : str
        Parts taken off before residuals and effects, as StaMPS names them.
    arcs_rule : str
        How contradictions in time were found: ``space-time grid``, ``delaunay``, or empty.
    limits : JudgementLimits
    """

    rows: tuple[InterferogramRow, ...]
    missing: Mapping[str, str]
    value_type: str
    arcs_rule: str
    limits: JudgementLimits

    def columns(self) -> dict[str, list[object]]:
        """Give the table by columns, for data frames."""
        names = [item.name for item in dataclasses.fields(InterferogramRow)]
        return {name: [getattr(row, name) for row in self.rows] for name in names}


DEFAULT_LIMITS = JudgementLimits()

MEASURED = tuple(item.name for item in dataclasses.fields(InterferogramMeasures))
"""Columns that come from stages."""


def judged_interferograms(
    stack: Interferograms,
    measures: InterferogramMeasures,
    *,
    dropped: Index,
    limits: JudgementLimits = DEFAULT_LIMITS,
) -> tuple[InterferogramRow, ...]:
    """Put measures side by side and judge every interferogram.

    Parameters
    ----------
    stack : Interferograms
        Baselines that are not known are NaN.
    measures : InterferogramMeasures
    dropped : ndarray of int64
        0-based columns that are left out.
    limits : JudgementLimits
    """
    is_out = stack.is_null.copy()
    is_out[dropped] = True
    judge = _Judge.of(measures, ~is_out, limits)
    return tuple(
        _row(stack, measures, column, *_verdict(stack, column, column in dropped, judge))
        for column in range(stack.n_ifg)
    )


def _row(
    stack: Interferograms,
    found: InterferogramMeasures,
    column: int,
    verdict: Verdict,
    reason: str,
) -> InterferogramRow:
    return InterferogramRow(
        number=column + 1,
        date=_dates(stack, column),
        days=round(float(stack.temporal_baseline[column])),
        bperp_m=_known(stack.bperp[column]),
        noise_deg=_known(found.noise_deg[column]),
        residual_rms_mm=_known(found.residual_rms_mm[column]),
        msd_rad2=_known(found.msd_rad2[column]),
        contradicting_share=_known(found.contradicting_share[column]),
        effect_rms_mm_yr=_known(found.effect_rms_mm_yr[column]),
        effect_max_mm_yr=_known(found.effect_max_mm_yr[column]),
        verdict=verdict,
        reason=reason,
    )


def _verdict(
    stack: Interferograms, column: int, is_dropped: bool, judge: _Judge
) -> tuple[Verdict, str]:
    is_reference = bool(stack.is_null[column])
    if is_dropped:
        return "dropped", "in drop_ifg_index" + ", the reference image" * is_reference
    return ("reference", "") if is_reference else judge.verdict(column)


def _dates(stack: Interferograms, column: int) -> str:
    images = (stack.second,) if stack.is_single_master else (stack.first, stack.second)
    return " ".join(calendar_date(stack.day[image[column]]).isoformat() for image in images)


def _known(value: float) -> float | None:
    return float(value) if isfinite(value) else None


@dataclass(frozen=True, slots=True)
class _Measure:
    """A measure that is judged: values, the multiple of the median, limits, and how it is said."""

    words: str
    unit: str
    values: FloatArray
    look: float
    drop: float
    floor: float = 0.0

    def beyond(self, column: int) -> tuple[float, str]:
        """Give the limit that is exceeded and what it asks for; the weakest when none is."""
        value = self.values[column]
        for limit, verdict in ((self.drop, "drop"), (self.look, "look")):
            if value >= limit and value >= self.floor:
                return limit, verdict
        return nan, "keep"


@dataclass(frozen=True, slots=True)
class _Judge:
    """The measures of a data set with their limits."""

    measures: tuple[_Measure, ...]

    @classmethod
    def of(cls, found: InterferogramMeasures, is_used: Bool, limits: JudgementLimits) -> _Judge:
        residual, share = found.residual_rms_mm, found.contradicting_share * 100
        floors = [limits.times_median * _median(values[is_used]) for values in (residual, share)]
        return cls(
            (
                _Measure(
                    "noise", "deg", found.noise_deg, limits.look_noise_deg, limits.drop_noise_deg
                ),
                _Measure(
                    "residual", "mm", residual,
                    limits.look_residual_mm, limits.drop_residual_mm, floors[0],
                ),
                _Measure(
                    "contradicting arcs", "%", share,
                    limits.look_arcs_percent, limits.drop_arcs_percent, floors[1],
                ),
            )
        )  # fmt: skip

    def verdict(self, column: int) -> tuple[Verdict, str]:
        """Give the strictest verdict of the measures and the reasons for it."""
        if not any(np.isfinite(measure.values[column]) for measure in self.measures):
            return "", "not known yet"
        said = list(self._said(column))
        found = {verdict for verdict, _ in said}
        worst: Verdict = "drop" if "drop" in found else "look" if "look" in found else "keep"
        return worst, "; ".join(words for _, words in said)

    def _said(self, column: int) -> Iterator[tuple[str, str]]:
        for measure in self.measures:
            limit, verdict = measure.beyond(column)
            if verdict != "keep":
                value = f"{measure.words} {measure.values[column]:.3g} {measure.unit}"
                yield verdict, f"{value} ({verdict} from {max(limit, measure.floor):.3g})"


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else 0.0
