"""Stage 1: which candidates become pixels, and the order of the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Float32, Float64, Index
from pystamps.geo import local_coordinates, local_origin, sorted_by_y
from pystamps.processors.patch_model import Acquisitions, Candidates


@dataclass(frozen=True, slots=True)
class PixelOrder:
    """Which candidates become pixels, in which order.

    Attributes
    ----------
    rows : int64, (n_ps,), candidate row of every pixel
    xy : float32, (n_ps, 2), m, rounded to mm
    ll0 : float64, (2,), degrees
    sort_ix : int64, candidate rows in their new order; with removals after sorting it is longer
        than ``rows``, as in StaMPS
    """

    rows: Index
    xy: Float32
    ll0: Float64
    sort_ix: Index


def pixel_order(
    candidates: Candidates, heading_deg: float, *, wild_positions_kept: bool
) -> PixelOrder:
    """Project the positions and sort the candidates.

    Parameters
    ----------
    candidates : Candidates
    heading_deg : float
    wild_positions_kept : bool
        False leaves out positions that are not finite or (0, 0) before anything is derived from
        the positions. True keeps (0, 0), and positions that are not finite go last.
    """
    lonlat = candidates.lonlat
    kept = np.arange(candidates.n)
    if wild_positions_kept:  # an infinite position would make the origin infinite: as NaN
        lonlat = np.where(np.isfinite(lonlat), lonlat, np.nan)
    else:
        kept = np.flatnonzero(np.isfinite(lonlat).all(axis=1) & (lonlat != 0).any(axis=1))
        lonlat = lonlat[kept]
    ll0 = local_origin(lonlat)
    order, xy = sorted_by_y(local_coordinates(lonlat, ll0, heading_deg))
    rows = kept[order]
    return PixelOrder(rows, xy, ll0, rows)


def without_gaps(
    order: PixelOrder, candidates: Candidates, acquisitions: Acquisitions
) -> PixelOrder:
    """Leave out pixels without position or with a phase that is not finite.

    Notes
    -----
    After sorting, as StaMPS does for gamma and snap; ``sort_ix`` and ``ll0`` stay. StaMPS looks
    for NaN only; an infinite phase would spoil the filter of stage 2 around it.
    """
    complete = np.isfinite(candidates.lonlat[order.rows]).all(axis=1)
    for block in acquisitions.block:
        finite: npt.NDArray[np.bool_] = np.isfinite(candidates.ph[block])
        complete &= finite[order.rows]
    return PixelOrder(order.rows[complete], order.xy[complete], order.ll0, order.sort_ix)
