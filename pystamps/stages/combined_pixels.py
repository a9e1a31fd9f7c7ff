"""PS and small-baseline pixels of one scene as one set: which are shared, their phase, their order.

The single-master phase of the images is turned into that of the small-baseline interferograms, so
that all pixels of the combination have the same columns, and the set goes on from stage 6 as one of
small baselines (Hooper 2008, GRL 35, L16302).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Array, Bool, Float32, Float64, FloatArray, Index
from pystamps.errors import ArtifactError
from pystamps.geo import local_coordinates, local_origin, sorted_by_y
from pystamps.interferograms import Interferograms, Number
from pystamps.model import Pixels


@dataclass(frozen=True, slots=True)
class MatchedPixels:
    """Where the pixels of two sets of one scene are the same.

    Attributes
    ----------
    ps_only : int64, (n_ps_only,), rows of the PS set that are taken beside all of the other set
    ps_shared, sb_shared : int64, (n_shared,), rows of the same pixel in both sets
    ps_only_coherence, ps_shared_coherence : float32, coherence that the PS phase would have in the
        small-baseline interferograms
    sb_shared_coherence : float64, (n_shared,), coherence of the small-baseline set
    n_same_place : int, PS pixels left out: another pixel has their longitude and latitude
    n_incoherent : int, PS pixels left out: less coherent than every small-baseline pixel
    """

    ps_only: Index
    ps_shared: Index
    sb_shared: Index
    ps_only_coherence: Float32
    ps_shared_coherence: Float32
    sb_shared_coherence: Float64
    n_same_place: int
    n_incoherent: int


def require_same_images(ps: Pixels, sb: Pixels) -> None:
    """Refuse two sets that were not made of the same images.

    Raises
    ------
    ArtifactError
        Names the days, as MATLAB date numbers are not for people the caller adds where.
    """
    if ps.day.size != sb.day.size or not np.array_equal(ps.day, sb.day):
        raise ArtifactError(
            f"the PS set has {ps.day.size} images and the small-baseline set {sb.day.size}, "
            f"{np.setxor1d(ps.day, sb.day).size} of which are in one set only; combine sets of the "
            "same images, prepared from the same stack"
        )


def image_phase(
    values: npt.NDArray[Number], images: Interferograms, at_reference: npt.NDArray[Any]
) -> npt.NDArray[Number]:
    """Put the reference image among the columns of single-master values without it.

    Parameters
    ----------
    values : ndarray of float or complex, shape (n_ps, n_observed)
    images : Interferograms
        Of the single-master set.
    at_reference : ndarray of float or complex, shape (n_ps,)
        Value of the reference image at every pixel.

    Returns
    -------
    ndarray, shape (n_ps, n_image)
        Of the class of ``values``.
    """
    complete: npt.NDArray[Number] = images.with_null_column(values, 0)
    complete[:, images.is_null] = at_reference[:, np.newaxis]
    return complete


def in_pairs(values: FloatArray, pairs: Interferograms) -> FloatArray:
    """Turn values of images into those of interferograms: second minus first, (n_ps, n_ifg)."""
    return values[:, pairs.second] - values[:, pairs.first]


def phasors_in_pairs(phase: Float32, pairs: Interferograms) -> Array:
    """Give the phasors of the interferograms of image phases in rad: complex64, (n_ps, n_ifg)."""
    return np.asarray(np.exp(np.complex64(1j) * in_pairs(phase, pairs)))


def coherence_in_pairs(residual: Float32, pairs: Interferograms) -> Float32:
    """Give the coherence that residual phases of images would have in interferograms: (n_ps,).

    Parameters
    ----------
    residual : ndarray of float32, shape (n_ps, n_image)
        Rad, with that of the reference image (``C_ps``).
    pairs : Interferograms
    """
    total = phasors_in_pairs(residual, pairs).sum(axis=1, dtype=np.complex128)
    return np.asarray(np.abs(total) / pairs.n_ifg, dtype=np.float32)


def match_pixels(
    ps: Pixels, sb: Pixels, coherence: Float32, sb_coherence: Float64
) -> MatchedPixels:
    """Find the pixels that both sets have, and those of the PS set that are worth adding.

    Parameters
    ----------
    ps, sb : Pixels
    coherence : ndarray of float32, shape (ps.n_ps,)
        :func:`coherence_in_pairs`.
    sb_coherence : ndarray of float64, shape (sb.n_ps,)

    Returns
    -------
    MatchedPixels
        PS-only pixels are in the order of longitude and latitude, as in StaMPS.

    Notes
    -----
    StaMPS routine ``ps_sb_merge``. Pixels are the same where line and sample are; of several
    small-baseline pixels of one place (a set merged on a grid has them) the last counts.
    """
    found = _rows_of_same_place(ps.ij[:, 1:], sb.ij[:, 1:])
    shared, alone = np.flatnonzero(found >= 0), np.flatnonzero(found < 0)
    new = _of_new_positions(ps.lonlat[alone], sb.lonlat)
    added = alone[new]
    is_coherent: Bool = coherence[added] > sb_coherence.min(initial=np.inf)
    kept = added[is_coherent]
    return MatchedPixels(
        ps_only=kept,
        ps_shared=shared,
        sb_shared=found[shared],
        ps_only_coherence=coherence[kept],
        ps_shared_coherence=coherence[shared],
        sb_shared_coherence=sb_coherence[found[shared]],
        n_same_place=alone.size - added.size,
        n_incoherent=added.size - kept.size,
    )


def _rows_of_same_place(places: Float64, others: Float64) -> Index:
    """Give the last row of ``others`` with the same line and sample; -1 where there is none."""
    row_of = {place: row for row, place in enumerate(map(tuple, others.tolist()))}
    found = (row_of.get(place, -1) for place in map(tuple, places.tolist()))
    return np.fromiter(found, dtype=np.int64, count=len(places))


def _of_new_positions(lonlat: Float64, others: Float64) -> Index:
    """Give rows of positions that are not among others, each position once, sorted by them."""
    positions, rows = np.unique(lonlat, axis=0, return_index=True)
    known = set(map(tuple, others.tolist()))
    is_new = [place not in known for place in map(tuple, positions.tolist())]
    return rows[np.array(is_new, dtype=np.bool_)].astype(np.int64)


def combined_pixels(
    ps: Pixels, sb: Pixels, matched: MatchedPixels, heading_deg: float
) -> tuple[Pixels, Index]:
    """Give the pixels of the combination, and where each comes from.

    Parameters
    ----------
    ps, sb : Pixels
    matched : MatchedPixels
    heading_deg : float

    Returns
    -------
    pixels : Pixels
        What belongs to the stack, the origin ``ll0`` too, is that of the small-baseline set, as in
        StaMPS; ``xy`` counts from the middle of all pixels.
    order : ndarray of int64, shape (n_ps,)
        Rows of the PS-only pixels followed by all small-baseline pixels.
    """
    lonlat = np.concatenate([ps.lonlat[matched.ps_only], sb.lonlat])
    ij = np.concatenate([ps.ij[matched.ps_only], sb.ij])
    order, xy = sorted_by_y(local_coordinates(lonlat, local_origin(lonlat), heading_deg))
    numbers = np.arange(1, order.size + 1, dtype=np.float32)
    placed = np.column_stack([numbers, xy])
    return replace(sb, ij=ij[order], lonlat=lonlat[order], xy=placed, sort_ix=None), order


def combined_rows(
    ps_values: Array, sb_values: Array, matched: MatchedPixels, order: Index
) -> Array:
    """Take values that need no weights from both sets, in the order of the combination."""
    return np.concatenate([ps_values[matched.ps_only], sb_values])[order]


def combined_phase(
    ps_phasors: Array, sb_phasors: Array, matched: MatchedPixels, order: Index
) -> Array:
    """Combine the phase of both sets; that of shared pixels weighted with the signal-to-noise.

    Parameters
    ----------
    ps_phasors : ndarray of complex64, shape (n_ps_of_ps, n_ifg)
        :func:`phasors_in_pairs`.
    sb_phasors : ndarray of complex, shape (n_ps_of_sb, n_ifg)
    matched : MatchedPixels
    order : ndarray of int64, shape (n_ps,)

    Returns
    -------
    ndarray of complex64, shape (n_ps, n_ifg)
        Of modulus 1 at shared pixels; as it was at the others.
    """
    ps_weight = signal_to_noise(matched.ps_shared_coherence)
    sb_weight = signal_to_noise(matched.sb_shared_coherence)
    combined = sb_phasors.astype(np.complex64)
    mixed = (
        sb_phasors[matched.sb_shared] * sb_weight[:, np.newaxis]
        + ps_phasors[matched.ps_shared] * ps_weight[:, np.newaxis]
    ).astype(np.complex64)
    # a place that no set sees has no direction; StaMPS leaves NaN, the interferogram stays here
    modulus = np.abs(mixed)
    seen = modulus > 0
    combined[matched.sb_shared] = np.where(
        seen, mixed / np.where(seen, modulus, 1), combined[matched.sb_shared]
    )
    return combined_rows(ps_phasors, combined, matched, order)


def signal_to_noise(coherence: FloatArray) -> FloatArray:
    """Give the weight of a coherence: 1 / (1 / coherence^2 - 1).

    Notes
    -----
    A coherence of exactly 1 has an infinite weight, with which StaMPS makes NaN; the largest value
    below 1 stands for it here.
    """
    highest = np.nextafter(coherence.dtype.type(1), coherence.dtype.type(0))
    with np.errstate(divide="ignore"):  # coherence 0: weight 0
        return np.asarray(1 / (1 / np.minimum(coherence, highest) ** 2 - 1))
