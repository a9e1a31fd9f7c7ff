"""Interferograms that lack the same pixels, so that a fit with one design serves all of them."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Bool, Index
from pystamps.rows import Matrix, Rows, row_blocks


def columns_by_missing(phase: Matrix) -> list[tuple[Index, Bool | None]]:
    """Group columns that lack the same pixels, so that each group is one solution.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_column)
        NaN where missing.

    Returns
    -------
    list of (ndarray of int64, ndarray of bool or None)
        The columns, and the pixels that have phase; None for all of them.
    """
    lacking = np.zeros(phase.shape[1], dtype=np.bool_)
    for rows in row_blocks(phase):
        lacking |= np.isnan(phase[rows]).any(axis=0)
    groups: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(lacking):
        missing = _missing(phase, int(column))
        groups.setdefault(np.packbits(missing).tobytes(), []).append(int(column))
    found: list[tuple[Index, Bool | None]] = [(np.flatnonzero(~lacking), None)]
    found += [(np.array(same), ~_missing(phase, same[0])) for same in groups.values()]
    return [(columns, valid) for columns, valid in found if columns.size]


def _missing(phase: Matrix, column: int) -> Bool:
    """Tell which pixels lack a column."""
    missing = np.empty(len(phase), dtype=np.bool_)
    for rows in row_blocks(phase):
        missing[rows] = np.isnan(phase[rows][:, column])
    return missing


def columns_in_blocks(phase: Matrix, columns: Index) -> Rows:
    """Give some columns, copied block by block and not as a whole."""
    shape = (len(phase), columns.size)
    return Rows(shape, phase.dtype, lambda rows: np.take(phase[rows], columns, axis=1))
