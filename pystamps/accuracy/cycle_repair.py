"""Whole cycles that unwrapped phase lacks: those that neighbours agree on.

Stage 6 unwraps nodes of a grid and adds the wrapped difference between a pixel and its node. Where
that difference is more than half a cycle, because the pixel is higher than its surroundings or
moves otherwise, it comes out in another cycle; and so do all pixels of a node that is wrong in one
interferogram. A pixel in the midst of these has neighbours that are wrong with it: only the arcs
across the border know.
"""

from __future__ import annotations

import numpy as np

from pystamps.accuracy.arc_slopes import LONGEST_ARC_M
from pystamps.accuracy.cycle_model import CycleModel
from pystamps.accuracy.fewest_contradictions import cycles_of_pixels
from pystamps.arrays import Bool, Float32, Float64, FloatArray, Index
from pystamps.stages.network import delaunay_edges
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.accuracy_two_slopes import accuracy_two_slopes

_SEARCHED_RMS, _ACCEPTED_RMS = 0.9, 1.2
"""rad: from where on slopes of an arc are searched, and up to where they are believed."""
_CYCLE = 2 * np.pi
_ARCS = 1 << 14


def repaired_cycles(
    phase: Float32, xy: FloatArray, model: CycleModel, *, choice: KernelChoice = AUTO
) -> Float32:
    """Give the whole cycles that unwrapped phase lacks, between neighbouring pixels.

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
    On every arc of a triangulation, up to 600 m long, constant, velocity and height are fitted to
    the difference of the phase. Where they leave more than 0.9 rad rms, or the difference exceeds
    half a cycle, they are searched by periodogram instead
    (:mod:`pystamps_kernels.accuracy_two_slopes`, after Ferretti et al. 2001), and say which cycles
    the difference lacks. Arcs are believed that leave less than 1.2 rad and that noise alone would
    hardly give (:attr:`~pystamps.accuracy.cycle_model.CycleModel.least_coherence`). In each
    interferogram the pixels get the cycles that contradict the fewest of them
    (:func:`~pystamps.accuracy.fewest_contradictions.cycles_of_pixels`).
    """
    found = np.zeros(phase.shape, np.float32)
    if not phase.size:
        return found
    ends = delaunay_edges(xy[:, 0], xy[:, 1])
    ends = ends[np.hypot(*(xy[ends[:, 1]] - xy[ends[:, 0]]).T) <= LONGEST_ARC_M]
    missing, is_believed = _missing_cycles(phase, ends, model, choice)
    ends, missing = ends[is_believed], missing[is_believed]
    for column in np.flatnonzero(missing.any(axis=0)):
        cycles: Index = missing[:, column].astype(np.int64)
        found[:, column] = cycles_of_pixels(ends, cycles, len(phase))
    return found


def _missing_cycles(
    phase: Float32, ends: Index, model: CycleModel, choice: KernelChoice
) -> tuple[Float32, Bool]:
    """Give the cycles that differences on arcs lack, (n_arc, n_column), and which are believed."""
    missing = np.zeros((len(ends), phase.shape[1]), np.float32)
    is_believed = np.zeros(len(ends), bool)
    solution = np.linalg.pinv(model.design)
    for first in range(0, len(ends), _ARCS):
        rows = slice(first, first + _ARCS)
        low, high = ends[rows].T
        apart = (phase[high] - phase[low]).astype(np.float64)
        left = apart - apart @ solution.T @ model.design.T
        with np.errstate(invalid="ignore"):
            is_odd = (_rms(left) > _SEARCHED_RMS) | (np.abs(apart).max(axis=1) > np.pi)
        odd = np.flatnonzero(is_odd)
        missing[first + odd], left[odd] = _searched(apart[odd], model, choice)
        is_believed[rows] = _is_like_no_noise(left, model)
    return missing, is_believed


def _searched(apart: Float64, model: CycleModel, choice: KernelChoice) -> tuple[Float64, Float64]:
    """Give the cycles that the best velocity and height say are missing, and what these leave."""
    unknowns = accuracy_two_slopes(apart, model.columns, model.limits, choice=choice)
    left = apart - unknowns @ model.design.T
    missing = -np.rint(left / _CYCLE)
    left += _CYCLE * missing
    return missing - np.rint(np.median(missing, axis=1, keepdims=True)), left


def _is_like_no_noise(left: Float64, model: CycleModel) -> Bool:
    with np.errstate(invalid="ignore"):
        coherence = np.abs(np.exp(1j * left).mean(axis=1))
        return np.asarray((coherence > model.least_coherence) & (_rms(left) < _ACCEPTED_RMS))


def _rms(values: Float64) -> Float64:
    return np.asarray(np.sqrt(np.mean(values**2, axis=1)))
