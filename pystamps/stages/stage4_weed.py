"""Stage 4: weed pixels that duplicate a neighbour, lie at sea level, or are noisy."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

import numpy as np

from pystamps.arrays import Bool, Complex64, Float32, Float64, FloatArray, Index
from pystamps.config import Compat
from pystamps.errors import ArtifactError, ParameterError
from pystamps.model import Interferograms, UsedInterferograms, Weeding
from pystamps.parameters import Parameters
from pystamps.rows import Matrix, taken_rows
from pystamps.stages.groups import best_of_each, place_numbers, touching_groups
from pystamps.stages.network import Triangulate, delaunay_edges
from pystamps.stages.stage4_pair_noise import arc_noise_of_pairs
from pystamps_kernels import AUTO, KernelChoice
from pystamps_kernels.stage4_edge_stats import stage4_edge_stats

SEA_LEVEL = 1e-6
"""Metres; the height below which ``weed_zero_elevation`` drops a pixel."""

FEWEST_IMAGES = 3
"""A straight line through two images leaves no noise."""

_ROWS_AT_A_TIME = 65536


@dataclass(frozen=True, slots=True)
class SelectedPixels:
    """What stage 4 needs of the n pixels that stage 3 has selected, in their order.

    Attributes
    ----------
    line, sample : int64, (n,), radar cell
    xy : float32, (n, 2), m
    coh_ps, k_ps, c_ps : float64, (n,)
    ph : Matrix of complex64, (n, n_ifg)
    interferograms : Interferograms
    hgt : float64, (n,), m; None when there are no heights
    """

    line: Index
    sample: Index
    xy: Float32
    coh_ps: Float64
    k_ps: Float64
    c_ps: Float64
    ph: Matrix
    interferograms: Interferograms
    hgt: Float64 | None = None


@dataclass(frozen=True, slots=True)
class WeedResult:
    """The masks, and how many pixels each step has dropped.

    Attributes
    ----------
    weeding : Weeding
    dropped : dict of str to int
        Step to number: adjacent, zero_elevation, duplicate, noisy.
    n_arcs : int
        Arcs of the network of the noise step.
    """

    weeding: Weeding
    dropped: dict[str, int]
    n_arcs: int


def weed_pixels(
    pixels: SelectedPixels,
    parameters: Parameters,
    *,
    compat: Compat = Compat(),
    triangulate: Triangulate | None = None,
    noise_budget_mb: int = 1000,
    choice: KernelChoice = AUTO,
) -> WeedResult:
    """Decide which of the selected pixels stay.

    Parameters
    ----------
    pixels : SelectedPixels
    parameters : Parameters
        The ``weed_*`` group and ``drop_ifg_index``.
    compat : Compat
        ``adjacent_by_lowest_neighbour``, ``arc_error_of_phasors``.
    triangulate : callable, optional
        See :func:`pystamps.stages.network.delaunay_edges`.
    noise_budget_mb : int
        Memory for the noise of the arcs.
    choice : KernelChoice

    Returns
    -------
    WeedResult

    Raises
    ------
    ParameterError
        ``weed_zero_elevation`` without heights; fewer than three images are left.
    ArtifactError
        A pixel has no phase in an interferogram that is used.

    Notes
    -----
    StaMPS routine ``ps_weed``; Hooper, Segall & Zebker (2007) for the noise of arcs. The steps
    follow each other: the best of touching pixels may be dropped later for its height or
    noise, and its neighbours are gone all the same.
    """
    stack = pixels.interferograms
    used = stack.used(parameters.drop_ifg_index)
    kept = np.ones(pixels.line.size, dtype=bool)
    dropped = {}
    for name, step in _STEPS.items():
        before = np.count_nonzero(kept)
        kept = step(pixels, kept, parameters, compat)
        dropped[name] = int(before - np.count_nonzero(kept))
    rows = np.flatnonzero(kept)
    edges = np.zeros((0, 2), dtype=np.int64)
    ps_std: FloatArray = np.zeros(rows.size)
    ps_max: FloatArray = np.zeros(rows.size)
    is_quiet = np.ones(rows.size, dtype=bool)
    if measures_noise(parameters) and rows.size:
        x, y = pixels.xy[rows].T
        edges = delaunay_edges(x, y, triangulate=triangulate, keep_direction=True)
        w, bperp = phase_without_errors(pixels, rows, used), stack.bperp[used.with_null]
        if stack.has_null_column:
            stats = stage4_edge_stats(
                w, edges, bperp=bperp, day=stack.second_day[used.with_null],
                time_win=parameters.weed_time_win, noise_budget_mb=noise_budget_mb, choice=choice,
            )  # fmt: skip
            ps_std, ps_max = stats.ps_std, stats.ps_max
        else:
            ps_std, ps_max = arc_noise_of_pairs(
                w, edges, bperp=bperp, is_fitted_to_phasors=compat.arc_error_of_phasors,
                memory_budget_mb=noise_budget_mb,
            )  # fmt: skip
        is_quiet = is_quiet_enough(ps_std, ps_max, parameters)
    kept[rows] = is_quiet
    dropped["noisy"] = int(np.count_nonzero(~is_quiet))
    return WeedResult(Weeding(kept, is_quiet, ps_std, ps_max, used.with_null), dropped, len(edges))


def measures_noise(parameters: Parameters) -> bool:
    """Tell whether the noise step runs: no phase noise exceeds pi, so that both off = no step."""
    return parameters.weed_standard_dev < pi or parameters.weed_max_noise < pi


def phase_without_errors(
    pixels: SelectedPixels, rows: Index, used: UsedInterferograms
) -> Complex64:
    """Give unit phasors without look-angle error; the null column, where there is one, holds C.

    Parameters
    ----------
    pixels : SelectedPixels
    rows : ndarray of int64, shape (n,)
        Pixels wanted.
    used : UsedInterferograms

    Returns
    -------
    ndarray of complex64, shape (n, n_with_null)

    Notes
    -----
    About its neighbourhood, interferogram k holds the noise n_k of image k minus the noise n_r of
    the reference image. C, the mean over k, is -n_r but for the mean of n_k, which is small. So
    column k is n_k + C, and C in the null column makes it the column of an image without noise:
    C is then common to all columns, and the mean in time of every arc takes it out. (The 0 that
    the null interferogram itself has would be n_r + C.)

    The nominal baselines are used here, although stages 2 and 3 used those of each pixel, as
    in StaMPS: what remains is mostly common to both ends of an arc.
    """
    columns, bperp = used.with_null, pixels.interferograms.bperp
    if columns.size < FEWEST_IMAGES:
        what = "images" if pixels.interferograms.has_null_column else "interferograms"
        raise ParameterError(
            f"drop_ifg_index: {columns.size} {what} are left, the noise of arcs needs at least "
            f"{FEWEST_IMAGES}; drop fewer, or set weed_standard_dev and weed_max_noise to inf"
        )
    w = np.empty((rows.size, columns.size), dtype=np.complex64)
    k_ps = pixels.k_ps.astype(bperp.dtype)
    for first in range(0, rows.size, _ROWS_AT_A_TIME):
        block = rows[first : first + _ROWS_AT_A_TIME]
        turned = np.take(taken_rows(pixels.ph, block), columns, axis=1)
        turned *= np.exp(-1j * (k_ps[block, None] * bperp[columns])).astype(np.complex64)
        with np.errstate(invalid="ignore", divide="ignore"):
            w[first : first + block.size] = turned / np.abs(turned)
    w[:, used.null_columns] = np.exp(1j * pixels.c_ps[rows]).astype(np.complex64)[:, None]
    is_bad = ~np.isfinite(w)
    if is_bad.any():
        wrong = columns[is_bad.any(axis=0)]
        numbers = ", ".join(str(number + 1) for number in wrong)
        raise ArtifactError(
            f"ph1, select1: {np.count_nonzero(is_bad.any(axis=1))} selected pixels have zero or "
            f"no phase in interferograms {numbers}; stage 3 never selects such pixels, run it again"
        )
    return w


def is_quiet_enough(ps_std: FloatArray, ps_max: FloatArray, parameters: Parameters) -> Bool:
    """Tell which pixels the noise step leaves, by the noise of their best arcs in rad, (n,)."""
    is_quiet = _is_below(ps_std, parameters.weed_standard_dev)
    return np.asarray(is_quiet & _is_below(ps_max, parameters.weed_max_noise))


def _is_below(noise: FloatArray, limit: float) -> Bool:
    """Compare in single precision, as MATLAB does with a single and a double."""
    return np.asarray(noise < np.float32(limit))


def _drop_adjacent(
    pixels: SelectedPixels, kept: Bool, parameters: Parameters, compat: Compat
) -> Bool:
    """Keep the most coherent of touching pixels, if wanted."""
    if not parameters.weed_neighbours:
        return kept
    group = touching_groups(
        pixels.line, pixels.sample, by_lowest_neighbour=compat.adjacent_by_lowest_neighbour
    )
    return kept & best_of_each(group, pixels.coh_ps)


def _drop_zero_elevation(
    pixels: SelectedPixels, kept: Bool, parameters: Parameters, _: Compat
) -> Bool:
    """Drop pixels at height zero and below, if wanted."""
    if not parameters.weed_zero_elevation:
        return kept
    if pixels.hgt is None:
        raise ParameterError(
            "weed_zero_elevation: y, but the patch has no heights (hgt1.mat); "
            "run stage 1 again, or set it to n"
        )
    return kept & ~(pixels.hgt < SEA_LEVEL)


def _drop_duplicates(pixels: SelectedPixels, kept: Bool, _: Parameters, __: Compat) -> Bool:
    """Keep the most coherent of pixels at one position (xy is rounded to mm)."""
    rows = np.flatnonzero(kept)
    best = best_of_each(place_numbers(*pixels.xy[rows].T), pixels.coh_ps[rows])
    is_kept = kept.copy()
    is_kept[rows] = best
    return is_kept


_STEPS = {
    "adjacent": _drop_adjacent,
    "zero_elevation": _drop_zero_elevation,
    "duplicate": _drop_duplicates,
}
"""Steps before the noise step, in the order of StaMPS."""
