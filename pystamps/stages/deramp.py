"""Removal of a plane or another polynomial surface from each interferogram."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Float64, FloatArray
from pystamps.errors import ParameterError
from pystamps.fit_condition import require_determined, surface_condition
from pystamps.rows import Matrix, made_from
from pystamps.stages.least_squares import coefficients_of_columns
from pystamps.stages.missing_phase import columns_by_missing, columns_in_blocks

_TOO_FEW = 5


def deramp(phase: Matrix, xy: FloatArray, *, degree: float = 1.0) -> tuple[Matrix, Matrix]:
    """Subtract a polynomial surface from each column of unwrapped phase.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
        Unwrapped phase in rad, NaN where missing.
    xy : ndarray of float, shape (n_ps, 2)
        Local coordinates in m.
    degree : float
        1, 1.5, 2 or 3; see :func:`surface_terms`.

    Returns
    -------
    deramped : Matrix, as far in memory as ``phase``, of its shape and dtype
    ramp : the same in float64
        The surfaces in rad; NaN in columns with five or fewer values, which stay as they are.

    Raises
    ------
    ParameterError
        The pixels lie on a line, or are not more than the terms of the surface.

    Notes
    -----
    StaMPS routine ``ps_deramp``. The surface is estimated in double precision, there in single.
    """
    design = surface_terms(xy, degree=degree)
    coefficients = np.full((design.shape[1], phase.shape[1]), np.nan)
    for columns, valid in columns_by_missing(phase):
        rows = None if valid is None else np.flatnonzero(valid)
        if (len(phase) if rows is None else rows.size) > _TOO_FEW:
            data = columns_in_blocks(phase, columns)
            used = design if rows is None else design[rows]
            require_determined(
                surface_condition(xy if rows is None else xy[rows], design.shape[1]),
                f"surfaces of {columns.size} interferograms (positions of ps2.mat)",
                remedy="set scla_deramp to n and take a value type without o, or a lower degree",
            )
            coefficients[:, columns] = coefficients_of_columns(used, data, rows)

    def ramp(rows: slice) -> Float64:
        surface: Float64 = design[rows] @ coefficients
        return surface

    def deramped(rows: slice) -> FloatArray:
        return np.asarray((phase[rows] - np.nan_to_num(ramp(rows))).astype(phase.dtype))

    sources, shape = (phase,), phase.shape
    return made_from(sources, shape, phase.dtype, deramped), made_from(
        sources, shape, np.float64, ramp
    )


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
