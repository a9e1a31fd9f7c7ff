"""The stage table: what every record says about itself."""

from __future__ import annotations

import pytest

from pystamps import stage_table
from pystamps.audit.fingerprint import code_of_stage
from pystamps.pipeline.describe import patch_files
from pystamps.processors import PROCESSORS
from pystamps.stage_table import (
    DELAYS,
    FIGURES,
    FIRST_PASS,
    MODES,
    PAIR_DELAYS,
    PATCH,
    STAGES,
    Mode,
    chain_of_stages,
    expanded,
    mode_of,
    stage_named,
    stage_that_makes,
    stages_in_mode,
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
    made = [name for stage in chain_of_stages() for name in stage.outputs_of_all_modes]
    assert len(made) == len(set(made)) and "phuw_sb2.mat" in made
    for angle in ("la", "inc"):
        names = [name for stage in STAGES for name in files_of(stage.name, angle)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("mode", MODES)
def test_every_input_that_is_an_artifact_has_a_stage_before_that_makes_it(mode: Mode) -> None:
    made: set[str] = set()
    for stage in stages_in_mode(mode, passes=2):
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


def test_files_of_a_first_pass_are_those_of_stages_6_and_7_in_a_folder_of_their_own() -> None:
    for mode in MODES:
        for first in (stage.in_mode(mode) for stage in FIRST_PASS):
            again = stage_named(first.first_of).in_mode(mode)
            assert first.outputs == tuple(f"first_pass/{name}" for name in again.outputs)
            assert first.step == 6 and first.parameter_stage == again.parameter_stage
    unwrap, scla = (stage.in_mode(MODES[1]) for stage in FIRST_PASS)
    assert unwrap.place_of("phuw_sb2.mat") == "first_pass/phuw_sb2.mat"
    assert unwrap.place_of("ps2.mat") == "ps2.mat"
    assert {"first_pass/phuw_sb2.mat", "first_pass/phuw2.mat", "bp2.mat"} <= {*scla.inputs}
    assert stage_that_makes("first_pass/scla_smooth_sb2.mat") is FIRST_PASS[1]


def test_who_unwraps_once_has_neither_rules_nor_inputs_of_a_first_pass() -> None:
    assert stages_in_mode(MODES[0]) == tuple(
        stage if stage.name != "stage6_unwrap" else stage.in_passes(1) for stage in STAGES
    )
    unwrap = stage_named("stage6_unwrap")
    assert not [name for name in unwrap.in_passes(1).optional_inputs if "/" in name]
    assert "first_pass/scla_smooth2.mat" in unwrap.in_passes(2).optional_inputs


def test_describe_inputs_lists_the_files_of_a_patch_that_stages_read() -> None:
    read = {
        name: stage.name
        for stage in STAGES
        for name in (*stage.inputs, *stage.optional_inputs)
        if name.startswith(PATCH) and not name.endswith(".mat")
    }
    listed = {processor: patch_files(processor) for processor in PROCESSORS}
    assert {f"{PATCH}{f.name}" for files in listed.values() for f in files} == read.keys()
    for processor, files in listed.items():
        needed = {f"{PATCH}{file.name}" for file in files if file.is_needed}
        if processor != "gsar":
            assert needed == set(stage_named("stage1_load").inputs), processor
    of_gsar = {file.name for file in listed["gsar"]} - {file.name for file in listed["snap"]}
    assert of_gsar == {"pscands.1.lon", "pscands.1.lat", "pscands.1.inc"}
    assert all(file.is_needed for file in listed["gsar"] if file.name in of_gsar)


def test_every_entry_point_can_be_loaded() -> None:
    for stage in (stage_table.PREPARATION, *chain_of_stages(), *FIGURES):
        assert callable(stage.load()), stage.name


def test_the_table_knows_which_stages_have_kernels_for_a_gpu() -> None:
    for stage in chain_of_stages():
        has_cuda = any(
            "cuda" in backends_of(kernel) for kernel in code_of_stage(stage.name).kernels
        )
        assert stage.has_device_kernels == has_cuda, stage.name
