"""Stage 6: expected phase differences of the arcs (StaMPS ``uw_sb_unwrap_space_time``).

The time series of an arc is smoothed, after removing a look-angle error that is searched in a
chain of interferograms in which deformation is small. What needs more than one arc at a time, or
phase that is held, is in :mod:`pystamps.stages.stage6_curves`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse

from pystamps.arrays import Complex64, Float32, Index
from pystamps.errors import ParameterError
from pystamps.model import Interferograms, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.rows import row_blocks
from pystamps.stages.stage6_curves import (
    ArcPhase,
    along_lines,
    annealed,
    around_held,
    forget_noisy,
    held_steps,
)
from pystamps.stages.stage6_gradient import FringeSettings, with_spatial_costs
from pystamps.stages.stage6_network import (
    chain_image,
    connected_images,
    line_smoother,
    series_smoother,
    slope_search,
    turned_round,
)
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage8_edge_noise import ArcModel, stage8_edge_noise

Method = Literal["2D", "3D", "3D_FULL", "3D_QUICK", "3D_NO_DEF"]

_METHODS: dict[str, Method] = {
    "2D": "2D",
    "3D": "3D",
    "3D_NEW": "3D",
    "3D_FULL": "3D_FULL",
    "3D_QUICK": "3D_QUICK",
    "3D_SMALL_DEF": "3D_QUICK",
    "3D_NO_DEF": "3D_NO_DEF",
}
_NOISE_LIMIT = {"3D_FULL": 1.2, "3D_QUICK": 1.3, "3D": np.inf, "3D_NO_DEF": np.inf, "2D": np.inf}
_BYTES_PER_DIFFERENCE = 160
"""In work at a time per arc and interferogram by the NumPy version; the others need less."""


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """What decides the expected differences beside the phase.

    Attributes
    ----------
    method : str
        As the parameter unwrap_method.
    interferograms : Interferograms
        Those that are unwrapped, n_used columns.
    time_win : float, days
    look_angle : bool
        Estimate a look-angle error per arc.
    n_trial_wraps : float
        Cycles of look-angle error searched over the whole range of baselines.
    fringes : FringeSettings or None
        Spatial cost function; None = not used.
    """

    method: str
    interferograms: Interferograms
    time_win: float
    look_angle: bool
    n_trial_wraps: float
    fringes: FringeSettings | None = None


def effective_method(name: str, interferograms: Interferograms | None = None) -> Method:
    """Give the method that a name stands for.

    Parameters
    ----------
    name : str
        As the parameter unwrap_method.
    interferograms : Interferograms, optional
        Those that are unwrapped: where all have one first image, 3D is 3D_FULL. When omitted, only
        the name is checked.

    Raises
    ------
    ParameterError
        The name is unknown.
    """
    if name.upper() not in _METHODS:
        raise ParameterError(f"unwrap_method: {name!r} is unknown; one of {', '.join(_METHODS)}")
    method = _METHODS[name.upper()]
    if method == "3D" and interferograms is not None and interferograms.shares_first_image:
        return "3D_FULL"
    return method


def expected_differences(
    grid: UnwrapGrid,
    arcs: UnwrapArcs,
    settings: TimeSettings,
    *,
    chunk_edges: int = 0,
    choice: KernelChoice = AUTO,
) -> tuple[SpaceTime, Float32]:
    """Expected phase difference and noise of every arc, and its look-angle error in rad/m.

    Parameters
    ----------
    grid : UnwrapGrid
        With ``ph_lowpass`` for method 3D of small baselines; with ``ph_uw_predef`` where phase is
        held.
    arcs : UnwrapArcs
    settings : TimeSettings
    chunk_edges : int
        Arcs at a time, 0 = all (see :func:`arcs_at_a_time`); the result is the same.
    choice : KernelChoice

    Returns
    -------
    SpaceTime
    ndarray of float32, shape (n_edge,)

    Raises
    ------
    ParameterError
        The method is unknown or the time window is not positive.

    Notes
    -----
    Methods 2D and 3D_NO_DEF do not say which differences are held, as in the original, so that
    their costs do not know of them.
    """
    network = connected_images(settings.interferograms)
    method = effective_method(settings.method, network)
    nodes = np.ascontiguousarray(arcs.edgs[:, 1:])
    expected, noise, k = _first_estimate(grid.ph, nodes, method, network, settings,
                                         chunk_edges=chunk_edges, choice=choice)  # fmt: skip
    spread = scipy.sparse.csc_array(expected.shape, dtype=np.float64)
    nothing = np.zeros((0, 0))
    if method == "2D":
        return SpaceTime(expected, nothing.astype(np.float32), spread), k
    if method == "3D_NO_DEF":
        return SpaceTime(expected, noise, spread), k
    phase = ArcPhase(grid.ph, nodes, k, network.bperp.astype(np.float32))
    limit, held = _NOISE_LIMIT[method], held_steps(grid.ph_uw_predef, nodes)
    if method == "3D_FULL" and not network.shares_first_image:
        along_lines(phase, network, settings.time_win, (expected, noise), limit, choice=choice)
    elif method != "3D_FULL" and held.size:
        around_held(phase, held, network, settings.time_win, (expected, noise), limit)
    if method == "3D":
        annealed(phase, grid, network, (expected, noise), choice=choice)
    result = SpaceTime(
        expected, noise, spread, network.design(),
        ifreq_ij=nothing.astype(np.float32), jfreq_ij=nothing.astype(np.float32),
        shaky_ix=nothing.astype(np.bool_),
        predef_ix=~np.isnan(held) if held.size else nothing.astype(np.bool_),
    )  # fmt: skip
    if settings.fringes is not None and nodes.size:
        result = with_spatial_costs(result, grid, nodes, settings.fringes)
    return result, k


def arcs_at_a_time(wanted: int, *, n_ifg: int, memory_budget_mb: int) -> int:
    """Give the number of arcs whose arrays in work fit the budget, unless a number is wanted."""
    return wanted or max(1, memory_budget_mb * 10**6 // (_BYTES_PER_DIFFERENCE * max(1, n_ifg)))


def _first_estimate(
    ph: Complex64, nodes: Index, method: Method, network: Interferograms, settings: TimeSettings,
    *, chunk_edges: int, choice: KernelChoice,
) -> tuple[Float32, Float32, Float32]:  # fmt: skip
    """Expected differences, noise and slopes of the arcs, each arc for itself.

    The kernel takes the interferograms of the image of the chain with that image as the first;
    what was turned round for it is turned back in the results. How noisy an arc is depends on the
    signs, so that this is asked of what was turned back.
    """
    network, is_turned = turned_round(network, chain_image(network))
    model = arc_model(method, network, settings)
    limit = model.noise_limit
    if is_turned.any():
        ph, model = np.where(is_turned, ph.conj(), ph), replace(model, noise_limit=np.inf)
    expected, noise, k = _noise_of_arcs(ph, nodes, model, chunk_edges=chunk_edges, choice=choice)
    if is_turned.any():
        for values in (expected, noise):
            values[:, is_turned] *= np.float32(-1)
        forget_noisy((expected, noise), limit)
    return expected, noise, k


def _noise_of_arcs(
    ph: Complex64, nodes: Index, model: ArcModel, *, chunk_edges: int, choice: KernelChoice
) -> tuple[Float32, Float32, Float32]:
    """Call the kernel for stretches of arcs."""
    if not 0 < chunk_edges < len(nodes):
        return stage8_edge_noise(ph, nodes, model, choice=choice)
    expected, noise = np.empty((2, len(nodes), ph.shape[1]), np.float32)
    slope = np.empty(len(nodes), np.float32)
    for arcs in row_blocks(nodes, n_rows=chunk_edges):
        expected[arcs], noise[arcs], slope[arcs] = stage8_edge_noise(
            ph, nodes[arcs], model, choice=choice
        )
    return expected, noise, slope


def arc_model(method: Method, network: Interferograms, settings: TimeSettings) -> ArcModel:
    """Give the small arrays that all arcs share.

    Parameters
    ----------
    method : str
    network : Interferograms
        See :func:`pystamps.stages.stage6_network.connected_images` and ``turned_round``.
    settings : TimeSettings

    Raises
    ------
    ParameterError
        The time window is not positive.
    """
    if not settings.time_win > 0:
        raise ParameterError(
            f"unwrap_time_win: {settings.time_win:g} days; it must be larger than zero"
        )
    model = ArcModel(
        bperp=network.bperp.astype(np.float32),
        search=slope_search(network, settings.n_trial_wraps) if settings.look_angle else None,
        smoother=None,
        noise_limit=_NOISE_LIMIT[method],
    )
    if method == "3D_FULL" and network.shares_first_image:
        image = int(network.first[0])
        return replace(model, smoother=line_smoother(network, image, settings.time_win))
    if method in ("3D_QUICK", "3D"):
        return replace(model, smoother=series_smoother(network, settings.time_win))
    return model
