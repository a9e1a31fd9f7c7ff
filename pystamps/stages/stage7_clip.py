"""Stage 7: outliers of the look-angle error, clipped to the range of their neighbours."""

from __future__ import annotations

import numpy as np

from pystamps.arrays import FloatArray, Index
from pystamps.model import (
    LookAngleError,
    PairLookAngleError,
    SmoothedLookAngleError,
    SmoothedPairLookAngleError,
)
from pystamps.rows import Matrix, row_blocks
from pystamps.stages.stage7_scla import look_angle_phase


def clip_outliers(
    scla: LookAngleError | PairLookAngleError, arcs: Index, *, bperp: Matrix
) -> SmoothedLookAngleError | SmoothedPairLookAngleError:
    """Clip K and C of every pixel to the range of its neighbours.

    Parameters
    ----------
    scla : LookAngleError or PairLookAngleError
    arcs : ndarray of int64, shape (n_arc, 2)
        Neighbouring pixels (Delaunay network).
    bperp : Matrix of float, shape (n_ps, n_column)
        Of the columns of ``scla`` in m, 0 in the null column.

    Returns
    -------
    SmoothedLookAngleError, of pairs SmoothedPairLookAngleError

    Notes
    -----
    StaMPS routine ``ps_smooth_scla``, which averages nothing in spite of its name. The limits
    are single precision, as there. A pixel without neighbours (a second one at the same place)
    keeps its values; there it becomes infinite and spoils the next unwrapping.
    """
    k_ps = _clipped_to_neighbours(scla.k_ps_uw, arcs)
    c_ps = _clipped_to_neighbours(scla.c_ps_uw, arcs)
    of_pairs = isinstance(scla, PairLookAngleError)
    kind = SmoothedPairLookAngleError if of_pairs else SmoothedLookAngleError
    ph_scla = look_angle_phase(k_ps, bperp)
    return kind(k_ps.astype(np.float64), c_ps, ph_scla, scla.ph_ramp)


def _clipped_to_neighbours(values: FloatArray, arcs: Index) -> FloatArray:
    """Clip each value to the smallest and largest value at the other ends of its arcs."""
    neighbours = values.astype(np.float32)
    low, high = np.full((2, len(values)), np.nan, dtype=np.float32)
    for block in row_blocks(arcs):
        for here, there in (arcs[block].T, arcs[block, ::-1].T):
            np.fmin.at(low, here, neighbours[there])
            np.fmax.at(high, here, neighbours[there])
    low_limit, high_limit = low.astype(values.dtype), high.astype(values.dtype)
    # NaN compares as false: a pixel without estimate, or without such a neighbour, keeps its value
    clipped = np.where(values > high_limit, high_limit, values)
    return np.where(values < low_limit, low_limit, clipped)
