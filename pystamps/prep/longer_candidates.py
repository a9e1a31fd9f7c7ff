"""Candidate files of a stack that has grown: the rows are kept, interferograms are added."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Complex64, Index
from pystamps.prep.blocks import Workforce
from pystamps.prep.candidate_files import zero_text
from pystamps.prep.earlier_stack import EarlierPatch, EarlierStack
from pystamps.prep.longer_statistics import PatchAmplitudes
from pystamps.processors import PROCESSORS
from pystamps.processors.export import Export
from pystamps.processors.rasters import Raster

_PHASE_BYTES = 8


def write_longer_patch(
    folder: Path,
    earlier: EarlierStack,
    patch: EarlierPatch,
    amplitudes: PatchAmplitudes,
    export: Export,
    *,
    workforce: Workforce,
) -> None:
    """Write the candidate files of a patch that change when images are added.

    Parameters
    ----------
    folder : Path
        Of the patch; made already.
    earlier : EarlierStack
    patch : EarlierPatch
    amplitudes : PatchAmplitudes
    export : Export
        Of all images.
    workforce : Workforce

    Notes
    -----
    Dispersions and phases always; positions and heights only where candidates are left out.
    """
    from pystamps_kernels.host.decimal_text import number_text  # imports Numba

    kept = amplitudes.is_kept
    (folder / "pscands.1.da").write_bytes(number_text(amplitudes.dispersion[kept]))
    if not kept.all():
        _write_positions(folder, patch, kept, PROCESSORS[earlier.processor].byte_order)
    if not earlier.is_small_baseline:
        (folder / "pscands.1.ij0").write_bytes(_zeros(patch, amplitudes, export.size[0]))
    with (folder / "pscands.1.ph").open("wb") as stream:
        for interferogram in export.interferograms:
            row = earlier.rows.get((interferogram.dates[0], interferogram.dates[1]))
            values = (
                phases_of_raster(interferogram, patch.line, patch.sample, workforce)
                if row is None
                else _phases_of_row(patch, row)
            )
            stored = np.dtype(f"{PROCESSORS[earlier.processor].byte_order}c8")
            stream.write(values[kept].astype(stored, copy=False).tobytes())


def phases_of_raster(
    interferogram: Raster, line: Index, sample: Index, workforce: Workforce
) -> Complex64:
    """Read an interferogram at some pixels of the image, block by block: complex64, (n,)."""
    found = np.empty(line.size, np.complex64)
    for block in workforce.blocks(interferogram.size):
        at = np.flatnonzero((line >= block.first) & (line < block.last))
        if at.size:
            values = interferogram.lines(block.first, block.last)
            found[at] = values[line[at] - block.first, sample[at]]
    return found


def _phases_of_row(patch: EarlierPatch, row: int) -> Complex64:
    found: Complex64 = patch.candidates.ph[row : row + 1][0]
    return found


def _write_positions(folder: Path, patch: EarlierPatch, kept: Bool, order: str) -> None:
    """Write numbers, positions and heights of the candidates that are left."""
    from pystamps_kernels.host.decimal_text import position_text  # imports Numba

    line, sample = patch.line[kept], patch.sample[kept]
    (folder / "pscands.1.ij").write_bytes(position_text(line, sample, first_number=1))
    places = np.stack([sample, line], axis=1)
    (folder / "pscands.1.ij.int").write_bytes(places.astype(">i4").tobytes())
    lonlat = patch.candidates.lonlat[kept]
    (folder / "pscands.1.ll").write_bytes(lonlat.astype(f"{order}f4").tobytes())
    if patch.candidates.hgt is not None:
        height = patch.candidates.hgt[kept]
        (folder / "pscands.1.hgt").write_bytes(height.astype(f"{order}f4").tobytes())


def _zeros(patch: EarlierPatch, amplitudes: PatchAmplitudes, width: int) -> bytes:
    """Give the list of pixels with a zero image, counted among the candidates that are left."""
    kept = amplitudes.is_kept
    order = np.sort(patch.line[kept] * width + patch.sample[kept])
    line, sample = amplitudes.zero_line, amplitudes.zero_sample
    return zero_text(np.searchsorted(order, line * width + sample), line, sample)
