"""Pixels of two merged trees that stand in another order, matched by their radar cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pystamps.arrays import Array
from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat

PIXEL_FILE = "ps2.mat"
_NUMBERED = ("ij", "xy")
"""Variables whose first column is the number of the row."""


@dataclass(frozen=True, slots=True)
class MatchedRows:
    """Rows of two trees in the order of their radar cells.

    Attributes
    ----------
    ours, theirs : ndarray of int, shape (n_ps,)
    n_elsewhere : int
        Rows that hold another pixel.
    """

    ours: Array
    theirs: Array
    n_elsewhere: int

    def matched(self, variable: str, values: Array, rows: Array) -> Array:
        """Give the rows of a variable in the common order; other shapes as they are."""
        if values.ndim != 2 or values.shape[0] != rows.size:
            return values
        in_order: Array = values[rows]
        if variable in _NUMBERED and np.array_equal(values[:, 0], np.arange(1, rows.size + 1)):
            in_order = in_order.copy()
            in_order[:, 0] = values[:, 0]
        return in_order


def rows_matched_by_cell(ours: Path, theirs: Path) -> MatchedRows:
    """Match the pixels of two files by line and sample.

    Parameters
    ----------
    ours, theirs : Path
        Two ``ps2.mat``.

    Raises
    ------
    ArtifactError
        They do not hold the same cells, each once.
    """
    cells = [read_mat(path, ["ij"])["ij"][:, 1:] for path in (ours, theirs)]
    orders = [np.lexsort((found[:, 1], found[:, 0])) for found in cells]
    sorted_cells = [found[order] for found, order in zip(cells, orders, strict=True)]
    is_same = np.array_equal(*sorted_cells)
    if not is_same or len(np.unique(sorted_cells[0], axis=0)) < len(sorted_cells[0]):
        raise ArtifactError(f"{ours}: ij holds other radar cells than {theirs}")
    elsewhere = int(np.count_nonzero((cells[0] != cells[1]).any(axis=1)))
    return MatchedRows(orders[0], orders[1], elsewhere)
