"""Stage 4 of small baselines: noise of the arcs between pixels, of the best arc of each pixel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, FloatArray, Index
from pystamps_kernels.stage4_edge_stats import SMALLEST_VARIANCE

_BYTES_PER_VALUE = 100
"""Phasors of both ends, their difference, what is fitted and taken off, all double."""


def arc_noise_of_pairs(
    w: Complex64,
    edges: Index,
    *,
    bperp: FloatArray,
    is_fitted_to_phasors: bool = True,
    memory_budget_mb: int = 1000,
) -> tuple[Float32, Float32]:
    """Estimate the phase noise of every arc: what a DEM error leaves, rad.

    Parameters
    ----------
    w : ndarray of complex64, shape (n_ps, n_ifg)
        Unit phasors of the pixels, finite.
    edges : ndarray of int64, shape (n_edge, 2)
        Pixels (a, b) of every arc; its phase is that of b minus a. The direction matters a little
        (3e-4 rad), because the variance is taken about the mean.
    bperp : ndarray of float, shape (n_ifg,)
        Nominal perpendicular baselines in m.
    is_fitted_to_phasors : bool
        True: as StaMPS, a complex multiple of the baselines is fitted to the phasors of an arc and
        taken off them. False: a real one to their phase.
    memory_budget_mb : int
        Work space; it does not change the result.

    Returns
    -------
    ps_std, ps_max : ndarray of float32, shape (n_ps,)
        Smallest standard deviation over the interferograms, and smallest largest modulus, of the
        arcs of a pixel, each by itself; Inf without arcs.

    Notes
    -----
    StaMPS routine ``ps_weed``, small-baseline branch: K = sum (B d / v) / sum (B**2 / v) with the
    variance v of d over all arcs. There is no smoothing in time. Sums are double here.
    """
    given = (w, edges, is_fitted_to_phasors, memory_budget_mb)
    n_edge, square = len(edges), np.zeros(w.shape[1])
    total = np.zeros(w.shape[1], np.complex128)
    for _, values in _differences(*given):
        total += values.sum(axis=0, dtype=total.dtype)
        square += (np.abs(values) ** 2).sum(axis=0, dtype=np.float64)
    variance = (square - np.abs(total) ** 2 / max(n_edge, 1)) / max(n_edge - 1, 1)
    baselines = bperp.astype(np.float64)
    weights = baselines / np.maximum(variance, SMALLEST_VARIANCE)
    norm = float(weights @ baselines)
    weights = weights / norm if norm > 0 else np.zeros_like(baselines)
    ps_std, ps_max = (np.full(len(w), np.inf, np.float32) for _ in range(2))
    for arcs, values in _differences(*given):
        error = np.outer(values.astype(np.result_type(values, weights)) @ weights, baselines)
        left = values - error.astype(values.dtype)
        noise = np.angle(left) if is_fitted_to_phasors else _wrapped(left)
        for best, found in (
            (ps_std, noise.std(axis=1, ddof=1)),
            (ps_max, np.abs(noise).max(axis=1)),
        ):
            single = found.astype(np.float32)
            np.minimum.at(best, arcs[:, 0], single)
            np.minimum.at(best, arcs[:, 1], single)
    return ps_std, ps_max


def _differences(
    w: Complex64, edges: Index, as_phasors: bool, memory_budget_mb: int
) -> Iterator[tuple[Index, np.ndarray]]:
    """Give arcs in blocks, and the phasor or the phase of each in every interferogram."""
    size = max(1, memory_budget_mb * 10**6 // (_BYTES_PER_VALUE * w.shape[1]))
    for first in range(0, len(edges), size):
        arcs = edges[first : first + size]
        phasors = w[arcs[:, 1]] * w[arcs[:, 0]].conj()
        yield arcs, phasors if as_phasors else np.angle(phasors)


def _wrapped(phase: Float64) -> Float64:
    wrapped: Float64 = phase - 2 * np.pi * np.round(phase / (2 * np.pi))
    return wrapped
