from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from sb_small_examples import PARAMETERS, parts_of_images
from stage_comparison import assert_same_artifact

from pystamps.config import Compat, KernelSettings, RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import CorrelatedNoise, LookAngleError
from pystamps.pipeline.entry.stage8 import stage8_filter_scn
from pystamps.stages.stage8_filter import ScnInput, filter_correlated_noise

# The original adds the weighted phases (up to 14 rad) of up to 60 neighbours in single
# precision; the round-off probe of the data set moves ph_hpt by 2.5e-6 rad.
TOLERANCES = {"ph_scn_slave": 6e-6, "ph_hpt": 2e-6, "ph_ramp": 1e-12}


@pytest.mark.golden
@pytest.mark.parametrize("backend", ["python", "native"])
def test_tiny_is_filtered_as_by_the_original(tree_before, shared_data, backend):
    root = tree_before("tiny", 8)
    (root / "uw_space_time.mat").unlink()
    stages = shared_data / "tiny" / "stages"
    config = RunConfig(dataset=root, kernels=KernelSettings(backend=backend))
    result = stage8_filter_scn(root, config)
    assert result.written == ("scn2.mat", "uw_space_time.mat")
    assert_same_artifact(root / "scn2.mat", stages / "stage8" / "scn2.mat", TOLERANCES)
    # computed again from uw_grid and uw_interp, because stage 6 was the original's
    assert_same_artifact(
        root / "uw_space_time.mat",
        stages / "stage6" / "uw_space_time.mat",
        {"dph_space_uw": 2e-6, "dph_noise": 2e-6},
    )


@pytest.mark.golden
@pytest.mark.parametrize(
    ("variant", "wanted"), [("scn_deramp_1_17", [1, 17]), ("scn_deramp_all", "all")]
)
def test_planes_count_as_noise_as_in_the_original(tree_before, shared_data, variant, wanted):
    root = tree_before("tiny", 8)
    stage8_filter_scn(root, RunConfig(dataset=root, stamps={"scn_deramp_ifg": wanted}))
    golden = shared_data / "variants" / f"tiny__{variant}" / "stage8" / "scn2.mat"
    assert_same_artifact(root / "scn2.mat", golden, TOLERANCES)


@pytest.mark.golden
def test_small_baselines_are_filtered_as_by_the_original(tree_before, shared_data):
    root = tree_before("sb_small", 8)
    stage8_filter_scn(root, RunConfig(dataset=root))
    golden = shared_data / "sb_small" / "stages" / "stage8" / "scn2.mat"
    assert_same_artifact(root / "scn2.mat", golden, TOLERANCES)


@pytest.mark.golden
def test_small_baselines_are_filtered_as_by_the_original_whatever_pairs_are_dropped():
    parts = parts_of_images()
    stack = ScnInput(parts.pixels, parts.ph_uw, parts.ph_scla, parts.c_ps_uw)
    dropped = replace(PARAMETERS, drop_ifg_index=(3,))
    found = filter_correlated_noise(stack, dropped, compat=Compat())
    np.testing.assert_allclose(found.ph_scn_slave[:], parts.ph_scn, rtol=0, atol=6e-6)


@pytest.mark.golden
def test_the_second_pass_is_filtered_as_by_the_original(tree_before, shared_data):
    root = tree_before("tiny", 8)
    folder = shared_data / "variants" / "tiny__iteration2"
    shutil.copyfile(folder / "stage6" / "phuw2.mat", root / "phuw2.mat")
    shutil.copyfile(folder / "stage7" / "scla2.mat", root / "scla2.mat")
    stage8_filter_scn(root, RunConfig(dataset=root))
    assert_same_artifact(root / "scn2.mat", folder / "stage8" / "scn2.mat", TOLERANCES)


@pytest.mark.golden
def test_without_look_angle_errors_they_stay_in_and_the_result_says_so(tree_before):
    root = tree_before("tiny", 8)
    with_errors = stage8_filter_scn(root, RunConfig(dataset=root))
    before = read_artifact(CorrelatedNoise, root / "scn2.mat")
    (root / "scla2.mat").unlink()
    without = stage8_filter_scn(root, RunConfig(dataset=root))
    after = read_artifact(CorrelatedNoise, root / "scn2.mat")
    assert (with_errors.details, "without scla2" in without.details) == ("", True)
    assert np.abs(before.ph_hpt - after.ph_hpt).max() > 0.1


@pytest.mark.golden
def test_artifacts_of_another_list_of_interferograms_are_refused_and_nothing_is_written(
    tree_before,
):
    root = tree_before("tiny", 8)
    with pytest.raises(ArtifactError, match="run stage6_unwrap again"):
        stage8_filter_scn(root, RunConfig(dataset=root, stamps={"drop_ifg_index": [3]}))
    assert not (root / "scn2.mat").exists()


@pytest.mark.golden
def test_another_selection_of_pixels_is_refused_and_nothing_is_written(tree_before):
    root = tree_before("tiny", 8)
    scla = read_artifact(LookAngleError, root / "scla2.mat")
    write_artifact(root / "scla2.mat", replace(scla, ph_scla=scla.ph_scla[1:]))
    with pytest.raises(
        ArtifactError, match=r"scla2.mat: ph_scla has \d+ rows, expected \d+ .* run stage 7 again"
    ):
        stage8_filter_scn(root, RunConfig(dataset=root))
    assert not (root / "scn2.mat").exists()


@pytest.mark.golden
def test_arcs_of_another_grid_are_refused_by_name(tree_before):
    root = tree_before("tiny", 8)
    grid = read_mat(root / "uw_grid.mat")
    n_node = len(grid["ij"])
    of_nodes = {name: values[:500] for name, values in grid.items() if len(values) == n_node}
    write_mat(root / "uw_grid.mat", grid | of_nodes | {"n_ps": 500.0})
    with pytest.raises(ArtifactError, match=r"uw_interp\.mat: .*989 nodes.*500 nodes"):
        stage8_filter_scn(root, RunConfig(dataset=root))
    assert not (root / "scn2.mat").exists()
