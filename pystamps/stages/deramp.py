"""Removal of a plane or another polynomial surface from each interferogram."""

from __future__ import annotations

import numpy as np

from pystamps.errors import ParameterError
from pystamps.model import Bool, Float64, FloatArray, Index

_TOO_FEW = 5


def deramp(phase: FloatArray, xy: FloatArray, *, degree: float = 1.0) -> tuple[FloatArray, Float64]:
    """Subtract a polynomial surface from each column of unwrapped phase.

    Parameters
    ----------
    phase : ndarray of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad, NaN where missing.
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m.
    degree : float
        1, 1.5, 2 or 3; see :func:`surface_terms`.

    Returns
    -------
    deramped : ndarray, shape and dtype of ``phase``
    ramp : ndarray of float64, shape (n_ps, n_ifg)
        The surfaces in rad; NaN in columns with five or fewer values, which stay as they are.

    Notes
    -----
    StaMPS routine ``ps_deramp``. The surface is estimated in double precision, there in single.
    """
    design = surface_terms(xy, degree=degree)
    missing = np.isnan(phase)
    ramp = np.full(phase.shape, np.nan)
    for columns, valid in _columns_by_missing(missing):
        if np.count_nonzero(valid) > _TOO_FEW:
            data = phase[np.ix_(valid, columns)].astype(np.float64)
            ramp[:, columns] = design @ np.linalg.lstsq(design[valid], data, rcond=None)[0]
    return (phase - np.nan_to_num(ramp)).astype(phase.dtype), ramp


def surface_terms(xy: FloatArray, *, degree: float) -> Float64:
    """Give the terms of the surface at each pixel, coordinates in km.

    Degree 1 is a plane, 1.5 adds the product; degrees 2 and 3 have no linear terms, as in StaMPS.
    """
    x, y = (np.asarray(xy, dtype=np.float32) / np.float32(1000)).T.astype(np.float64)
    one = np.ones_like(x)
    terms = {
        1.0: (x, y, one),
        1.5: (x, y, x * y, one),
        2.0: (x**2, y**2, x * y, one),
        3.0: (x**3, y**3, x**2 * y, y**2 * x, x**2, y**2, x * y, one),
    }
    if float(degree) not in terms:
        raise ParameterError(f"deramp_degree.mat: {degree=} is not possible; use 1, 1.5, 2 or 3")
    return np.stack(terms[float(degree)], axis=1)


def _columns_by_missing(missing: Bool) -> list[tuple[Index, Bool]]:
    """Group columns that lack the same pixels, so that each group is one solution."""
    groups: dict[bytes, list[int]] = {}
    for column in range(missing.shape[1]):
        groups.setdefault(missing[:, column].tobytes(), []).append(column)
    return [(np.array(columns), ~missing[:, columns[0]]) for columns in groups.values()]
