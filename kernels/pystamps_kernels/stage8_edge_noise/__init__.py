"""Expected phase difference and noise of every arc between nodes, from its time series."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pystamps_kernels.choice import AUTO, KernelChoice, implementation
from pystamps_kernels.device import gpu
from pystamps_kernels.stage8_edge_noise.arc_model import (
    ArcModel,
    LocalLines,
    SlopeSearch,
    SmoothedSeries,
)

__all__ = ["ArcModel", "LocalLines", "SlopeSearch", "SmoothedSeries", "stage8_edge_noise"]

Float32 = NDArray[np.float32]


def stage8_edge_noise(
    ph: NDArray[np.complex64],
    nodes: NDArray[np.int64],
    model: ArcModel,
    *,
    choice: KernelChoice = AUTO,
) -> tuple[Float32, Float32, Float32]:
    """Expected difference plus noise, noise (both in rad), and look-angle error of every arc.

    Parameters
    ----------
    ph : ndarray of complex64, shape (n_node, n_ifg)
        Phase of the nodes; the magnitude does not matter.
    nodes : ndarray of int64, shape (n_edge, 2)
        Low and high node of every arc.
    model : ArcModel
    choice : KernelChoice

    Returns
    -------
    dph_space_uw, dph_noise : ndarray of float32, shape (n_edge, n_ifg)
        Expected difference (smooth in time, look-angle error added) plus noise, and noise;
        NaN in all columns of arcs that are noisier than the limit.
    k : ndarray of float32, shape (n_edge,)
        Slope in rad/m, 0 where it was not found or not searched.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    The part of ``uw_sb_unwrap_space_time`` of StaMPS that is independent from arc to arc
    (Hooper 2009; Hooper and Zebker 2007). Phases are single precision as in the original.
    """
    ph = gpu.contiguous(ph, np.complex64)
    nodes = gpu.contiguous(nodes, np.int64)
    if ph.ndim != 2 or nodes.ndim != 2 or nodes.shape[1] != 2:
        raise ValueError(f"{ph.shape=}, {nodes.shape=}: expected (n_node, n_ifg) and (n_edge, 2)")
    if model.bperp.shape != ph.shape[1:]:
        raise ValueError(f"{model.bperp.shape=} does not fit {ph.shape=}")
    if nodes.size and (nodes.min() < 0 or nodes.max() >= ph.shape[0]):
        raise ValueError(f"arcs name nodes {nodes.min()} to {nodes.max()} of {ph.shape[0]}")
    function: Any = implementation("stage8_edge_noise", choice, size=ph.size)
    result: tuple[Float32, Float32, Float32] = function(ph, nodes, model)
    return result
