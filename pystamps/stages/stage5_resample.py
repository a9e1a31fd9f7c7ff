"""Stage 5, merging with resampling: neighbouring pixels become one on a coarser grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Complex64, Float32, Float64, Index
from pystamps.errors import ArtifactError
from pystamps.geo import continuous_longitudes, near_longitudes
from pystamps.matlab import round_half_away
from pystamps.stages.groups import place_numbers
from pystamps.stages.stage5_merge import Contribution, PatchPixels, Rule

PHASE_ACCURACY = np.deg2rad(10.0)
"""Standard deviation below which the phase of no pixel is believed, rad."""

LARGEST_COHERENCE = np.float32(0.985723131505)
"""What StaMPS gets from 1000 numbers of ``randn('state', 1001)`` with that deviation; the
expectation would be 0.984885."""


@dataclass(frozen=True, slots=True)
class PixelQuality:
    """How well the phase of each pixel is known.

    Attributes
    ----------
    weight : float32, (n,), 1 / variance of the residual phase, rad^-2
    quality : float32, (n,), signal-to-noise ratio of the phase
    """

    weight: Float32
    quality: Float32


@dataclass(frozen=True, slots=True)
class ResampledPixels:
    """Part of a merge with resampling, see :class:`pystamps.stages.stage5_merge.PatchPart`.

    Attributes
    ----------
    rows : int64, (m,), rows of the patch, members of one group after the other
    starts : int64, (n,), first member of each group
    weight, quality : float32, (m,), of those rows
    lonlat, coh_ps, ij : of the n groups
    """

    rows: Index
    starts: Index
    weight: Float32
    quality: Float32
    lonlat: Float64
    coh_ps: Float64
    ij: Float64

    def kept(self, rows: Index) -> Contribution:
        """See :class:`~pystamps.stages.stage5_merge.PatchPart`."""
        return KeptGroups(self.rows, self.starts, self.weight, self.quality, rows)


@dataclass(frozen=True, slots=True)
class KeptGroups:
    """Groups of a patch that are merged.

    Attributes
    ----------
    rows, starts, weight, quality : see :class:`ResampledPixels`
    kept : int64, (k,), those of the n groups
    """

    rows: Index
    starts: Index
    weight: Float32
    quality: Float32
    kept: Index

    def contribution(self, values: npt.NDArray[Any], rule: Rule) -> npt.NDArray[Any]:
        """Combine the members of every group."""
        if rule == "phase":
            return weighted_sums(values[self.rows], self.quality, self.starts)[self.kept]
        return weighted_means(values[self.rows], self.weight, self.starts)[self.kept]


def pixel_quality(
    ph_res: Float32, c_ps: Float64, *, is_small_baseline: bool = False
) -> PixelQuality:
    """Estimate how well the phase of each pixel is known from its residual phase.

    Parameters
    ----------
    ph_res : ndarray of float32, shape (n, n_used)
        Residual phase, rad.
    c_ps : ndarray of float64, shape (n,)
        Noise of the reference image, rad.
    is_small_baseline : bool
        False counts the reference image, with ``c_ps``, as a further interferogram.

    Notes
    -----
    StaMPS routine ``ps_merge_patches``, single precision as there: every sum interferogram after
    interferogram. Sines, angles and moduli are computed in double and rounded once; the C
    library's, which Octave uses, differ by last places.
    """
    c = c_ps.astype(np.float32)[:, None]
    noise = _angle(_phasor(ph_res - c))
    noise = noise if is_small_baseline else np.concatenate([noise, c], axis=1)
    n = np.float32(noise.shape[1])
    deviation = noise - (_sum_of_columns(noise) / n)[:, None]
    variance = _sum_of_columns(deviation * deviation) / (n - 1)
    total = np.abs(_sum_of_columns(_phasor(noise)).astype(np.complex128)).astype(np.float32)
    coherence = np.minimum(total / n, LARGEST_COHERENCE)
    with np.errstate(divide="ignore"):  # no coherence at all: quality 0
        quality = 1 / (1 / coherence**2 - 1)
    smallest = np.float32(PHASE_ACCURACY**2)
    return PixelQuality(np.reciprocal(np.maximum(variance, smallest)), quality)


def resampled_pixels(
    patch: PatchPixels,
    quality: PixelQuality,
    *,
    size: float,
    standard_dev: float,
    origin_one_metre: bool = True,
) -> ResampledPixels:
    """Group the pixels of a patch by the cells of a coarse grid.

    Parameters
    ----------
    patch : PatchPixels
        Only pixels in bounds take part.
    quality : PixelQuality
        Of all pixels of the patch.
    size : float
        ``merge_resample_size``, m.
    standard_dev : float
        ``merge_standard_dev``, rad: groups whose phase is known less well are dropped.
    origin_one_metre : bool
        True: the grid is anchored at (1 m, 1 m) of the patch, as in StaMPS, where a misplaced
        bracket takes the minimum with 1. False: at the lowest coordinates.

    Returns
    -------
    ResampledPixels
    """
    inside = np.flatnonzero(patch.in_bounds)
    x, y = patch.pixels.xy[inside, 1:].T
    x0, y0 = _grid_origin(x, y, one_metre=origin_one_metre)
    edge = np.float32(1e-9)
    row = np.ceil((y - y0 + edge) / np.float32(size))
    column = np.ceil((x - x0 + edge) / np.float32(size))
    group = place_numbers(row, column)
    order = np.argsort(group, kind="stable")
    rows, group = inside[order], group[order]
    weight = quality.weight[rows]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    if starts.size:
        is_kept = (sums_in_order(weight, starts) >= 1 / np.float64(standard_dev) ** 2)[group]
        rows, group = rows[is_kept], group[is_kept]
        starts = np.flatnonzero(np.diff(group, prepend=-1))
    return _combined(patch, rows, starts, quality)


def weighted_means(values: npt.NDArray[Any], weight: Float32, starts: Index) -> npt.NDArray[Any]:
    """Give the weighted mean of every group: single precision, in the class of the values.

    Parameters
    ----------
    values : ndarray of float, shape (m,) or (m, k)
        Members of one group after the other.
    weight : ndarray of float32, shape (m,)
    starts : ndarray of int64, shape (n,)
        First member of each group.
    """
    means = _sums(values, weight, starts)
    total = _sums(np.ones_like(weight), weight, starts)
    means /= total.reshape(-1, *[1] * (values.ndim - 1))
    return means.astype(values.dtype)


def weighted_sums(values: npt.NDArray[Any], weight: Float32, starts: Index) -> npt.NDArray[Any]:
    """Give the weighted sum of every group: single precision, stored in double as in StaMPS."""
    sums = _sums(values, weight, starts)
    return sums.astype(np.complex128 if np.iscomplexobj(sums) else np.float64)


def sums_in_order(values: npt.NDArray[Any], starts: Index) -> npt.NDArray[Any]:
    """Add the members of every group one after the other, in the class of the values.

    Parameters
    ----------
    values : ndarray, shape (m,) or (m, k)
        Members of one group after the other.
    starts : ndarray of int64, shape (n,)
        First member of each group.

    Returns
    -------
    ndarray, shape (n,) or (n, k)

    Notes
    -----
    The order of the merged pixels depends on these sums: positions in single precision have
    steps of decimetres, so that neighbours change places by a last place. NumPy adds in blocks.
    """
    if not starts.size:
        return np.zeros((0, *values.shape[1:]), dtype=values.dtype)
    sizes = np.diff(starts, append=len(values))
    largest_first = np.argsort(-sizes, kind="stable")
    starts, sizes = starts[largest_first], sizes[largest_first]
    totals = values[starts]
    for member in range(1, int(sizes[0])):
        n = np.searchsorted(-sizes, -member)  # groups that have so many members and more
        totals[:n] += values[starts[:n] + member]
    sums = np.empty_like(totals)
    sums[largest_first] = totals
    return sums


def check_finite(name: str, variable: str, values: npt.NDArray[Any], in_bounds: Bool) -> None:
    """Refuse NaN where pixels are combined; StaMPS stops in the debugger there.

    Parameters
    ----------
    name : str
        Patch.
    variable : str
        Name of the variable.
    values : ndarray, shape (n_ps,) or (n_ps, k)
    in_bounds : ndarray of bool, shape (n_ps,)
        Pixels that take part.
    """
    is_bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1) & in_bounds
    if is_bad.any():
        raise ArtifactError(
            f"{name}: {variable} of pixel {np.argmax(is_bad) + 1} is not finite "
            f"({np.count_nonzero(is_bad)} such pixels); it cannot be resampled, run the stages "
            "of the patch again"
        )


def _grid_origin(x: Float32, y: Float32, *, one_metre: bool) -> tuple[Any, Any]:
    """Give the corner of the grid."""
    one = np.float32(1)
    if not one_metre:
        return (x.min(), y.min()) if x.size else (one, one)
    if x.size == 1:
        return min(x[0], one), min(y[0], one)
    if x.size == 2:
        # the minimum is an array there, and the index that was meant as a dimension picks one
        return one, min(x[0], one)
    return one, one


def _combined(
    patch: PatchPixels, rows: Index, starts: Index, quality: PixelQuality
) -> ResampledPixels:
    """Give position and coherence of the groups."""
    pixels = patch.pixels
    weight, snr = quality.weight[rows], quality.quality[rows]
    if not starts.size:
        none = np.zeros((0, 2))
        return ResampledPixels(rows, starts, weight, snr, none, np.zeros(0), none)
    root = np.sqrt(sums_in_order(snr**2, starts))
    with np.errstate(divide="ignore"):
        coh_ps = np.sqrt(1 / (1 + 1 / root))
    return ResampledPixels(
        rows=rows,
        starts=starts,
        weight=weight,
        quality=snr,
        lonlat=_mean_positions(pixels.lonlat[rows], weight, starts),
        coh_ps=coh_ps.astype(np.float64),
        ij=round_half_away(weighted_means(pixels.ij[rows, 1:], weight, starts)),
    )


def _mean_positions(lonlat: Float64, weight: Float32, starts: Index) -> Float64:
    """Give the mean positions of the groups; StaMPS puts groups across 180 degrees elsewhere."""
    longitude = continuous_longitudes(lonlat[:, 0])
    if np.array_equal(longitude, lonlat[:, 0], equal_nan=True):
        return weighted_means(lonlat, weight, starts)
    means = weighted_means(np.column_stack([longitude, lonlat[:, 1]]), weight, starts)
    centre = 180.0 if np.nanmin(lonlat[:, 0]) >= 0 else 0.0
    means[:, 0] = near_longitudes(means[:, 0], centre)
    return means


def _sums(values: npt.NDArray[Any], weight: Float32, starts: Index) -> npt.NDArray[Any]:
    """Sum products of single precision."""
    single = np.complex64 if np.iscomplexobj(values) else np.float32
    products = values.astype(single) * weight.reshape(-1, *[1] * (values.ndim - 1))
    return sums_in_order(products, starts)


def _sum_of_columns(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add one column after the other, in the class of the values."""
    total = values[:, 0].copy()
    for column in range(1, values.shape[1]):
        total += values[:, column]
    return total


def _phasor(angle_rad: Float32) -> Complex64:
    phasor: Complex64 = np.exp(1j * angle_rad.astype(np.float64)).astype(np.complex64)
    return phasor


def _angle(ph: Complex64) -> Float32:
    return np.angle(ph.astype(np.complex128)).astype(np.float32)
