from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from stage_comparison import assert_same_artifact
from unwrapped_examples import make_root

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.model import CorrelatedNoise, InterferogramNoise, MeanVelocity
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.stage7 import stage7_calc_scla

# single precision in the original: constants to 6 rad, the largest of the two rows
TOLERANCES = {"m": 4e-6}


@pytest.mark.golden
@pytest.mark.parametrize("value_type", ["v-do", "v-dso"])
def test_tiny_has_the_velocity_of_the_original(tree_before, shared_data, value_type):
    root = tree_before("tiny", 8)
    shutil.copyfile(shared_data / "tiny" / "stages" / "stage8" / "scn2.mat", root / "scn2.mat")
    options = {} if value_type == "v-do" else {"value_type": value_type}
    result = product_mean_velocity(root, RunConfig(dataset=root), **options)
    assert result.written == ("mean_v.mat",)
    assert value_type in result.details
    golden = shared_data / "tiny" / "products" / f"mean_v_{value_type}.mat"
    assert_same_artifact(root / "mean_v.mat", golden, TOLERANCES)


def test_only_the_parts_of_the_value_type_are_read(tmp_path):
    root = make_root(tmp_path)
    config = RunConfig(dataset=root)
    product_mean_velocity(root, config, value_type="v-o")
    with pytest.raises(ArtifactError, match=r"scla2\.mat: file is missing; run stage 7"):
        product_mean_velocity(root, config)
    stage7_calc_scla(root, RunConfig(dataset=root))
    product_mean_velocity(root, config)
    with pytest.raises(ArtifactError, match=r"scn2.mat: file is missing"):
        product_mean_velocity(root, config, value_type="v-s")


def test_an_artifact_of_another_selection_is_refused(tmp_path):
    root = make_root(tmp_path)
    noise = CorrelatedNoise(np.zeros((29, 8)), np.zeros((29, 8), np.float32), np.zeros((29, 0)))
    write_artifact(root / "scn2.mat", noise)
    with pytest.raises(
        ArtifactError, match=r"ph_scn_slave has 29 rows, expected 30 \(n_ps = 30 as in ps2\.mat\)"
    ):
        product_mean_velocity(root, RunConfig(dataset=root), value_type="v-s")
    std = InterferogramNoise(np.full(7, 30, np.float32))
    write_artifact(root / "ifgstd2.mat", std)
    with pytest.raises(
        ArtifactError, match=r"ifg_std has 7 values, expected 8 \(n_ifg = 8 as in ps2\.mat\)"
    ):
        product_mean_velocity(root, RunConfig(dataset=root), value_type="v")
    write_artifact(root / "ifgstd2.mat", replace(std, ifg_std_deg=np.full(8, np.nan, np.float32)))
    with pytest.raises(ArtifactError, match="ifg_std is NaN in all 8 interferograms"):
        product_mean_velocity(root, RunConfig(dataset=root), value_type="v")


def test_an_unknown_value_type_is_refused_before_anything_is_written(tmp_path):
    root = make_root(tmp_path)
    with pytest.raises(ParameterError, match="'velocity' is unknown"):
        product_mean_velocity(root, RunConfig(dataset=root), value_type="velocity")
    assert not (root / "mean_v.mat").exists()


@pytest.mark.parametrize("n_ps", [0, 1])
def test_few_pixels_are_data(tmp_path, n_ps):
    root = make_root(tmp_path, n_ps)
    stage7_calc_scla(root, RunConfig(dataset=root))
    result = product_mean_velocity(root, RunConfig(dataset=root))
    assert result.is_empty == (n_ps == 0)
    assert read_artifact(MeanVelocity, root / "mean_v.mat").m.shape == (2, n_ps)
