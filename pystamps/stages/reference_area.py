"""The reference area: which pixels lie in it, and their mean phase."""

from __future__ import annotations

from math import inf

import numpy as np

from pystamps.arrays import Bool, Float64, FloatArray, Index
from pystamps.errors import ParameterError
from pystamps.geo import is_between_longitudes, llh2local
from pystamps.model import Pixels
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, taken_rows

_ROWS = 65536


def reference_pixels(pixels: Pixels, parameters: Parameters) -> Index | None:
    """Give the rows of the reference pixels, or None when nothing is to be referenced.

    Parameters
    ----------
    pixels : Pixels
    parameters : Parameters
        ``ref_x`` and ``ref_y`` (local box in m), else ``ref_lon``, ``ref_lat`` and the circle
        ``ref_centre_lonlat``, ``ref_radius``; ``ref_radius = -Inf`` means no reference.

    Returns
    -------
    ndarray of int64, shape (n_reference,), or None

    Raises
    ------
    ParameterError
        No pixel lies in the area.

    Notes
    -----
    StaMPS routine ``ps_setref``. There an empty area turns every result into NaN.
    """
    if not parameters.ref_x and parameters.ref_radius == -inf:
        return None
    inside = (
        _inside_local_box(pixels, parameters) if parameters.ref_x else _inside(pixels, parameters)
    )
    if pixels.n_ps and not inside.any():
        raise ParameterError(
            f"reference area: it holds no pixel ({_area(parameters)}); move or enlarge it"
        )
    return np.flatnonzero(inside)


def reference_means(
    phase: Matrix, reference_rows: Index | None, *, columns: Index | None = None
) -> Float64:
    """Give the mean over the reference pixels per column, NaN ignored; rad.

    Parameters
    ----------
    phase : Matrix of float, shape (n_ps, n_ifg)
    reference_rows : ndarray of int64 or None
        See :func:`reference_pixels`; None gives zeros.
    columns : ndarray of int64, optional
        Columns wanted, all when omitted; the others are 0.

    Returns
    -------
    ndarray of float64, shape (n_ifg,)

    Raises
    ------
    ParameterError
        A wanted column has no value in the reference area.
    """
    n_ifg = phase.shape[1]
    columns = np.arange(n_ifg) if columns is None else columns
    means = np.zeros(n_ifg)
    if reference_rows is None or not phase.shape[0]:
        return means
    total, count = sums_of_rows(phase, reference_rows, columns)
    if not count.all():
        missing = ", ".join(str(column + 1) for column in columns[count == 0])
        raise ParameterError(
            f"reference area: interferogram {missing} has no phase at any of its "
            f"{reference_rows.size} pixels; move the area or put the number into drop_ifg_index"
        )
    means[columns] = total / count
    return means


def sums_of_rows(values: Matrix, rows: Index, columns: Index) -> tuple[Float64, Float64]:
    """Give sum and number of the values of some rows per column, NaN ignored.

    Parameters
    ----------
    values : Matrix of float, shape (n, n_column)
        Read in blocks.
    rows, columns : ndarray of int64
    """
    total, count = np.zeros(columns.size), np.zeros(columns.size)
    for first in range(0, rows.size, _ROWS):
        block = np.take(taken_rows(values, rows[first : first + _ROWS]), columns, axis=1)
        is_missing = np.isnan(block)
        if is_missing.any():
            block[is_missing] = 0
        total += block.sum(axis=0, dtype=np.float64)
        count += len(block) - np.count_nonzero(is_missing, axis=0)
    return total, count


def _inside_local_box(pixels: Pixels, parameters: Parameters) -> Bool:
    """Tell which pixels lie strictly inside ref_x and ref_y."""
    if not parameters.ref_y:
        raise ParameterError("ref_x is set and ref_y is not; set both or neither")
    return _between(pixels.xy[:, 1], parameters.ref_x) & _between(pixels.xy[:, 2], parameters.ref_y)


def _inside(pixels: Pixels, parameters: Parameters) -> Bool:
    """Tell which pixels lie strictly inside ref_lon and ref_lat, and not outside the circle.

    Longitudes are compared whatever their turns; StaMPS compares the numbers.
    """
    lonlat = pixels.lonlat
    inside = is_between_longitudes(lonlat[:, 0], parameters.ref_lon)
    inside &= _between(lonlat[:, 1], parameters.ref_lat)
    if parameters.ref_radius == inf:
        return inside
    centre = llh2local(np.array([parameters.ref_centre_lonlat]), pixels.ll0)
    offset = (llh2local(lonlat, pixels.ll0) - centre) * 1000  # km to m, not rotated
    within_circle: Bool = np.sum(offset**2, axis=1) <= parameters.ref_radius**2
    return inside & within_circle


def _between(values: FloatArray, limits: tuple[float, ...]) -> Bool:
    return (values > limits[0]) & (values < limits[1])


def _area(parameters: Parameters) -> str:
    """Describe the area in the user's own settings."""
    if parameters.ref_x:
        return f"ref_x={parameters.ref_x}, ref_y={parameters.ref_y}"
    return (
        f"ref_lon={parameters.ref_lon}, ref_lat={parameters.ref_lat}, "
        f"ref_centre_lonlat={parameters.ref_centre_lonlat}, ref_radius={parameters.ref_radius}"
    )
