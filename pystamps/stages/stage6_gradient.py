"""Stage 6: spatial cost function: arcs that follow the local fringes better than their history."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse

from pystamps.arrays import Float32, Float64, Index
from pystamps.model import SpaceTime, UnwrapGrid
from pystamps.qhull import triangulation_of
from pystamps.stages.goldstein import fringe_frequency

_CLEAR_FRINGE = 3.0
_NOISE_LIMIT = 1.3


@dataclass(frozen=True, slots=True)
class FringeSettings:
    """How local fringes are found.

    Attributes
    ----------
    n_win : int, cells
    column_sign_reversed : bool
        See ``Compat.column_fringe_sign_reversed``.
    """

    n_win: int
    column_sign_reversed: bool


def with_spatial_costs(
    space_time: SpaceTime, grid: UnwrapGrid, nodes: Index, settings: FringeSettings
) -> SpaceTime:
    """Replace what is expected of an arc where the local fringe frequency predicts it better.

    Parameters
    ----------
    space_time : SpaceTime
        From the time series.
    grid : UnwrapGrid
    nodes : ndarray of int64, shape (n_edge, 2)
    settings : FringeSettings

    Returns
    -------
    SpaceTime
        With ``ifreq_ij``, ``jfreq_ij``, ``shaky_ix`` and ``spread``.
    """
    ifreq, jfreq = node_frequencies(grid, settings)
    low, high = nodes.T
    step = (grid.ij[high] - grid.ij[low]).astype(np.float32)
    half = np.float32(2)
    expected = step[:, :1] * ((ifreq[low] + ifreq[high]) / half)
    expected += step[:, 1:] * ((jfreq[low] + jfreq[high]) / half)
    spread = (ifreq[high] - ifreq[low]) + (jfreq[high] - jfreq[low])
    dph_space_uw = np.array(space_time.dph_space_uw, order="C")
    dph_noise = np.array(space_time.dph_noise, order="C")
    difference = dph_space_uw - expected
    noise = np.arctan2(np.sin(difference), np.cos(difference))
    spatial_std = std_over_interferograms(noise)
    noise[spatial_std > _NOISE_LIMIT] = np.nan
    std = std_over_interferograms(dph_noise)
    shaky = np.isnan(std) | (std > spatial_std)
    dph_noise[shaky] = noise[shaky]
    dph_space_uw[shaky] = (expected + noise)[shaky]
    return replace(
        space_time,
        dph_noise=dph_noise,
        dph_space_uw=dph_space_uw,
        spread=scipy.sparse.csc_array(np.where(shaky[:, None], spread.astype(np.float64), 0.0)),
        ifreq_ij=ifreq,
        jfreq_ij=jfreq,
        shaky_ix=shaky[:, None],
    )


def std_over_interferograms(values: Float32) -> Float64:
    """Standard deviation of every row; a single column gives zero."""
    wide = values.astype(np.float64)
    if values.shape[1] == 1:
        return np.asarray(wide[:, 0] * 0)
    return np.asarray(wide.std(axis=1, ddof=1))


def node_frequencies(grid: UnwrapGrid, settings: FringeSettings) -> tuple[Float32, Float32]:
    """Fringe frequency at every node along rows and columns in rad per cell; NaN where unclear."""
    ifreq = np.full(grid.ph.shape, np.nan, dtype=np.float32)
    jfreq = np.full(grid.ph.shape, np.nan, dtype=np.float32)
    row, column = grid.ij.T
    for k in range(grid.ph.shape[1]):
        ph = np.zeros(grid.nzix.shape, dtype=np.complex64)
        ph[row, column] = grid.ph[:, k]
        fringes = fringe_frequency(
            ph, settings.n_win, column_sign_reversed=settings.column_sign_reversed
        )
        for values, result in ((fringes.ifreq, ifreq), (fringes.jfreq, jfreq)):
            clear = fringes.peak / (np.abs(values) + 1) > _CLEAR_FRINGE
            result[:, k] = interpolated_at_nodes(fringes.centre[clear], values[clear], grid.ij)
    return ifreq, jfreq


def interpolated_at_nodes(centre: Float64, values: Float64, ij: Index) -> Float64:
    """Linear interpolation from window centres to nodes; NaN outside, or without a triangle.

    Window centres form a lattice, on which the diagonals of the triangulation are arbitrary: they
    follow from the order of points and coordinates, here the one that Octave hands to Qhull.
    Windows that coincide at the edge have equal values.
    """
    from scipy.interpolate import LinearNDInterpolator  # slow to import and rarely needed

    nothing = np.full(len(ij), np.nan)
    triangles = triangulation_of(centre)
    if triangles is None:
        return nothing
    return np.asarray(LinearNDInterpolator(triangles, values)(ij.astype(np.float64)))
