"""Stage 6 of small baselines against the original: the tree, its variants, the costs of snaphu."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from stage6_trees import costs_of_tree
from stage_comparison import assert_same_artifact
from trees import copy_writable

from pystamps.config import KernelSettings, RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.space_time import SCRATCH

pytestmark = pytest.mark.golden

VARIANTS = {
    "la_error_n": {"unwrap_la_error_flag": "n"},
    "patch_phase_y": {"unwrap_patch_phase": "y"},
    "unwrap_2D": {"unwrap_method": "2D"},
    "unwrap_3D_FULL": {"unwrap_method": "3D_FULL"},
    "raw100_2D": {
        "unwrap_method": "2D", "unwrap_prefilter_flag": "n", "unwrap_grid_size": 100.0,
    },
    "raw100_3D_QUICK": {"unwrap_prefilter_flag": "n", "unwrap_grid_size": 100.0},
}  # fmt: skip
# float32 integration within snaphu, pixels a few roundings at 20 rad; images: the mean over the
# reference pixels is a sum of thousands of singles in the original
PHASE = {"uw_phaseuw": {"ph_uw": 5e-5, "msd": 0.05}, "phuw_sb2": {"ph_uw": 4e-6, "msd": 0.05}}
OF_IMAGES = {
    "phuw2": {"ph_uw": 2e-5},
    "phuw_sb_res2": {"ph_res": 2e-5, "sb_cov": 1e-6, "sm_cov": 1e-6},
}
BESIDE_REFERENCE = 4e-6
"""Largest difference in rad once the number that all pixels of a column share is taken off."""
# Without the filter the phase of a cell is its sum: rounding of 3e-6 over a modulus of 1 and more,
# but the phasors of one cell cancel to 0.01 of one.
SPACE_TIME = {False: 2e-6, True: 3e-5}


def run(root, **stamps):
    return stage6_unwrap(root, RunConfig(dataset=root, stamps=stamps))


def assert_same_results(root, golden):
    """Unwrapped phase is the same but for whole cycles per interferogram; images the same."""
    for name, tolerances in PHASE.items():
        assert_same_artifact(
            root / f"{name}.mat", golden / f"{name}.mat", tolerances,
            modulo_2pi_per_column=("ph_uw",),
        )  # fmt: skip
    for name, tolerances in OF_IMAGES.items():
        assert_same_artifact(root / f"{name}.mat", golden / f"{name}.mat", tolerances)
    # what is beyond rounding is the reference: one number for all pixels of a column
    for name, variable in (("phuw2", "ph_uw"), ("phuw_sb_res2", "ph_res")):
        found, wanted = (
            read_mat(folder / f"{name}.mat")[variable].astype(np.float64)
            for folder in (root, golden)
        )
        off = found - wanted
        assert np.abs(off - np.median(off, axis=0)).max() < BESIDE_REFERENCE, (name, variable)


def assert_same_space_time(root, golden, *, is_raw=False):
    tolerances = dict.fromkeys(("dph_space_uw", "dph_noise"), SPACE_TIME[is_raw])
    assert_same_artifact(
        root / SCRATCH / "space_time.mat", golden / "uw_space_time.mat", tolerances,
        ignore=("K", "fingerprint"),
    )  # fmt: skip


def assert_same_costs(root, golden, *, n_rounded=0):
    """Costs are the same; ``n_rounded`` may lie one step beside, where half a step is rounded."""
    with np.load(golden / "snaphu_costs.npz") as stored:
        steps = [
            costs.astype(np.int32) - stored[f"cost_{k:03d}"]
            for k, costs in enumerate(costs_of_tree(root), start=1)
        ]
    assert np.abs(steps).max() <= (n_rounded > 0)
    assert np.count_nonzero(steps) <= n_rounded


@pytest.mark.parametrize("backend", ["native", "python"])
def test_the_tree_equals_the_original(shared_data, tree_before, backend):
    root, golden = tree_before("sb_small", 6), shared_data / "sb_small" / "stages" / "stage6"
    result = stage6_unwrap(root, RunConfig(dataset=root, kernels=KernelSettings(backend)))
    assert_same_artifact(root / "uw_grid.mat", golden / "uw_grid.mat", {"ph": 8e-6, "ph_in": 4e-7})
    assert_same_artifact(root / "uw_interp.mat", golden / "uw_interp.mat")
    assert_same_space_time(root, golden)
    assert_same_results(root, golden)
    assert_same_costs(root, golden)
    assert set(result.written) == {
        *("uw_grid.mat", "uw_interp.mat", "uw_phaseuw.mat", "phuw2.mat"),
        *("phuw_sb2.mat", "phuw_sb_res2.mat"),
    }
    assert result.counts["images"] == 12


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_changed_parameter_gives_what_the_original_gives(shared_data, tree_before, variant):
    root = tree_before("sb_small", 6)
    golden = shared_data / "variants" / f"sb_small__{variant}" / "stage6"
    run(root, **VARIANTS[variant])
    assert_same_artifact(root / "uw_interp.mat", golden / "uw_interp.mat")
    assert_same_results(root, golden)
    if (golden / "uw_space_time.mat").is_file():
        assert_same_space_time(root, golden, is_raw=variant.startswith("raw100"))
    if (golden / "snaphu_costs.npz").is_file():
        assert_same_costs(root, golden)


def test_a_second_pass_holds_what_the_original_holds(shared_data, tree_before):
    root = tree_before("sb_small", 8)
    golden = shared_data / "variants" / "sb_small__hold_good" / "stage6"
    earlier = shutil.move(root / "phuw_sb2.mat", root / "earlier.mat")
    stage6_unwrap(
        root, RunConfig(dataset=root, stamps={"unwrap_hold_good_values": "y"}),
        scla=root / "scla_smooth_sb2.mat", earlier=earlier,
    )  # fmt: skip
    for name in ("uw_interp", "phuw_loops2", "phuw_good2"):
        assert_same_artifact(root / f"{name}.mat", golden / f"{name}.mat")
    assert_same_results(root, golden)


def test_random_annealing_gives_the_cycles_of_the_original(shared_data, tree_before):
    """The random numbers are others: cycles are compared, pixel by pixel and interferogram."""
    root = tree_before("sb_small", 6)
    golden = read_mat(shared_data / "variants" / "sb_small__unwrap_3D" / "stage6" / "phuw_sb2.mat")
    run(root, unwrap_method="3D")
    difference = read_mat(root / "phuw_sb2.mat")["ph_uw"] - golden["ph_uw"].astype(np.float64)
    cycles = difference / (2 * np.pi)
    cycles -= np.rint(np.median(cycles, axis=0))
    assert np.abs(cycles - np.rint(cycles)).max() < 1e-5
    assert np.count_nonzero(np.rint(cycles)) <= 1e-3 * cycles.size


@pytest.mark.parametrize("name", ["merged", "merged_resampled"])
def test_two_sets_combined_are_unwrapped_as_by_the_original(shared_data, tmp_path, name):
    """Their pm2.mat holds the phase of the neighbourhood alone."""
    golden, root = shared_data / "ps_sb" / name / "stages" / "stage6", tmp_path / "MERGED"
    copy_writable(shared_data / "ps_sb" / name / "run", root)
    run(root)
    assert_same_artifact(root / "uw_interp.mat", golden / "uw_interp.mat")
    # the phase of combined pixels is a quotient of weighted sums, a few roundings more
    assert_same_artifact(
        root / "phuw_sb2.mat", golden / "phuw_sb2.mat", {"ph_uw": 1e-5, "msd": 0.05},
        modulo_2pi_per_column=("ph_uw",),
    )  # fmt: skip
    covariances = {"sb_cov": 1e-6, "sm_cov": 1e-6}
    assert_same_artifact(
        root / "phuw_sb_res2.mat", golden / "phuw_sb_res2.mat", covariances, golden_is_reduced=True
    )
    found, wanted = (read_mat(folder / "phuw2.mat")["ph_uw"] for folder in (root, golden))
    off = found - wanted.astype(np.float64)
    # the mean over 7 000 reference pixels is a sum of singles in the original
    assert np.abs(off).max() < 5e-5
    np.testing.assert_allclose(off, np.median(off, axis=0)[None].repeat(len(off), 0), atol=5e-6)
    if (golden / "snaphu_costs.npz").is_file():
        assert_same_costs(root, golden, n_rounded=2)  # of 366 392
