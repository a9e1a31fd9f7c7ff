"""Where the rows of a variable lie on the map, and what its columns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array, Float64
from pystamps.dates import yyyymmdd
from pystamps.errors import ArtifactError
from pystamps.geo import continuous_longitudes
from pystamps.io.artifacts import read_artifact
from pystamps.io.layouts import LAYOUTS
from pystamps.io.mat import read_mat
from pystamps.io.statements import Variable
from pystamps.io.tolerances import kind_of_file
from pystamps.model import Pixels


@dataclass(frozen=True, slots=True)
class RowPositions:
    """Where the pixels of a variable lie.

    Attributes
    ----------
    lonlat : float64, (n, 2), degrees
    axis : int
        Dimension of the variable that counts pixels.
    columns : tuple of str
        What the other dimension counts, for people: dates; empty = numbers.
    """

    lonlat: Float64
    axis: int
    columns: tuple[str, ...]


def row_positions(
    name: str, variable: str, shape: tuple[int, ...], trees: Mapping[str, Path]
) -> RowPositions | None:
    """Find where the pixels of a variable lie.

    Parameters
    ----------
    name : str
        File relative to the root.
    variable : str
    shape : tuple of int
        Of its values.
    trees : mapping of str to Path
        Files by name relative to the root, from which positions are taken.

    Returns
    -------
    RowPositions or None
        None where it has no pixels, or their positions are not known.
    """
    stated = _stated(name, variable)
    if stated is None:
        return None
    words = stated.dims.split()
    counted = {"n_ps": _all_pixels, "n_selected": _selected, "n_kept": _kept}
    axis = next((k for k, word in enumerate(words) if word in counted), None)
    if axis is None or len(shape) <= axis:
        return None
    folder = name.rpartition("/")[0]
    generation = 1 if name.endswith("1.mat") else 2
    pixels = trees.get(f"{folder}/ps{generation}.mat".lstrip("/"))
    if pixels is None:
        return None
    try:
        lonlat = counted[words[axis]](folder, trees, np.asarray(read_mat(pixels)["lonlat"]))
        columns = _columns(words, pixels)
    except (ArtifactError, KeyError, IndexError):  # damaged: the comparison says so
        return None
    if lonlat is None or lonlat.ndim != 2 or lonlat.shape != (shape[axis], 2):
        return None
    lonlat = lonlat.astype(np.float64)
    lonlat[:, 0] = continuous_longitudes(lonlat[:, 0])
    return RowPositions(lonlat, axis, columns)


def _stated(name: str, variable: str) -> Variable | None:
    kind = kind_of_file(name)
    fields = () if kind is None else LAYOUTS[kind].fields.values()
    return next((item for item in fields if item.name == variable), None)


def _all_pixels(folder: str, trees: Mapping[str, Path], lonlat: Array) -> Array | None:
    return lonlat


def _selected(folder: str, trees: Mapping[str, Path], lonlat: Array) -> Array | None:
    """Give the positions of the candidates that stage 3 has listed."""
    path = trees.get(f"{folder}/select1.mat".lstrip("/"))
    if path is None:
        return None
    chosen: Array = lonlat[np.asarray(read_mat(path, ["ix"])["ix"]).astype(np.int64).ravel() - 1]
    return chosen


def _kept(folder: str, trees: Mapping[str, Path], lonlat: Array) -> Array | None:
    """Give the positions of the candidates that stage 3 has kept."""
    selected = _selected(folder, trees, lonlat)
    if selected is None:
        return None
    path = trees[f"{folder}/select1.mat".lstrip("/")]
    kept: Array = selected[np.asarray(read_mat(path, ["keep_ix"])["keep_ix"]).ravel() != 0]
    return kept


def _columns(words: list[str], pixels: Path) -> tuple[str, ...]:
    """Give the dates of the interferograms or images that the columns are."""
    if words == ["2", "n_ps"]:  # of mean_v.mat
        return ("constant", "velocity")
    if not {"n_ifg", "n_used", "n_image"} & {*words}:
        return ()
    stack = read_artifact(Pixels, pixels).interferograms
    if "n_image" in words:
        return tuple(yyyymmdd(day) for day in stack.day)
    chosen = stack.observed if "n_used" in words else np.arange(stack.n_ifg)
    return tuple(yyyymmdd(day) for day in stack.second_day[chosen])
