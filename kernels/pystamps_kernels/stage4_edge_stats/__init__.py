"""Noise of the arcs between pixels, and of the best arc of each pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu

SMALLEST_VARIANCE = 1e-12
"""Square radians; an interferogram without any noise must not get an infinite weight."""


@dataclass(frozen=True, slots=True)
class EdgeStats:
    """Result of :func:`stage4_edge_stats`.

    Attributes
    ----------
    edge_std, edge_max : float32, (n_edge,), rad
        Standard deviation and largest modulus of the noise over the images.
    ps_std, ps_max : float32, (n_ps,), rad
        Smallest ``edge_std`` and ``edge_max`` of the arcs of a pixel, each by itself; Inf
        without arcs.
    ifg_var : float64, (n_image,), rad^2
        Variance of the noise over all arcs, at least ``SMALLEST_VARIANCE``.
    """

    edge_std: npt.NDArray[np.float32]
    edge_max: npt.NDArray[np.float32]
    ps_std: npt.NDArray[np.float32]
    ps_max: npt.NDArray[np.float32]
    ifg_var: npt.NDArray[np.float64]


def stage4_edge_stats(
    w: npt.NDArray[np.complex64],
    edges: npt.NDArray[np.int64],
    *,
    bperp: npt.NDArray[np.floating[Any]],
    day: npt.NDArray[np.float64],
    time_win: float,
    noise_budget_mb: int = 1000,
    choice: KernelChoice = AUTO,
) -> EdgeStats:
    """Estimate the phase noise of every arc: what smoothing in time and a DEM error leave, rad.

    Parameters
    ----------
    w : ndarray of complex64, shape (n_ps, n_image)
        Unit phasors of the pixels, finite; the reference image counted.
    edges : ndarray of int, shape (n_edge, 2)
        Rows (a, b) of the pixels of every arc; the phase of an arc is that of b minus a. The
        direction matters a little (5e-4 rad), because ``ifg_var`` is taken about the mean.
    bperp : ndarray of float, shape (n_image,)
        Nominal perpendicular baselines in m.
    day : ndarray of float64, shape (n_image,)
        Days.
    time_win : float
        Standard deviation of the Gaussian weights, days.
    noise_budget_mb : int
        Memory for the noise of the arcs between the two passes; what does not fit is
        computed twice. It does not change the result.
    choice : KernelChoice
        Backend and threads.

    Returns
    -------
    EdgeStats

    Raises
    ------
    ValueError
        Shapes disagree, there are fewer than two images, ``w`` is not finite, an arc names a
        pixel that does not exist, or ``time_win`` is not positive.

    Notes
    -----
    StaMPS routine ``ps_weed``, single-master branch. For each image, the phases of an arc are
    turned by their weighted mean, a straight line is fitted with the same weights, and the
    value of the line at the image is the smooth phase. The DEM error of an arc is fitted with
    weights 1 / ``ifg_var``, for which the mean leaves out the image itself. Single precision
    in the original, double here (3e-7 rad).
    """
    n_ps, n_image = w.shape
    if n_image < 2:
        raise ValueError(f"{n_image=}: noise needs at least two images")
    if not np.all(np.isfinite(w)):
        raise ValueError("w must be finite: one NaN would spread to all arcs through ifg_var")
    if edges.ndim != 2 or edges.shape[1] != 2:
        raise ValueError(f"edges has shape {edges.shape}, expected (n_edge, 2)")
    if bperp.shape != (n_image,) or day.shape != (n_image,):
        raise ValueError(f"{bperp.shape=} and {day.shape=} must be ({n_image},), one per image")
    if edges.size and not (edges.min() >= 0 and edges.max() < n_ps):
        raise ValueError(f"edges must name pixels 0 to {n_ps - 1}")
    if not time_win > 0:
        raise ValueError(f"{time_win=} must be positive")
    function = implementation("stage4_edge_stats", choice, size=w.size)
    return EdgeStats(
        *function(
            gpu.contiguous(w, np.complex64),
            gpu.contiguous(edges, np.int64),
            bperp.astype(np.float64),
            day.astype(np.float64),
            float(time_win),
            max(int(noise_budget_mb * 1e6 / (4 * n_image)), 0),
        )
    )
