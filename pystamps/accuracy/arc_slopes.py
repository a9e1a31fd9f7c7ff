"""Velocity and height between neighbouring pixels, from wrapped phase alone.

On an arc between neighbours most of atmosphere and orbit is gone. What is left of a slope in time
and a slope over baselines is found without unwrapping, as the highest point of a periodogram.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pystamps.accuracy.cycle_model import CycleModel
from pystamps.arrays import Bool, Complex64, Float64, FloatArray, Index
from pystamps.rows import Matrix
from pystamps.stages.network import delaunay_edges
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.accuracy_two_slopes import accuracy_two_slopes

LONGEST_ARC_M = 600.0
"""Atmosphere is not shared beyond it: such arcs hold the network together, no more."""
_WEIGHT_OF_LONG_ARCS = 0.05
_LEAST_ABOVE_CHANCE, _BEST = 0.01, 1.02
_CYCLE = 2 * np.pi
_ARCS = 1 << 15


@dataclass(frozen=True, slots=True)
class ArcSlopes:
    """What the arcs between neighbouring pixels say.

    Attributes
    ----------
    model : CycleModel
    ends : int64, (n_arc, 2), pixels a < b
    unknowns : float64, (n_arc, 3), of b minus a: constant in rad, slopes in rad/yr and rad/m
    coherence : float64, (n_arc,), modulus of the mean phasor that they leave, 0 to 1
    is_long : bool, (n_arc,), longer than :data:`LONGEST_ARC_M`
    """

    model: CycleModel
    ends: Index
    unknowns: Float64
    coherence: Float64
    is_long: Bool

    @property
    def usual_coherence(self) -> float:
        """Coherence that the best of all slopes has of noise alone, about."""
        return float(np.sqrt(np.log(self.model.n_peaks) / len(self.model.years)))

    @property
    def is_believed(self) -> Bool:
        """Short arcs that noise alone would hardly make, (n_arc,)."""
        return np.asarray((self.coherence > self.model.least_coherence) & ~self.is_long)

    @property
    def weights(self) -> Float64:
        """How much each arc counts, (n_arc,): hardly, where it is not above noise alone."""
        above = np.maximum(self.coherence - self.usual_coherence, _LEAST_ABOVE_CHANCE)
        found = above**2 / (_BEST - np.minimum(self.coherence, 1.0))
        return np.asarray(found * np.where(self.is_long, _WEIGHT_OF_LONG_ARCS, 1.0))

    def share_in_other_cycles(self, ph_uw: Matrix, columns: Index) -> Float64:
        """Say of unwrapped phase how often it contradicts the arcs.

        Parameters
        ----------
        ph_uw : Matrix of float, shape (n_ps, n_ifg)
            rad.
        columns : ndarray of int64, shape (n_column,)
            Those of the model.

        Returns
        -------
        ndarray of float64, shape (n_column,)
            Share of the believed arcs whose difference is not, as the constant and the slopes say,
            within half a cycle of them; whole cycles that all columns of an arc share do not count.
        """
        believed = np.flatnonzero(self.is_believed)
        wrong = np.zeros(columns.size)
        phase = np.asarray(ph_uw)[:, columns]
        design = self.model.design
        for rows in _blocks(believed.size):
            low, high = self.ends[believed[rows]].T
            apart = phase[high] - phase[low] - self.unknowns[believed[rows]] @ design.T
            cycles = np.rint(apart / _CYCLE)
            cycles -= np.rint(np.median(cycles, axis=1, keepdims=True))
            wrong += np.count_nonzero(cycles, axis=0)
        return wrong / max(believed.size, 1)


def slopes_of_arcs(
    ph: Complex64, xy: FloatArray, model: CycleModel, *, choice: KernelChoice = AUTO
) -> ArcSlopes:
    """Estimate velocity and height between all neighbours of a triangulation.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_ps, n_column)
        Phasors of the interferograms, finite and not 0.
    xy : ndarray of float, shape (n_ps, 2)
        m.
    model : CycleModel
        Years, baselines, and the largest slopes that are searched.
    choice : KernelChoice

    Returns
    -------
    ArcSlopes

    Notes
    -----
    Ferretti et al. (2001); the kernel is :mod:`pystamps_kernels.accuracy_two_slopes`. The series of
    a block of arcs are in memory at a time.
    """
    ends = delaunay_edges(xy[:, 0], xy[:, 1])
    design = model.design
    unknowns, coherence = np.empty((len(ends), 3)), np.empty(len(ends))
    for rows in _blocks(len(ends)):
        low, high = ends[rows].T
        phase = np.angle(ph[high] * ph[low].conj()).astype(np.float64)
        unknowns[rows] = accuracy_two_slopes(phase, model.columns, model.limits, choice=choice)
        left = phase - unknowns[rows] @ design.T
        coherence[rows] = np.abs(np.exp(1j * left).mean(axis=1))
    length = np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T)
    return ArcSlopes(model, ends, unknowns, coherence, np.asarray(length > LONGEST_ARC_M))


def _blocks(n_arc: int) -> Iterator[slice]:
    return (slice(first, first + _ARCS) for first in range(0, n_arc, _ARCS))
