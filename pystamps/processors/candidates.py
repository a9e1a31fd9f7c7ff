"""Candidate files of a patch (``pscands.1.*``), common to all processors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError
from pystamps.io.text_numbers import parse_numbers, read_numbers, read_text_bytes
from pystamps.processors.candidate_checks import (
    check_candidate_heights,
    check_dispersions,
    check_positions,
    check_records,
)
from pystamps.processors.patch_model import Candidates
from pystamps.processors.phase_checks import check_sampled_phases
from pystamps.processors.rasters import ByteOrder
from pystamps.rows import Rows


def read_candidates(
    patch: Path, *, byte_order: ByteOrder, n_interferogram: int, is_double: bool = False
) -> Candidates:
    """Read the candidates of a patch and check that the files belong together.

    Parameters
    ----------
    patch : Path
    byte_order : {"<", ">"}
        Of the binary files.
    n_interferogram : int
        Interferograms that the phase file must hold.
    is_double : bool
        Longitudes, latitudes and heights are in double precision, in a file each (GSAR).

    Returns
    -------
    Candidates
        ``ph`` is read when it is asked for. An empty ``.ij`` file gives zero candidates.

    Raises
    ------
    ArtifactError
        A file is missing, its size does not fit the number of candidates, or it holds values that
        cannot be (:mod:`pystamps.processors.candidate_checks`; of the phases a sample).
    """
    ij = _read_ij(patch / "pscands.1.ij")
    n = ij.shape[0]
    check_records(patch / "pscands.1.ij", ij)
    lonlat = _read_positions(patch, byte_order, n, is_double=is_double)
    ph_path = patch / "pscands.1.ph"
    what = f"{n} candidates x {n_interferogram} interferograms"
    _check_size(ph_path, 8 * n * n_interferogram, what)
    check_sampled_phases(ph_path, byte_order, (n_interferogram, n))
    return Candidates(
        ij=ij,
        lonlat=lonlat.astype(np.float64),
        ph=_rows_of_file(ph_path, f"{byte_order}c8", (n_interferogram, n)),
        hgt=_read_heights(patch / "pscands.1.hgt", byte_order, n, is_double=is_double),
        d_a=_read_dispersion(patch / "pscands.1.da", n),
    )


def _read_ij(path: Path) -> npt.NDArray[np.float64]:
    text = read_text_bytes(path)
    numbers = parse_numbers(path, text)
    lines = text.count(b"\n") + 1 if text else 0
    if numbers.size != 3 * lines:
        raise ArtifactError(
            f"{path}: found {numbers.size} numbers in {lines} lines, expected 3 in each "
            "(number, azimuth line, range sample); run the preparation again"
        )
    ij = numbers.reshape(-1, 3)
    position = ij[:, 1:]
    bad = ~((position >= 0) & (position == np.rint(position))).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise ArtifactError(
            f"{path}: line {row + 1} holds position {position[row].tolist()}, "
            "expected whole numbers from 0 (azimuth line, range sample)"
        )
    return ij


def read_candidate_values(path: Path, dtype: str, n: int) -> npt.NDArray[Any]:
    """Read one number per candidate from a binary file: (n,), of the byte order of the file.

    Raises
    ------
    ArtifactError
        The file is missing, or its size does not fit.
    """
    values: npt.NDArray[Any] = _read_binary(path, dtype, (n,), f"{n} candidates")
    return values


def _read_positions(
    patch: Path, byte_order: ByteOrder, n: int, *, is_double: bool
) -> npt.NDArray[Any]:
    if not is_double:
        path = patch / "pscands.1.ll"
        lonlat = _read_binary(path, f"{byte_order}f4", (n, 2), f"{n} candidates")
    else:
        path = patch / "pscands.1.lon"
        names = ("pscands.1.lon", "pscands.1.lat")
        columns = [read_candidate_values(patch / name, f"{byte_order}f8", n) for name in names]
        lonlat = np.column_stack(columns)
    check_positions(path, lonlat)
    found: npt.NDArray[Any] = lonlat
    return found


def _read_heights(
    path: Path, byte_order: ByteOrder, n: int, *, is_double: bool
) -> npt.NDArray[np.float64] | None:
    if n and not path.is_file():
        return None
    heights = read_candidate_values(path, f"{byte_order}{'f8' if is_double else 'f4'}", n)
    check_candidate_heights(path, heights)
    return np.asarray(heights, dtype=np.float64)


def _read_dispersion(path: Path, n: int) -> npt.NDArray[np.float64] | None:
    if not path.is_file():
        return None if n else np.zeros(0)
    values = read_numbers(path)
    if values.size != n:
        raise ArtifactError(
            f"{path}: found {values.size} values, expected {n} (one per candidate of "
            "pscands.1.ij); run the preparation of this patch again"
        )
    check_dispersions(path, values)
    return values


def _read_binary(path: Path, dtype: str, shape: tuple[int, ...], what: str) -> Any:
    _check_size(path, np.dtype(dtype).itemsize * int(np.prod(shape)), what)
    return np.fromfile(path, dtype=dtype).reshape(shape) if path.is_file() else np.zeros(shape)


def _rows_of_file(path: Path, dtype: str, shape: tuple[int, int]) -> Any:
    """Give a matrix of a binary file whose rows are read when they are asked for."""
    if 0 in shape:
        return np.zeros(shape, dtype=np.complex64)
    n_bytes = shape[1] * np.dtype(dtype).itemsize

    def read(rows: slice) -> npt.NDArray[Any]:
        count = (rows.stop - rows.start) * shape[1]
        values = np.fromfile(path, dtype=dtype, count=count, offset=rows.start * n_bytes)
        return values.reshape(-1, shape[1])

    return Rows(shape, dtype, read)


def _check_size(path: Path, expected: int, what: str) -> None:
    """Compare the size of a file; a file that should be empty may be missing."""
    if not path.is_file():
        if expected:
            raise ArtifactError(f"{path}: file is missing, expected {expected} bytes for {what}")
        return
    found = path.stat().st_size
    if found != expected:
        raise ArtifactError(
            f"{path}: found {found} bytes, expected {expected} for {what}; "
            "run the preparation of this patch again"
        )
