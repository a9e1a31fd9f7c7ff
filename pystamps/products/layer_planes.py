"""Planes of the layers of displacement: which pixels they are fitted to, and their coefficients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import ColumnFit, coefficients_of_columns

_TOO_FEW_FOR_A_PLANE = 5


def planes_of_layers(
    parts: Mapping[str, Matrix], surface: Float64, n_date: int
) -> dict[str, dict[str, Float64]]:
    """Fit planes to all layers, to the pixels that have a value in all of them.

    Parameters
    ----------
    parts : mapping of str to Matrix
        By letter, (n_ps, n_date) or (n_ps, 1).
    surface : ndarray of float64, shape (n_ps, n_term)
        Terms of the planes at every pixel.
    n_date : int

    Returns
    -------
    dict
        ``coefficients``, and where the delays (``a``) have gaps ``delayed_coefficients``: those of
        the pixels without gaps, so that delays move no value type that keeps them.
    """
    fits, gaps = _fits_and_gaps(parts, surface)
    complete = ~np.any([gap for letter, gap in gaps.items() if letter != "a"], axis=0)
    delayed = complete & ~gaps["a"] if "a" in gaps else complete
    if delayed.all() and delayed.size > _TOO_FEW_FOR_A_PLANE:
        return {
            "coefficients": {
                letter: _of_dates(fit.coefficients(), n_date) for letter, fit in fits.items()
            }
        }
    if np.array_equal(complete, delayed):
        return {"coefficients": _planes_of_rows(parts, surface, n_date, complete)}
    stages = {letter: matrix for letter, matrix in parts.items() if letter != "a"}
    return {
        "coefficients": _planes_of_rows(stages, surface, n_date, complete),
        "delayed_coefficients": _planes_of_rows(parts, surface, n_date, delayed),
    }


def _fits_and_gaps(
    parts: Mapping[str, Matrix], surface: Float64
) -> tuple[dict[str, ColumnFit], dict[str, Bool]]:
    """Fit planes to all pixels, as most sets have no gaps, and tell which have; read once."""
    fits: dict[str, ColumnFit] = {}
    gaps: dict[str, Bool] = {}
    for letter, matrix in parts.items():
        fits[letter] = ColumnFit(surface, matrix.shape[1], like=next(iter(fits.values()), None))
        gaps[letter] = np.empty(len(surface), dtype=np.bool_)
        for rows in row_blocks(matrix):
            values = matrix[rows]
            gaps[letter][rows] = np.isnan(values).any(axis=1)
            fits[letter].add(rows, values.astype(np.float64))
    return fits, gaps


def _planes_of_rows(
    parts: Mapping[str, Matrix], surface: Float64, n_date: int, complete: Bool
) -> dict[str, Float64]:
    """Fit a plane to some pixels of every layer."""
    ix = None if complete.all() else np.flatnonzero(complete)
    n_used = complete.size if ix is None else ix.size
    if n_used <= _TOO_FEW_FOR_A_PLANE:  # as in the original, such layers stay as they are
        return {letter: np.zeros((surface.shape[1], n_date)) for letter in parts}
    design = surface if ix is None else surface[ix]
    return {
        letter: _of_dates(coefficients_of_columns(design, matrix, ix), n_date)
        for letter, matrix in parts.items()
    }


def _of_dates(coefficients: Float64, n_date: int) -> Float64:
    """Give coefficients of every date, of a layer that has one column too."""
    return np.broadcast_to(coefficients, (len(coefficients), n_date)).copy()
