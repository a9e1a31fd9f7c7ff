"""Integer costs: rounding, saturation, and the golden cost files."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from stage6_trees import cost_files
from vector_files import load_vector

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.model import SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.stages.stage6_arcs import arcs_between_nodes
from pystamps.stages.stage6_costs import (
    arc_statistics,
    interferogram_costs,
    mean_squared_difference,
    single_std,
    to_int16,
)
from pystamps.stages.stage6_grid import GridSettings, grid_phase

COMPAT = RunConfig().compat


def grid_of(inputs):
    nzix, ph = inputs["nzix"], inputs["ph"]
    j, i = np.nonzero(nzix.T)
    empty = np.zeros((0, 0), dtype=np.float32)
    return UnwrapGrid(
        ph, ph, empty.astype(np.complex64), empty, empty, np.zeros((len(ph), 3)),
        np.column_stack([i, j]), nzix, np.float32(0), np.float32(0), np.zeros((0, 2), dtype=int),
        float(inputs["pix_size"].item()),
    )  # fmt: skip


def arcs_of(inputs):
    nodes, nearest = inputs["edgs"].astype(int) - 1, inputs["Z"].astype(int) - 1
    return UnwrapArcs(nodes, inputs["rowix"], inputs["colix"], nearest)


def assert_same_costs(found, golden):
    for k, costs in enumerate(found, start=1):
        np.testing.assert_array_equal(costs, golden[f"cost_{k:03d}"])


@pytest.mark.golden
def test_extreme_values_saturate_as_in_the_original(vectors):
    vector = load_vector(vectors / "s6_stat_costs_extremes.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    space_time = SpaceTime(
        inputs["dph_space_uw"],
        inputs["dph_noise"],
        scipy.sparse.csc_array(inputs["spread"]),
        predef_ix=inputs["predef_ix"],
    )
    for k, costs in enumerate(cost_files(grid_of(inputs), arcs_of(inputs), space_time), start=1):
        golden = outputs[f"rowcost_{k}"] + outputs[f"colcost_{k}"]
        np.testing.assert_array_equal(costs, golden)


@pytest.mark.golden
def test_cost_files_of_tiny_equal_the_original_from_its_expected_differences(shared_data):
    folder = shared_data / "tiny" / "stages" / "stage6"
    grid = read_artifact(UnwrapGrid, folder / "uw_grid.mat")
    arcs = read_artifact(UnwrapArcs, folder / "uw_interp.mat")
    space_time = read_artifact(SpaceTime, folder / "uw_space_time.mat")
    with np.load(folder / "snaphu_costs.npz") as golden:
        assert_same_costs(cost_files(grid, arcs, space_time), golden)


@pytest.mark.golden
def test_mean_squared_differences_of_golden_maps_equal_the_original(shared_data):
    folder = shared_data / "tiny" / "stages" / "stage6"
    msd = read_mat(folder / "uw_phaseuw.mat")["msd"].ravel()
    nzix = read_mat(folder / "uw_grid.mat")["nzix"]
    with np.load(folder / "snaphu_costs.npz") as golden:
        maps = [golden[f"unwrapped_{k:03d}"].reshape(nzix.shape) for k in range(1, msd.size + 1)]
    np.testing.assert_allclose([mean_squared_difference(m) for m in maps], msd, rtol=1e-12)


@pytest.mark.golden
def test_the_variance_of_nodes_enters_method_2d_as_in_the_original(vectors):
    vector = load_vector(vectors / "s6_uw3d_nogrid_2D.json")
    inputs, outputs = vector["inputs"], vector["outputs"]
    ph = np.exp(1j * inputs["ph"]).astype(np.complex64)
    grid = grid_phase(ph, inputs["xy"].astype(np.float32), GridSettings(0.0, 8, False, 0.8))
    arcs = arcs_between_nodes(grid.nzix)
    expected = outputs["uw_space_time.dph_space_uw"]
    nothing = np.zeros((0, 0), dtype=np.float32)
    space_time = SpaceTime(expected, nothing, scipy.sparse.csc_array(expected.shape))
    variance = vector["inputs"]["options"]["variance"].ravel()
    statistics = arc_statistics(space_time, arcs, grid, node_variance=variance)
    for k in range(ph.shape[1]):
        costs = interferogram_costs(statistics, k)
        found = np.concatenate([costs.rows.ravel(), costs.columns.ravel()])
        golden = outputs[f"snaphu.rowcost_{k + 1}"] + outputs[f"snaphu.colcost_{k + 1}"]
        np.testing.assert_array_equal(found, golden)


def test_integers_round_half_away_from_zero_and_saturate():
    values = np.array([0.5, -0.5, 1.5, 2.4999998, 40000.0, -40000.0, np.nan, np.inf, -np.inf])
    expected = [1, -1, 2, 2, 32767, -32768, 0, 32767, -32768]
    np.testing.assert_array_equal(to_int16(values), expected)
    np.testing.assert_array_equal(to_int16(np.float32([0.49999997, 0.5])), [0, 1])


def test_the_standard_deviation_is_that_of_the_sample():
    values = np.random.default_rng(1).normal(size=(50, 20)).astype(np.float32)
    np.testing.assert_allclose(single_std(values), values.std(axis=1, ddof=1), rtol=1e-5)
    np.testing.assert_array_equal(single_std(values[:, :1]), 0)


def two_nodes(noise):
    """Two nodes in a row of two cells each: one arc between them, two inside."""
    nearest = np.array([[0, 0, 1, 1]] * 2)
    rowix, colix = np.zeros((1, 4)), np.array([[0.0, 1, 0]] * 2)
    arcs = UnwrapArcs(np.array([[0, 0, 1]]), rowix, colix, nearest)
    ph = np.ones((2, 2), dtype=np.complex64)
    inputs = {"nzix": nearest < 1, "ph": ph, "pix_size": np.array(200.0)}
    dph_noise = np.array([noise], dtype=np.float32)
    space_time = SpaceTime(dph_noise + 0.1, dph_noise, scipy.sparse.csc_array((1, 2)))
    return arc_statistics(space_time, arcs, grid_of(inputs))


def test_arcs_without_statistics_may_be_cut_for_free():
    statistics = two_nodes([np.nan, np.nan])
    assert not statistics.known.any()
    costs = interferogram_costs(statistics, 0).columns
    np.testing.assert_array_equal(costs[0, 1], [0, 1, 32000, 1])
    np.testing.assert_array_equal(costs[0, 0], [0, 1, 32000, -32000])


def test_an_arc_carried_by_two_grid_arcs_has_twice_the_variance():
    statistics = two_nodes([0.3, -0.3])
    std = 0.3 * np.sqrt(2) / (2 * np.pi)
    assert statistics.sigsq[0] == round(2 * std**2 * 400)
    costs = interferogram_costs(statistics, 1).columns
    assert costs[0, 1, 1] == statistics.sigsq[0]


def test_equal_cells_have_no_mean_squared_difference():
    assert np.isnan(mean_squared_difference(np.full((3, 3), 2.5, dtype=np.float32)))
