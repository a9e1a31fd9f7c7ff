"""Comparison of trees: parameters that change results of the stages compared count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pystamps.io.mat import write_mat
from pystamps.verify import verify_trees

BASE = {"small_baseline_flag": "n", "insar_processor": "snap", "lambda": 0.0555, "heading": -12.0}


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal trees with results of stages 1, 2 and 6, and parameters."""
    for tree in ("run", "golden"):
        root = tmp_path / tree
        (root / "PATCH_1").mkdir(parents=True)
        write_mat(root / "PATCH_1" / "hgt1.mat", {"hgt": np.arange(4.0)})
        write_mat(root / "PATCH_1" / "pm1.mat", {"coh_ps": np.linspace(0.1, 0.9, 4)})
        write_mat(root / "phuw2.mat", {"ph_uw": np.ones((4, 2), dtype=np.float32)})
        write_mat(root / "parms.mat", BASE)
    return tmp_path / "run", tmp_path / "golden"


def verdicts(report) -> list[tuple[str, str, str]]:
    return [(item.file, item.variable, item.kind) for item in report.differences]


def noted(report) -> list[str]:
    """Give the parameters that differ and do not count."""
    return [item.name for item in report.parameters if not item.is_equal and not item.counts]


def test_defaults_that_one_side_fills_in_are_equal(trees):
    run, golden = trees
    write_mat(run / "parms.mat", BASE | {"Created": "today", "unwrap_gold_alpha": 0.8})
    report = verify_trees(run, golden)
    assert report.is_equal
    assert len(report.parameters) > 50
    assert not noted(report)


def test_a_parameter_counts_where_it_changes_results_of_the_stages_compared(trees):
    run, golden = trees
    write_mat(run / "parms.mat", BASE | {"unwrap_gold_alpha": 0.8000001, "clap_win": 64.0})
    report = verify_trees(run, golden)
    assert verdicts(report) == [
        ("parms.mat", "clap_win", "parameter"),
        ("parms.mat", "unwrap_gold_alpha", "parameter"),
    ]
    assert report.differences[1].sentence == "parameter 0.8000001 instead of 0.8"
    report = verify_trees(run, golden, through_stage=4)
    assert verdicts(report) == [("parms.mat", "clap_win", "parameter")]
    assert noted(report) == ["unwrap_gold_alpha"]
    report = verify_trees(run, golden, through_stage=1)
    assert report.is_equal
    assert noted(report) == ["clap_win", "unwrap_gold_alpha"]


def test_values_of_localparms_and_of_patches_count_too(trees):
    run, golden = trees
    write_mat(run / "localparms.mat", {"weed_standard_dev": 0.7})
    assert verdicts(verify_trees(run, golden)) == [("parms.mat", "weed_standard_dev", "parameter")]
    (run / "localparms.mat").unlink()
    write_mat(golden / "PATCH_1" / "localparms.mat", {"weed_standard_dev": 0.7})
    assert verdicts(verify_trees(run, golden)) == [
        ("PATCH_1/parms.mat", "weed_standard_dev", "parameter")
    ]


def test_a_constant_that_only_one_tree_knows_is_noted(trees):
    run, golden = trees
    write_mat(golden / "parms.mat", {k: v for k, v in BASE.items() if k != "heading"})
    report = verify_trees(run, golden)
    assert report.is_equal
    assert noted(report) == ["heading"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_tree_without_parameters_is_named(trees, which):
    (trees[which] / "parms.mat").unlink()
    report = verify_trees(*trees)
    assert report.is_equal
    assert not report.parameters
    (left_out,) = report.left_out
    assert left_out.file == "parms.mat"
    assert left_out.reason == f"{trees[which]}: has no parms.mat, so that no parameter was compared"


def test_parameters_come_from_the_last_layer_that_has_them(trees, tmp_path):
    run, golden = trees
    later, stage = tmp_path / "later", tmp_path / "stage6"
    for folder in (later, stage):
        folder.mkdir()
    write_mat(later / "parms.mat", BASE | {"clap_win": 64.0})
    report = verify_trees(run, [golden, later, stage])
    assert verdicts(report) == [("parms.mat", "clap_win", "parameter")]


def test_a_value_that_cannot_be_read_is_a_difference(trees):
    run, golden = trees
    write_mat(golden / "parms.mat", BASE | {"clap_win": "wide"})
    (found,) = verify_trees(run, golden).differences
    assert (found.file, found.kind) == ("parms.mat", "unreadable")
    assert "clap_win" in found.sentence


def test_parameters_are_not_compared_when_only_other_files_are_asked_for(trees):
    run, golden = trees
    write_mat(run / "parms.mat", BASE | {"clap_win": 64.0})
    assert verify_trees(run, golden, files=["hgt1.mat"]).is_equal
    assert verify_trees(run, golden, files=["hgt1.mat", "parms.mat"]).parameters
