"""Stage 6: expected phase differences of the arcs (StaMPS ``uw_sb_unwrap_space_time``).

Single master. The time series of an arc is smoothed, after removing a look-angle error that is
searched in a chain of interferograms in which deformation is small.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import scipy.sparse

from pystamps.arrays import Complex64, Float32, Float64, Index
from pystamps.errors import ParameterError, UnsupportedError
from pystamps.model import Interferograms, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.rows import row_blocks
from pystamps.stages.stage6_gradient import FringeSettings, with_spatial_costs
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage8_edge_noise import (
    ArcModel,
    LocalLines,
    SlopeSearch,
    SmoothedSeries,
    stage8_edge_noise,
)

Method = Literal["2D", "3D_FULL", "3D_QUICK", "3D_NO_DEF"]

_METHODS: dict[str, Method] = {
    "2D": "2D",
    "3D": "3D_FULL",
    "3D_NEW": "3D_FULL",
    "3D_FULL": "3D_FULL",
    "3D_QUICK": "3D_QUICK",
    "3D_SMALL_DEF": "3D_QUICK",
    "3D_NO_DEF": "3D_NO_DEF",
}
_NOISE_LIMIT = {"3D_FULL": 1.2, "3D_QUICK": 1.3, "3D_NO_DEF": np.inf, "2D": np.inf}
_BYTES_PER_DIFFERENCE = 160
"""In work at a time per arc and interferogram by the NumPy version; the others need less."""

_TRIALS_PER_CYCLE = 8
"""A step turns the phase by pi / 4 over the range of baselines of the chain."""


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


def effective_method(name: str) -> Method:
    """Give the method that a name stands for in a single-master set.

    Raises
    ------
    ParameterError
        The name is unknown.
    """
    if name.upper() not in _METHODS:
        raise ParameterError(f"unwrap_method: {name!r} is unknown; one of {', '.join(_METHODS)}")
    return _METHODS[name.upper()]


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
    UnsupportedError
        The interferograms do not share their first image.
    """
    method = effective_method(settings.method)
    network = connected_images(settings.interferograms)
    model = arc_model(method, network, settings)
    nodes = np.ascontiguousarray(arcs.edgs[:, 1:])
    dph_space_uw, dph_noise, k = _noise_of_arcs(
        grid.ph, nodes, model, chunk_edges=chunk_edges, choice=choice
    )
    spread = scipy.sparse.csc_array(dph_space_uw.shape, dtype=np.float64)
    nothing = np.zeros((0, 0))
    if method == "2D":
        return SpaceTime(dph_space_uw, nothing.astype(np.float32), spread), k
    if method == "3D_NO_DEF":
        return SpaceTime(dph_space_uw, dph_noise, spread), k
    result = SpaceTime(
        dph_space_uw, dph_noise, spread, network.design(),
        ifreq_ij=nothing.astype(np.float32), jfreq_ij=nothing.astype(np.float32),
        shaky_ix=nothing.astype(np.bool_), predef_ix=nothing.astype(np.bool_),
    )  # fmt: skip
    if settings.fringes is not None and nodes.size:
        result = with_spatial_costs(result, grid, nodes, settings.fringes)
    return result, k


def arcs_at_a_time(wanted: int, *, n_ifg: int, memory_budget_mb: int) -> int:
    """Give the number of arcs whose arrays in work fit the budget, unless a number is wanted."""
    return wanted or max(1, memory_budget_mb * 10**6 // (_BYTES_PER_DIFFERENCE * max(1, n_ifg)))


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


def connected_images(interferograms: Interferograms) -> Interferograms:
    """Leave out images without interferogram and renumber the others; days from the reference.

    Raises
    ------
    UnsupportedError
        The interferograms do not share their first image.
    """
    if not interferograms.is_single_master:
        raise UnsupportedError(
            "unwrapping: the interferograms do not share one reference image; small-baseline "
            "networks are not supported yet"
        )
    images = np.unique(interferograms.pairs)
    first, second = np.searchsorted(images, interferograms.pairs).T
    return replace(
        interferograms,
        first=first,
        second=second,
        day=(interferograms.day - interferograms.reference_day)[images],
        reference_ix=int(np.searchsorted(images, interferograms.reference_ix)),
    )


def arc_model(method: Method, network: Interferograms, settings: TimeSettings) -> ArcModel:
    """Give the small arrays that all arcs share."""
    if not settings.time_win > 0:
        raise ParameterError(
            f"unwrap_time_win: {settings.time_win:g} days; it must be larger than zero"
        )
    model = ArcModel(
        bperp=network.bperp.astype(np.float32),
        search=slope_search(network, settings) if settings.look_angle else None,
        smoother=None,
        noise_limit=_NOISE_LIMIT[method],
    )
    if method == "3D_FULL":
        return replace(model, smoother=line_smoother(network, settings.time_win))
    if method == "3D_QUICK":
        return replace(model, smoother=series_smoother(network, settings.time_win))
    return model


def slope_search(network: Interferograms, settings: TimeSettings) -> SlopeSearch | None:
    """Chain of interferograms in which the look-angle error of an arc is searched.

    Interferograms of adjacent images where they form a chain; otherwise differences of
    interferograms with successive dates, the reference image included. With phases x of images,
    (x_k - x_r) - (x_j - x_r) = x_k - x_j is the interferogram of the images j and k, whatever the
    reference image r, and its baseline is B_k - B_j. Image r has the phase x_r - x_r = 0 and the
    baseline 0: it is column -1 of the kernel. Little deformation fits between successive dates.
    """
    bperp = network.bperp
    adjacent = np.flatnonzero(np.abs(network.second - network.first) == 1)
    if adjacent.size >= network.n_image - 1:
        later, earlier = adjacent, np.full(adjacent.size, -1)
        base = bperp[adjacent]
    else:
        images = np.append(network.second, network.reference_ix)
        by_day = np.argsort(network.day[images], kind="stable")
        column = np.append(np.arange(network.n_ifg), -1)[by_day]
        later, earlier = column[1:], column[:-1]
        base = np.diff(np.append(bperp, bperp.dtype.type(0))[by_day])
    span, whole_span = np.ptp(base), np.ptp(bperp)
    if not (0 < span < np.inf and whole_span > 0):
        return None  # no slope can be seen; the original never ends here
    # a slope of so many cycles over all baselines makes fewer over those of the chain
    n_trial = int(np.ceil(_TRIALS_PER_CYCLE * settings.n_trial_wraps * span / whole_span))
    return SlopeSearch(
        later.astype(np.int64),
        earlier.astype(np.int64),
        base.astype(np.float64),
        float(span),
        n_trial,
    )


def gaussian_weights(day: Float64, time_win: float) -> Float64:
    """Weights of all dates around every date; rows sum to one."""
    weights = np.exp(-((day[:, None] - day) ** 2) / (2 * time_win**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def line_smoother(network: Interferograms, time_win: float) -> LocalLines:
    """Weights and straight-line functionals of method 3D_FULL.

    Around date k the data r_l are fitted by a + b t_kl with t_kl = day_k - day_l and weights w_kl,
    so that a is the value at date k. With S_j = sum over l of w_kl t_kl^j the normal equations are
    S0 a + S1 b = sum w r and S1 a + S2 b = sum w t r, hence
    a = sum of h_kl r_l, h_kl = w_kl (S2 - S1 t_kl) / (S0 S2 - S1^2); S0 = 1, the weights are
    normalised. Where only one date has weight, the line is its mean.
    """
    others = network.second
    order = np.argsort(network.second_day, kind="stable").astype(np.int64)
    day = network.second_day[order]
    weights = gaussian_weights(day, time_win)
    t = day[:, None] - day
    s1, s2 = ((weights * t**power).sum(axis=1, keepdims=True) for power in (1, 2))
    determinant = s2 - s1**2
    solvable = determinant > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        line = weights * (s2 - s1 * t) / determinant
    intercept = np.where(solvable, line, weights)
    if day.size == 1:
        intercept = np.zeros((1, 1))
    # The smoothed series is summed up from date to date, which leaves whole cycles open. Its mean
    # over the dates before and after the reference image, whose phase is 0, is brought to within
    # half a cycle of 0.
    after = np.flatnonzero(others > network.reference_ix)
    first_after = int(after[0]) if after.size else others.size
    level = [c for c in (first_after - 1, first_after) if 0 <= c < others.size]
    return LocalLines(order, weights, intercept, np.array(level, dtype=np.int64))


def series_smoother(network: Interferograms, time_win: float) -> SmoothedSeries:
    """Operator of method 3D_QUICK: inversion to a series of images, then Gaussian smoothing.

    The differences y of an arc are G x for a series x of the images. The rows of G add up to 0, so
    that x is known up to a constant: the first image is set to 0, the others are the least-squares
    solution with the other columns of G. The kernel turns the smoothed series back into
    differences, second minus first image, in which the constant is gone.
    """
    inverse = np.zeros((network.n_image, network.n_ifg))
    inverse[1:] = np.linalg.pinv(network.design()[:, 1:])
    operator = gaussian_weights(network.day, time_win) @ inverse
    first, second = (
        np.ascontiguousarray(image, dtype=np.int64) for image in (network.first, network.second)
    )
    return SmoothedSeries(operator, first, second)
