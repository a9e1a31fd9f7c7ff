"""The stage table: what every record says about itself."""

from __future__ import annotations

import pytest

from pystamps import stage_table
from pystamps.audit.fingerprint import code_of_stage
from pystamps.pipeline.describe import PATCH_FILES
from pystamps.stage_table import (
    DELAYS,
    FIGURES,
    MODES,
    PAIR_DELAYS,
    PATCH,
    STAGES,
    Mode,
    expanded,
    mode_of,
    stage_named,
    stage_that_makes,
    with_angles,
)
from pystamps_kernels import backends_of


def files_of(stage: str, angle: str) -> list[str]:
    """Give everything that a stage writes for one patch."""
    return expanded(stage_named(stage).all_outputs, patches=["PATCH_1"], angle=angle)


def test_the_files_of_a_stage_follow_the_angle() -> None:
    assert "PATCH_1/la1.mat" in files_of("stage1_load", "la")
    assert "inc2.mat" in files_of("stage5_merge", "inc")
    assert "PATCH_1/la2.mat" not in files_of("stage5_correct", "inc")


def test_a_name_that_no_stage_has_is_refused() -> None:
    with pytest.raises(ValueError, match="stage9"):
        stage_named("stage9")


def test_the_marker_of_every_stage_is_one_of_its_files() -> None:
    for stage in STAGES:
        assert stage.marker in {name.removeprefix(PATCH) for name in stage.outputs}
    for figure in FIGURES:
        assert figure.outputs == (f"figures/{figure.marker}",)


def test_no_file_belongs_to_two_stages() -> None:
    made = [name for stage in STAGES for name in stage.outputs_of_all_modes]
    assert len(made) == len(set(made)) and "phuw_sb2.mat" in made
    for angle in ("la", "inc"):
        names = [name for stage in STAGES for name in files_of(stage.name, angle)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("mode", MODES)
def test_every_input_that_is_an_artifact_has_a_stage_before_that_makes_it(mode: Mode) -> None:
    made: set[str] = set()
    for stage in (item.in_mode(mode) for item in STAGES):
        for item in (*stage.inputs, *stage.optional_inputs):
            for name in with_angles(item):
                if name in (DELAYS, PAIR_DELAYS):
                    continue  # brought along: TRAIN makes them
                assert name.endswith(".mat") == (stage_that_makes(name) is not None), name
                assert name in made or not name.endswith(".mat"), (stage.name, name)
        made |= {shown for item in stage.all_outputs for shown in with_angles(item)}


def test_files_of_small_baselines_belong_to_their_stages_and_to_no_other_mode() -> None:
    single, pairs = mode_of(is_small_baseline=False), mode_of(is_small_baseline=True)
    unwrap, scla = stage_named("stage6_unwrap"), stage_named("stage7_scla")
    assert unwrap.in_mode(single) is unwrap and "phuw_sb2.mat" not in unwrap.all_outputs
    assert {"phuw2.mat", "phuw_sb2.mat", "phuw_sb_res2.mat"} <= {*unwrap.in_mode(pairs).outputs}
    assert "ifgstd2.mat" in scla.inputs and "ifgstd2.mat" not in scla.in_mode(pairs).inputs
    assert scla.in_mode(pairs).outputs == ("scla2.mat", "scla_sb2.mat", "scla_smooth_sb2.mat")
    assert stage_that_makes("phuw_sb2.mat") is unwrap
    assert stage_that_makes("scla_smooth_sb2.mat") is scla
    assert stage_named("stage1_load").in_mode(pairs) is stage_named("stage1_load")


def test_describe_inputs_lists_the_files_of_a_patch_that_stages_read() -> None:
    read = {
        name: stage.name
        for stage in STAGES
        for name in (*stage.inputs, *stage.optional_inputs)
        if name.startswith(PATCH) and not name.endswith(".mat")
    }
    assert {f"{PATCH}{file.name}" for file in PATCH_FILES} == read.keys()
    needed = {f"{PATCH}{file.name}" for file in PATCH_FILES if file.is_needed}
    assert needed == set(stage_named("stage1_load").inputs)


def test_every_entry_point_can_be_loaded() -> None:
    for stage in (stage_table.PREPARATION, *STAGES, *FIGURES):
        assert callable(stage.load()), stage.name


def test_the_table_knows_which_stages_have_kernels_for_a_gpu() -> None:
    for stage in STAGES:
        has_cuda = any(
            "cuda" in backends_of(kernel) for kernel in code_of_stage(stage.name).kernels
        )
        assert stage.has_device_kernels == has_cuda, stage.name
