"""Parameters against the positions of the candidates: windows, grids, the reference area."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pystamps.doctor.checks_machine import physical_memory_mb
from pystamps.doctor.checks_stack import SCENE_SMALL
from pystamps.doctor.prepared import Prepared
from pystamps.doctor.scene_extents import (
    BYTES_OF_A_PHASE,
    LonLat,
    SceneExtents,
    positions,
    scene_extents,
    windows_of_patches,
)
from pystamps.findings import Code, Finding
from pystamps.geo import is_between_longitudes, llh2local, local_origin, near_longitudes
from pystamps.parameters import Parameters

PATCH_SMALL = Code(
    "patch-too-small",
    "warning",
    "some patches are smaller than a filter window",
    "As in StaMPS none of their pixels is left: they are carried through without pixels, and the "
    "merge leaves them out. Small patches beside large ones are normal at coasts, islets and the "
    "edge of a scene. With compat.small_patch_loses_pixels: false they are framed with empty cells "
    "and keep pixels that the original does not have.",
    "nothing, where their pixels are not missed; else prepare fewer and larger patches, or set "
    "compat: {small_patch_loses_pixels: false}",
)
GRID_TOO_LARGE = Code(
    "grid-too-large",
    "error",
    "the cells of a grid are so small that the grid does not fit into memory",
    "Stage 2 holds the phase of every cell of filter_grid_size in every interferogram, stage 6 "
    "costs of every cell of unwrap_grid_size.",
    "choose a larger cell",
)
REFERENCE_EMPTY = Code(
    "reference-area-empty",
    "error",
    "the reference area holds no candidate",
    "Longitude and latitude may be exchanged, the centre of the circle may not be set "
    "(ref_centre_lonlat), or the area lies outside the scene. StaMPS makes NaN of every result.",
    "move or enlarge the area (ref_lon, ref_lat, ref_centre_lonlat, ref_radius, ref_x, ref_y)",
)

_ROWS = 1_000_000
_BYTES_OF_A_CELL_OF_COSTS = 16
_MEGABYTE = 1_000_000
_SLACK = 1.02
"""Local coordinates of a patch and of the merged set differ by less than this."""


def check_windows(prepared: Prepared) -> Iterator[Finding]:
    """Patches hold the windows of stages 2 and 3, the scene that of stage 6; grids fit memory.

    What a parameter allows does not depend on the stages that have run already. A patch beside
    larger ones is named and carried through; only where no patch is large enough is it an error.
    """
    scene, settings = scene_extents(prepared), prepared.settings
    is_lost = prepared.config.compat.small_patch_loses_pixels
    for stage, needed in windows_of_patches(settings).items():
        if stage not in prepared.steps or not scene.patches:
            continue
        # The grid counts cells from edge to edge and joins the last two: one more is needed.
        small = [name for name, extent in scene.patches.items() if min(extent) <= needed]
        if small and is_lost and len(small) == len(scene.patches):
            yield _too_small(prepared.root, scene.patches, stage, settings)
        elif small:
            yield PATCH_SMALL.at(
                prepared.root,
                f"{len(small)} of {len(prepared.patches)} patches: {', '.join(small)}",
                expected=f"more than {needed:.0f} m in both directions for stage {stage}",
            )
    if scene.whole is not None and 6 in prepared.steps:
        yield from _window_of_unwrapping(prepared.root, scene.whole, settings)
    yield from _grids(prepared, scene)


def _too_small(
    root: Path, extents: dict[str, tuple[float, float]], stage: int, settings: Parameters
) -> Finding:
    """Say that no patch holds the window of stage 2 or 3, and which window it would hold."""
    name = max(extents, key=lambda patch: min(extents[patch]))
    x, y = extents[name]
    side, cell = min(x, y), settings.filter_grid_size
    window = 3 * settings.clap_win // 4
    most = 8 * (math.ceil(side / cell - 1) // 8)
    if stage == 2:
        fitting = _below(side / window)
        expected = f"{window} cells of filter_grid_size {cell:g} m, that is at most {fitting} m"
        if most >= 8:
            expected += f", or clap_win of at most {most} cells, not {settings.clap_win}"
    elif most >= 8:
        expected = f"clap_win of at most {most} cells, not {settings.clap_win} cells of {cell:g} m"
    else:
        fitting = _below(side / settings.clap_win)
        expected = f"filter_grid_size of at most {fitting} m for clap_win {settings.clap_win}"
    return SCENE_SMALL.at(
        root, f"{x:.0f} x {y:.0f} m in {name}, the largest patch", expected=f"{expected} for "
        f"stage {stage}",
    )  # fmt: skip


def _below(size: float) -> str:
    """Give a size with three digits that is smaller than the one given."""
    return f"{size * 0.99:.3g}"


def _window_of_unwrapping(
    root: Path, extent: tuple[float, float], settings: Parameters
) -> Iterator[Finding]:
    cell = settings.unwrap_grid_size or 1.0  # 0 = coordinates in m are the grid
    side = min(extent)
    if side < (settings.unwrap_gold_n_win - 1) * cell:
        most = 2 * int((side / cell + 1) // 2)
        yield SCENE_SMALL.at(
            root,
            f"{extent[0]:.0f} x {extent[1]:.0f} m",
            expected=f"unwrap_gold_n_win of at most {max(most, 2)} cells, not "
            f"{settings.unwrap_gold_n_win} cells of {cell:g} m for stage 6",
        )


def _grids(prepared: Prepared, scene: SceneExtents) -> Iterator[Finding]:
    """Grids of stages 2 and 6 fit into the memory of the machine."""
    settings, memory = prepared.settings, physical_memory_mb() * _MEGABYTE
    if not memory:
        return
    count = max(1, len(prepared.interferograms))
    plans = [
        (2, "filter_grid_size", settings.filter_grid_size, extent, name, count * BYTES_OF_A_PHASE)
        for name, extent in scene.patches.items()
    ]
    if scene.whole is not None:
        cell = settings.unwrap_grid_size or 1.0
        plans.append((6, "unwrap_grid_size", cell, scene.whole, "", _BYTES_OF_A_CELL_OF_COSTS))
    for stage, parameter, cell, (x, y), name, n_bytes in plans:
        size = x * y / cell**2 * n_bytes
        if stage in prepared.steps and size > memory:
            yield GRID_TOO_LARGE.at(
                prepared.root / name,
                f"{parameter} {cell:g} m: {x / cell:.3g} x {y / cell:.3g} cells, "
                f"{size / 1e9:.3g} GB for stage {stage}",
                expected=f"{math.sqrt(x * y * n_bytes / memory):.2g} m or more with "
                f"{memory / 1e9:.3g} GB of memory",
            )


def check_reference_area(prepared: Prepared) -> Iterator[Finding]:
    """Candidates lie in the reference area of stage 7 and of the products."""
    settings = prepared.settings
    is_used = 7 in prepared.steps or 8 in prepared.steps
    is_everything = settings.ref_radius == math.inf and all(
        abs(limit) == math.inf for limit in (*settings.ref_lon, *settings.ref_lat)
    )
    if not is_used or settings.ref_radius == -math.inf:
        return
    if settings.ref_x and settings.ref_y:
        yield from _local_box(prepared)
        return
    if is_everything or not prepared.patches:
        return
    samples = [positions(prepared, patch) for patch in prepared.patches]
    if any(sample is None for sample in samples):
        return  # some candidates are not known
    known = [np.array(sample, dtype=np.float64) for sample in samples if sample is not None]
    origin = local_origin(_placed(np.concatenate(known)))
    if not np.isfinite(origin).all():
        return
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for patch in prepared.patches:
        every = positions(prepared, patch, most=1 << 62)
        assert every is not None
        for first in range(0, len(every), _ROWS):
            block = _placed(np.array(every[first : first + _ROWS], dtype=np.float64))
            if _inside(block, settings, origin).any():
                return
            block[:, 0] = near_longitudes(block[:, 0], float(origin[0]))
            if len(block):
                low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
    yield REFERENCE_EMPTY.at(
        prepared.root,
        _area(settings),
        expected=f"an area within longitude {low[0]:.4f} to {high[0]:.4f}, latitude {low[1]:.4f} "
        f"to {high[1]:.4f}",
    )


def _placed(lonlat: LonLat) -> LonLat:
    """Give the positions that are numbers and not (0, 0)."""
    is_placed = np.isfinite(lonlat).all(axis=1) & (lonlat != 0).any(axis=1)
    return np.asarray(lonlat[is_placed])


def _inside(lonlat: LonLat, settings: Parameters, origin: LonLat) -> npt.NDArray[np.bool_]:
    """Tell which positions may lie in the area; the circle a little larger than it is."""
    south, north = settings.ref_lat
    inside = is_between_longitudes(lonlat[:, 0], settings.ref_lon)
    inside &= (lonlat[:, 1] > south) & (lonlat[:, 1] < north)
    if settings.ref_radius != math.inf and inside.any():
        centre = llh2local(np.array([settings.ref_centre_lonlat]), origin)
        distance = np.hypot(*((llh2local(lonlat, origin) - centre) * 1000).T)
        inside &= distance <= abs(settings.ref_radius) * _SLACK + 1
    return inside


def _local_box(prepared: Prepared) -> Iterator[Finding]:
    """A box in local coordinates can hold a pixel: it reaches into the circle of the scene."""
    whole = scene_extents(prepared).whole
    if whole is None:
        return
    reach = math.hypot(*whole) * _SLACK
    box = np.array([prepared.settings.ref_x, prepared.settings.ref_y])
    if (box.min(axis=1) >= reach).any() or (box.max(axis=1) <= -reach).any():
        yield REFERENCE_EMPTY.at(
            prepared.root,
            _area(prepared.settings),
            expected=f"within {-reach:.0f} to {reach:.0f} m",
        )


def _area(settings: Parameters) -> str:
    names = ["ref_x", "ref_y"] if settings.ref_x else ["ref_lon", "ref_lat"]
    if not settings.ref_x and settings.ref_radius != math.inf:
        names += ["ref_centre_lonlat", "ref_radius"]
    return ", ".join(f"{name} {getattr(settings, name)}" for name in names)
