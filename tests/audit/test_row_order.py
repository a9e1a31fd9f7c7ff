"""Merged pixels in another order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.audit.row_order import rows_matched_by_cell
from pystamps.errors import ArtifactError
from pystamps.io.mat import write_mat

CELLS = np.array([[4.0, 7], [4, 9], [1, 3], [8, 2]])


def pixel_file(path: Path, cells: np.ndarray) -> Path:
    numbers = np.arange(1.0, len(cells) + 1)[:, None]
    write_mat(path, {"ij": np.hstack([numbers, cells])})
    return path


def test_rows_of_the_same_cells_are_put_beside_each_other(tmp_path: Path):
    swapped = [0, 3, 2, 1]
    ours = pixel_file(tmp_path / "a.mat", CELLS)
    theirs = pixel_file(tmp_path / "b.mat", CELLS[swapped])
    found = rows_matched_by_cell(ours, theirs)
    assert found.n_elsewhere == 2
    heights = np.array([[10.0], [20], [30], [40]])
    assert np.array_equal(
        found.matched("hgt", heights, found.ours),
        found.matched("hgt", heights[swapped], found.theirs),
    )


def test_the_number_of_a_row_is_no_property_of_its_pixel(tmp_path: Path):
    theirs = np.hstack([np.arange(1.0, 5)[:, None], CELLS[::-1]])
    a, b = pixel_file(tmp_path / "a.mat", CELLS), pixel_file(tmp_path / "b.mat", CELLS[::-1])
    found = rows_matched_by_cell(a, b)
    ours = np.hstack([np.arange(1.0, 5)[:, None], CELLS])
    assert np.array_equal(
        found.matched("ij", ours, found.ours), found.matched("ij", theirs, found.theirs)
    )


def test_numbers_that_do_not_count_rows_are_compared_as_they_are(tmp_path: Path):
    path = pixel_file(tmp_path / "a.mat", CELLS)
    found = rows_matched_by_cell(path, path)
    ij = np.hstack([np.array([[1.0], [2], [4], [3]]), CELLS])
    assert not np.array_equal(found.matched("ij", ij, found.ours)[:, 0], ij[:, 0])


def test_what_has_no_row_a_pixel_stays(tmp_path: Path):
    path = pixel_file(tmp_path / "a.mat", CELLS)
    found = rows_matched_by_cell(path, path)
    days = np.arange(6.0)[:, None]
    assert found.matched("day", days, found.ours) is days


@pytest.mark.parametrize("cells", [CELLS + 1, np.vstack([CELLS[:3], CELLS[:1]]), CELLS[:3]])
def test_other_cells_are_no_other_order(cells, tmp_path: Path):
    a, b = pixel_file(tmp_path / "a.mat", CELLS), pixel_file(tmp_path / "b.mat", cells)
    with pytest.raises(ArtifactError, match="other radar cells"):
        rows_matched_by_cell(a, b)
