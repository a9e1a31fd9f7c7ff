"""Slopes of pixels from slopes of arcs: the least sum of weighted absolute misfits."""

from __future__ import annotations

from typing import Any

import numpy as np

from pystamps.accuracy.nested_dissection import nested_dissection
from pystamps.arrays import Float64, FloatArray, Index

_SMALLEST = 0.05
"""Misfits below it, in units of the usual one, count as in least squares."""
_HOLD = 1e-9
"""Weight that ties every pixel to 0, of 1: the level of a network is not determined."""
_MOST_OF_USUAL = 3.0


def integrated_slopes(
    ends: Index, slopes: Float64, weights: Float64, place: FloatArray, *, rounds: int = 8
) -> Float64:
    """Integrate slopes of arcs over a network.

    Parameters
    ----------
    ends : ndarray of int64, shape (n_arc, 2)
        Pixels a and b.
    slopes : ndarray of float64, shape (n_arc, n)
        Of b minus a.
    weights : ndarray of float64, shape (n_arc,)
        Above 0.
    place : ndarray of float, shape (n_ps, 2)
        Of the pixels, m. It decides the order of their elimination, not the result.
    rounds : int
        1 = least squares.

    Returns
    -------
    ndarray of float64, shape (n_ps, n)
        Median 0; a pixel without arc has 0 before the median goes.

    Notes
    -----
    Minimises ``sum w |G x - d|``, where the modulus is over all slopes of an arc in units of their
    usual misfits: an arc whose periodogram has found a wrong peak has it in all of them. By least
    squares with weights ``w / |G x - d|`` of the round before (Holland and Welsch 1977, *Commun.
    Statist. Theory Methods* 6, 813-827). Least absolute misfits for arcs after Costantini et al.
    (2012).
    """
    from scipy.sparse import coo_array, diags_array  # slow to import, as the next

    n_arc, n_ps = len(ends), len(place)
    if not n_arc:
        return np.zeros((n_ps, slopes.shape[1]))
    order = nested_dissection(place, ends)
    rank = np.argsort(order)
    places = (np.repeat(np.arange(n_arc), 2), rank[ends].ravel())
    arcs: Any = coo_array((np.tile([-1.0, 1.0], n_arc), places), shape=(n_arc, n_ps)).tocsr()
    counted, found = weights, np.zeros((n_ps, slopes.shape[1]))
    for _ in range(rounds):
        found = _least_squares(arcs, diags_array(counted), slopes)
        misfit = slopes - arcs @ found
        size = np.sqrt(((misfit / _usual(misfit, weights)) ** 2).sum(axis=1))
        counted = weights / np.maximum(size, _SMALLEST)
    return np.asarray(found - np.median(found, axis=0))[rank]


def _least_squares(arcs: Any, weights: Any, slopes: Float64) -> Float64:
    """Solve the normal equations of a network of arcs, pixels in the order of elimination.

    No pivot is looked for: the matrix is symmetric, and its diagonal is the largest of a column.
    """
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    normal = arcs.T @ weights @ arcs + _HOLD * eye_array(arcs.shape[1])
    solver = splu(
        normal.tocsc(),
        permc_spec="NATURAL",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    found: Float64 = solver.solve(arcs.T @ (weights @ slopes))
    return found


def _usual(misfit: Float64, weights: Float64) -> Float64:
    """Give the usual misfit of every slope: root mean square without what is far off, (n,)."""
    square = misfit**2
    most = _MOST_OF_USUAL**2 * np.median(square, axis=0)
    found = np.sqrt(np.average(np.minimum(square, most), axis=0, weights=weights))
    return np.asarray(np.where(found > 0, found, 1.0))
