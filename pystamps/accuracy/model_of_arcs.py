"""The model of velocity and height that a second unwrapping takes off, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.arc_slopes import ArcSlopes
from pystamps.accuracy.integrated_slopes import integrated_slopes
from pystamps.arrays import Float32, Float64, FloatArray
from pystamps.interferograms import Interferograms
from pystamps.rows import Matrix, made_from, row_blocks

_LEAST_SHARE = 0.5
"""Of the short arcs, which has to be more coherent than noise alone."""
_USUAL_SHARE, _HARDLY_LESS = 5e-4, 0.7
"""Of contradictions that noise makes; and, where there are more, how many stage 6 has to have."""
_CYCLE = 2 * np.pi


@dataclass(frozen=True, slots=True)
class PixelSlopes:
    """Velocity and height of every pixel, relative to the median pixel.

    Attributes
    ----------
    slopes : float64, (n_ps, 2), rad/yr and rad/m
    coherence : float64, (n_ps,), median of the short arcs that end there; NaN where there is none
    """

    slopes: Float64
    coherence: Float64

    def phase(self, bperp: Matrix, years: Float64) -> Matrix:
        """Give the phase of the model, (n_ps, n_ifg), float32, rad.

        Parameters
        ----------
        bperp : Matrix of float, shape (n_ps, n_ifg)
            m, 0 in the null column.
        years : ndarray of float64, shape (n_ifg,)
            From the first to the second image.
        """

        def made(rows: slice) -> Float32:
            velocity, height = self.slopes[rows].T[:, :, None]
            return np.asarray(velocity * years + height * bperp[rows], np.float32)

        return made_from((bperp,), bperp.shape, np.float32, made)


def slopes_of_pixels(arcs: ArcSlopes, xy: FloatArray) -> PixelSlopes:
    """Integrate the slopes of the arcs to the pixels, which lie at ``xy``, (n_ps, 2), m."""
    slopes = integrated_slopes(arcs.ends, arcs.unknowns[:, 1:], arcs.weights, xy)
    return PixelSlopes(slopes, _coherence_of_pixels(arcs, len(xy)))


def why_not(arcs: ArcSlopes) -> str:
    """Say why a model from these arcs is not to be believed; empty where it is."""
    least, n_column = arcs.model.least_coherence, len(arcs.model.years)
    if least >= 1:
        return (
            f"{n_column} interferograms are too few: of so many velocities and heights some fit "
            "noise alone"
        )
    short = int(np.count_nonzero(~arcs.is_long))
    share = float(np.count_nonzero(arcs.is_believed)) / max(short, 1)
    if share < _LEAST_SHARE:
        return (
            f"only {100 * share:.0f} % of the {short} arcs between neighbours fit a velocity and a "
            f"height better than noise alone does (coherence {least:.2f}), expected "
            f"{100 * _LEAST_SHARE:.0f} % or more"
        )
    return ""


def is_steady(share_before: Float64, share_after: Float64) -> bool:
    """Tell whether the model explains cycles that stage 6 has wrong, or there are hardly any.

    Parameters
    ----------
    share_before, share_after : ndarray of float64, shape (n_column,)
        Of the arcs that the unwrapped phase of each interferogram contradicts
        (:meth:`~pystamps.accuracy.arc_slopes.ArcSlopes.share_in_other_cycles`), after stage 6 and
        after the second unwrapping.
    """
    most = max(_USUAL_SHARE, _HARDLY_LESS * float(share_before.mean()))
    return float(share_after.mean()) <= most


def changed_cycles(before: Matrix, after: Matrix, interferograms: Interferograms) -> Float32:
    """Give the whole cycles by which unwrapped phase differs, the usual pixel of a column at 0.

    Parameters
    ----------
    before, after : Matrix of float32, shape (n_ps, n_ifg)
        The same wrapped phase, unwrapped twice; rad.
    interferograms : Interferograms

    Returns
    -------
    ndarray of float32, shape (n_ps, n_ifg)
    """
    cycles = np.zeros((len(before), interferograms.n_ifg), np.float32)
    for rows in row_blocks(before):
        cycles[rows] = np.rint((after[rows] - before[rows]) / _CYCLE)
    return np.asarray(cycles - np.rint(np.median(cycles, axis=0)), np.float32)


def _coherence_of_pixels(arcs: ArcSlopes, n_ps: int) -> Float64:
    """Give the median coherence of the short arcs at every pixel, (n_ps,)."""
    short = np.flatnonzero(~arcs.is_long)
    pixel, coherence = arcs.ends[short].ravel(), np.repeat(arcs.coherence[short], 2)
    order = np.lexsort((coherence, pixel))
    count = np.bincount(pixel, minlength=n_ps)
    first = np.cumsum(count) - count
    ordered = np.append(coherence[order], np.nan)
    middle = (ordered[first + np.maximum(count - 1, 0) // 2] + ordered[first + count // 2]) / 2
    return np.where(count > 0, middle, np.nan)
