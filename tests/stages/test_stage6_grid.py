"""Unwrapping grid, nearest nodes, arcs, and the way back to the pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stage6_trees import made_up_phase
from vector_files import load_vector

from pystamps.errors import ParameterError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.model import Pixels, UnwrapArcs, UnwrapGrid
from pystamps.stages.stage6_arcs import arcs_between_nodes
from pystamps.stages.stage6_grid import GridSettings, cells_of_pixels, grid_phase
from pystamps.stages.stage6_pixels import pixels_from_grid
from pystamps_kernels import KernelChoice

NO_FILTER = GridSettings(pix_size=200.0, n_win=8, prefilter=False, alpha=0.8)


def positions(x, y):
    number = np.arange(1.0, len(x) + 1)
    return np.column_stack([number, x, y]).astype(np.float32)


@pytest.mark.golden
@pytest.mark.parametrize("backend", ["python", "native"])
def test_tiny_is_gridded_and_filtered_as_by_the_original(shared_data, backend):
    stages = shared_data / "tiny" / "stages"
    golden = read_artifact(UnwrapGrid, stages / "stage6" / "uw_grid.mat")
    pixels = read_artifact(Pixels, stages / "stage5" / "ps2.mat")
    settings = GridSettings(200.0, 32, prefilter=True, alpha=0.8)
    found = grid_phase(golden.ph_in, pixels.xy, settings, choice=KernelChoice(backend))
    for name in ("nzix", "ij", "grid_ij", "xy", "grid_x_min", "grid_y_min", "pix_size"):
        np.testing.assert_array_equal(getattr(found, name), getattr(golden, name))
    # Magnitudes, which decide the filter, come out exactly; magnitudes reach 22, so that one
    # rounding of the filtered value is 2e-6. Phases agree to 1.3e-7 rad.
    np.testing.assert_allclose(found.ph, golden.ph, rtol=0, atol=4e-6)
    np.testing.assert_allclose(np.angle(found.ph * golden.ph.conj()), 0, atol=3e-7)


@pytest.mark.golden
def test_without_the_filter_cells_hold_exactly_the_sums_of_the_original(shared_data):
    folder = shared_data / "variants" / "small__raw100_2D" / "stage6"
    golden = read_artifact(UnwrapGrid, folder / "uw_grid.mat")
    pixels = read_artifact(Pixels, shared_data / "small" / "stages" / "stage5" / "ps2.mat")
    found = grid_phase(golden.ph_in, pixels.xy, replace(NO_FILTER, pix_size=100.0, n_win=32))
    np.testing.assert_array_equal(found.ph, golden.ph)


@pytest.mark.golden
@pytest.mark.parametrize("backend", ["python", "native"])
def test_arcs_of_tiny_equal_the_original(shared_data, backend):
    folder = shared_data / "tiny" / "stages" / "stage6"
    golden = read_artifact(UnwrapArcs, folder / "uw_interp.mat")
    occupied = read_artifact(UnwrapGrid, folder / "uw_grid.mat").nzix
    assert_same_arcs(arcs_between_nodes(occupied, choice=KernelChoice(backend)), golden)


@pytest.mark.golden
def test_arcs_of_a_sparse_grid_equal_the_original(vectors):
    vector = load_vector(vectors / "s6_interp_sparse.json")
    outputs = vector["outputs"]
    found = arcs_between_nodes(vector["inputs"]["nzix"])
    golden = UnwrapArcs(
        outputs["edgs"].astype(int) - 1, outputs["rowix"], outputs["colix"], outputs["Z"] - 1
    )
    assert_same_arcs(found, golden)


@pytest.mark.golden
def test_a_full_grid_keeps_the_arc_that_the_original_loses(vectors):
    vector = load_vector(vectors / "s6_interp_full.json")
    outputs = vector["outputs"]
    found = arcs_between_nodes(vector["inputs"]["nzix"])
    assert len(found.edgs) == int(outputs["n_edge"].item()) + 1
    np.testing.assert_array_equal(found.edgs[1:, 1:] + 1, outputs["edgs"][:, 1:])
    np.testing.assert_array_equal(found.edgs[0, 1:], [0, 1])
    assert (found.rowix != 0).all()
    assert (found.colix != 0).all()
    np.testing.assert_array_equal(np.abs(found.colix) - 1, np.abs(outputs["colix"]))


def assert_same_arcs(found, golden):
    for name in ("edgs", "rowix", "colix", "nearest_node"):
        np.testing.assert_array_equal(getattr(found, name), getattr(golden, name))


def test_arcs_inside_a_node_have_number_zero_and_reversed_ones_are_negative():
    occupied = np.zeros((2, 3), dtype=bool)
    occupied[0, 0] = occupied[1, 2] = True
    found = arcs_between_nodes(occupied)
    np.testing.assert_array_equal(found.nearest_node, [[0, 0, 1], [0, 1, 1]])
    np.testing.assert_array_equal(found.edgs, [[0, 0, 1]])
    np.testing.assert_array_equal(found.colix, [[0, 1], [1, 0]])
    np.testing.assert_array_equal(found.rowix, [[0, 1, 0]])
    flipped = arcs_between_nodes(occupied[:, ::-1])
    np.testing.assert_array_equal(flipped.rowix, [[0, -1, 0]])


def test_the_last_cell_joins_its_neighbour():
    x = np.array([0.0, 150.0, 250.0, 410.0, 700.0])
    cells = cells_of_pixels(positions(x, x), 200.0)
    np.testing.assert_array_equal(cells.ij[:, 0], [0, 0, 1, 2, 2])
    assert cells.shape == (3, 3)


def test_cells_are_found_in_single_precision():
    # At 100 km single precision has steps of 8 mm: the added millimetre is lost.
    x = np.array([0.0, 100200.0, 101000.0])
    cells = cells_of_pixels(positions(x, x), 200.0)
    assert cells.ij[1, 0] == 500  # in double precision 501


def test_pixels_in_one_row_of_cells_are_refused():
    x = np.linspace(0, 5000, 20)
    with pytest.raises(ParameterError, match="unwrap_grid_size: all pixels lie in one row"):
        grid_phase(np.ones((20, 2), dtype=np.complex64), positions(x, 0 * x), NO_FILTER)


def test_a_grid_smaller_than_the_window_names_parameter_and_sizes():
    x = np.linspace(0, 1500, 20)
    with pytest.raises(ParameterError, match=r"unwrap_gold_n_win: .* 7 x 7 .*window 8"):
        grid_phase(np.ones((20, 2), dtype=np.complex64), positions(x, x), NO_FILTER)


def test_without_a_grid_coordinates_are_cells_and_the_last_pixel_wins():
    xy = positions([1, 3, 3, 4], [2, 1, 1, 3])
    ph = np.exp(1j * np.arange(4.0))[:, None].astype(np.complex64)
    found = grid_phase(ph, xy, GridSettings(0.0, 2, prefilter=False, alpha=0.8))
    assert found.nzix.shape == (3, 4)
    np.testing.assert_array_equal(found.ij, [[1, 0], [0, 2], [2, 3]])
    np.testing.assert_array_equal(found.ph, ph[[0, 2, 3]])
    assert found.grid_x_min == found.grid_y_min == 1


@pytest.mark.golden
def test_without_a_grid_nodes_equal_the_original(vectors):
    vector = load_vector(vectors / "s6_uw3d_nogrid_2D.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    ph = np.exp(1j * inputs["ph"]).astype(np.complex64)
    settings = GridSettings(0.0, 8, prefilter=False, alpha=0.8)
    found = grid_phase(ph, inputs["xy"].astype(np.float32), settings)
    np.testing.assert_array_equal(found.nzix, outputs["uw_grid.nzix"])
    np.testing.assert_array_equal(found.ij + 1, outputs["uw_grid.ij"])
    np.testing.assert_allclose(found.ph, outputs["uw_grid.ph"], rtol=0, atol=1e-6)


@pytest.mark.golden
def test_pixels_of_tiny_follow_their_cells_as_in_the_original(shared_data):
    folder = shared_data / "tiny" / "stages" / "stage6"
    grid = read_artifact(UnwrapGrid, folder / "uw_grid.mat")
    found = pixels_from_grid(grid, read_mat(folder / "uw_phaseuw.mat")["ph_uw"])
    golden = np.delete(read_mat(folder / "phuw2.mat")["ph_uw"], 7, axis=1)
    # a few roundings of single precision at 20 rad
    np.testing.assert_allclose(found, golden, rtol=0, atol=4e-6)


def test_a_pixel_is_congruent_to_its_own_phase_and_near_its_cell():
    pixels, truth = made_up_phase(n_ps=400)
    ph = np.exp(1j * truth[:, :3]).astype(np.complex64)
    grid = grid_phase(ph, pixels.xy, NO_FILTER)
    level = np.array([6.0, -12.0, 40.0], dtype=np.float32)
    found = pixels_from_grid(grid, np.tile(level, (len(grid.ph), 1)))
    np.testing.assert_allclose(np.angle(np.exp(1j * found) * ph.conj()), 0, atol=1e-5)
    assert np.abs(found - level).max() <= np.pi + 1e-5


def test_cells_that_a_file_of_the_original_does_not_list_give_no_phase():
    pixels, truth = made_up_phase(n_ps=400)
    grid = grid_phase(np.exp(1j * truth[:, :2]).astype(np.complex64), pixels.xy, NO_FILTER)
    shorter = replace(grid, ij=grid.ij[1:], ph=grid.ph[1:])
    found = pixels_from_grid(shorter, np.zeros(shorter.ph.shape, dtype=np.float32))
    lost = (grid.grid_ij == grid.ij[0]).all(axis=1)
    np.testing.assert_array_equal(np.isnan(found).all(axis=1), lost)


@pytest.mark.parametrize("x", [[-3.0, 2.0], [1.5, 2.0]])
def test_without_a_grid_size_positions_must_be_columns_and_rows(x):
    xy = positions(x, [1.0, 2.0])
    with pytest.raises(ParameterError, match="unwrap_grid_size=0"):
        cells_of_pixels(xy, 0)
