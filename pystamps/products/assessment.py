"""Results against the truth of a simulated data set: numbers for people, programs and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.products.agreement import Agreement, agreement, rms, without_plane
from pystamps.products.comparison import Comparison, compare_with_truth
from pystamps.products.delay_agreement import DelayAgreement
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
class SeriesAgreement:
    """Displacement of the selected scatterers, image by image.

    Attributes
    ----------
    dates : tuple of int
        YYYYMMDD.
    rms_mm : tuple of float
        Of estimate minus truth without a plane, which stands for reference area and orbit;
        NaN for images that were not unwrapped.
    median_rms_mm : float
    """

    dates: tuple[int, ...]
    rms_mm: tuple[float, ...]
    median_rms_mm: float


@dataclass(frozen=True, slots=True)
class UnwrappingErrors:
    """Unwrapped phase of the selected scatterers against the true phase.

    Attributes
    ----------
    dates : tuple of int
        YYYYMMDD.
    wrong_cycles : tuple of float
        Part of the scatterers with another number of cycles than the bulk of its
        interferogram; NaN for interferograms that were not unwrapped.
    wrong_fraction : float
        Over all interferograms.
    worst : float
    """

    dates: tuple[int, ...]
    wrong_cycles: tuple[float, ...]
    wrong_fraction: float
    worst: float


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
    """

    velocity: Agreement
    velocity_of_scatterers: Agreement
    dem_error: Agreement | None
    detection: Detection
    series: SeriesAgreement | None = None
    unwrapping: UnwrappingErrors | None = None
    coverage: VelocityCoverage | str | None = None
    delays: DelayAgreement | str | None = None

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
            lines.append(
                f"displacement   rms {self.series.median_rms_mm:.2f} mm (median of the images), "
                f"worst {np.nanmax([0.0, *self.series.rms_mm]):.2f} mm"
            )
        if self.unwrapping is not None:
            lines.append(
                f"unwrapping     {100 * self.unwrapping.wrong_fraction:.2f} % in a wrong cycle, "
                f"worst interferogram {100 * self.unwrapping.worst:.2f} %"
            )
        if isinstance(self.delays, DelayAgreement):
            return lines + self.delays.lines()
        return lines if not self.delays else [*lines, f"troposphere    not known: {self.delays}"]

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
    return assess(compare_with_truth(root, truth, stamps=stamps))


def assess(found: Comparison) -> Assessment:
    """Sum up a comparison."""
    is_ps, place, height = found.is_ps, found.place, found.height_m
    estimate, truth = found.velocity_mm_yr
    return Assessment(
        velocity=agreement(estimate, truth, place),
        velocity_of_scatterers=agreement(estimate[is_ps], truth[is_ps], place[is_ps]),
        dem_error=height and agreement(height[0][is_ps], height[1][is_ps], place[is_ps]),
        detection=detection(is_ps, found.scatterers, found.coherence),
        series=_series(found),
        unwrapping=_unwrapping(found),
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


def _series(found: Comparison) -> SeriesAgreement | None:
    if found.displacement_error_mm is None:
        return None
    values, place = found.displacement_error_mm[found.is_ps], found.place[found.is_ps]
    by_image = []
    for column in values.T:
        valid = np.isfinite(column)
        by_image.append(rms(without_plane(column[valid], place[valid])) if valid.any() else np.nan)
    others = [
        value
        for value, day in zip(by_image, found.dates, strict=True)
        if day != found.master and np.isfinite(value)
    ]
    median = float(np.median(others)) if others else float("nan")
    return SeriesAgreement(found.dates, tuple(by_image), median)


def _unwrapping(found: Comparison) -> UnwrappingErrors | None:
    if found.phase_error_rad is None:
        return None
    cycles = wrong_cycles(found.phase_error_rad[found.is_ps])
    used = ~np.isnan(cycles)
    count = used.sum(axis=0)
    wrong = (used & (cycles != 0)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        by_image = np.where(count, wrong / np.maximum(count, 1), np.nan)
    total = int(count.sum())
    return UnwrappingErrors(
        dates=found.dates,
        wrong_cycles=tuple(by_image.tolist()),
        wrong_fraction=float(wrong.sum() / total) if total else float("nan"),
        worst=float(np.nanmax(by_image)) if total else float("nan"),
    )


def wrong_cycles(phase_error: Float64) -> Float64:
    """Give the cycles by which unwrapped phase differs from the truth: (n, images).

    Parameters
    ----------
    phase_error : float64, (n, images), rad
        Unwrapped minus true phase. One constant per interferogram, the median, is free.
    """
    if not phase_error.size:
        return phase_error
    known = ~np.isnan(phase_error).all(axis=0)
    cycles = np.full(phase_error.shape, np.nan)
    used = phase_error[:, known]
    cycles[:, known] = np.rint((used - np.nanmedian(used, axis=0)) / (2 * np.pi))
    return cycles
