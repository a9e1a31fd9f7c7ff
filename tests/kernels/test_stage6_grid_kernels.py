"""Kernels of the unwrapping grid: sums per cell and nearest node."""

from __future__ import annotations

import numpy as np
import pytest
from vector_files import load_vector

from pystamps_kernels import KernelChoice
from pystamps_kernels.stage6_grid_accumulate import stage6_grid_accumulate
from pystamps_kernels.stage6_nearest_node import stage6_nearest_node

BACKEND = pytest.mark.parametrize("choice", [KernelChoice("python"), KernelChoice("native")])


def brute_force(occupied):
    """Lowest node number among the nearest, by looking at all of them."""
    column, row = np.nonzero(occupied.T)
    i, j = np.indices(occupied.shape)
    squared = (i[..., None] - row) ** 2 + (j[..., None] - column) ** 2
    return np.argmin(squared, axis=-1)


@BACKEND
def test_pixels_of_a_cell_are_added_one_after_the_other(choice):
    rng = np.random.default_rng(3)
    ph = np.exp(1j * rng.uniform(-3, 3, (500, 7))).astype(np.complex64)
    node = rng.integers(0, 40, 500)
    expected = np.zeros((41, 7), dtype=np.complex64)
    for pixel, cell in enumerate(node):
        expected[cell] += ph[pixel]
    found = stage6_grid_accumulate(ph, node, 41, choice=choice)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.complex64


@BACKEND
def test_no_pixels_give_empty_cells(choice):
    ph = np.zeros((0, 3), dtype=np.complex64)
    found = stage6_grid_accumulate(ph, np.zeros(0, dtype=np.int64), 2, choice=choice)
    np.testing.assert_array_equal(found, np.zeros((2, 3)))


@pytest.mark.parametrize("node", [[0, 3], [-1, 0], [0]])
def test_wrong_node_numbers_are_refused(node):
    with pytest.raises(ValueError, match="node"):
        stage6_grid_accumulate(np.ones((2, 1), dtype=np.complex64), np.array(node), 3)


@BACKEND
@pytest.mark.parametrize("fill", [0.01, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("shape", [(31, 23), (3, 40), (40, 3)])
def test_ties_go_to_the_lowest_number(choice, fill, shape):
    rng = np.random.default_rng(int(100 * fill))
    occupied = rng.random(shape) < fill
    occupied[shape[0] // 2, shape[1] // 3] = True
    found = stage6_nearest_node(occupied, choice=choice)
    np.testing.assert_array_equal(found, brute_force(occupied))


@pytest.mark.parametrize("shape", [(200, 300), (64, 129), (65, 128), (1, 400), (400, 1)])
@pytest.mark.parametrize("fill", [0.0, 0.0005, 0.005, 0.2])
def test_far_nodes_are_found_across_bands_and_blocks(shape, fill):
    """Of the compiled version; patterns with as many ties as possible beside random ones."""
    occupied = np.random.default_rng(int(1e4 * fill)).random(shape) < fill
    occupied[::50, ::60] = True
    for grid in (occupied, occupied[::-1, ::-1]):
        plain, fast = (
            stage6_nearest_node(grid, choice=KernelChoice(name)) for name in ("python", "native")
        )
        np.testing.assert_array_equal(fast, plain)


@BACKEND
def test_a_single_node_is_nearest_everywhere(choice):
    occupied = np.zeros((5, 6), dtype=bool)
    occupied[4, 0] = True
    np.testing.assert_array_equal(stage6_nearest_node(occupied, choice=choice), 0)


@BACKEND
@pytest.mark.golden
@pytest.mark.parametrize("case", ["s6_interp_sparse", "s6_interp_full"])
def test_nearest_nodes_are_those_of_the_original(vectors, choice, case):
    vector = load_vector(vectors / f"{case}.json")
    found = stage6_nearest_node(vector["inputs"]["nzix"], choice=choice)
    np.testing.assert_array_equal(found + 1, vector["outputs"]["Z"])


def test_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match="occupied"):
        stage6_nearest_node(np.zeros((3, 3), dtype=bool))


def test_grids_beyond_the_reach_of_32_bits_are_refused():
    with pytest.raises(ValueError, match="limited to 16384"):
        stage6_nearest_node(np.ones((1, 16385), dtype=bool), choice=KernelChoice("native"))
