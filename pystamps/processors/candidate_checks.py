"""Values of candidate files that cannot be: another byte order, damaged records, lines lost.

Files of the right size may hold anything: bytes that were swapped or shifted on the way, blocks
that were never written, lines of another file. Stage 1 asks here whatever was checked before; the
checks before a run and the doctor ask the same through the readers of stage 1. What StaMPS takes
and what does not spoil other candidates (a few positions off the Earth, markers of an elevation
model, phases that are not numbers, which SNAP and GAMMA stacks leave out) is no error.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError
from pystamps.processors.candidate_values import (
    PREPARE_AGAIN,
    CandidateValues,
    are_stray,
    refuse_records,
    refuse_swapped,
)

log = logging.getLogger(__name__)

LARGEST_HEIGHT_M = 1e5
LARGEST_DISPERSION = 100.0
_WRONG_SHARE = 0.25
"""Share of positions off the Earth that cannot be right; fewer are kept, as in StaMPS."""
_REACH_DEGREES = 15.0
"""No scene reaches so far from its middle."""
_POSITION = CandidateValues(
    "position", 1e-4, 360.0, "degrees: longitude -360 to 360, latitude -90 to 90"
)
_HEIGHT = CandidateValues("height", 1e-3, 9000.0, "heights in m, -500 to 9000")
_Bool = npt.NDArray[np.bool_]


def check_records(
    path: Path,
    ij: npt.NDArray[np.float64],
    *,
    rows: npt.NDArray[np.int64] | None = None,
    n: int | None = None,
) -> None:
    """Check the list of candidates, and its binary copy where there is one.

    Parameters
    ----------
    path : Path
        ``pscands.1.ij``.
    ij : float64, (n, 3): number, azimuth line, range sample
    rows : int64, optional
        Which rows of the list these are, where they are a sample of it.
    n : int, optional
        Length of the list then.

    Raises
    ------
    ArtifactError
        Numbers do not ascend, or ``pscands.1.ij.int`` names other candidates.
    """
    falls = np.flatnonzero(~(np.diff(ij[:, 0]) > 0))
    if falls.size:
        row = int(falls[0]) + 1
        raise ArtifactError(
            f"{path}: line {row + 1} holds number {ij[row, 0]:g} after {ij[row - 1, 0]:g}, "
            "expected numbers that ascend: lines are missing, doubled or exchanged; "
            f"{PREPARE_AGAIN}"
        )
    _check_copy(path, ij, slice(None) if rows is None else rows, len(ij) if n is None else n)
    places, first = np.unique(ij[:, 1:], axis=0, return_index=True)
    if len(places) < len(ij):
        again = int(np.setdiff1d(np.arange(len(ij)), first)[0])
        log.warning(
            "%s: %d candidates lie in a pixel that another one has, the first in line %d (line and "
            "sample %s)", path, len(ij) - len(places), again + 1, ij[again, 1:].astype(int).tolist()
        )  # fmt: skip


def _check_copy(
    path: Path, ij: npt.NDArray[np.float64], rows: npt.NDArray[np.int64] | slice, n: int
) -> None:
    copy = path.with_name(f"{path.name}.int")
    if not copy.is_file():
        return
    n_bytes = copy.stat().st_size
    if n_bytes != 8 * n:
        raise ArtifactError(
            f"{copy}: found {n_bytes} bytes, expected {8 * n} for the {n} candidates "
            f"of {path.name}; {PREPARE_AGAIN}"
        )
    if not n:
        return
    stored = np.memmap(copy, ">i4", mode="r", shape=(n, 2))[rows, ::-1]
    differs = np.flatnonzero((stored != ij[:, 1:]).any(axis=1))
    if differs.size:
        row = int(differs[0])
        raise ArtifactError(
            f"{copy}: record {row + 1} names line and sample {stored[row].tolist()}, expected "
            f"{ij[row, 1:].astype(int).tolist()} as in {path.name} ({differs.size} of {len(ij)} "
            f"records differ); one of the two is damaged: {PREPARE_AGAIN}"
        )


def check_positions(path: Path, lonlat: npt.NDArray[np.floating[Any]]) -> None:
    """Refuse positions in another byte order, or a quarter of which is not on the Earth.

    Parameters
    ----------
    path : Path
        ``pscands.1.ll``.
    lonlat : float32 in the byte order of the file, (n, 2), degrees

    Raises
    ------
    ArtifactError
        Names the first such record.
    """
    n = len(lonlat)
    refuse_swapped(path, lonlat, _POSITION, lambda value: f"record {value // 2 + 1}")
    finite = np.isfinite(lonlat).all(axis=1)
    if n and not finite.any():
        raise ArtifactError(
            f"{path}: none of the {n} positions is a number; "
            "geocode the stack again and repeat the preparation"
        )
    wild = are_wild_positions(lonlat)
    if not wild.any():
        return
    row = int(np.argmax(wild))
    found = (
        f"{np.count_nonzero(wild)} of {n} positions are not on the Earth or more than "
        f"{_REACH_DEGREES:g} degrees from the others, the first is record {row + 1}: "
        f"{lonlat[row].astype(float).tolist()}"
    )
    if np.count_nonzero(wild) > max(_WRONG_SHARE * n, 1):
        raise ArtifactError(
            f"{path}: {found}, expected {_POSITION.expected}; the file is damaged or the byte "
            f"order does not fit: check processor.txt and insar_processor, or {PREPARE_AGAIN}"
        )
    log.warning("%s: %s; expected %s", path, found, _POSITION.expected)


def are_wild_positions(lonlat: npt.NDArray[np.floating[Any]]) -> _Bool:
    """Tell which positions are numbers, but not on the Earth or far from the others."""
    finite = np.isfinite(lonlat).all(axis=1)
    return np.asarray(finite & _is_elsewhere(lonlat, finite))


def check_no_gaps(path: Path, lonlat: npt.NDArray[np.float64]) -> None:
    """Refuse positions that are not numbers, where the loader keeps them (Doris, ISCE).

    Parameters
    ----------
    path : Path
        ``pscands.1.ll``, for messages.
    lonlat : float64, (n, 2), degrees

    Raises
    ------
    ArtifactError
        Names the first such record.
    """
    gaps = ~np.isfinite(lonlat).all(axis=1)
    if gaps.any():
        row = int(np.argmax(gaps))
        raise ArtifactError(
            f"{path}: record {row + 1} holds {lonlat[row].tolist()} ({np.count_nonzero(gaps)} of "
            f"{len(lonlat)} such positions), expected {_POSITION.expected}; {PREPARE_AGAIN}, or "
            "leave such candidates out with compat: {wild_positions_kept: false}"
        )


def _is_elsewhere(lonlat: npt.NDArray[np.floating[Any]], finite: _Bool) -> _Bool:
    """Tell which positions are not on the Earth or far from the others; (0, 0) is a gap."""
    degrees = lonlat.astype(np.float64)
    with np.errstate(invalid="ignore"):
        elsewhere = (np.abs(degrees) > (360, 90)).any(axis=1) | are_stray(degrees).any(axis=1)
        lon, lat = np.radians(degrees).T
    placed = finite & ~elsewhere & (degrees != 0).any(axis=1)
    if not placed.any():
        return np.asarray(elsewhere)
    towards = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    middle = np.median(towards[placed], axis=0)
    length = float(np.linalg.norm(middle))
    if length:
        far = towards @ (middle / length) < np.cos(np.radians(_REACH_DEGREES))
        elsewhere |= far & placed
    return np.asarray(elsewhere)


def check_candidate_heights(path: Path, hgt: npt.NDArray[np.floating[Any]]) -> None:
    """Refuse heights in another byte order, and heights that no place has; NaN is a gap.

    Parameters
    ----------
    path : Path
        ``pscands.1.hgt``.
    hgt : float32 in the byte order of the file, (n,), m

    Raises
    ------
    ArtifactError
        Names the first such record.
    """
    refuse_swapped(path, hgt, _HEIGHT, lambda value: f"record {value + 1}")
    with np.errstate(invalid="ignore"):
        wrong = (np.abs(hgt) > LARGEST_HEIGHT_M) | are_stray(hgt)
    refuse_records(path, hgt, wrong, f"{_HEIGHT.expected} (at most {LARGEST_HEIGHT_M:g})")


def check_dispersions(path: Path, d_a: npt.NDArray[np.float64]) -> None:
    """Refuse amplitude dispersions that are no numbers, negative, or beyond all.

    Parameters
    ----------
    path : Path
        ``pscands.1.da``.
    d_a : float64, (n,)

    Raises
    ------
    ArtifactError
        Names the first such line.
    """
    wrong = ~((d_a >= 0) & (d_a <= LARGEST_DISPERSION))  # 0: images that differ by a factor only
    expected = f"an amplitude dispersion of 0 to {LARGEST_DISPERSION:g}"
    refuse_records(path, d_a, wrong, expected, record="line")
