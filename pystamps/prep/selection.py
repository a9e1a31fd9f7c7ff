"""Candidates of all patches in one pass over the images (StaMPS: ``selpsc``, ``selsbc``).

Dispersion depends on the pixel alone, so that overlapping patches share the work: every block
of lines is read once, and its candidates go to all patches that contain them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Index
from pystamps.prep.blocks import Block, Workforce
from pystamps.prep.candidate_files import CandidateFiles, PatchRows
from pystamps.prep.candidates import (
    AmplitudeStatistics,
    CandidatePixels,
    DifferenceStatistics,
    amplitude_statistics,
    difference_statistics,
    select_by_difference,
    select_candidates,
)
from pystamps.prep.masks import PixelFilter
from pystamps.prep.patches import PatchArea
from pystamps.prep.rate import ByteProgress
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster
from pystamps_kernels import AUTO, KernelChoice


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """How candidates are selected.

    Attributes
    ----------
    constants : tuple of float
        Calibration constants of the images.
    threshold : float
    pixels : PixelFilter
    are_zeros_kept : bool
        Small baselines: zero amplitudes do not disqualify.
    choice : KernelChoice
    """

    constants: tuple[float, ...]
    threshold: float
    pixels: PixelFilter
    are_zeros_kept: bool = False
    choice: KernelChoice = AUTO


@dataclass(frozen=True, slots=True)
class SelectionCounts:
    """What the selection found.

    Attributes
    ----------
    rows : tuple of int64, (blocks + 1,)
        Per patch the number of candidates before every block, then of all.
    different : int
        Different pixels among the candidates.
    invalid, outside : int
        Pixels dropped because position or height is missing, or outside the area of interest.
    """

    rows: tuple[Index, ...]
    different: int
    invalid: int
    outside: int


@dataclass(frozen=True, slots=True)
class _BlockResult:
    """Candidates of one block in coordinates of the image, with their positions and heights."""

    line: Index
    sample: Index
    dispersion: Float32
    lonlat: Float32
    height: Float32
    zero_line: Index
    zero_sample: Index
    amplitude_sum: Float32
    invalid: int
    outside: int


def write_candidates(
    export: Export,
    patches: Sequence[PatchArea],
    rule: SelectionRule,
    *,
    root: Path,
    workforce: Workforce,
    progress: ByteProgress,
) -> SelectionCounts:
    """Write the candidate files of all patches except the phases.

    Parameters
    ----------
    export : Export
    patches : sequence of PatchArea
    rule : SelectionRule
    root : Path
        Where the patch directories are.
    workforce : Workforce
    progress : ByteProgress

    Returns
    -------
    SelectionCounts
    """

    def work(block: Block) -> _BlockResult:
        return _select_block(export, block, rule, progress)

    files = [CandidateFiles.create(root, patch, export) for patch in patches]
    blocks = workforce.blocks(export.size)
    rows = [np.zeros(len(blocks) + 1, np.int64) for _ in patches]
    different = invalid = outside = 0
    for block, found in workforce.in_order(work, blocks):
        invalid, outside = invalid + found.invalid, outside + found.outside
        in_any = np.zeros(found.line.size, np.bool_)
        for file, counted in zip(files, rows, strict=True):
            inside = file.patch.holds(found.line, found.sample)
            in_any |= inside
            part = _rows_of(found, file.patch, inside, int(counted[block.number]))
            file.append(part)
            file.write_amplitudes(found.amplitude_sum, first_line=block.first)
            counted[block.number + 1] = counted[block.number] + part.line.size
        different += int(in_any.sum())
    return SelectionCounts(tuple(rows), different, invalid, outside)


def _select_block(
    export: Export, block: Block, rule: SelectionRule, progress: ByteProgress
) -> _BlockResult:
    mask = rule.pixels.lines(block.first, block.last)
    statistics = _statistics(export, block, rule, progress)
    if isinstance(statistics, DifferenceStatistics):
        chosen = select_by_difference(
            statistics, rule.threshold, mask, are_zeros_kept=rule.are_zeros_kept
        )
    else:
        chosen = select_candidates(statistics, rule.threshold, mask)
    line, sample = chosen.line, chosen.sample
    longitude, latitude, height = (
        _values_at(raster, block, line, sample)
        for raster in (export.longitude, export.latitude, export.height)
    )
    valid = rule.pixels.is_valid(longitude, latitude, height)
    inside = rule.pixels.is_inside(longitude, latitude)
    kept = valid & inside
    zero = _kept_zeros(export, block, rule.pixels, chosen)
    return _BlockResult(
        line=line[kept] + block.first,
        sample=sample[kept],
        dispersion=chosen.dispersion[kept],
        lonlat=np.stack([longitude[kept], latitude[kept]], axis=1),
        height=height[kept],
        zero_line=chosen.zero_line[zero] + block.first,
        zero_sample=chosen.zero_sample[zero],
        amplitude_sum=statistics.amplitude_sum,
        invalid=int((~valid).sum()),
        outside=int((valid & ~inside).sum()),
    )


def _statistics(
    export: Export, block: Block, rule: SelectionRule, progress: ByteProgress
) -> AmplitudeStatistics | DifferenceStatistics:
    def images() -> Iterator[Complex64]:
        for image in export.images:
            values = image.complex_lines(block.first, block.last)
            yield values
            progress.add(values.size * image.sample_bytes)

    if export.is_small_baseline:
        return difference_statistics(images(), rule.constants, choice=rule.choice)
    return amplitude_statistics(images(), rule.constants, choice=rule.choice)


def _kept_zeros(export: Export, block: Block, pixels: PixelFilter, chosen: CandidatePixels) -> Bool:
    """Tell which zero pixels have a position inside the area, as candidates must."""
    at = chosen.zero_line, chosen.zero_sample
    longitude, latitude, height = (
        _values_at(raster, block, *at)
        for raster in (export.longitude, export.latitude, export.height)
    )
    return pixels.is_valid(longitude, latitude, height) & pixels.is_inside(longitude, latitude)


def _values_at(raster: Raster, block: Block, line: Index, sample: Index) -> Float32:
    """Read single values of a block; only the pages that hold them are read."""
    values = raster.lines(block.first, block.last)[line, sample]
    return np.asarray(values, dtype=np.float32)


def _rows_of(found: _BlockResult, patch: PatchArea, inside: Bool, before: int) -> PatchRows:
    """Give the candidates of one patch, numbered on."""
    zero = patch.holds(found.zero_line, found.zero_sample)
    width = int(found.sample.max(initial=0)) + int(found.zero_sample.max(initial=0)) + 1
    order = found.line[inside] * width + found.sample[inside]
    zero_order = found.zero_line[zero] * width + found.zero_sample[zero]
    return PatchRows(
        before=before,
        line=found.line[inside],
        sample=found.sample[inside],
        dispersion=found.dispersion[inside],
        lonlat=found.lonlat[inside],
        height=found.height[inside],
        zero_line=found.zero_line[zero],
        zero_sample=found.zero_sample[zero],
        zero_after=before + np.searchsorted(order, zero_order),
    )
