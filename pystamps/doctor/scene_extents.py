"""Positions of the candidates of a data set, and how large its patches and the scene are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pystamps.doctor.checks_machine import physical_memory_mb
from pystamps.doctor.checks_stack import Windows, ground_extent, least_side
from pystamps.doctor.prepared import Prepared
from pystamps.findings import Finding, value_or_finding
from pystamps.io.dataset import Patch
from pystamps.io.mat import read_mat
from pystamps.parameters import Parameters

LonLat = npt.NDArray[np.float64]
"""Longitude and latitude in degrees, (n, 2)."""

BYTES_OF_A_PHASE = 8
"""What stage 2 holds per cell of its grid and interferogram."""
_MEGABYTE = 1_000_000
_SAMPLED = 200_000
_ENOUGH = 200
"""Candidates of a patch that show how large it is, where that is not a close call."""
_MARGIN, _FAR_FROM_FULL = 1.02, 0.5
"""How much farther apart than a window they lie then, and the part of the memory in use."""


def windows_of_patches(settings: Parameters) -> dict[int, float]:
    """Give the extent in m that a patch needs more than, by stage."""
    windows = Windows.of(settings)
    if settings.select_reest_gamma_flag:
        return {2: windows.stage2, 3: windows.stage3}
    return {2: windows.stage2}


def positions(
    prepared: Prepared, patch: Patch, *, most: int = _SAMPLED
) -> npt.NDArray[np.floating] | None:
    """Give the positions of the candidates of a patch, or evenly spaced ones: (n, 2), degrees.

    None without candidate file, and without the file that stage 1 has made of it.
    """
    path = patch.directory / "pscands.1.ll"
    if is_known_empty(patch):
        return np.zeros((0, 2))
    if path.is_file() and path.stat().st_size and not path.stat().st_size % 8:
        mapped = np.memmap(path, f"{prepared.byte_order}f4", mode="r").reshape(-1, 2)
        return mapped[:: max(1, len(mapped) // most)]
    stored = patch.directory / "ps1.mat"
    if path.exists() or not stored.is_file():
        return None
    found = value_or_finding(stored, read_mat, stored, ["lonlat"])
    if isinstance(found, Finding) or "lonlat" not in found:
        return None  # the check of the results says what is wrong with the file
    lonlat = found["lonlat"]
    is_table = lonlat.ndim == 2 and lonlat.shape[1] == 2 and lonlat.size
    return lonlat[:: max(1, len(lonlat) // most)] if is_table else None


def is_known_empty(patch: Patch) -> bool:
    """Tell whether the patch is known to have no candidate: its list of them is empty."""
    listed = patch.directory / "pscands.1.ij"
    return listed.is_file() and not listed.stat().st_size


@dataclass(frozen=True, slots=True)
class SceneExtents:
    """Extent in m of every patch with known positions, and of all patches together.

    A single candidate has the extent 0; a patch without candidates has none.
    """

    patches: dict[str, tuple[float, float]]
    whole: tuple[float, float] | None


def scene_extents(prepared: Prepared) -> SceneExtents:
    """Measure the patches; the whole is known when every patch is.

    Of many patches the whole is measured by fewer candidates of each, so that memory does not
    grow with their number.
    """
    share = max(_SAMPLED // max(len(prepared.patches), 1), _ENOUGH)
    parts, extents = [], {}
    for patch in prepared.patches:
        found = positions(prepared, patch)
        if found is None:
            continue
        parts.append(_some_of(found, share))
        extent = _extent_of_patch(prepared, found) if len(found) > 1 else (0.0, 0.0)
        if len(found) and all(map(math.isfinite, extent)):
            extents[patch.name] = extent
    whole = None
    if parts and len(parts) == len(prepared.patches):
        found_whole = ground_extent(np.concatenate(parts), prepared.settings.heading)
        whole = found_whole if all(map(math.isfinite, found_whole)) else None
    return SceneExtents(extents, whole)


def cells_of_unwrapping(extent: tuple[float, float], settings: Parameters) -> int:
    """Give the cells of the grid of stage 6 at most: it is a rectangle, with pixels or without.

    Parameters
    ----------
    extent : tuple of float
        Of the scene in m, measured by some of the candidates.
    settings : Parameters
    """
    cell = settings.unwrap_grid_size or 1.0  # 0 = coordinates in m are the grid
    return math.prod(math.ceil(_MARGIN * side / cell) + 1 for side in extent)


def _extent_of_patch(prepared: Prepared, lonlat: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Measure a patch; by some of its candidates where these decide all that is asked.

    They do where they lie farther apart than any window needs and their grid is far from filling
    the memory.
    """
    settings = prepared.settings
    if len(lonlat) > _ENOUGH:
        some = _some_of(lonlat, _ENOUGH)
        extent = ground_extent(some, settings.heading)
        needed = _MARGIN * max(windows_of_patches(settings).values())
        cells = extent[0] * extent[1] / settings.filter_grid_size**2
        grid = cells * max(1, len(prepared.interferograms)) * BYTES_OF_A_PHASE
        is_far_from_full = grid < _FAR_FROM_FULL * physical_memory_mb() * _MEGABYTE
        if is_far_from_full and least_side(some, settings.heading) > needed:
            return extent
    return ground_extent(np.array(lonlat, dtype=np.float64), settings.heading)


def _some_of(lonlat: npt.NDArray[np.floating], most: int) -> LonLat:
    """Give at most so many rows, evenly spaced."""
    return np.array(lonlat[:: -(-len(lonlat) // most) or 1], dtype=np.float64)
