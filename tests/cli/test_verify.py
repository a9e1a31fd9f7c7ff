"""``pystamps verify``: exit codes, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.io.mat import write_mat


@pytest.fixture
def trees(tmp_path: Path) -> tuple[str, str]:
    for tree in ("run", "golden"):
        (tmp_path / tree / "PATCH_1").mkdir(parents=True)
        write_mat(tmp_path / tree / "PATCH_1" / "hgt1.mat", {"hgt": np.arange(4.0)})
        write_mat(tmp_path / tree / "phuw2.mat", {"ph_uw": np.ones((4, 2), dtype=np.float32)})
    return str(tmp_path / "run"), str(tmp_path / "golden")


def verify(*arguments: str):
    return CliRunner().invoke(main, ["verify", *arguments])


def test_equal_trees_end_with_zero(trees):
    run, golden = trees
    done = verify("--run", run, "--golden", golden)
    assert done.exit_code == 0, done.output
    assert "2 files, 2 variables compared, profile strict: equal" in done.output


def test_a_difference_ends_with_one_and_says_where(trees):
    run, golden = trees
    write_mat(Path(run) / "PATCH_1" / "hgt1.mat", {"hgt": np.array([0.0, 1.0, 5.0, 3.0])})
    done = verify("--run", run, "--golden", golden)
    assert done.exit_code == 1
    words = " ".join(done.output.replace("│", " ").split())
    assert "PATCH_1/hgt1.mat hgt" in words
    assert "5 instead of 2 at [2, 0]" in words
    assert "1 differences" in words


def test_wrong_usage_ends_with_two(trees, tmp_path):
    run, golden = trees
    assert verify("--run", run).exit_code == 2
    assert verify("--run", str(tmp_path / "nowhere"), "--golden", golden).exit_code == 2
    assert verify("--run", run, "--golden", golden, "--through-stage", "9").exit_code == 2
    done = verify("--run", run, "--golden", golden, "--files", "nothing.mat")
    assert done.exit_code == 2
    assert "no MAT file to compare" in done.output


def test_a_tolerance_below_its_limit_is_refused(trees):
    run, golden = trees
    done = verify("--run", run, "--golden", golden, "--relative", "-1")
    assert done.exit_code == 2
    assert "x>=0" in done.output


def test_json_is_printed_for_programs(trees):
    run, golden = trees
    write_mat(Path(run) / "phuw2.mat", {"ph_uw": np.zeros((4, 2), dtype=np.float32)})
    done = verify("--run", run, "--golden", golden, "--json")
    report = json.loads(done.output)
    assert done.exit_code == 1
    assert report["equal"] is False
    assert report["differences"][0]["n_different"] == 8


def test_files_stages_and_tolerances_can_be_chosen(trees):
    run, golden = trees
    write_mat(Path(run) / "phuw2.mat", {"ph_uw": np.full((4, 2), 1.2, dtype=np.float32)})
    both = ("--run", run, "--golden", golden)
    assert verify(*both).exit_code == 1
    assert verify(*both, "--through-stage", "5").exit_code == 0
    assert verify(*both, "--files", "hgt1.mat").exit_code == 0
    assert verify(*both, "--phase-rad", "0.3").exit_code == 0


def test_golden_trees_lie_on_top_of_each_other(trees, tmp_path):
    run, golden = trees
    layer = tmp_path / "stage6"
    layer.mkdir()
    write_mat(layer / "phuw2.mat", {"ph_uw": np.full((4, 2), 2.0, dtype=np.float32)})
    assert verify("--run", run, "-g", golden, "-g", str(layer)).exit_code == 1
    assert verify("--run", run, "-g", str(layer), "-g", golden).exit_code == 0


def words_of(done) -> str:
    return " ".join(done.output.replace("│", " ").split())


def test_the_profile_decides(trees):
    run, golden = trees
    write_mat(Path(run) / "PATCH_1" / "hgt1.mat", {"hgt": np.arange(4.0) + 0.5})
    both = ("--run", run, "--golden", golden)
    assert verify(*both).exit_code == 1
    assert verify(*both, "--profile", "strict").exit_code == 1
    done = verify(*both, "--profile", "scientific")
    assert done.exit_code == 0
    assert "profile scientific: equal" in done.output
    assert verify(*both, "--profile", "loose").exit_code == 2


def test_what_is_removed_left_out_noted_and_allowed_is_said(trees, tmp_path):
    run, golden = trees
    up = np.ones((4, 2), dtype=np.float32) + np.float32([0, 6 * np.pi])
    write_mat(Path(run) / "phuw2.mat", {"ph_uw": up})
    write_mat(Path(golden) / "ps_plot_v.mat", {"ph_disp": 1.0})
    for tree, is_ours in ((run, True), (golden, False)):
        write_mat(Path(tree) / "uw_grid.mat", {"nzix": np.full((2, 2), is_ours)})
        write_mat(Path(tree) / "parms.mat", {"lambda": 0.0555, "n_cores": 2.0 + is_ours})
    done = verify("-r", run, "-g", golden, "--final-products-only", "--phase-rad", "1e-3")
    assert done.exit_code == 0, done.output
    words = words_of(done)
    assert (
        "phuw2.mat ph_uw: 1 of 2 columns are off by a constant of 3 whole cycles, which is "
        "arbitrary and was taken off" in words
    )
    assert "Left out: uw_grid.mat: grids, caches and steps on the way to a result" in words
    assert "ps_plot_v.mat" in words and "no stage makes it" in words
    assert "Allowed beside the profile: phase_rad 0.001" in words


def test_a_parameter_that_changes_results_is_a_difference_and_others_are_noted(trees):
    run, golden = trees
    write_mat(Path(run) / "parms.mat", {"lambda": 0.0555, "clap_win": 64.0})
    write_mat(Path(golden) / "parms.mat", {"lambda": 0.0555})
    done = verify("-r", run, "-g", golden)
    assert done.exit_code == 1
    assert "parms.mat clap_win parameter 64 instead of 32" in words_of(done)
    done = verify("-r", run, "-g", golden, "--through-stage", "1")
    assert done.exit_code == 0
    assert "parms.mat clap_win: 64 instead of 32, not counted: changes no result" in words_of(done)


def test_tolerances_come_from_a_configuration_and_options_win(trees, tmp_path):
    run, golden = trees
    write_mat(Path(run) / "phuw2.mat", {"ph_uw": np.full((4, 2), 1.2, dtype=np.float32)})
    config = tmp_path / "config.yaml"
    config.write_text("tolerance: {phase_rad: 0.3}\n")
    both = ("--run", run, "--golden", golden)
    assert verify(*both).exit_code == 1
    assert verify(*both, "--config", str(config)).exit_code == 0
    assert verify(*both, "--config", str(config), "--phase-rad", "0.1").exit_code == 1
