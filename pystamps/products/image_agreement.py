"""How well displacement and unwrapped phase follow the truth, image by image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.products.agreement import rms, without_plane
from pystamps.rows import Matrix, columns_of, row_blocks

_IMAGES_AT_ONCE = 8
"""Images whose errors are in memory, all pixels of them."""


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
    error_mm: Matrix, chosen: Bool, place: Float64, dates: tuple[int, ...], master: int
) -> SeriesAgreement:
    """Sum up errors of the displacement.

    Parameters
    ----------
    error_mm : Matrix of float64, (n, images)
        Estimate minus truth, read once, by rows; NaN in images that were not unwrapped.
    chosen : bool, (n,)
        Pixels that count.
    place : float64, (n, 2), m
    dates : tuple of int
    master : int
        Date of the reference image, which does not count in the median.

    Notes
    -----
    What a plane leaves has the sum of squares of the errors less that of their projections on an
    orthonormal base of planes, so that one reading is enough. Its relative rounding is 1e-13 times
    the square of how much larger the plane is than what it leaves.
    """
    by_image = _rms_without_plane(error_mm, chosen, place[chosen])
    others = [
        value
        for value, day in zip(by_image, dates, strict=True)
        if day != master and np.isfinite(value)
    ]
    median = float(np.median(others)) if others else float("nan")
    return SeriesAgreement(dates, tuple(by_image.tolist()), median)


def _rms_without_plane(errors: Matrix, chosen: Bool, place: Float64) -> Float64:
    """Give the size of some errors without a plane by image; NaN where none is known."""
    n_image = errors.shape[1]
    if not len(place):
        return np.full(n_image, np.nan)
    base = _planes(place)
    known, squares = np.zeros(n_image, dtype=np.int64), np.zeros(n_image)
    moments = np.zeros((base.shape[1], n_image))
    stop = 0
    for rows in row_blocks(errors):
        block = errors[rows][chosen[rows]]
        start, stop = stop, stop + len(block)
        moments += base[start:stop].T @ block  # an image with gaps is NaN from here on
        of_block = np.einsum("ij,ij->j", block, block)
        squares += of_block
        has_all = np.isfinite(of_block).all()
        known += len(block) if has_all else np.isfinite(block).sum(axis=0)
    found = np.full(n_image, np.nan)
    is_whole = (known == stop) & (known > 0)
    left = squares - (moments**2).sum(axis=0)
    found[is_whole] = np.sqrt(np.maximum(left[is_whole], 0) / stop)
    has_gaps = np.flatnonzero((known > 0) & ~is_whole)
    whole = np.asarray(errors)[chosen] if has_gaps.size else np.empty((0, 0))
    for column in has_gaps:  # each has other pixels, and so other planes
        valid = np.isfinite(whole[:, column])
        found[column] = rms(without_plane(whole[valid, column], place[valid]))
    return found


def _planes(place: Float64) -> Float64:
    """Give an orthonormal base of the planes over positions: (n, at most 3)."""
    design = np.column_stack([np.ones(len(place)), place - place.mean(axis=0)])
    orthogonal, triangular = np.linalg.qr(design)
    left, sizes, _ = np.linalg.svd(triangular)
    is_real = sizes > max(design.shape) * np.finfo(np.float64).eps * sizes.max(initial=0)
    return np.asarray(orthogonal @ left[:, : sizes.size][:, is_real])


def unwrapping_errors(
    phase_error: Matrix, chosen: Bool, dates: tuple[int, ...]
) -> UnwrappingErrors:
    """Count phases in a wrong cycle.

    Parameters
    ----------
    phase_error : Matrix of float64, (n, images), rad
        As in :func:`wrong_cycles`; read by images.
    chosen : bool, (n,)
        Pixels that count.
    dates : tuple of int
    """
    n_image = phase_error.shape[1]
    count, wrong = np.zeros(n_image, dtype=np.int64), np.zeros(n_image, dtype=np.int64)
    for first in range(0, n_image, _IMAGES_AT_ONCE):
        images = slice(first, min(first + _IMAGES_AT_ONCE, n_image))
        errors = columns_of(phase_error, images)
        for at in range(images.start, images.stop):
            values = errors[chosen, at - images.start]
            values = values[~np.isnan(values)]
            count[at], wrong[at] = values.size, np.count_nonzero(_cycles(values))
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
    cycles = np.full(phase_error.shape, np.nan)
    for found, errors in zip(cycles.T, phase_error.T, strict=True):
        known = ~np.isnan(errors)
        found[known] = _cycles(errors[known])
    return cycles


def _cycles(errors: Float64) -> Float64:
    """Give the cycles of the errors of one image, all of them known."""
    if not errors.size:
        return errors
    return np.asarray(np.rint((errors - np.median(errors)) / (2 * np.pi)))
