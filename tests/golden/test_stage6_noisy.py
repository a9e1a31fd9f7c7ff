"""Stage 6 on noisy golden data: 24 interferograms with residues, grid of 100 m, no filter.

The set keeps no input of stage 6 but the grid that the original made, which is where these tests
start. From equal numbers snaphu finds equal cycles.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from stage6_trees import cost_files

from pystamps.config import Compat
from pystamps.interferograms import InterferogramName
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat
from pystamps.io.snaphu import find_snaphu
from pystamps.model import Pixels, SpaceTime, UnwrapArcs, UnwrapGrid
from pystamps.parameters import Parameters
from pystamps.pipeline.snaphu_runner import SnaphuInput, unwrap_interferograms
from pystamps.stages.stage6_arcs import arcs_between_nodes
from pystamps.stages.stage6_costs import (
    arc_statistics,
    interferogram_costs,
    mean_squared_difference,
)
from pystamps.stages.stage6_phase import time_settings
from pystamps.stages.stage6_pixels import pixels_from_grid
from pystamps.stages.stage6_time import expected_differences

pytestmark = pytest.mark.golden

OPTIONS = {
    "raw100_2D": {"unwrap_method": "2D"},
    "raw100_3D_FULL": {"unwrap_method": "3D_FULL"},
    "raw100_scf_y": {"unwrap_spatial_cost_func_flag": True},
}
MASTER_IX = 11


def on(*variants):
    """Run a test on these variants (the original's arrays are not kept for all of them)."""
    return pytest.mark.parametrize("noisy", [f"raw100_{name}" for name in variants], indirect=True)


@pytest.fixture
def noisy(request, shared_data):
    """Give golden folder, golden grid, our arcs, and our expected differences."""
    variants, small = shared_data / "variants", shared_data / "small"
    folder = variants / f"small__{request.param}" / "stage6"
    grid = read_artifact(UnwrapGrid, variants / "small__raw100_2D" / "stage6" / "uw_grid.mat")
    pixels = read_artifact(Pixels, small / "stages" / "stage5" / "ps2.mat")
    wavelength = json.loads((small / "meta.json").read_text())["lam"]
    parameters = Parameters(lambda_=wavelength, **OPTIONS[request.param])
    settings = time_settings(parameters, pixels, mean_la=None, compat=Compat())
    arcs = arcs_between_nodes(grid.nzix)
    space_time, _ = expected_differences(grid, arcs, settings)
    assert pixels.master_ix == MASTER_IX
    return folder, grid, arcs, space_time


@on("3D_FULL")
def test_expected_differences_equal_the_original_but_for_roundings(noisy):
    """Some last places of single precision at a few rad: sines and angles round otherwise."""
    folder, _, _, space_time = noisy
    golden = read_artifact(SpaceTime, folder / "uw_space_time.mat")
    for name in ("dph_space_uw", "dph_noise"):
        found, expected = getattr(space_time, name), getattr(golden, name)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert np.isnan(golden.dph_noise).any()


@on("2D", "3D_FULL")
def test_every_cost_equals_the_original(noisy):
    folder, grid, arcs, space_time = noisy
    with np.load(folder / "snaphu_costs.npz") as golden:
        for k, costs in enumerate(cost_files(grid, arcs, space_time), start=1):
            np.testing.assert_array_equal(costs, golden[f"cost_{k:03d}"])


@on("2D", "3D_FULL", "scf_y")
def test_arcs_cycles_and_pixels_equal_the_original(noisy, tmp_path):
    folder, grid, arcs, space_time = noisy
    golden_arcs = read_artifact(UnwrapArcs, folder / "uw_interp.mat")
    for name in ("edgs", "rowix", "colix", "nearest_node"):
        np.testing.assert_array_equal(getattr(arcs, name), getattr(golden_arcs, name))
    statistics = arc_statistics(space_time, arcs, grid)
    names = [InterferogramName(k + 1, f"{k:08d}") for k in range(grid.ph.shape[1])]
    maps = unwrap_interferograms(
        find_snaphu(),
        tmp_path,
        names,
        lambda k: SnaphuInput(grid.ph[arcs.nearest_node, k], interferogram_costs(statistics, k)),
        take=lambda unwrapped: unwrapped,
        workers=2,
    )
    row, column = grid.ij.T
    ph_uw = np.stack([unwrapped[row, column] for unwrapped in maps], axis=1)
    golden = read_mat(folder / "uw_phaseuw.mat")
    np.testing.assert_array_equal(ph_uw, golden["ph_uw"])
    msd = [mean_squared_difference(unwrapped) for unwrapped in maps]
    np.testing.assert_allclose(msd, golden["msd"].ravel(), rtol=1e-12)
    pixels = np.delete(read_mat(folder / "phuw2.mat")["ph_uw"], MASTER_IX, axis=1)
    # K_ps B, which the original adds only to the wrapped phase, is within ph_in: same congruence.
    np.testing.assert_allclose(pixels_from_grid(grid, ph_uw), pixels, rtol=0, atol=4e-6)
