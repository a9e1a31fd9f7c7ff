"""Unwrapped phase is the wrapped phase and whole cycles, as far as single precision can tell."""

from __future__ import annotations

import numpy as np
import pytest

from pystamps.errors import ExternalProgramError
from pystamps.io.mat import read_mat
from pystamps.stages.stage6_congruence import congruence_tolerance, refuse_incongruent


def integrated(wrapped, cycles_row, cycles_column):
    """Add wrapped differences and cycles in single precision, as snaphu does."""
    phase = np.mod(np.angle(wrapped.astype(complex)), 2 * np.pi).astype(np.float32)
    rows = wrap(np.diff(phase.astype(float), axis=0)) + 2 * np.pi * cycles_row
    columns = wrap(np.diff(phase[0].astype(float))) + 2 * np.pi * cycles_column
    result = np.empty_like(phase)
    result[0, 0] = phase[0, 0]
    for j, step in enumerate(columns):
        result[0, j + 1] = result[0, j] + step
    for i, step in enumerate(rows):
        result[i + 1] = result[i] + step
    return result


def wrap(difference):
    return np.mod(difference + np.pi, 2 * np.pi) - np.pi


@pytest.mark.parametrize("largest", [0, 2, 30])
def test_rounding_of_snaphu_s_sums_stays_below_the_tolerance(largest):
    rng = np.random.default_rng(largest)
    shape = (400, 300)
    wrapped = np.exp(1j * rng.uniform(-np.pi, np.pi, shape)).astype(np.complex64)
    cycles_row = rng.integers(-largest, largest + 1, (shape[0] - 1, shape[1]))
    unwrapped = integrated(wrapped, cycles_row, rng.integers(-largest, largest + 1, shape[1] - 1))
    refuse_incongruent(unwrapped, wrapped)
    assert congruence_tolerance(unwrapped) < 0.1
    moved = unwrapped.copy()
    moved[17, 5] += np.float32(2 * np.pi * 0.11)
    with pytest.raises(ExternalProgramError, match="row 18, column 6"):
        refuse_incongruent(moved, wrapped)


def test_the_tolerance_never_reaches_what_would_allow_anything():
    assert congruence_tolerance(np.full((3000, 3000), 1e6, np.float32)) == 0.25
    assert congruence_tolerance(np.zeros((0, 0), np.float32)) < 1e-6


def test_cells_without_phase_are_not_compared():
    wrapped = np.ones((3, 4), np.complex64)
    unwrapped = np.zeros((3, 4), np.float32)
    wrapped[1, 2], unwrapped[1, 2] = 0, 1.5
    refuse_incongruent(unwrapped, wrapped)
    wrapped[1, 2] = 1
    with pytest.raises(ExternalProgramError, match=r"in 1 of 12 cells, by 0\.24 cycles"):
        refuse_incongruent(unwrapped, wrapped)


@pytest.mark.golden
@pytest.mark.parametrize("tree", ["tiny/stages/stage6", "sb_small/stages/stage6",
                                  "variants/small__raw100_2D/stage6"])  # fmt: skip
def test_what_snaphu_returned_to_the_original_is_congruent(shared_data, tree):
    folder = shared_data / tree
    grid, nearest = read_mat(folder / "uw_grid.mat"), read_mat(folder / "uw_interp.mat")["Z"]
    cell = nearest.astype(np.int64) - 1
    with np.load(folder / "snaphu_costs.npz") as stored:
        names = [name for name in stored.files if name.startswith("unwrapped_")]
        assert names
        for name in names:
            wrapped = grid["ph"][:, int(name.removeprefix("unwrapped_")) - 1][cell]
            unwrapped = stored[name].reshape(cell.shape)
            refuse_incongruent(unwrapped, wrapped)
            with pytest.raises(ExternalProgramError):
                refuse_incongruent(unwrapped + np.float32(1e-3), wrapped)
