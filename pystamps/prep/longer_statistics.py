"""Amplitudes of a stack that has grown, at the candidates that are kept, in one pass.

The sums of all images give what a preparation of the longer stack would find at these pixels, bit
for bit; those of the earlier images alone have to give the dispersion that is there already, which
shows that these are the images that the data set was prepared with.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Index
from pystamps.prep.blocks import Block, Workforce
from pystamps.prep.candidate_files import CandidateFiles
from pystamps.prep.candidates import (
    AmplitudeStatistics,
    CandidatePixels,
    DifferenceStatistics,
    amplitude_statistics_of,
    difference_statistics_of,
    select_by_difference,
    select_candidates,
)
from pystamps.prep.earlier_stack import EarlierPatch, EarlierStack, ImageKey, image_keys
from pystamps.prep.masks import PixelFilter
from pystamps.prep.rate import ByteProgress
from pystamps.processors import PROCESSORS
from pystamps.processors.export import Export
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage0_amplitude_sums import PixelSums, stage0_amplitude_sums
from pystamps_kernels.stage0_difference_sums import stage0_difference_sums

_Statistics = AmplitudeStatistics | DifferenceStatistics


@dataclass(frozen=True, slots=True)
class LongerStack:
    """An export that holds the images of a data set, and more.

    Attributes
    ----------
    earlier : EarlierStack
    export : Export
    constants : mapping of ImageKey to float
        Mean amplitudes of all images.
    pixels : PixelFilter
    choice : KernelChoice
    """

    earlier: EarlierStack
    export: Export
    constants: Mapping[ImageKey, float]
    pixels: PixelFilter
    choice: KernelChoice = AUTO

    def select(self, statistics: _Statistics, block: Block) -> CandidatePixels:
        """Select candidates as the preparation does."""
        mask = self.pixels.lines(block.first, block.last)
        threshold = self.earlier.threshold
        if isinstance(statistics, DifferenceStatistics):
            kept = self.earlier.raw.are_zero_amplitudes_kept
            return select_by_difference(statistics, threshold, mask, are_zeros_kept=kept)
        return select_candidates(statistics, threshold, mask)

    def are_on_ground(self, line: Index, sample: Index, block: Block) -> Bool:
        """Tell which pixels have a position in the area; lines count from that of the block."""
        longitude, latitude, height = (
            np.asarray(raster.lines(block.first, block.last)[line, sample], dtype=np.float32)
            for raster in (self.export.longitude, self.export.latitude, self.export.height)
        )
        valid = self.pixels.is_valid(longitude, latitude, height)
        return valid & self.pixels.is_inside(longitude, latitude)


@dataclass(frozen=True, slots=True)
class PatchAmplitudes:
    """Amplitudes of the candidates of a patch.

    Attributes
    ----------
    dispersion : float32, (n,), of all images
    dispersion_before : float32, (n,), of those that the data set had
    is_kept : bool, (n,), every image has a signal there
    zero_line, zero_sample : int64, (m,), pixels below the threshold with a zero image
    """

    dispersion: Float32
    dispersion_before: Float32
    is_kept: Bool
    zero_line: Index
    zero_sample: Index


@dataclass(frozen=True, slots=True)
class KeptAmplitudes:
    """Amplitudes of the candidates of all patches, and what a selection anew would do.

    Attributes
    ----------
    patches : tuple of PatchAmplitudes
    more, fewer : int
        Pixels that a selection from all images would add to the candidates, and leave out.
    """

    patches: tuple[PatchAmplitudes, ...]
    more: int
    fewer: int


@dataclass(frozen=True, slots=True)
class _BlockFound:
    """What one block holds; lines in coordinates of the image.

    Attributes
    ----------
    candidates : per patch, rows, dispersion of all and of earlier images, whether they are kept
    amplitude_sum : float32, (lines, samples)
    zeros, selected : pixels below the threshold, with a zero image and without: line and sample
    """

    candidates: list[tuple[Index, Float32, Float32, Bool]]
    amplitude_sum: Float32
    zeros: tuple[Index, Index]
    selected: tuple[Index, Index]


class _Rows:
    """Rows of the candidates of a patch by their lines."""

    def __init__(self, patch: EarlierPatch) -> None:
        """Put the rows in the order of their lines."""
        self.patch = patch
        self._order = np.argsort(patch.line, kind="stable")
        self._lines = patch.line[self._order]

    def in_block(self, block: Block) -> Index:
        """Give the rows of the candidates in a block."""
        first, last = np.searchsorted(self._lines, (block.first, block.last))
        return self._order[first:last]


def kept_amplitudes(
    stack: LongerStack, *, folder: Path, workforce: Workforce, progress: ByteProgress
) -> KeptAmplitudes:
    """Sum up the amplitudes of all images, and write ``mean_amp.flt`` of the patches.

    Parameters
    ----------
    stack : LongerStack
    folder : Path
        Where the folders of the patches are, with empty ``mean_amp.flt``.
    workforce : Workforce
    progress : ByteProgress

    Notes
    -----
    StaMPS ``selpsc_patch`` and ``selsbc_patch``, for pixels that are candidates already.
    """
    earlier = stack.earlier
    order = PROCESSORS[earlier.processor].byte_order
    files = [
        CandidateFiles(p.area, folder / p.area.name, order, has_zero_file=False)
        for p in earlier.patches
    ]
    rows = [_Rows(patch) for patch in earlier.patches]
    found = [_empty(patch.candidates.n) for patch in earlier.patches]
    zeros: list[list[tuple[Index, Index]]] = [[] for _ in earlier.patches]
    more = fewer = 0

    def work(block: Block) -> _BlockFound:
        return _block_found(stack, rows, block, progress)

    for block, here in workforce.in_order(work, workforce.blocks(stack.export.size)):
        for k, patch in enumerate(earlier.patches):
            files[k].write_amplitudes(here.amplitude_sum, first_line=block.first)
            at, now, before, is_kept = here.candidates[k]
            found[k].dispersion[at], found[k].dispersion_before[at] = now, before
            found[k].is_kept[at] = is_kept
            inside = patch.area.holds(*here.zeros)
            zeros[k].append((here.zeros[0][inside], here.zeros[1][inside]))
        added, left_out = _compared(earlier.patches, here, block)
        more, fewer = more + added, fewer + left_out
    return KeptAmplitudes(
        tuple(_with_zeros(item, places) for item, places in zip(found, zeros, strict=True)),
        more,
        fewer,
    )


def _empty(n: int) -> PatchAmplitudes:
    none = np.zeros(0, np.int64)
    values = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.bool_)
    return PatchAmplitudes(*values, none, none)


def _with_zeros(found: PatchAmplitudes, places: Sequence[tuple[Index, Index]]) -> PatchAmplitudes:
    lines, samples = zip(*places, strict=True)
    return dataclasses.replace(
        found, zero_line=np.concatenate(lines), zero_sample=np.concatenate(samples)
    )


def _compared(patches: Sequence[EarlierPatch], here: _BlockFound, block: Block) -> tuple[int, int]:
    """Count the pixels that a selection anew would add to the candidates, and leave out."""
    is_candidate = np.zeros(here.amplitude_sum.shape, np.bool_)
    is_selected = np.zeros_like(is_candidate)
    line, sample = here.selected
    in_any = np.zeros(line.size, np.bool_)
    for patch, (rows, *_) in zip(patches, here.candidates, strict=True):
        is_candidate[patch.line[rows] - block.first, patch.sample[rows]] = True
        in_any |= patch.area.holds(line, sample)
    is_selected[line[in_any] - block.first, sample[in_any]] = True
    return (
        int(np.count_nonzero(is_selected & ~is_candidate)),
        int(np.count_nonzero(is_candidate & ~is_selected)),
    )


def _block_found(
    stack: LongerStack, rows: Sequence[_Rows], block: Block, progress: ByteProgress
) -> _BlockFound:
    now, before = _statistics(stack, block, progress)
    dispersions = _dispersion(now), _dispersion(before)
    kept = np.isfinite(dispersions[0])
    if not stack.earlier.raw.are_zero_amplitudes_kept or isinstance(now, AmplitudeStatistics):
        kept &= ~now.has_zero
    candidates = []
    for part in rows:
        at = part.in_block(block)
        place = part.patch.line[at] - block.first, part.patch.sample[at]
        candidates.append((at, dispersions[0][place], dispersions[1][place], kept[place]))
    chosen = stack.select(now, block)
    selected = stack.are_on_ground(chosen.line, chosen.sample, block)
    zero = stack.are_on_ground(chosen.zero_line, chosen.zero_sample, block)
    return _BlockFound(
        candidates,
        now.amplitude_sum,
        (chosen.zero_line[zero] + block.first, chosen.zero_sample[zero]),
        (chosen.line[selected] + block.first, chosen.sample[selected]),
    )


def _dispersion(statistics: _Statistics) -> Float32:
    """Give the dispersion as ``pscands.1.da`` has it."""
    if isinstance(statistics, DifferenceStatistics):
        return statistics.dispersion
    with np.errstate(invalid="ignore"):
        found: Float32 = np.sqrt(np.maximum(statistics.dispersion_squared, np.float32(0)))
    return found


def _statistics(
    stack: LongerStack, block: Block, progress: ByteProgress
) -> tuple[_Statistics, _Statistics]:
    """Sum up a block once over all images and once over the earlier ones; each is read once."""
    export, known = stack.export, stack.earlier.constants
    shape = block.last - block.first, export.size[0]
    both = PixelSums.zeros(shape), PixelSums.zeros(shape)
    keys, step = image_keys(export), 2 if export.is_small_baseline else 1
    n_known = 0
    for k in range(0, len(keys), step):
        constants = [stack.constants[key] for key in keys[k : k + step]]
        images = list(_read_images(export, range(k, k + step), block, progress))
        is_known = keys[k] in known
        n_known += step * is_known
        for sums in both[: 1 + is_known]:
            if export.is_small_baseline:
                stage0_difference_sums(
                    (images[0], images[1]), (constants[0], constants[1]),
                    sums=sums, choice=stack.choice,
                )  # fmt: skip
            else:
                stage0_amplitude_sums(images[0], constants[0], sums=sums, choice=stack.choice)
    of_sums = difference_statistics_of if export.is_small_baseline else amplitude_statistics_of
    return of_sums(both[0], len(keys)), of_sums(both[1], n_known)


def _read_images(
    export: Export, numbers: range, block: Block, progress: ByteProgress
) -> Iterator[Complex64]:
    for image in (export.images[number] for number in numbers):
        values = image.complex_lines(block.first, block.last)
        progress.add(values.size * image.sample_bytes)
        yield values
