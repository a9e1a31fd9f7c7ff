"""``describe-inputs`` and ``list-legacy``."""

from __future__ import annotations

import importlib.util
import json

import pytest
from click.testing import CliRunner
from prepared_stacks import STACKS, gsar_stack
from trees import CHECKOUT

from pystamps.cli import main
from pystamps.legacy import LEGACY_ROUTINES, routines_below
from pystamps.legacy_proofs import SHOWN_BY
from pystamps.pipeline.describe import describe_inputs
from pystamps.stage_table import STAGES

MATLAB_FILES_OF_STAMPS = """
K2q azi_f_resample batchjob calc_dem_offset clap_filt clap_filt_patch combine_amp_dem coreg_inv
coreg_pos cptcmap dijkstra doris_mc_header env_oscilator_corr gescatter get_parm_xml getparm
getpsver goldstein_filt gradient_filt griddata_version_control interp_dem llh2local load_isce
local2llh logit masterchoice mt_ml_select mt_ml_select_gamma mt_prep_suggestion parseplotprm
patch_search plot_all_ifgs plot_amp_dem plot_edges plot_sb_baselines plot_uw profiler
ps_baseline_plot ps_baselines ps_calc_ifg_std ps_calc_scla ps_calc_tca ps_correct_phase
ps_deramp ps_est_gamma_quick ps_fit_vario ps_gescatter ps_info ps_kriging ps_load_dem
ps_load_info ps_load_initial ps_load_initial_gamma ps_load_initial_gsar ps_load_initial_isce
ps_load_mean_amp ps_mean_v ps_merge_patches ps_output ps_parms_default ps_parms_initial ps_plot
ps_plot_ica ps_plot_ifg ps_plot_tca ps_sb_merge ps_scn_filt ps_scn_filt_krig ps_select ps_setref
ps_shapefile ps_smooth_scla ps_topofit ps_unwrap ps_variogram ps_weed putdates readcpx readparm
sb_baseline_plot sb_find sb_find_consec sb_find_delaunay sb_fix_unwrap_manual
sb_fix_unwrap_manual_new sb_identify_good_pixels sb_info sb_invert_aps sb_invert_iono
sb_invert_uw sb_load_initial sb_load_initial_gamma sb_load_initial_isce sb_make_closure_loops
sb_parms_initial scla_reset setparm setpsver splitaz stamps stamps_mc_header
stamps_processing_stage stamps_save ts_flaghelper ts_plot ts_plotdiff uw_3d uw_grid_wrapped
uw_interp uw_nosnaphu uw_sb_smooth_unwrap uw_sb_unwrap_space_time uw_stat_costs uw_triangulate
uw_unwrap_from_grid uw_unwrap_space uw_unwrap_space_time uw_unwrap_time wrap_filt writecpx
"""
"""Names of the files in its folder matlab, version 4.0b6."""


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


@pytest.mark.parametrize("routine", LEGACY_ROUTINES, ids=lambda routine: routine.name)
def test_a_routine_that_is_here_has_a_test_and_one_that_is_not_says_why(routine):
    if routine.status in ("ready", "partial"):
        file, _, name = routine.shown_by.partition("::")
        assert f"def {name}(" in (CHECKOUT / file).read_text(), routine.shown_by
    else:
        assert routine.note and not routine.shown_by


def test_every_proof_is_of_something_in_the_table():
    known = {name for routine in LEGACY_ROUTINES for name in (routine.name, routine.here)}
    assert SHOWN_BY.keys() <= known


def test_every_matlab_file_of_the_original_is_in_the_table(tmp_path):
    for name in MATLAB_FILES_OF_STAMPS.split():
        (tmp_path / f"{name}.m").write_text("")
    known, unknown = routines_below(tmp_path)
    assert unknown == () and len(known) > 100


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
