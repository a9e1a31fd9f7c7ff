"""Positions of the candidates that no scene has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from pystamps.doctor.prepared import Prepared
from pystamps.doctor.scene_extents import positions
from pystamps.findings import Code, Finding
from pystamps.geo import FARTHEST_KM, continuous_longitudes, distances_from_middle_km
from pystamps.io.dataset import Patch

PIXEL_FAR = Code(
    "pixel-far-away",
    "error",
    "a candidate lies more than 1000 km from the others",
    "One damaged number in pscands.1.ll, or a pixel without geocoding at (0, 0). Grids, planes and "
    "the local origin would be made for it; stages 2 to 8 refuse it.",
    "correct the position, or prepare again; compat.wild_positions_kept: false leaves out (0, 0)",
)

_SOME = 10_000
_KM_PER_DEGREE = 112.0
"""At most, along a meridian or a parallel."""


def check_far_candidates(prepared: Prepared) -> Iterator[Finding]:
    """No candidate is thousands of kilometres away from those of its patch, no patch either."""
    if not any(step >= 2 for step in prepared.steps):
        return
    if _lie_close_together(lonlat for _, lonlat in _tables(prepared)):
        return
    middles = {}
    for patch, lonlat in _tables(prepared):
        yield from _far(prepared, patch, lonlat)
        some = lonlat[:: max(1, len(lonlat) // _SOME)]
        some = some[np.isfinite(some).all(axis=1)]
        if len(some):
            some = np.column_stack([continuous_longitudes(some[:, 0]), some[:, 1]])
            middles[patch.name] = np.median(some, axis=0)
    away = distances_from_middle_km(np.array(list(middles.values())).reshape(-1, 2))
    for (name, (lon, lat)), distance in zip(middles.items(), away, strict=True):
        if distance > FARTHEST_KM:
            yield PIXEL_FAR.at(
                prepared.root / name,
                f"the patch, at longitude {lon:.6g}, latitude {lat:.6g}, lies {distance:.0f} km "
                "from the middle of the others",
                expected=f"less than {FARTHEST_KM:.0f} km",
            )


def _tables(prepared: Prepared) -> Iterator[tuple[Patch, npt.NDArray[np.floating]]]:
    """Give the positions of every patch that has some; one is in memory at a time."""
    for patch in prepared.patches:
        found = positions(prepared, patch, most=1 << 62)
        if found is not None and len(found):
            yield patch, np.asarray(found)


def _lie_close_together(tables: Iterable[npt.NDArray[np.floating]]) -> bool:
    """Tell whether all candidates lie in one box too small for any to be far from another."""
    lowest, highest = np.full(2, np.inf), np.full(2, -np.inf)
    for lonlat in tables:
        lowest, highest = np.minimum(lowest, lonlat.min(0)), np.maximum(highest, lonlat.max(0))
    return bool(np.sum(highest - lowest) * _KM_PER_DEGREE < FARTHEST_KM)  # not with NaN


def _far(prepared: Prepared, patch: Patch, lonlat: np.ndarray) -> Iterator[Finding]:
    """Name the farthest candidate of a patch and how many there are."""
    away = distances_from_middle_km(lonlat)
    is_far = away > FARTHEST_KM
    if is_far.any() and not prepared.config.compat.wild_positions_kept:
        is_far &= (lonlat != 0).any(axis=1)
    if is_far.any():
        worst = int(np.argmax(np.where(is_far, away, -1)))
        lon, lat = lonlat[worst]
        path = patch.directory / "pscands.1.ll"
        yield PIXEL_FAR.at(
            path if path.is_file() else patch.directory / "ps1.mat",
            f"candidate {worst + 1} of {len(lonlat)} at longitude {lon:.6g}, latitude {lat:.6g} "
            f"lies {away[worst]:.0f} km from the middle of the others ({is_far.sum()} in all)",
            expected=f"less than {FARTHEST_KM:.0f} km",
        )
