"""Phases of the candidates: another byte order, damaged records, gaps."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pystamps.errors import ArtifactError
from pystamps.processors.candidate_checks import check_no_gaps
from pystamps.processors.candidate_values import (
    PREPARE_AGAIN,
    CandidateValues,
    are_stray,
    refuse_swapped,
    rows_of_sample,
)
from pystamps.processors.patch_model import RawPatch, SlantRangeGeometry
from pystamps.processors.rasters import ByteOrder
from pystamps.rows import Matrix

_PHASE = CandidateValues(
    "phase", 1e-9, 1e20, "complex numbers with a modulus of 1e-9 to 1e20, or 0"
)


def check_before_loading(patch: Path, raw: RawPatch, *, wild_positions_kept: bool) -> None:
    """Look at what the readers have not looked at: all phases, and gaps that the loader keeps.

    Parameters
    ----------
    patch : Path
    raw : RawPatch
        As :func:`pystamps.processors.read_raw_patch` gives it.
    wild_positions_kept : bool
        ``compat.wild_positions_kept``.

    Raises
    ------
    ArtifactError
        A phase cannot be; a position or phase is not a number in a stack of Doris or ISCE, whose
        loader keeps such candidates, so that stage 2 would stop.
    """
    leaves_gaps_out = isinstance(raw.geometry, SlantRangeGeometry)
    if not leaves_gaps_out and wild_positions_kept:
        check_no_gaps(patch / "pscands.1.ll", raw.candidates.lonlat)
    path = patch / "pscands.1.ph"
    check_phases(path, raw.candidates.ph, leaves_gaps_out=leaves_gaps_out)


def check_sampled_phases(path: Path, byte_order: ByteOrder, shape: tuple[int, int]) -> Any:
    """Look at three stretches of every interferogram of a phase file, and give these phases.

    Parameters
    ----------
    path : Path
        ``pscands.1.ph``, of the right size.
    byte_order : {"<", ">"}
    shape : (n_interferogram, n)

    Returns
    -------
    ndarray of complex64 in the byte order of the file, (n_interferogram, n_sampled)
        Of the rows of :func:`rows_of_sample`.

    Raises
    ------
    ArtifactError
        As :func:`check_phases`.
    """
    n_interferogram, n = shape
    if not n or not n_interferogram:
        return np.zeros(shape, dtype=np.complex64)
    mapped = np.memmap(path, f"{byte_order}c8", mode="r", shape=shape)
    columns = rows_of_sample(n)
    sampled = np.array(mapped[:, columns])
    refuse_swapped(path, sampled, _PHASE, partial(_place, 0, columns))
    for k, values in enumerate(sampled):
        _refuse_stray_phases(path, values, k, columns, is_wrong=are_stray(values))
    return sampled


def check_phases(path: Path, ph: Matrix, *, leaves_gaps_out: bool) -> None:
    """Look at all phases of a patch.

    Parameters
    ----------
    path : Path
        ``pscands.1.ph``, for messages.
    ph : Matrix of complex64, (n_interferogram, n)
        In the byte order of the file.
    leaves_gaps_out : bool
        The loader leaves out candidates whose phase is not a number (SNAP, GAMMA); otherwise such
        a phase is an error.

    Raises
    ------
    ArtifactError
        Names interferogram and candidate, what was found and expected.
    """
    n_interferogram, n = ph.shape
    columns = np.arange(n)
    for k in range(n_interferogram if n else 0):
        values = np.asarray(ph[k : k + 1])[0]
        refuse_swapped(path, values, _PHASE, partial(_place, k, columns))
        is_number = np.isfinite(values)
        if not is_number.any():
            raise ArtifactError(
                f"{path}: interferogram {k + 1} holds no phase that is a number, expected "
                f"{_PHASE.expected}; export it again and repeat the preparation"
            )
        is_gap = np.zeros_like(is_number) if leaves_gaps_out else ~is_number
        _refuse_stray_phases(path, values, k, columns, is_wrong=are_stray(values) | is_gap)


def _place(first: int, columns: Any, value: int) -> str:
    """Name a real or imaginary part by its number among the phases of some candidates."""
    k, column = divmod(value // 2, len(columns))
    return f"interferogram {first + k + 1}, candidate {columns[column] + 1}"


def _refuse_stray_phases(path: Path, values: Any, k: int, columns: Any, *, is_wrong: Any) -> None:
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        raise ArtifactError(
            f"{path}: interferogram {k + 1}, candidate {columns[row] + 1} holds "
            f"{complex(values[row]):g} ({np.count_nonzero(is_wrong)} of {len(values)} there), "
            f"expected {_PHASE.expected}; {PREPARE_AGAIN}"
        )
