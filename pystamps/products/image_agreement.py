"""How well displacement and unwrapped phase follow the truth, image by image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Float64
from pystamps.products.agreement import rms, without_plane


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

    def line(self) -> str:
        """Give the result as a line for people."""
        return (
            f"rms {self.median_rms_mm:.2f} mm (median of the images), "
            f"worst {np.nanmax([0.0, *self.rms_mm]):.2f} mm"
        )


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

    def line(self) -> str:
        """Give the result as a line for people."""
        return (
            f"{100 * self.wrong_fraction:.2f} % in a wrong cycle, "
            f"worst interferogram {100 * self.worst:.2f} %"
        )


def series_agreement(
    error_mm: Float64, place: Float64, dates: tuple[int, ...], master: int
) -> SeriesAgreement:
    """Sum up errors of the displacement.

    Parameters
    ----------
    error_mm : float64, (n, images)
        Estimate minus truth; NaN in images that were not unwrapped.
    place : float64, (n, 2), m
    dates : tuple of int
    master : int
        Date of the reference image, which does not count in the median.
    """
    known = np.isfinite(error_mm)
    is_whole = known.all(axis=0) & known.any(axis=0)
    by_image = np.full(error_mm.shape[1], np.nan)
    if is_whole.any():  # the same places, so that all planes are found at once
        left = without_plane(error_mm[:, is_whole], place)
        by_image[is_whole] = np.sqrt(np.mean(left**2, axis=0))
    for column in np.flatnonzero(known.any(axis=0) & ~is_whole):
        valid = known[:, column]
        by_image[column] = rms(without_plane(error_mm[valid, column], place[valid]))
    others = [
        value
        for value, day in zip(by_image, dates, strict=True)
        if day != master and np.isfinite(value)
    ]
    median = float(np.median(others)) if others else float("nan")
    return SeriesAgreement(dates, tuple(by_image.tolist()), median)


def unwrapping_errors(phase_error: Float64, dates: tuple[int, ...]) -> UnwrappingErrors:
    """Count phases in a wrong cycle; ``phase_error`` as in :func:`wrong_cycles`."""
    cycles = wrong_cycles(phase_error)
    used = ~np.isnan(cycles)
    count = used.sum(axis=0)
    wrong = (used & (cycles != 0)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        by_image = np.where(count, wrong / np.maximum(count, 1), np.nan)
    total = int(count.sum())
    return UnwrappingErrors(
        dates=dates,
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
