"""``describe-inputs`` and ``list-legacy``."""

from __future__ import annotations

import importlib.util
import json

import pytest
from click.testing import CliRunner
from prepared_stacks import STACKS, gsar_stack

from pystamps.cli import main
from pystamps.legacy import LEGACY_ROUTINES
from pystamps.pipeline.describe import describe_inputs
from pystamps.stage_table import STAGES


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("processor", STACKS)
def test_a_complete_stack_is_described(tmp_path, processor):
    root = STACKS[processor](tmp_path).parent
    before = sorted(root.rglob("*"))
    result = run("describe-inputs", "--dataset", root, "--json")
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert found["processor"] == processor and found["is_complete"]
    assert found["reference_date"] == "20180401"
    assert [i["date"] for i in found["interferograms"]] == ["20180101", "20180301", "20180501"]
    assert [i["days"] for i in found["interferograms"]] == [-90, -31, 30]
    assert found["constants"]["heading"] == -12.6
    assert [(p["name"], p["candidates"]) for p in found["patches"]] == [("PATCH_1", 40)]
    (patch,) = found["patches"]
    assert {f["name"] for f in patch["files"] if "pscands" in f["name"]} == {
        f"pscands.1.{ending}" for ending in ("ij", "ll", "ph", "hgt", "da")
    }
    assert sorted(root.rglob("*")) == before


def test_candidate_files_of_gsar_are_listed_for_gsar_only(tmp_path):
    patch = gsar_stack(tmp_path)
    (patch / "pscands.1.lat").unlink()
    (listed,) = describe_inputs(patch.parent).patches
    names = [file.name for file in listed.files if "pscands" in file.name]
    assert names == [f"pscands.1.{end}" for end in ("ij", "lon", "lat", "inc", "ph", "hgt", "da")]
    assert [f.name for f in listed.files if f.is_needed and not f.count] == ["pscands.1.lat"]


def test_a_patch_can_be_described_alone(tmp_path):
    patch = STACKS["doris"](tmp_path)
    found = describe_inputs(patch)
    assert found.root == patch.parent.resolve() and [p.name for p in found.patches] == ["PATCH_1"]
    assert [i.bperp_m for i in found.interferograms] == [10.5, -20.5, 30.5]


def test_what_stage_1_would_refuse_is_said_and_the_exit_code_tells(tmp_path):
    patch = STACKS["snap"](tmp_path)
    (patch / "pscands.1.ph").write_bytes(b"")
    result = run("describe-inputs", "--dataset", patch.parent)
    assert result.exit_code == 1
    found = describe_inputs(patch.parent)
    assert "pscands.1.ph: found 0 bytes, expected 960" in found.patches[0].problem
    assert found.patches[0].candidates is None and not found.is_complete


def test_a_missing_parameter_file_is_a_problem_of_the_data_set(tmp_path):
    root = STACKS["isce"](tmp_path).parent
    (root / "parms.mat").unlink()
    found = describe_inputs(root)
    assert "parms.mat" in found.problems[0] and found.processor == "isce"
    assert not found.patches[0].problem


@pytest.mark.parametrize("processor", ["roipac"])
def test_a_stack_of_another_processor_is_described_as_unreadable(tmp_path, processor):
    root = STACKS["snap"](tmp_path).parent
    (root / "parms.mat").unlink()
    (root / "processor.txt").write_text(processor)
    found = describe_inputs(root)
    assert found.processor == processor and "cannot be read" in found.patches[0].problem


def test_a_moved_stack_is_described_with_the_folder_of_its_export(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    (tmp_path / "raw").rename(tmp_path / "export")
    assert run("describe-inputs", "-d", root).exit_code == 1
    assert run("describe-inputs", "-d", root, "--raw-root", tmp_path / "export").exit_code == 0


def test_a_folder_that_is_no_data_set_is_refused(tmp_path):
    result = run("describe-inputs", "-d", tmp_path)
    assert result.exit_code == 2 and "error:" in result.stderr


def test_every_routine_is_listed_once_with_its_place():
    names = [routine.name for routine in LEGACY_ROUTINES]
    assert len(names) == len(set(names))
    rows = json.loads(run("list-legacy", "--json").output)
    assert [row["name"] for row in rows] == names
    lines = run("list-legacy").output.splitlines()
    assert len(lines) == len(names) + 1


@pytest.mark.parametrize("routine", LEGACY_ROUTINES, ids=lambda routine: routine.name)
def test_the_place_of_a_routine_exists(routine):
    if routine.status in ("ready", "partial"):
        if routine.here.startswith("pystamps "):
            command = main.get_command(None, routine.here.split()[1])
            assert command is not None
        else:
            assert importlib.util.find_spec(routine.here) is not None
    else:
        assert not routine.here


def test_every_stage_has_a_routine():
    listed = {routine.stage for routine in LEGACY_ROUTINES if routine.status == "ready"}
    assert {str(stage.step) for stage in STAGES} <= listed


@pytest.mark.parametrize("wanted", ["all", *map(str, range(1, 9))])
def test_what_stages_read_and_write_is_shown_without_a_data_set(wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = json.loads(run("describe-inputs", "--stage", wanted, "--json").output)
    stages = {stage.name: stage for stage in STAGES if wanted in ("all", str(stage.step))}
    assert [row["name"] for row in rows] == list(stages)
    for row in rows:
        assert row["inputs"] == list(stages[row["name"]].inputs)
        assert row["outputs"] == list(stages[row["name"]].outputs)
    shown = run("describe-inputs", "--stage", wanted)
    assert shown.exit_code == 0 and "reads if there" in shown.output


def test_a_stage_and_a_data_set_are_not_described_together(tmp_path):
    result = run("describe-inputs", "--stage", "2", "--dataset", tmp_path)
    assert result.exit_code == 2 and "leave --dataset out" in result.output


def test_the_routines_of_a_copy_of_stamps_are_listed(tmp_path):
    for name in ("matlab/ps_weed.m", "matlab/my_own.m", "bin/mt_prep_snap", "bin/step_coreg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    rows = json.loads(run("list-legacy", "--stamps-root", tmp_path, "--json").output)
    found = {row["name"]: row["note"] for row in rows}
    assert found.keys() == {"ps_weed", "my_own", "mt_prep_snap", "step_*"}
    assert "your own" in found["my_own"]
    (tmp_path / "empty").mkdir()
    result = run("list-legacy", "--stamps-root", tmp_path / "empty")
    assert result.exit_code == 2 and "holds no routine of StaMPS" in result.output
