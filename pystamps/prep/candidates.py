"""Amplitude calibration and candidate selection by amplitude dispersion.

Everything is single precision in the order of the original programs, because the
candidates next to the threshold depend on the rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.model import Bool, Complex64, Float32, Index

SMALLEST_GOOD_AMPLITUDE = 0.001
"""Samples at or below this do not count in the mean amplitude of an image."""

ZERO_AMPLITUDE = 0.00005
"""Calibrated amplitudes at or below this make a pixel a zero pixel."""


@dataclass(frozen=True, slots=True)
class AmplitudeStatistics:
    """Amplitudes of all images of one pixel, summed up.

    Attributes
    ----------
    dispersion_squared : float32, (lines, samples), population variance over squared mean
    amplitude_sum : float32, (lines, samples), sum of calibrated amplitudes (StaMPS calls it
        the mean amplitude); after a zero the sum of the later images only
    has_zero : bool, (lines, samples), some image is zero there
    """

    dispersion_squared: Float32
    amplitude_sum: Float32
    has_zero: Bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pixels below the threshold, ordered by line, then sample.

    Attributes
    ----------
    line, sample : int64, (n,), 0-based
    dispersion : float32, (n,), amplitude dispersion D_A
    zero_line, zero_sample : int64, (m,), pixels below the threshold with a zero image
    zero_after : int64, (m,), number of candidates before each of them
    """

    line: Index
    sample: Index
    dispersion: Float32
    zero_line: Index
    zero_sample: Index
    zero_after: Index


def amplitude(values: Complex64) -> Float32:
    """Give the modulus of single-precision samples, rounded once as ``hypotf`` does."""
    real, imaginary = values.real.astype(np.float64), values.imag.astype(np.float64)
    return np.sqrt(real * real + imaginary * imaginary).astype(np.float32)


def mean_amplitude(image: Complex64, mask: npt.NDArray[np.uint8] | None = None) -> float:
    """Give the calibration constant of an image as its text form has it (StaMPS: ``calamp``).

    Parameters
    ----------
    image : complex64, (lines, samples)
    mask : uint8, (lines, samples), optional
        Pixels other than 0 are left out.

    Returns
    -------
    float
        Mean amplitude of the good samples rounded to the six digits that are printed; 0 when
        no sample is good.
    """
    values = amplitude(image)
    good = values.astype(np.float64) > SMALLEST_GOOD_AMPLITUDE
    if mask is not None:
        good &= mask == 0
    if not good.any():
        return 0.0
    return float(f"{np.float32(values[good].mean(dtype=np.float64)):g}")


def amplitude_statistics(
    images: Iterable[Complex64], constants: Sequence[float]
) -> AmplitudeStatistics:
    """Sum up the calibrated amplitudes of a stack (StaMPS: ``selpsc_patch``).

    Parameters
    ----------
    images : iterable of complex64, (lines, samples)
        In the order of the image list.
    constants : sequence of float
        Calibration constants, one per image.

    Notes
    -----
    Ferretti et al. (2001), IEEE TGRS 39, 8-20.
    """
    total = squares = has_zero = None
    for image, constant in zip(images, constants, strict=True):
        if total is None or squares is None or has_zero is None:
            total = np.zeros(image.shape, np.float32)
            squares = np.zeros(image.shape, np.float32)
            has_zero = np.zeros(image.shape, np.bool_)
        values = amplitude(image) / np.float32(constant)
        zero = values.astype(np.float64) <= ZERO_AMPLITUDE
        total = np.where(zero, np.float32(0), total + values)
        squares = np.where(zero, squares, squares + values * values)
        has_zero |= zero
    if total is None or squares is None or has_zero is None or len(constants) < 2:
        raise ValueError(f"{len(constants)=} images, at least two are needed for a dispersion")
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion_squared = np.float32(len(constants)) * squares / (total * total) - np.float32(1)
    return AmplitudeStatistics(dispersion_squared, total, has_zero)


def select_candidates(
    statistics: AmplitudeStatistics,
    threshold: float,
    mask: npt.NDArray[np.uint8] | None = None,
) -> Candidates:
    """Select the pixels whose amplitude dispersion is below a threshold.

    Parameters
    ----------
    statistics : AmplitudeStatistics
    threshold : float
        A negative value selects the pixels at or above its modulus.
    mask : uint8, (lines, samples), optional
        Pixels other than 0 are left out.
    """
    limit = np.float32(threshold)
    limit_squared = limit * limit
    d2 = statistics.dispersion_squared
    with np.errstate(invalid="ignore"):
        chosen = (d2 >= limit_squared) if limit < 0 else (d2 < limit_squared)
        chosen &= statistics.amplitude_sum > 0
    if mask is not None:
        chosen &= mask == 0
    good = chosen & ~statistics.has_zero
    line, sample = np.nonzero(good)
    zero_line, zero_sample = np.nonzero(chosen & statistics.has_zero)
    before = np.cumsum(good.ravel())[zero_line * good.shape[1] + zero_sample]
    dispersion = np.sqrt(np.maximum(d2[good], np.float32(0)))
    return Candidates(line, sample, dispersion, zero_line, zero_sample, before)
