"""Planes of the layers of displacement: which pixels they are fitted to, and their coefficients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.least_squares import coefficients_of_columns

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
    stages = {letter: matrix for letter, matrix in parts.items() if letter != "a"}
    complete = _complete_rows(stages, surface.shape[0])
    delayed = complete & _complete_rows(
        {letter: matrix for letter, matrix in parts.items() if letter == "a"}, complete.size
    )
    if np.array_equal(complete, delayed):
        return {"coefficients": _planes_of_rows(parts, surface, n_date, complete)}
    return {
        "coefficients": _planes_of_rows(stages, surface, n_date, complete),
        "delayed_coefficients": _planes_of_rows(parts, surface, n_date, delayed),
    }


def _complete_rows(parts: Mapping[str, Matrix], n_ps: int) -> Bool:
    """Tell which pixels have a value in all layers and dates."""
    complete = np.ones(n_ps, dtype=np.bool_)
    for matrix in parts.values():
        for rows in row_blocks(matrix):
            complete[rows] &= ~np.isnan(matrix[rows]).any(axis=1)
    return complete


def _planes_of_rows(
    parts: Mapping[str, Matrix], surface: Float64, n_date: int, complete: Bool
) -> dict[str, Float64]:
    """Fit a plane to some pixels of every layer."""
    ix = None if complete.all() else np.flatnonzero(complete)
    n_used = complete.size if ix is None else ix.size
    if n_used <= _TOO_FEW_FOR_A_PLANE:  # as in the original, such layers stay as they are
        return {letter: np.zeros((surface.shape[1], n_date)) for letter in parts}
    design = surface if ix is None else surface[ix]
    found = {}
    for letter, matrix in parts.items():
        fitted = coefficients_of_columns(design, matrix, ix)
        found[letter] = np.broadcast_to(fitted, (surface.shape[1], n_date)).copy()
    return found
