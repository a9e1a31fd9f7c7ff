"""Results against the truth of a simulated data set: numbers for people, programs and figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pystamps.arrays import Bool, Float64
from pystamps.products.accurate_assessment import AccurateAssessment, assess_accurate
from pystamps.products.agreement import Agreement, agreement
from pystamps.products.comparison import Comparison, compare_with_truth
from pystamps.products.delay_agreement import DelayAgreement
from pystamps.products.image_agreement import (
    SeriesAgreement,
    UnwrappingErrors,
    series_agreement,
    unwrapping_errors,
)
from pystamps.products.velocity_coverage import (
    StatedVelocity,
    VelocityCoverage,
    velocity_coverage,
)

COHERENCE_EDGES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bounds of the classes of coherence in which false alarms are counted."""


@dataclass(frozen=True, slots=True)
class CoherenceClass:
    """Selected pixels of one class of coherence.

    Attributes
    ----------
    low, high : float
        Bounds of the class.
    selected : int
    false_alarms : int
        Those without a persistent scatterer.
    """

    low: float
    high: float
    selected: int
    false_alarms: int


@dataclass(frozen=True, slots=True)
class Detection:
    """Selected pixels against the persistent scatterers of the scene.

    Attributes
    ----------
    selected : int
    scatterers : int
        Persistent scatterers in the scene.
    found : int
        Persistent scatterers that were selected.
    recall : float
        Found part of the scatterers.
    false_alarms : float
        Part of the selected pixels that are no persistent scatterers.
    classes : tuple of CoherenceClass
        By coherence after the selection; empty when that is not known.
    """

    selected: int
    scatterers: int
    found: int
    recall: float
    false_alarms: float
    classes: tuple[CoherenceClass, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """Comparison of a processed data set with its truth.

    Attributes
    ----------
    velocity : Agreement
        mm/yr, at all selected pixels.
    velocity_of_scatterers : Agreement
        mm/yr, at the selected pixels that are persistent scatterers.
    dem_error : Agreement or None
        m, at the selected persistent scatterers; None before stage 7.
    detection : Detection
    series : SeriesAgreement or None
        None before stage 7.
    unwrapping : UnwrappingErrors or None
        None before stage 6.
    coverage : VelocityCoverage, str or None
        How often the truth lies within the stated uncertainty of the velocity; why none can be
        stated; None before stage 7.
    delays : DelayAgreement, str or None
        What tropospheric phase leaves of the true atmosphere; why it cannot be compared; None
        where there is none.
    accurate : AccurateAssessment, str or None
        Results of the accuracy modes; why they do not belong to these; None where there are none.
    """

    velocity: Agreement
    velocity_of_scatterers: Agreement
    dem_error: Agreement | None
    detection: Detection
    series: SeriesAgreement | None = None
    unwrapping: UnwrappingErrors | None = None
    coverage: VelocityCoverage | str | None = None
    delays: DelayAgreement | str | None = None
    accurate: AccurateAssessment | str | None = None

    def lines(self) -> list[str]:
        """Give the result as lines for people."""
        found = self.detection
        lines = [
            f"pixels         {found.selected:,} selected, {100 * found.false_alarms:.1f} % of them "
            f"no scatterers; {100 * found.recall:.1f} % of {found.scatterers:,} scatterers found",
            f"velocity       {self.velocity.line('mm/yr')}",
            f"  scatterers   {self.velocity_of_scatterers.line('mm/yr')}",
        ]
        if isinstance(self.coverage, VelocityCoverage):
            lines += self.coverage.lines()
        elif self.coverage:
            lines.append(f"uncertainty    not known: {self.coverage}")
        if self.dem_error is not None:
            lines.append(f"DEM error      {self.dem_error.line('m')}")
        if self.series is not None:
            lines.append(f"displacement   {self.series.line()}")
        if self.unwrapping is not None:
            lines.append(f"unwrapping     {self.unwrapping.line()}")
        if isinstance(self.delays, DelayAgreement):
            lines += self.delays.lines()
        elif self.delays:
            lines.append(f"troposphere    not known: {self.delays}")
        return [*lines, *lines_of_modes(self.accurate)]

    def coherence_lines(self) -> list[str]:
        """Give the classes of coherence as lines for people."""
        return [
            f"  coherence {c.low:.1f} ... {c.high:.1f}   {c.selected:>8,} selected, "
            f"{c.false_alarms:>7,} no scatterers"
            for c in self.detection.classes
            if c.selected
        ]


def assess_dataset(
    root: Path, truth: Path, *, stamps: Mapping[str, Any] | None = None
) -> Assessment:
    """Compare a processed data set with the truth that it was simulated from.

    Parameters
    ----------
    root : Path
        Root of the data set, with ``ps2.mat`` and ``mean_v.mat``.
    truth : Path
        ``truth.h5`` of the simulation.
    stamps : mapping, optional
        StaMPS parameters of the configuration.

    Raises
    ------
    ArtifactError
        A file is missing, or the truth belongs to another data set.
    """
    found = compare_with_truth(root, truth, stamps=stamps)
    accurate = assess_accurate(root, truth, stamps=stamps)
    return dataclasses.replace(assess(found), accurate=accurate)


def lines_of_modes(found: AccurateAssessment | str | None) -> list[str]:
    """Say what the accuracy modes have made, or why it is left out, as lines for people."""
    if isinstance(found, AccurateAssessment):
        return found.lines()
    return [f"accuracy modes left out: {found}"] if found else []


def assess(found: Comparison) -> Assessment:
    """Sum up a comparison."""
    is_ps, place, height = found.is_ps, found.place, found.height_m
    estimate, truth = found.velocity_mm_yr
    return Assessment(
        velocity=agreement(estimate, truth, place),
        velocity_of_scatterers=agreement(estimate[is_ps], truth[is_ps], place[is_ps]),
        dem_error=height and agreement(height[0][is_ps], height[1][is_ps], place[is_ps]),
        detection=detection(is_ps, found.scatterers, found.coherence),
        series=None
        if found.displacement_error_mm is None
        else series_agreement(found.displacement_error_mm, is_ps, place, found.dates, found.master),
        unwrapping=None
        if found.phase_error_rad is None
        else unwrapping_errors(found.phase_error_rad, is_ps, found.dates),
        coverage=velocity_coverage(found.stated, truth, is_ps)
        if isinstance(found.stated, StatedVelocity)
        else found.stated,
        delays=found.delays,
    )


def detection(is_ps: Bool, scatterers: int, coherence: Float64 | None = None) -> Detection:
    """Count selected pixels (a mask: is a persistent scatterer) against all scatterers."""
    selected, hits = int(is_ps.size), int(is_ps.sum())
    classes = []
    for low, high in pairwise(COHERENCE_EDGES):
        if coherence is None:
            break
        inside = (coherence >= low) & ((coherence < high) | (high == COHERENCE_EDGES[-1]))
        classes.append(CoherenceClass(low, high, int(inside.sum()), int((inside & ~is_ps).sum())))
    return Detection(
        selected=selected,
        scatterers=scatterers,
        found=hits,
        recall=hits / scatterers if scatterers else float("nan"),
        false_alarms=(selected - hits) / selected if selected else float("nan"),
        classes=tuple(classes),
    )
