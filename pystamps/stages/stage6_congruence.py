"""Proof that unwrapped phase is the wrapped phase and whole cycles, in every cell of the grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pystamps.arrays import Float32
from pystamps.errors import ExternalProgramError

_CYCLE = 2 * np.pi
_ROUNDING = 2.0**-24
"""Largest relative error of a number that is rounded to single precision."""
_LARGEST_TOLERANCE = 0.25
_CELLS_AT_A_TIME = 1 << 20


def congruence_tolerance(unwrapped: Float32) -> float:
    """Give how far from a whole number of cycles rounding alone can move a cell, in cycles.

    Parameters
    ----------
    unwrapped : ndarray of float32, shape (n_i, n_j)
        Unwrapped phase in rad, finite.

    Notes
    -----
    snaphu adds wrapped differences and whole cycles along the first row and then down the columns.
    A cell is the end of at most n_i + n_j - 2 additions, and every sum on the way is a cell of the
    result: it was rounded to single precision, by at most 2^-24 of the largest phase. Versions that
    wrap the differences in single precision add 2^-24 of a cycle to every step. The wrapped phase
    of the first cell and of this one, below 2 pi, were rounded once each.
    """
    steps = max(sum(unwrapped.shape) - 2, 0)
    largest = float(np.abs(unwrapped).max(initial=0))
    bound = _ROUNDING * (steps * (largest + _CYCLE) + 2 * _CYCLE) / _CYCLE
    return min(bound, _LARGEST_TOLERANCE)


def refuse_incongruent(unwrapped: Float32, wrapped: NDArray[np.complex64]) -> None:
    """Refuse unwrapped phase that is not the wrapped phase and a whole number of cycles.

    Parameters
    ----------
    unwrapped : ndarray of float32, shape (n_i, n_j)
        rad.
    wrapped : ndarray of complex64, shape (n_i, n_j)
        Phasors of any length; a cell that is 0 has no phase, and nothing is compared there.

    Raises
    ------
    ExternalProgramError
        Names the number of cells and the worst one.
    """
    n_missing = int(np.count_nonzero(~np.isfinite(unwrapped)))
    if n_missing:
        raise ExternalProgramError(
            f"its result is not a number in {n_missing} of {unwrapped.size} cells"
        )
    tolerance = congruence_tolerance(unwrapped)
    n_wrong, worst, place = 0, 0.0, (0, 0)
    rows_at_a_time = max(1, _CELLS_AT_A_TIME // max(unwrapped.shape[1], 1))
    for first in range(0, len(unwrapped), rows_at_a_time):
        block = slice(first, first + rows_at_a_time)
        off = _off_whole_cycles(unwrapped[block], wrapped[block])
        n_wrong += int(np.count_nonzero(off > tolerance))
        if off.max(initial=0) > worst:
            row, column = np.unravel_index(int(off.argmax()), off.shape)
            worst, place = float(off.max()), (first + int(row) + 1, int(column) + 1)
    if n_wrong:
        zeros = "" if unwrapped.any() else "its result is zero everywhere: "
        raise ExternalProgramError(
            f"{zeros}its result and its input differ by no whole number of cycles in {n_wrong} of "
            f"{unwrapped.size} cells, by {worst:.2g} cycles too much or too little in row "
            f"{place[0]}, column {place[1]} (rounding explains {tolerance:.2g})"
        )


def _off_whole_cycles(unwrapped: Float32, wrapped: NDArray[np.complex64]) -> NDArray[np.float64]:
    """Give the distance of the difference from a whole number of cycles, 0 without phase."""
    phase = np.angle(wrapped.astype(np.complex128))
    cycles = (unwrapped.astype(np.float64) - phase) / _CYCLE
    return np.where(wrapped == 0, 0.0, np.abs(cycles - np.rint(cycles)))
