"""Candidate files of a patch, written block after block (see ``00-overview`` of StaMPS)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Float32, Index
from pystamps.prep.patches import PatchArea
from pystamps.processors import PROCESSORS
from pystamps.processors.export import Export
from pystamps.processors.rasters import ByteOrder


@dataclass(frozen=True, slots=True)
class PatchRows:
    """Candidates of one patch in one block, in coordinates of the image.

    Attributes
    ----------
    before : int
        Candidates of the patch in the blocks before.
    line, sample : int64, (n,)
    dispersion : float32, (n,)
    lonlat : float32, (n, 2), degrees
    height : float32, (n,), m
    zero_line, zero_sample, zero_after : int64, (m,)
        Zero pixels, and the number of candidates before each.
    """

    before: int
    line: Index
    sample: Index
    dispersion: Float32
    lonlat: Float32
    height: Float32
    zero_line: Index
    zero_sample: Index
    zero_after: Index


@dataclass(frozen=True, slots=True)
class CandidateFiles:
    """The files of one patch; they are open only while something is appended.

    Attributes
    ----------
    patch : PatchArea
    directory : Path
    byte_order : str
        Of positions, heights and phases; positions in the image are always big-endian.
    has_zero_file : bool
        Single-master stacks have ``pscands.1.ij0``.
    """

    patch: PatchArea
    directory: Path
    byte_order: ByteOrder
    has_zero_file: bool

    @classmethod
    def create(cls, root: Path, patch: PatchArea, export: Export) -> CandidateFiles:
        """Make the directory with the bounds and empty files."""
        directory = root / patch.name
        directory.mkdir(parents=True)
        for name, bounds in (("patch.in", patch.bounds), ("patch_noover.in", patch.own_bounds)):
            (directory / name).write_text("".join(f"{bound}\n" for bound in bounds))
        order = PROCESSORS[export.processor].byte_order
        made = cls(patch, directory, order, not export.is_small_baseline)
        suffixes = ["ij", "ij.int", "da", "ll", "hgt"] + ["ij0"] * made.has_zero_file
        for suffix in suffixes:
            made._path(suffix).touch()
        (directory / "mean_amp.flt").touch()
        return made

    def append(self, rows: PatchRows) -> None:
        """Append candidates."""
        from pystamps_kernels.host.decimal_text import number_text, position_text  # imports Numba

        if rows.line.size:
            places = position_text(rows.line, rows.sample, first_number=rows.before + 1)
            self._append("ij", places)
            self._append("da", number_text(rows.dispersion))
            position = np.stack([rows.sample, rows.line], axis=1)
            self._append("ij.int", position.astype(">i4").tobytes())
            self._append("ll", rows.lonlat.astype(f"{self.byte_order}f4").tobytes())
            self._append("hgt", rows.height.astype(f"{self.byte_order}f4").tobytes())
        if rows.zero_line.size and self.has_zero_file:
            self._append("ij0", zero_text(rows.zero_after, rows.zero_line, rows.zero_sample))

    def write_amplitudes(self, amplitude_sum: Float32, *, first_line: int) -> None:
        """Append the lines of the patch among those of a block to ``mean_amp.flt``.

        Parameters
        ----------
        amplitude_sum : float32, (lines, samples)
            Of the whole width of the image.
        first_line : int
            Of the block.
        """
        lines, samples = self.patch.window
        first = max(lines.start - first_line, 0)
        last = min(lines.stop - first_line, amplitude_sum.shape[0])
        if first < last:
            part = amplitude_sum[first:last, samples].astype("<f4")
            with (self.directory / "mean_amp.flt").open("r+b") as stream:
                place = stream.seek(0, os.SEEK_END)
                if part.any():
                    stream.write(part.tobytes())
                else:
                    stream.truncate(place + part.nbytes)  # no data: takes no space on the disk

    def _path(self, suffix: str) -> Path:
        return self.directory / f"pscands.1.{suffix}"

    def _append(self, suffix: str, content: bytes) -> None:
        with self._path(suffix).open("ab") as stream:
            stream.write(content)


def zero_text(before: Index, line: Index, sample: Index) -> bytes:
    """Give ``pscands.1.ij0``: of every zero pixel the candidates before it, line and sample."""
    zeros = zip(before.tolist(), line.tolist(), sample.tolist(), strict=True)
    return "".join([f"{n} {i} {j}\n" for n, i, j in zeros]).encode("ascii")
