"""A look at some candidates of a patch (``pscands.1.*``): sizes of all files, values of a sample.

Checks before a run take seconds where they read millions of candidates that stage 1 reads again.
Whatever is odd in the sample, a mere note included, is an error here, upon which the caller reads
all of it (:func:`pystamps.processors.read_raw_patch`): verdict and words are those of stage 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float64, Index
from pystamps.errors import ArtifactError
from pystamps.io.text_numbers import parse_numbers, read_text_bytes
from pystamps.processors.candidate_checks import (
    are_wild_positions,
    check_candidate_heights,
    check_dispersions,
    check_positions,
    check_records,
)
from pystamps.processors.candidate_values import rows_of_sample, stretches_of_sample
from pystamps.processors.patch_model import Candidates
from pystamps.processors.phase_checks import check_sampled_phases
from pystamps.processors.rasters import ByteOrder

_LINE_END = 10


def read_candidate_sample(
    patch: Path, *, byte_order: ByteOrder, n_interferogram: int
) -> Candidates:
    """Read some candidates of a patch, as :func:`pystamps.processors.candidates.read_candidates`.

    Parameters
    ----------
    patch : Path
    byte_order : {"<", ">"}
        Of the binary files.
    n_interferogram : int
        Interferograms that the phase file must hold.

    Returns
    -------
    Candidates
        The begin, the middle and the end of the files, as if there were no others.

    Raises
    ------
    ArtifactError
        A file is missing or has another size; a value of the sample is wrong or worth a note.
    """
    path = patch / "pscands.1.ij"
    n, numbers = _sampled_lines(path, columns=3)
    ij, rows = numbers.reshape(-1, 3), rows_of_sample(n)
    _refuse_odd_places(path, ij[:, 1:])
    check_records(path, ij, rows=rows, n=n)
    lonlat = _sampled_values(patch / "pscands.1.ll", f"{byte_order}f4", (n, 2), rows)
    if are_wild_positions(lonlat).any():
        raise ArtifactError(f"{patch / 'pscands.1.ll'}: holds positions far from the others")
    check_positions(patch / "pscands.1.ll", lonlat)
    ph_path, hgt_path = patch / "pscands.1.ph", patch / "pscands.1.hgt"
    _require_size(ph_path, 8 * n * n_interferogram)
    hgt = None
    if hgt_path.is_file():
        hgt = _sampled_values(hgt_path, f"{byte_order}f4", (n,), rows)
        check_candidate_heights(hgt_path, hgt)
    return Candidates(
        ij=ij,
        lonlat=lonlat.astype(np.float64),
        ph=check_sampled_phases(ph_path, byte_order, (n_interferogram, n)),
        hgt=None if hgt is None else hgt.astype(np.float64),
        d_a=_sampled_dispersions(patch / "pscands.1.da", n),
    )


def _refuse_odd_places(path: Path, place: Float64) -> None:
    if not ((place >= 0) & (place == np.rint(place))).all():
        raise ArtifactError(f"{path}: holds places that are no whole numbers from 0")
    if len(np.unique(place, axis=0)) < len(place):
        raise ArtifactError(f"{path}: holds a pixel twice")


def _sampled_dispersions(path: Path, n: int) -> Float64 | None:
    if not path.is_file():
        return None
    lines, values = _sampled_lines(path, columns=1)
    if lines != n:
        raise ArtifactError(f"{path}: found {lines} lines, expected {n}")
    check_dispersions(path, values)
    return values


def _sampled_lines(path: Path, *, columns: int) -> tuple[int, Float64]:
    """Count the lines of a text file, and give the numbers in the stretches of a sample of them."""
    text = read_text_bytes(path)
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _LINE_END)
    starts = np.concatenate([[0], ends + 1])
    ends = np.append(ends, len(text))
    n = len(starts)
    parts = []
    for rows in stretches_of_sample(n):
        numbers = parse_numbers(path, text[starts[rows.start] : ends[rows.stop - 1]])
        if numbers.size != columns * (rows.stop - rows.start):
            raise ArtifactError(f"{path}: holds lines without {columns} numbers")
        parts.append(numbers)
    return n, np.concatenate(parts)


def _sampled_values(path: Path, dtype: str, shape: tuple[int, ...], rows: Index) -> Any:
    """Give some rows of a binary file of the right size, in its byte order."""
    _require_size(path, np.dtype(dtype).itemsize * int(np.prod(shape)))
    values: npt.NDArray[Any] = np.memmap(path, dtype, mode="r", shape=shape)[rows]
    return np.array(values)


def _require_size(path: Path, expected: int) -> None:
    found = path.stat().st_size if path.is_file() else None
    if found != expected:
        raise ArtifactError(f"{path}: found {found} bytes, expected {expected}")
