"""Values of candidate files that nothing measured has, and how they are refused by record."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.errors import ArtifactError

PREPARE_AGAIN = "run the preparation of this patch again"
_TINY, _HUGE = 1e-25, 1e25
"""Moduli between zero and the first, or above the second, are no measured values but stray bits."""
_MOSTLY, _HARDLY = 0.9, 0.6
_FEWEST_VALUES = 8
"""Values that tell a byte order."""
_STRETCH = 1024
"""Candidates in each of the stretches of a sample."""


@dataclass(frozen=True, slots=True)
class CandidateValues:
    """What the numbers of a candidate file are.

    Attributes
    ----------
    what : str
    low, high : float
        Moduli that are plausible.
    expected : str
        Limits in words, for messages.
    """

    what: str
    low: float
    high: float
    expected: str


def stretches_of_sample(n: int) -> list[slice]:
    """Give three stretches of the rows of a file: its begin, middle and end; all where it is short.

    They do not overlap.
    """
    if n <= 3 * _STRETCH:
        return [slice(0, n)]
    return [slice(k, k + _STRETCH) for k in (0, (n - _STRETCH) // 2, n - _STRETCH)]


def rows_of_sample(n: int) -> npt.NDArray[np.int64]:
    """Give the rows in the stretches of a sample, ascending."""
    return np.concatenate([np.arange(n)[rows] for rows in stretches_of_sample(n)])


def are_stray(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which values are neither zero nor of a size that anything measured has."""
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        size = np.abs(values.astype(np.complex128 if np.iscomplexobj(values) else np.float64))
        stray = ((size > 0) & (size < _TINY)) | (size > _HUGE)
    return np.asarray(stray & np.isfinite(values))


def refuse_records(
    path: Path,
    values: npt.NDArray[Any],
    wrong: npt.NDArray[np.bool_],
    expected: str,
    *,
    record: str = "record",
) -> None:
    """Refuse a file with wrong values; names the first of them by its number."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ArtifactError(
            f"{path}: {record} {row + 1} holds {float(values[row]):g} "
            f"({np.count_nonzero(wrong)} of {len(values)} such values), expected {expected}; "
            f"{PREPARE_AGAIN}"
        )


def refuse_swapped(
    path: Path, values: npt.NDArray[Any], kind: CandidateValues, place: Callable[[int], str]
) -> None:
    """Refuse values that are plausible in the other byte order only; ``place`` names one."""
    given = np.ascontiguousarray(values).view(values.real.dtype).ravel()
    other = given.view(given.dtype.newbyteorder())
    shares = [_plausible_share(numbers, kind) for numbers in (given, other)]
    if np.count_nonzero(given) < _FEWEST_VALUES or shares[0] >= _HARDLY or shares[1] <= _MOSTLY:
        return
    first = int(np.argmax(given != 0))
    native = ">" if sys.byteorder == "big" else "<"
    order = given.dtype.byteorder if given.dtype.byteorder in "<>" else native
    raise ArtifactError(
        f"{path}: {kind.what}s make sense in the other byte order only: {place(first)} holds "
        f"{float(given[first]):g}, with bytes swapped {float(other[first]):g}, expected "
        f"{'big' if order == '>' else 'little'}-endian {kind.expected}; swap the bytes of each "
        f"number, check processor.txt and insar_processor, or {PREPARE_AGAIN}"
    )


def _plausible_share(values: npt.NDArray[Any], kind: CandidateValues) -> float:
    """Give the share of plausible values among those that are not zero."""
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.abs(values)
        used = np.count_nonzero(size)
        inside = np.count_nonzero((size >= kind.low) & (size <= kind.high))
    return inside / used if used else 1.0
