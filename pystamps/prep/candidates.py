"""Amplitude calibration and candidate selection by amplitude (difference) dispersion.

Everything is single precision in the order of the original programs, because the
candidates next to the threshold depend on the rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Complex64, Float32, Index
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage0_amplitude_sums import PixelSums, stage0_amplitude_sums
from pystamps_kernels.stage0_difference_sums import stage0_difference_sums
from pystamps_kernels.stage0_line_sums import stage0_line_sums


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
class DifferenceStatistics:
    """Amplitudes and their differences of all pairs of one pixel, summed up.

    Attributes
    ----------
    dispersion : float32, (lines, samples), rms amplitude difference over mean amplitude
    amplitude_sum : float32, (lines, samples), sum of calibrated amplitudes
    has_zero : bool, (lines, samples), some image is zero there
    """

    dispersion: Float32
    amplitude_sum: Float32
    has_zero: Bool


@dataclass(frozen=True, slots=True)
class CandidatePixels:
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
    sums, counts = stage0_line_sums(image, mask)
    return rounded_mean(math.fsum(sums), int(counts.sum()))


def rounded_mean(total: float, count: int) -> float:
    """Give a mean amplitude as its text form has it; later steps use no more digits."""
    return float(f"{np.float32(total / count):g}") if count else 0.0


def amplitude_statistics(
    images: Iterable[Complex64], constants: Sequence[float], *, choice: KernelChoice = AUTO
) -> AmplitudeStatistics:
    """Sum up the calibrated amplitudes of a stack (StaMPS: ``selpsc_patch``).

    Parameters
    ----------
    images : iterable of complex64, (lines, samples)
        In the order of the image list.
    constants : sequence of float
        Calibration constants, one per image.
    choice : KernelChoice

    Notes
    -----
    Ferretti et al. (2001), IEEE TGRS 39, 8-20.
    """
    sums: PixelSums | None = None
    for image, constant in zip(images, constants, strict=True):
        sums = PixelSums.zeros(image.shape) if sums is None else sums
        stage0_amplitude_sums(image, constant, sums=sums, choice=choice)
    if sums is None or len(constants) < 2:
        raise ValueError(f"{len(constants)=} images, at least two are needed for a dispersion")
    return amplitude_statistics_of(sums, len(constants))


def amplitude_statistics_of(sums: PixelSums, n_image: int) -> AmplitudeStatistics:
    """Give the dispersion of the amplitudes of so many images from their sums."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        square = sums.total * sums.total
        dispersion_squared = np.float32(n_image) * sums.squares / square - np.float32(1)
    return AmplitudeStatistics(dispersion_squared, sums.total, sums.has_zero)


def difference_statistics(
    images: Iterable[Complex64], constants: Sequence[float], *, choice: KernelChoice = AUTO
) -> DifferenceStatistics:
    """Sum up the calibrated amplitudes of a small-baseline stack (StaMPS: ``selsbc_patch``).

    Parameters
    ----------
    images : iterable of complex64, (lines, samples)
        The two images of each interferogram after one another.
    constants : sequence of float
        Calibration constants, one per image.
    choice : KernelChoice

    Notes
    -----
    Hooper (2008), GRL 35, L16302.
    """
    number = len(constants)
    if number < 2 or number % 2:
        raise ValueError(f"{number=} images, expected two per interferogram")
    sums: PixelSums | None = None
    coming = iter(images)
    for k in range(0, number, 2):
        pair = next(coming), next(coming)
        sums = PixelSums.zeros(pair[0].shape) if sums is None else sums
        pair_constants = constants[k], constants[k + 1]
        stage0_difference_sums(pair, pair_constants, sums=sums, choice=choice)
    assert sums is not None
    return difference_statistics_of(sums, number)


def difference_statistics_of(sums: PixelSums, n_image: int) -> DifferenceStatistics:
    """Give the dispersion of the amplitude differences from their sums, two images per pair."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rms = np.sqrt(sums.squares / np.float32(n_image // 2))
        dispersion = rms / (sums.total / np.float32(n_image))
    return DifferenceStatistics(dispersion, sums.total, sums.has_zero)


def select_candidates(
    statistics: AmplitudeStatistics,
    threshold: float,
    mask: npt.NDArray[np.uint8] | None = None,
) -> CandidatePixels:
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
    return CandidatePixels(line, sample, dispersion, zero_line, zero_sample, before)


def select_by_difference(
    statistics: DifferenceStatistics,
    threshold: float,
    mask: npt.NDArray[np.uint8] | None = None,
    *,
    are_zeros_kept: bool = False,
) -> CandidatePixels:
    """Select the pixels whose amplitude difference dispersion is below a threshold.

    Parameters
    ----------
    statistics : DifferenceStatistics
    threshold : float
        A negative value selects the pixels at or above it, that is nearly all, as in StaMPS.
    mask : uint8, (lines, samples), optional
        Pixels other than 0 are left out.
    are_zeros_kept : bool
        StaMPS selects pixels that are zero in some images too; by default they are left out.
    """
    limit = np.float32(threshold)
    d_a = statistics.dispersion
    with np.errstate(invalid="ignore"):
        chosen = (d_a >= limit) if limit < 0 else (d_a < limit)
        chosen &= statistics.amplitude_sum > 0
    if mask is not None:
        chosen &= mask == 0
    if not are_zeros_kept:
        chosen &= ~statistics.has_zero
    line, sample = np.nonzero(chosen)
    none = np.zeros(0, np.int64)
    return CandidatePixels(line, sample, d_a[chosen], none, none, none)
