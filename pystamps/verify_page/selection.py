"""Which pixels only one of two trees holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat
from pystamps.verify_page.pixels import ComparedTrees


@dataclass(frozen=True, slots=True)
class PixelSelection:
    """Pixels of a ``ps`` file by place in the image; positions in degrees, (n, 2) each."""

    file: str
    both: Float64
    only_ours: Float64
    only_theirs: Float64


def differing_selections(trees: ComparedTrees) -> list[PixelSelection]:
    """Give the ``ps`` files of which the two trees hold other pixels."""
    found = []
    for name in sorted(trees.ours.keys() & trees.theirs.keys()):
        if name.rpartition("/")[2] in ("ps1.mat", "ps2.mat"):
            selection = _compared(name, trees)
            if selection is not None:
                found.append(selection)
    return found


def _compared(name: str, trees: ComparedTrees) -> PixelSelection | None:
    """Compare one file; nothing where the pixels are the same or it cannot be read."""
    try:
        ours, theirs = (read_mat(s[name], ["ij", "lonlat"]) for s in (trees.ours, trees.theirs))
        places = [_places(np.asarray(found["ij"])) for found in (ours, theirs)]
        lonlat = [
            np.asarray(found["lonlat"], np.float64).reshape(-1, 2) for found in (ours, theirs)
        ]
    except (ArtifactError, KeyError, ValueError):  # the comparison names what is damaged
        return None
    if any(len(a) != len(b) for a, b in zip(places, lonlat, strict=True)):
        return None
    is_theirs, is_ours = np.isin(places[0], places[1]), np.isin(places[1], places[0])
    if is_theirs.all() and is_ours.all():
        return None
    return PixelSelection(name, lonlat[0][is_theirs], lonlat[0][~is_theirs], lonlat[1][~is_ours])


def _places(ij: Array) -> Array:
    """Give line and sample as one number."""
    columns = ij.reshape(-1, 3).astype(np.int64)
    places: Array = columns[:, 1] * (1 << 32) + columns[:, 2]
    return places
