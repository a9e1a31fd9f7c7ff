"""Differences from the original that have a reason: the reason holds in numbers."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.dates import yyyymmdd
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.stages.stage1_geometry import bilinear

pytestmark = pytest.mark.golden

NODES = 50
"""Lines and samples of the grids that Doris writes."""

ROUNDING_OF_PHASES_RAD = 8e-6
"""Four places of single precision of unwrapped phases above 16 rad."""

ROUNDING_OF_SUMS = 3e-7
"""Of the real and imaginary parts of a sum of a few unit phasors, in single precision."""

LAST_DIGIT_M = 1e-6
"""Of their values: all that a square is warped by in these grids."""


@pytest.mark.parametrize("patch", ["PATCH_1", "PATCH_2"])
def test_each_baseline_of_doris_is_that_of_one_of_the_two_diagonals(shared_data, patch):
    """The original interpolates on triangles; which diagonal halves a square is arbitrary."""
    run, golden = (shared_data / "tiny_doris" / part for part in ("run", "stages/stage1"))
    pixels, hgt = read_mat(golden / patch / "ps1.mat"), read_mat(golden / patch / "hgt1.mat")
    wanted = read_mat(golden / patch / "bp1.mat")["bperp_mat"]
    width, length = (int((run / f"{name}.txt").read_text()) for name in ("width", "len"))
    at = bilinear(pixels["ij"], (NODES, NODES), width=width, length=length)
    days = np.delete(pixels["day"].ravel(), int(pixels["master_ix"].item()) - 1)
    n_between = 0
    for column, day in enumerate(days):
        name = f"bperp_{yyyymmdd(day)}.1.in"
        low, high = np.loadtxt(run / name).reshape(NODES, NODES, 2).transpose(2, 0, 1)
        falling, rising, between = (
            at_height(way(low), way(high), hgt["hgt"].ravel())
            for way in (falling_diagonal(at), rising_diagonal(at), at)
        )
        value = wanted[:, column]
        assert np.all((value == falling) | (value == rising))
        assert np.all(np.abs(value - between) <= LAST_DIGIT_M + np.spacing(np.abs(value)))
        n_between += np.count_nonzero(value != between)
    assert 0 < n_between < 0.03 * wanted.size


def at_height(low, high, hgt):
    """Interpolate between the grids of 0 and 1000 m, as the original rounds it."""
    return (low + (high - low) * hgt / 1000).astype(np.float32)


def falling_diagonal(at):
    """Give the interpolation on triangles that share the first and the last node of a square."""

    def interpolated(grid):
        first, right, below, last = corners(at, grid)
        a, b = at.row_part, at.column_part
        upper = first + (right - first) * b + (last - right) * a
        lower = first + (below - first) * a + (last - below) * b
        return np.where(a > b, lower, upper)

    return interpolated


def rising_diagonal(at):
    """Give the interpolation on triangles that share the other two nodes."""

    def interpolated(grid):
        first, right, below, last = corners(at, grid)
        a, b = at.row_part, at.column_part
        upper = first + (right - first) * b + (below - first) * a
        lower = last + (below - last) * (1 - b) + (right - last) * (1 - a)
        return np.where(a + b < 1, upper, lower)

    return interpolated


def corners(at, grid):
    rows, columns = (at.row, at.row + 1), (at.column, at.column + 1)
    return [grid[row, column] for row in rows for column in columns]


def test_without_a_filter_nodes_differ_by_rounding_over_the_modulus_of_their_sum(
    tree_before, shared_data
):
    """The phase of a sum whose phasors nearly cancel turns far by one rounding."""
    root = tree_before("tiny", 6)
    stage6_unwrap(root, RunConfig(root, stamps={"unwrap_prefilter_flag": "n"}))
    golden = shared_data / "variants" / "tiny__prefilter_n" / "stage6"
    found, wanted = (
        read_mat(folder / "uw_phaseuw.mat")["ph_uw"].astype(np.float64) for folder in (root, golden)
    )
    modulus = np.abs(read_mat(golden / "uw_grid.mat")["ph"])
    difference = np.abs(found - wanted)
    assert difference.max() > ROUNDING_OF_PHASES_RAD  # there is something to explain
    assert np.all(difference < ROUNDING_OF_PHASES_RAD + ROUNDING_OF_SUMS / modulus)
