"""The stage table: what every record says about itself."""

from __future__ import annotations

import pytest

from pystamps import stage_table
from pystamps.audit.fingerprint import code_of_stage
from pystamps.pipeline.describe import PATCH_FILES
from pystamps.stage_table import FIGURES, PATCH, STAGES, expanded, stage_named, stage_that_makes
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
    for angle in ("la", "inc"):
        names = [name for stage in STAGES for name in files_of(stage.name, angle)]
        assert len(names) == len(set(names))


def test_every_input_that_is_an_artifact_has_a_stage_before_that_makes_it() -> None:
    for place, stage in enumerate(STAGES):
        for name in (*stage.inputs, *stage.optional_inputs):
            maker = stage_that_makes(name.replace("{angle}", "la"))
            assert maker is None or STAGES.index(maker) < place, (stage.name, name)
            assert name.endswith(".mat") == (maker is not None), (stage.name, name)


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
