"""Mean amplitude of the scene: ``mean_amp.flt`` of the patches, put together on the image grid."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float32, Float64, Index
from pystamps.errors import ArtifactError
from pystamps.io.dataset import discover_dataset
from pystamps.io.text_numbers import read_numbers

NAME = "mean_amp.flt"
_BLOCK_LINES = 256


@dataclass(frozen=True, slots=True)
class SceneAmplitude:
    """Amplitude of blocks of image samples.

    Attributes
    ----------
    amplitude : float32, (n_block_line, n_block_sample)
        Mean over the images and the samples of a block; NaN where no patch has any.
    lines_per_block, samples_per_block : int
    """

    amplitude: Float32
    lines_per_block: int
    samples_per_block: int

    def at(self, line: Float64, sample: Float64) -> Float32:
        """Give the amplitude at places of the image, counted from 0; NaN outside."""
        row = np.floor(line / self.lines_per_block)
        column = np.floor(sample / self.samples_per_block)
        height, width = self.amplitude.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        found = np.full(line.shape, np.nan, dtype=np.float32)
        found[inside] = self.amplitude[row[inside].astype(int), column[inside].astype(int)]
        return found


@dataclass(frozen=True, slots=True)
class _PatchAmplitude:
    """The file of one patch and its place in the image, 0-based, ends not included."""

    path: Path
    lines: slice
    samples: slice


def patches_without_amplitude(root: Path) -> tuple[str, ...]:
    """Give the patches that have no ``mean_amp.flt``."""
    patches = discover_dataset(root).patches
    return tuple(p.name for p in patches if not (p.directory / NAME).is_file())


def read_scene_amplitude(root: Path, *, most_blocks: int = 2000) -> SceneAmplitude:
    """Put the mean amplitude of the patches together.

    Parameters
    ----------
    root : Path
        Root of the data set.
    most_blocks : int
        Blocks along an axis; larger images are averaged over more samples per block.

    Raises
    ------
    ArtifactError
        A patch has no such file, or one that does not fit ``patch.in``.
    """
    parts = [_patch_amplitude(patch.directory) for patch in discover_dataset(root).patches]
    shape = max(p.lines.stop for p in parts), max(p.samples.stop for p in parts)
    step = tuple(-(-size // most_blocks) for size in shape)
    total = np.zeros((-(-shape[0] // step[0]), -(-shape[1] // step[1])))
    count = np.zeros(total.shape)
    for part in parts:
        _add_patch(part, total, count, step)
    with np.errstate(invalid="ignore"):
        return SceneAmplitude((total / count).astype(np.float32), step[0], step[1])


def _patch_amplitude(directory: Path) -> _PatchAmplitude:
    path = directory / NAME
    if not path.is_file():
        raise ArtifactError(f"{path}: file is missing; the preparation (stage 0) writes it")
    bounds = read_numbers(directory / "patch.in", count=4).astype(int)
    samples, lines = slice(bounds[0] - 1, bounds[1]), slice(bounds[2] - 1, bounds[3])
    expected = 4 * (lines.stop - lines.start) * (samples.stop - samples.start)
    if path.stat().st_size != expected:
        raise ArtifactError(
            f"{path}: has {path.stat().st_size} bytes, expected {expected} (patch.in: samples "
            f"{bounds[0]} to {bounds[1]}, lines {bounds[2]} to {bounds[3]}, 4 bytes each); run the "
            "preparation again"
        )
    return _PatchAmplitude(path, lines, samples)


def _add_patch(
    part: _PatchAmplitude, total: Float64, count: Float64, step: tuple[int, ...]
) -> None:
    """Add the samples of a patch to the sums of their blocks; zeros and NaN are no data."""
    shape = (part.lines.stop - part.lines.start, part.samples.stop - part.samples.start)
    stored = np.memmap(part.path, "<f4", "r", shape=shape)
    columns = np.arange(part.samples.start, part.samples.stop) // step[1]
    for first in range(0, shape[0], _BLOCK_LINES):
        block = np.asarray(stored[first : first + _BLOCK_LINES], dtype=np.float64)
        rows = np.arange(len(block)) + part.lines.start + first
        good = np.isfinite(block) & (block > 0)
        _add_blocks(total, np.where(good, block, 0), rows // step[0], columns)
        _add_blocks(count, good.astype(np.float64), rows // step[0], columns)


def _add_blocks(sums: Float64, values: Float64, rows: Index, columns: Index) -> None:
    starts = np.flatnonzero(np.diff(columns, prepend=-1))
    by_column = np.add.reduceat(values, starts, axis=1)
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    found = np.add.reduceat(by_column, begins, axis=0)
    sums[np.ix_(rows[begins], columns[starts])] += found
