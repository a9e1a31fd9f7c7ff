"""Whole cycles of a pixel against its neighbours: those that a velocity and a height explain.

Stage 6 unwraps nodes of a grid and adds the wrapped difference between a pixel and its node. Where
that difference is more than half a cycle, because the pixel is higher than its surroundings or
moves otherwise, it comes out in another cycle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.accuracy_two_slopes import accuracy_two_slopes

_NEIGHBOURS = 15
_FEWEST_NEIGHBOURS = 5
LARGEST_RELATIVE_VELOCITY_MM = 25.0
"""mm/yr against the neighbours that are searched."""
LARGEST_RELATIVE_HEIGHT_M = 40.0
"""Height against the neighbours that is searched."""
_EXAMINED_RMS, _ACCEPTED_RMS = 0.9, 1.2
"""rad: from where on a pixel is examined, and up to where a model is believed."""
_ACCEPTED_SHARE = 0.8
_PASSES = 2
"""The second has neighbours whose cycles are right more often."""
_CHANCE = 1e-3
"""With which noise alone may give a model that is believed."""
_BETWEEN = 4.0
"""Peaks between independent slopes make so many more of them."""
_CYCLE = 2 * np.pi
_ROWS = 4096


@dataclass(frozen=True, slots=True)
class CycleModel:
    """What the phase of a pixel against its neighbours is made of.

    Attributes
    ----------
    years, bperp : float64, (n_column,), years and m, of the interferograms
    limits : float64, (2,), largest slopes that are searched, rad/yr and rad/m
    """

    years: Float64
    bperp: Float64
    limits: Float64

    @property
    def columns(self) -> Float64:
        """Quantities that phase is proportional to, (n_column, 2)."""
        return np.column_stack([self.years, self.bperp]).astype(np.float64)

    @property
    def n_peaks(self) -> float:
        """Slopes that are searched, as many as noise sees apart, with the peaks between them."""
        slopes = np.prod(self.limits * np.ptp(self.columns, axis=0) / np.pi + 1)
        return float(_BETWEEN * slopes)

    @property
    def least_coherence(self) -> float:
        """Coherence that the best of all slopes has of noise alone in one of a thousand pixels.

        The squared modulus of a sum of n random phasors exceeds n x with the chance exp(-x); above
        1 no model of so few interferograms can be believed.
        """
        return float(np.sqrt(np.log(self.n_peaks / _CHANCE) / len(self.years)))


def repaired_cycles(
    phase: Float32, xy: FloatArray, model: CycleModel, *, choice: KernelChoice = AUTO
) -> Float32:
    """Give the whole cycles that unwrapped phase lacks, pixel against neighbourhood.

    Parameters
    ----------
    phase : ndarray of float32, shape (n_ps, n_column)
        Unwrapped phase of the interferograms in rad; pixels with NaN are passed over.
    xy : ndarray of float, shape (n_ps, 2)
        m.
    model : CycleModel
    choice : KernelChoice

    Returns
    -------
    ndarray of float32, shape (n_ps, n_column)
        Cycles to be added: whole numbers, nearly all 0.

    Notes
    -----
    With the median ``m`` of the 15 nearest pixels and ``H = phase - m``, pixels are examined that
    leave more than 0.9 rad rms beside constant, velocity and height, or whose ``H`` exceeds half a
    cycle. A model found by periodogram (:mod:`pystamps_kernels.accuracy_two_slopes`) is believed
    that leaves less than 0.8 of the former rms and less than 1.2 rad, and that noise alone would
    hardly give (:attr:`CycleModel.least_coherence`). After Ferretti et al. (2001).
    """
    cycles = np.zeros(phase.shape, np.float32)
    count = min(_NEIGHBOURS + 1, len(phase))
    if count <= _FEWEST_NEIGHBOURS or not phase.shape[1]:
        return cycles
    from scipy.spatial import cKDTree  # slow to import; most processes need no neighbours

    tree = cKDTree(xy)
    for _ in range(_PASSES):
        so_far = phase + np.float32(_CYCLE) * cycles
        for first in range(0, len(phase), _ROWS):
            rows = slice(first, first + _ROWS)
            near = np.asarray(tree.query(xy[rows], k=count)[1])[:, 1:]
            apart = (so_far[rows] - np.median(so_far[near], axis=1)).astype(np.float64)
            cycles[rows] += _missing_cycles(apart, model, choice)
    return cycles


def _missing_cycles(apart: Float64, model: CycleModel, choice: KernelChoice) -> Float32:
    """Give the cycles that pixels lack against their neighbourhoods, (n, n_column)."""
    design = np.column_stack([np.ones(len(model.years)), model.columns])
    left = apart - apart @ np.linalg.pinv(design).T @ design.T
    before = _rms(left)
    with np.errstate(invalid="ignore"):
        is_odd = (before > _EXAMINED_RMS) | (np.abs(apart).max(axis=1) > np.pi)
    examined: Index = np.flatnonzero(is_odd & np.isfinite(before))
    cycles = np.zeros(apart.shape, np.float32)
    if not examined.size:
        return cycles
    unknowns = accuracy_two_slopes(apart[examined], model.columns, model.limits, choice=choice)
    explained = unknowns @ design.T
    rest = apart[examined] - explained
    rest -= _CYCLE * np.rint(rest / _CYCLE)
    added = (explained + rest - apart[examined]) / _CYCLE
    added = np.rint(added - np.rint(np.median(added, axis=1, keepdims=True)))
    is_believed: Bool = _rms(rest) < np.minimum(_ACCEPTED_SHARE * before[examined], _ACCEPTED_RMS)
    is_believed &= np.abs(np.exp(1j * rest).mean(axis=1)) > model.least_coherence
    cycles[examined[is_believed]] = added[is_believed]
    return cycles


def _rms(values: Float64) -> Float64:
    return np.asarray(np.sqrt(np.mean(values**2, axis=1)))
