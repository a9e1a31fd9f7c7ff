"""Stage 5, merging: from which patch every pixel is taken, and the order of the merged pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from pystamps.arrays import Bool, Complex64, Float32, Float64, Index
from pystamps.errors import NothingLeftError
from pystamps.geo import local_coordinates, local_origin, sorted_by_y
from pystamps.model import Pixels
from pystamps.stages.groups import best_of_each, cell_keys, place_numbers

Rule = Literal["mean", "phase"]
"""How resampling combines a variable: mean by phase variance, or sum by quality of the phase."""


class Contribution(Protocol):
    """The rows that one patch contributes to the merge."""

    def contribution(self, values: npt.NDArray[Any], rule: Rule) -> npt.NDArray[Any]:
        """Give the rows that a variable of the patch contributes."""


class PatchPart(Protocol):
    """What one patch could contribute to the merge."""

    @property
    def lonlat(self) -> Float64:
        """Positions, (n, 2), degrees."""

    @property
    def coh_ps(self) -> Float64:
        """Coherence that decides between pixels at one place, (n,)."""

    @property
    def ij(self) -> Float64:
        """Azimuth line and range sample, (n, 2)."""

    def kept(self, rows: Index) -> Contribution:
        """Give what remains when only these of the n rows are merged."""


@dataclass(frozen=True, slots=True)
class TakenPixels:
    """Part of a merge without resampling: rows of the patch as they are.

    Attributes
    ----------
    rows : int64, (n,), rows of the patch
    lonlat, coh_ps, ij : of those rows, see :class:`PatchPart`
    """

    rows: Index
    lonlat: Float64
    coh_ps: Float64
    ij: Float64

    def kept(self, rows: Index) -> Contribution:
        """See :class:`PatchPart`."""
        return TakenRows(self.rows[rows])


@dataclass(frozen=True, slots=True)
class TakenRows:
    """Rows of a patch that are merged as they are.

    Attributes
    ----------
    rows : int64, (n,)
    """

    rows: Index

    def contribution(self, values: npt.NDArray[Any], rule: Rule) -> npt.NDArray[Any]:
        """Give the rows as they are."""
        return values[self.rows]


@dataclass(frozen=True, slots=True)
class PatchPixels:
    """What decides about the pixels of one patch.

    Attributes
    ----------
    pixels : Pixels
    coh_ps : float64, (n_ps,)
    in_bounds : bool, (n_ps,), inside the part of the image that belongs to the patch
    """

    pixels: Pixels
    coh_ps: Float64
    in_bounds: Bool


@dataclass(frozen=True, slots=True)
class MergePlan:
    """Where every merged row comes from, and its position.

    Attributes
    ----------
    parts : tuple of Contribution
    targets : tuple of int64 arrays, (n_of_part,)
        Merged rows of the contributions.
    ij : float64, (n_ps, 3)
    lonlat : float64, (n_ps, 2)
    xy : float32, (n_ps, 3)
    coh_ps : float64, (n_ps,)
    ll0 : float64, (2,)
        Origin of xy, degrees.
    n_ps : int
    """

    parts: tuple[Contribution, ...]
    targets: tuple[Index, ...]
    ij: Float64
    lonlat: Float64
    xy: Float32
    coh_ps: Float64
    ll0: Float64

    @property
    def n_ps(self) -> int:
        """Number of merged pixels."""
        return len(self.lonlat)

    def contribution(
        self, part: int, values: npt.NDArray[Any], *, rule: Rule = "mean"
    ) -> npt.NDArray[Any]:
        """Give what a part contributes to ``targets[part]`` of a merged variable."""
        return self.parts[part].contribution(values, rule)


def in_bounds(pixels: Pixels, bounds: Sequence[int]) -> Bool:
    """Tell which pixels lie in the part of the image that belongs to a patch.

    Parameters
    ----------
    pixels : Pixels
        Lines and samples count from 0.
    bounds : sequence of int
        First and last sample, first and last line of ``patch_noover.in``, from 1, inclusive.
    """
    first_sample, last_sample, first_line, last_line = bounds
    line, sample = pixels.ij[:, 1] + 1, pixels.ij[:, 2] + 1
    inside: Bool = (first_line <= line) & (line <= last_line)
    inside &= (first_sample <= sample) & (sample <= last_sample)
    return inside


def owned_pixels(patches: Sequence[PatchPixels]) -> tuple[TakenPixels, ...]:
    """Decide from which patch each pixel is taken when nothing is resampled.

    A pixel is taken from the patch in whose bounds it lies, whatever the order; one that was
    selected only outside its own patch comes from the first patch that has it.

    Parameters
    ----------
    patches : sequence of PatchPixels
        In the order of merging.

    Returns
    -------
    tuple of TakenPixels

    Notes
    -----
    StaMPS routine ``ps_merge_patches``. One sort by radar cell replaces its comparison of each
    patch with all before. Where bounds overlap (they should not), a pixel can remain twice, as
    in StaMPS; :func:`merge_plan` keeps the more coherent one.
    """
    sizes = [patch.pixels.n_ps for patch in patches]
    number = np.repeat(np.arange(len(patches)), sizes)
    keys = np.concatenate(
        [cell_keys(patch.pixels.ij[:, 1], patch.pixels.ij[:, 2]) for patch in patches]
    )
    is_inside = np.concatenate([patch.in_bounds for patch in patches])
    order = np.argsort(keys, kind="stable")
    is_new = np.ones(keys.size, dtype=bool)
    is_new[1:] = keys[order][1:] != keys[order][:-1]
    first = np.empty(keys.size, dtype=np.int64)  # first row that holds the same cell
    first[order] = order[is_new][np.cumsum(is_new) - 1]
    is_later = number > number[first]
    is_taken = ~is_later | is_inside
    is_taken[first[is_later & is_inside]] = False
    return tuple(
        _taken(patch, np.flatnonzero(mask))
        for patch, mask in zip(patches, np.split(is_taken, np.cumsum(sizes)[:-1]), strict=True)
    )


def merge_plan(parts: Sequence[PatchPart], heading_deg: float) -> MergePlan:
    """Drop pixels at equal positions, make local coordinates, and order the merged pixels.

    Parameters
    ----------
    parts : sequence of PatchPart
        In the order of merging.
    heading_deg : float
        Heading of the satellite, degrees.

    Returns
    -------
    MergePlan

    Raises
    ------
    NothingLeftError
        No part has a pixel.
    """
    sizes = [len(part.lonlat) for part in parts]
    if sum(sizes) == 0:
        raise NothingLeftError(
            "stage5_merge: no pixels are left in any patch; loosen the selection (stage 3), the "
            "weeding (stage 4), or merge_standard_dev where pixels are resampled"
        )
    lonlat = np.concatenate([part.lonlat for part in parts])
    coh_ps = np.concatenate([part.coh_ps for part in parts])
    kept = np.flatnonzero(best_of_each(place_numbers(*lonlat.T), coh_ps))
    lonlat = lonlat[kept]
    ll0 = local_origin(lonlat)
    order, xy = sorted_by_y(local_coordinates(lonlat, ll0, heading_deg))
    target = np.empty(kept.size, dtype=np.int64)
    target[order] = np.arange(kept.size)
    part_of = np.repeat(np.arange(len(parts)), sizes)[kept]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    members = [np.flatnonzero(part_of == part) for part in range(len(parts))]
    ij = np.concatenate([part.ij for part in parts])[kept][order]
    count = np.arange(1, kept.size + 1)
    return MergePlan(
        parts=tuple(
            part.kept(kept[rows] - start)
            for part, rows, start in zip(parts, members, starts, strict=True)
        ),
        targets=tuple(target[rows] for rows in members),
        ij=np.column_stack([count, ij]).astype(np.float64),
        lonlat=lonlat[order],
        xy=np.column_stack([count, xy]).astype(np.float32),
        coh_ps=coh_ps[kept][order],
        ll0=ll0,
    )


def merged_pixels(
    plan: MergePlan, patches: Sequence[Pixels], *, last: Pixels, of_last_patch: bool = True
) -> Pixels:
    """Give positions and geometry of the merged pixels.

    Parameters
    ----------
    plan : MergePlan
    patches : sequence of Pixels
        The patches of the plan's parts.
    last : Pixels
        The last patch of the list, whether or not it has pixels.
    of_last_patch : bool
        True: ``ll0``, ``bperp``, ``mean_incidence`` and ``mean_range`` are those of the last
        patch, as in StaMPS, although xy is about another origin. False: the origin of xy, and
        means over the patches weighted by their merged pixels.
    """
    merged = replace(last, ij=plan.ij, lonlat=plan.lonlat, xy=plan.xy, sort_ix=None)
    if of_last_patch:
        return merged
    weights = np.array([rows.size for rows in plan.targets]) / plan.n_ps
    bperp = weights @ np.array([patch.bperp for patch in patches], dtype=np.float64)
    return replace(
        merged,
        ll0=plan.ll0,
        bperp=bperp.astype(merged.bperp.dtype),
        mean_incidence=_weighted_mean(weights, [patch.mean_incidence for patch in patches]),
        mean_range=_weighted_mean(weights, [patch.mean_range for patch in patches]),
    )


def unit_modulus(ph: Complex64) -> Complex64:
    """Divide each value by its modulus, in place; zeros stay."""
    modulus = np.abs(ph)
    modulus[modulus == 0] = 1
    ph.real /= modulus  # a complex division would round differently
    ph.imag /= modulus
    return ph


def _taken(patch: PatchPixels, rows: Index) -> TakenPixels:
    pixels = patch.pixels
    return TakenPixels(rows, pixels.lonlat[rows], patch.coh_ps[rows], pixels.ij[rows, 1:])


def _weighted_mean(weights: Float64, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(weights @ np.array(known)) if len(known) == len(values) else None
