"""Removal of a plane or another polynomial surface from each interferogram."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.fit_condition import require_determined, surface_condition
from pystamps.rows import Matrix, Rows, made_from, row_blocks
from pystamps.stages.least_squares import coefficients_of_columns

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
    for columns, valid in _columns_by_missing(phase):
        rows = None if valid is None else np.flatnonzero(valid)
        if (len(phase) if rows is None else rows.size) > _TOO_FEW:
            data = _columns_of(phase, columns)
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


def _columns_by_missing(phase: Matrix) -> list[tuple[Index, Bool | None]]:
    """Group columns that lack the same pixels, so that each group is one solution.

    Gives the columns and the pixels that have phase, None for all of them.
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


def _columns_of(phase: Matrix, columns: Index) -> Rows:
    """Give some columns, block by block."""
    shape = (len(phase), columns.size)
    return Rows(shape, phase.dtype, lambda rows: np.take(phase[rows], columns, axis=1))
