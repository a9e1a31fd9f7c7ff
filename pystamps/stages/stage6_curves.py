"""Stage 6: smooth curves of arcs that small baselines need beside those of the kernel.

Several images whose series are smoothed along lines (method 3D_FULL), phase that is held (3D_QUICK
and 3D), and noisy arcs that are fitted anew by simulated annealing (3D). What is expected of an
arc, and its noise, are changed in place; both are float32, (n_edge, n_used), rad.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Complex64, Float32, Float64, FloatArray, Index
from pystamps.model import Interferograms, UnwrapGrid
from pystamps.rows import row_blocks
from pystamps.stages.stage6_gradient import std_over_interferograms
from pystamps.stages.stage6_network import (
    images_for_lines,
    line_smoother,
    smoothing_of_images,
    turned_round,
)
from pystamps_kernels import KernelChoice
from pystamps_kernels.stage6_annealed_series import N_UNIFORM_OF_RUN, stage6_annealed_series
from pystamps_kernels.stage8_edge_noise import ArcModel, stage8_edge_noise
from pystamps_kernels.stage8_edge_noise.single import angle, phasor, times_conjugate, unit

log = logging.getLogger(__name__)

Curves = tuple[Float32, Float32]
"""Expected difference plus noise, and noise."""

_WEIGHT_OF_NOT_HELD = 0.01
_TOO_NOISY_TO_KEEP = 1.0
"""Standard deviation in rad from which on an arc is fitted anew."""
_ARCS_AT_A_TIME = 4096
_N_RUN = 15
_SEED = 2007
"""Of the random numbers of the annealing: with the number of the arc it makes a stream of its own,
so that neither threads nor the number of arcs at a time change a result."""


@dataclass(frozen=True, slots=True)
class ArcPhase:
    """Phase of the arcs without their look-angle error.

    Attributes
    ----------
    ph : complex64, (n_node, n_used)
    nodes : int64, (n_edge, 2)
    k : float32, (n_edge,), look-angle error in rad/m
    bperp : float32, (n_used,), m
    """

    ph: Complex64
    nodes: Index
    k: Float32
    bperp: Float32

    def look_angle(self, arcs: slice | Index) -> Float32:
        """Phase of the look-angle error of some arcs, rad."""
        return np.asarray(self.k[arcs, None] * self.bperp)

    def differences(self, arcs: slice | Index) -> Complex64:
        """Unit phasors of some arcs, the look-angle error taken off."""
        low, high = self.nodes[arcs].T
        d = unit(times_conjugate(self.ph[high], self.ph[low]))
        return times_conjugate(d, phasor(self.look_angle(arcs)))


def held_steps(held: Float32, nodes: Index) -> Float32:
    """Differences of the arcs that are held, rad; NaN where not both ends are held, empty if none.

    Parameters
    ----------
    held : ndarray of float32, shape (n_node, n_used) or (0, 0)
    nodes : ndarray of int64, shape (n_edge, 2)
    """
    return np.asarray(held[nodes[:, 1]] - held[nodes[:, 0]]) if held.size else held


def _store(phase: ArcPhase, arcs: slice | Index, smooth: Float32, curves: Curves) -> None:
    """Put the curves of some arcs into the results."""
    noise = angle(times_conjugate(phase.differences(arcs), phasor(smooth)))
    curves[0][arcs] = smooth + noise + phase.look_angle(arcs)
    curves[1][arcs] = noise


def around_held(
    phase: ArcPhase,
    held: Float32,
    network: Interferograms,
    time_win: float,
    curves: Curves,
    noise_limit: float,
) -> None:
    """Curves of methods 3D_QUICK and 3D where differences are held.

    Notes
    -----
    Held differences take the place of the wrapped ones and weigh 1.01 against 0.01 in the
    inversion to a series of images. Arcs of which nothing is held have the curve of the kernel.
    """
    design = network.design()[:, 1:]
    smoothing = smoothing_of_images(network, time_win)[:, 1:]
    with_held = np.flatnonzero(~np.isnan(held).all(axis=1))
    for block in row_blocks(with_held, n_rows=_ARCS_AT_A_TIME):
        arcs = with_held[block]
        steps = held[arcs] - phase.look_angle(arcs)
        series = _weighted_series(angle(phase.differences(arcs)), steps, design)
        images = (series @ smoothing.T).astype(np.float32)
        smooth = images[:, network.second] - images[:, network.first]
        _store(phase, arcs, smooth, curves)
    forget_noisy(curves, noise_limit)


def _weighted_series(differences: Float32, steps: Float32, design: Float64) -> Float64:
    """Least-squares series of every arc, held differences weighing more: (n, n_image - 1)."""
    is_held = ~np.isnan(steps)
    values = np.where(is_held, steps, differences).astype(np.float64)
    patterns, which = np.unique(is_held, axis=0, return_inverse=True)
    root = np.sqrt(patterns + _WEIGHT_OF_NOT_HELD)
    rows = np.linalg.pinv(root[:, :, None] * design) * root[:, None, :]
    return np.asarray(np.einsum("aij,aj->ai", rows[which.ravel()], values))


def forget_noisy(curves: Curves, noise_limit: float) -> None:
    """Take the statistics from arcs that are noisier than the limit."""
    too_noisy = std_over_interferograms(curves[1]) > noise_limit
    for values in curves:
        values[too_noisy] = np.nan


def along_lines(
    phase: ArcPhase,
    network: Interferograms,
    time_win: float,
    curves: Curves,
    noise_limit: float,
    *,
    choice: KernelChoice,
) -> None:
    """Curves of method 3D_FULL of small baselines: the series of every image with enough partners.

    Notes
    -----
    An interferogram between two such images has the curve that leaves less noise over all arcs. One
    between images that both lack partners has none; then no arc has statistics, in the original
    too.
    """
    d = phase.differences(slice(None))
    smooth = np.full(d.shape, np.nan, np.float32)
    for image in images_for_lines(network):
        columns = np.flatnonzero((network.first == image) | (network.second == image))
        found = _lines_of_image(d[:, columns], network.of_columns(columns), image, time_win, choice)
        known = ~np.isnan(smooth[:1, columns]).any(axis=0)
        before, now = (
            _std_over_arcs(d[:, columns], curve) for curve in (smooth[:, columns], found)
        )
        better = ~known | ~(before < now)
        smooth[:, columns[better]] = found[:, better]
    without = np.count_nonzero(np.isnan(smooth[:1]).any(axis=0))
    if without:
        log.warning(
            "unwrap_method 3D_FULL: %d of %d interferograms combine images that lack more than one "
            "partner, so that no arc has statistics; 3D_QUICK is made for such networks",
            without, network.n_ifg,
        )  # fmt: skip
    _store(phase, slice(None), smooth, curves)
    forget_noisy(curves, noise_limit)


def _lines_of_image(
    d: Complex64, network: Interferograms, image: int, time_win: float, choice: KernelChoice
) -> Float32:
    """Curves of the interferograms of one image, rad: (n_edge, n)."""
    network, is_turned = turned_round(network, image)
    own = np.where(is_turned, d.conj(), d)
    # the kernel takes differences of nodes: those of every arc and of a node without phase
    ends = np.concatenate([own, np.ones((1, own.shape[1]), np.complex64)])
    nodes = np.column_stack([np.full(len(d), len(d)), np.arange(len(d))])
    model = ArcModel(
        np.zeros(own.shape[1], np.float32), None, line_smoother(network, image, time_win)
    )
    expected, noise, _ = stage8_edge_noise(ends, nodes, model, choice=choice)
    return np.where(is_turned, noise - expected, expected - noise)


def _std_over_arcs(d: Complex64, smooth: Float32) -> FloatArray:
    """Noise that curves leave, per interferogram over all arcs, rad."""
    if len(d) < 2:
        return np.zeros(d.shape[1])
    left = angle(times_conjugate(d, phasor(smooth))).astype(np.float64)
    return np.asarray(left.std(axis=0, ddof=1))


def annealed(
    phase: ArcPhase,
    grid: UnwrapGrid,
    network: Interferograms,
    curves: Curves,
    *,
    choice: KernelChoice,
) -> None:
    """Fit noisy arcs anew by simulated annealing (method 3D of small baselines).

    Notes
    -----
    ``uw_sb_smooth_unwrap``. The random numbers of an arc follow from its number and a constant, so
    that a run can be repeated; those of the original follow from its session.
    """
    weight = noise_weights(grid, phase.nodes)
    noisy = np.flatnonzero(std_over_interferograms(curves[1]) > _TOO_NOISY_TO_KEEP)
    log.info("%d of %d arcs are fitted by simulated annealing", noisy.size, len(phase.nodes))
    day = network.day
    x = (day - day[0]) * (day.size - 1) / (day[-1] - day[0])
    for block in row_blocks(noisy, n_rows=_ARCS_AT_A_TIME // 16):
        arcs = noisy[block]
        series, _ = stage6_annealed_series(
            angle(phase.differences(arcs)).astype(np.float64),
            network.pairs, weight.astype(np.float64), x, uniform_numbers(arcs), choice=choice,
        )  # fmt: skip
        images = series.astype(np.float32)
        _store(phase, arcs, images[:, network.second] - images[:, network.first], curves)


def uniform_numbers(arcs: Index) -> Float64:
    """Give the uniform random numbers of the runs of some arcs, the same ones every time."""
    n = _N_RUN * N_UNIFORM_OF_RUN
    numbers = [np.random.Generator(np.random.Philox([_SEED, arc])).random(n) for arc in arcs]
    return np.array(numbers).reshape(len(arcs), n)


def noise_weights(grid: UnwrapGrid, nodes: Index) -> Float32:
    """Weights of the residuals of an arc: (n_used, n_used), upper triangular.

    Notes
    -----
    The upper Cholesky factor of the inverse covariance of the noise, which is what the low-pass
    leaves of the nodes. Closed loops bring that covariance close to singular, where rounding
    decides whether the factor exists; without it, only the variances weigh, as in the original.
    """
    noise = angle(times_conjugate(grid.ph, grid.ph_lowpass))
    steps = noise[nodes[:, 1]] - noise[nodes[:, 0]]
    centred = steps - steps.mean(axis=0, dtype=np.float32)
    covariance = centred.T @ centred / np.float32(len(steps) - 1)
    try:
        return np.asarray(np.linalg.cholesky(np.linalg.inv(covariance).T).T)
    except np.linalg.LinAlgError:
        log.info("covariance of the interferograms is singular: their variances alone weigh")
        return np.diag(1 / np.sqrt(np.diag(covariance)))
