"""What the merge reads of every patch before it starts, with the checks between patches."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Bool, Float64
from pystamps.errors import ArtifactError, DatasetError, NothingLeftError
from pystamps.io.artifacts import artifact_name, read_artifact, read_variable, sizes_of
from pystamps.io.dataset import Patch, discover_dataset
from pystamps.io.no_ps_info import empty_steps
from pystamps.io.text_numbers import read_numbers
from pystamps.model import Pixels, SelectedNoise
from pystamps.pipeline.entry.generations import SELECTED
from pystamps.stages.far_pixels import refuse_far_pixels
from pystamps.stages.stage5_merge import PatchPixels, in_bounds

log = logging.getLogger(__name__)

OWN_BOUNDS, BOUNDS = "patch_noover.in", "patch.in"
_LATER_PRODUCTS = ("phuw2.mat", "phuw_sb2.mat", "scla2.mat", "scla_sb2.mat", "scn2.mat")


@dataclass(frozen=True, slots=True)
class PatchToMerge:
    """A patch that has pixels.

    Attributes
    ----------
    name : str
    directory : Path
    pixels : Pixels
    coh_ps : float64, (n_ps,)
    in_bounds : bool, (n_ps,)
    """

    name: str
    directory: Path
    pixels: Pixels
    coh_ps: Float64
    in_bounds: Bool

    def for_merge(self) -> PatchPixels:
        """Give what decides about its pixels."""
        return PatchPixels(self.pixels, self.coh_ps, self.in_bounds)


@dataclass(frozen=True, slots=True)
class MergeInputs:
    """All patches of a data set.

    Attributes
    ----------
    patches : list of PatchToMerge
        Those that have pixels, in the order of merging.
    empty : list of str
        Names of the others.
    last : Pixels
        The last patch of the list whose geometry is known, empty or not.
    """

    patches: list[PatchToMerge]
    empty: list[str]
    last: Pixels


def read_patches(root: Path) -> MergeInputs:
    """Read positions, coherence and bounds of all patches, in the order of merging.

    Parameters
    ----------
    root : Path
        Root of the data set.

    Returns
    -------
    MergeInputs

    Raises
    ------
    NothingLeftError
        All patches are empty.
    PystampsError
        A file is missing, or the patches do not belong together.
    """
    dataset = discover_dataset(root)
    _warn_of_later_products(dataset.patches)
    found = [(patch, _read_pixels(patch)) for patch in dataset.patches]
    known = [pixels for _, pixels in found if _has_geometry(pixels)]
    empty = [patch.name for patch, pixels in found if pixels.n_ps == 0]
    found = [(patch, pixels) for patch, pixels in found if pixels.n_ps]
    for name in empty:
        log.warning("%s: no pixels left, not merged", root / name)
    if not found:
        raise NothingLeftError(
            f"{root}: no pixels are left in any patch ({_emptied_by(dataset.patches)}); loosen the "
            "selection (stage 3) or the weeding (stage 4); without coherent candidates (stage 2) "
            "look for an interferogram without phase"
        )
    _check_same_stack(found)
    bounds = _read_bounds([patch for patch, _ in found], is_only=len(dataset.patches) == 1)
    _warn_of_overlap(root, bounds)
    patches = [
        _with_bounds(patch, pixels, own)
        for (patch, pixels), own in zip(found, bounds.values(), strict=True)
    ]
    return MergeInputs(patches, empty, known[-1] if known else found[-1][1])


def _emptied_by(patches: Sequence[Patch]) -> str:
    """Say after which stage each patch was empty."""
    steps = {patch.name: min(empty_steps(patch.directory), default=0) for patch in patches}
    return ", ".join(f"{name} after stage {step or '?'}" for name, step in steps.items())


def _has_geometry(pixels: Pixels) -> bool:
    """Tell whether baselines and origin are known; a patch without candidates has no origin."""
    return bool(np.isfinite(pixels.bperp).all() and np.isfinite(pixels.ll0).all())


def _with_bounds(
    patch: Patch, pixels: Pixels, own: tuple[int, int, int, int] | None
) -> PatchToMerge:
    path = patch.directory / artifact_name(SelectedNoise, SELECTED)
    sizes = sizes_of(pixels, patch.directory / artifact_name(Pixels, SELECTED))
    coh_ps = read_variable(SelectedNoise, "coh_ps", path, sizes)
    inside = np.ones(pixels.n_ps, dtype=bool) if own is None else in_bounds(pixels, own)
    return PatchToMerge(patch.name, patch.directory, pixels, coh_ps, inside)


def _warn_of_later_products(patches: Sequence[Patch]) -> None:
    """Say what becomes of results of stages 6 to 8 in patches, which StaMPS merges as well.

    Stages 6 to 8 replace what it merges by results on the merged pixels, in StaMPS too.
    """
    present = [
        patch.directory / name
        for patch in patches
        for name in _LATER_PRODUCTS
        if (patch.directory / name).is_file()
    ]
    if present:
        log.warning(
            "%s: results of stages 6 to 8 in patches are not merged (%d such files); these stages "
            "run on the merged pixels, which replaces them", present[0], len(present),
        )  # fmt: skip


def _read_pixels(patch: Patch) -> Pixels:
    path = patch.directory / artifact_name(Pixels, SELECTED)
    pixels = read_artifact(Pixels, path)
    refuse_far_pixels(pixels, path)
    return pixels


def _check_same_stack(found: Sequence[tuple[Patch, Pixels]]) -> None:
    """Refuse patches of different stacks."""
    first_patch, first = found[0]
    for patch, pixels in found[1:]:
        for name in ("n_ifg", "master_ix", "day", "pairs"):
            if not np.array_equal(getattr(pixels, name), getattr(first, name)):
                raise ArtifactError(
                    f"{patch.directory / artifact_name(Pixels, SELECTED)}: {name} differs from "
                    f"that of {first_patch.name}; run stages 1 to 5 of both patches again"
                )


def _read_bounds(
    patches: Sequence[Patch], *, is_only: bool
) -> dict[str, tuple[int, int, int, int] | None]:
    """Read which part of the image belongs to each patch; None = all (only one patch)."""
    bounds: dict[str, tuple[int, int, int, int] | None] = {}
    for patch in patches:
        path = patch.directory / OWN_BOUNDS
        if is_only and not path.is_file():
            bounds[patch.name] = None
            continue
        if not path.is_file():
            raise ArtifactError(
                f"{path}: file is missing; the preparation (stage 0) writes it: first and last "
                "range sample, first and last azimuth line of the patch without overlap"
            )
        own = _four_integers(path)
        outer = patch.directory / BOUNDS
        if outer.is_file() and not _contains(_four_integers(outer), own):
            raise DatasetError(
                f"{path}: {own} is not inside {_four_integers(outer)} of {BOUNDS}; make both again"
            )
        bounds[patch.name] = own
    return bounds


def _four_integers(path: Path) -> tuple[int, int, int, int]:
    first_sample, last_sample, first_line, last_line = read_numbers(path, count=4).astype(int)
    return int(first_sample), int(last_sample), int(first_line), int(last_line)


def _contains(outer: Sequence[int], inner: Sequence[int]) -> bool:
    return all(outer[k] <= inner[k] and inner[k + 1] <= outer[k + 1] for k in (0, 2))


def _warn_of_overlap(root: Path, bounds: dict[str, tuple[int, int, int, int] | None]) -> None:
    """Warn when a part of the image belongs to two patches."""
    known = [(name, own) for name, own in bounds.items() if own is not None]
    for number, (name, own) in enumerate(known):
        for other_name, other in known[:number]:
            if all(own[k] <= other[k + 1] and other[k] <= own[k + 1] for k in (0, 2)):
                log.warning(
                    "%s: %s of %s and %s overlap; of pixels in both the more coherent one is kept",
                    root, OWN_BOUNDS, other_name, name,
                )  # fmt: skip
