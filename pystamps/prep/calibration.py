"""Mean amplitude of every image (StaMPS: ``calamp``), read in blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.findings import raise_first_error
from pystamps.prep.blocks import Block, Workforce
from pystamps.prep.candidates import rounded_mean
from pystamps.prep.masks import PixelFilter
from pystamps.prep.rate import ByteProgress
from pystamps.processors.contents import RASTER_ZERO, odd_amplitude
from pystamps.processors.rasters import Raster
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage0_line_sums import stage0_line_sums


@dataclass(frozen=True, slots=True)
class _BlockSums:
    """Sums and counts of all images of a block, one row per image."""

    sums: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]


def calibrate(
    images: Sequence[Raster],
    pixels: PixelFilter,
    *,
    workforce: Workforce,
    progress: ByteProgress,
    choice: KernelChoice = AUTO,
) -> tuple[float, ...]:
    """Give the calibration constants of all images as their text form has them.

    Parameters
    ----------
    images : sequence of Raster
    pixels : PixelFilter
    workforce : Workforce
    progress : ByteProgress
    choice : KernelChoice

    Returns
    -------
    tuple of float
        Mean amplitudes rounded to six digits; they do not depend on blocks or threads.

    Raises
    ------
    ArtifactError
        An image is empty, or its values make no sense.
    """

    def sums_of(block: Block) -> _BlockSums:
        mask = pixels.lines(block.first, block.last)
        shape = len(images), block.last - block.first
        found = _BlockSums(np.empty(shape), np.empty(shape, np.int64))
        for k, image in enumerate(images):
            values = image.complex_lines(block.first, block.last)
            found.sums[k], found.counts[k] = stage0_line_sums(values, mask, choice=choice)
            progress.add(values.size * image.sample_bytes)
        return found

    totals, counts = np.zeros(len(images)), np.zeros(len(images), np.int64)
    blocks = workforce.blocks(images[0].size)
    for _, found in workforce.in_order(sums_of, blocks):
        counts += found.counts.sum(axis=1)
        # one line after the other, so that the result does not depend on blocks or threads
        totals = np.cumsum(np.vstack([totals, found.sums.T]), axis=0)[-1]
    means = [rounded_mean(float(t), int(n)) for t, n in zip(totals, counts, strict=True)]
    _check(images, means)
    return tuple(means)


def _check(images: Sequence[Raster], means: Sequence[float]) -> None:
    """Refuse images that would make all amplitudes infinite, and those in a wrong byte order."""
    for image, mean in zip(images, means, strict=True):
        if mean == 0:
            found = RASTER_ZERO.at(
                image.path,
                "no sample is good (all zero, NaN or masked)",
                action="export the image again or take it out of the stack",
            )
            raise_first_error([found])
        raise_first_error(odd_amplitude(image, np.array([mean])))
