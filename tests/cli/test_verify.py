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
