"""Pixels against thresholds: the numbers are those of the stages."""

from __future__ import annotations

import csv
import io
import json
from math import inf
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import pystamps
from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.io.mat_changes import change_mat
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.stage3 import stage3_select_ps
from pystamps.pipeline.entry.stage4 import stage4_weed_ps
from pystamps.pipeline.entry.thresholds import threshold_table
from pystamps.stages.selection_tables import counted_weeding

PATCHES = ("PATCH_1", "PATCH_2")


def row_of(root: Path, name: str, value: float):
    rows = threshold_table(root, RunConfig(), {name: [value]}).rows
    return next(row for row in rows if row.value == value)


def after_stage(run, root: Path, **stamps) -> dict[str, int]:
    """Run a stage of every patch with a value; add up what it counts."""
    results = [run(root / patch, RunConfig(root, stamps=stamps)) for patch in PATCHES]
    return {name: sum(r.counts[name] for r in results) for name in results[0].counts}


@pytest.mark.golden
@pytest.mark.parametrize(
    ("name", "value", "method"),
    [("density_rand", 4.0, "DENSITY"), ("percent_rand", 6.0, "PERCENT")],
)
def test_stage_3_selects_and_keeps_what_the_table_says(
    tree_before, name: str, value: float, method: str
) -> None:
    root = tree_before("tiny", 5)
    row = row_of(root, name, value)
    found = after_stage(stage3_select_ps, root, **{name: value, "select_method": method})
    assert row.is_exact and not row.is_current
    numbers = (found["candidates"], found["selected"], found["kept"])
    assert (row.before, row.selected, row.kept) == numbers
    assert 0 < numbers[2] < 5242


@pytest.mark.golden
def test_the_value_of_the_run_gives_the_numbers_of_the_original(tree_before) -> None:
    root = tree_before("tiny", 5)
    row = row_of(root, "density_rand", 20.0)
    assert row.is_current and row.is_exact and row.kept == 5242


@pytest.mark.golden
def test_looser_limits_are_estimates_within_two_percent(tree_before) -> None:
    root = tree_before("tiny", 5)
    after_stage(stage3_select_ps, root, density_rand=2)
    estimated = row_of(root, "density_rand", 20.0)
    assert not estimated.is_exact and estimated.selected == 5686
    assert estimated.kept == pytest.approx(5242, rel=0.02)
    middle = row_of(root, "density_rand", 10.0)
    real = after_stage(stage3_select_ps, root, density_rand=10)
    assert not middle.is_exact and middle.selected == real["selected"]
    assert middle.kept == pytest.approx(real["kept"], rel=0.02)


@pytest.mark.golden
def test_numbers_are_called_estimates_when_other_parameters_have_changed(tree_before) -> None:
    root = tree_before("tiny", 5)
    assert row_of(root, "density_rand", 10.0).is_exact
    change_mat(root / "parms.mat", {"select_reest_gamma_flag": "n"})
    assert not row_of(root, "density_rand", 10.0).is_exact


@pytest.mark.golden
@pytest.mark.parametrize(("name", "value"), [("weed_standard_dev", 0.7), ("weed_max_noise", 1.5)])
def test_stage_4_keeps_what_the_table_says(tree_before, name: str, value: float) -> None:
    root = tree_before("tiny", 5)
    row = row_of(root, name, value)
    found = after_stage(stage4_weed_ps, root, **{name: value})
    assert row.is_exact and row.kept == found["kept"] and 0 < row.kept < row.before


def test_noise_that_was_not_measured_gives_no_number_but_where_the_step_stays_off() -> None:
    off = Parameters(weed_standard_dev=inf, weed_max_noise=inf)
    assert counted_weeding(np.zeros(7), np.zeros(7), off) == 7
    assert counted_weeding(np.zeros(7), np.zeros(7), Parameters()) is None
    measured = np.array([0.3, 0.9, 1.0, 2.0], dtype=np.float32)
    assert counted_weeding(measured, measured, Parameters(weed_standard_dev=1.0)) == 2
    assert counted_weeding(measured, measured, off) == 4
    assert counted_weeding(np.zeros(0), np.zeros(0), Parameters()) == 0


def thresholds(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["thresholds", *map(str, arguments)])


@pytest.mark.workflow
def test_the_command_counts_as_stages_and_exports_do(finished: Path) -> None:
    found = thresholds(finished)
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert max(map(len, lines)) <= 80 and lines[0].split()[:2] == ["threshold", "value"]
    current = [line.split() for line in lines if " * " in line]
    assert [words[0] for words in current] == [
        "density_rand",
        "weed_standard_dev",
        "weed_max_noise",
    ]
    rows = json.loads(
        thresholds(finished, "--values", "coherence=0.8", "--json").stdout,
        parse_constant=pytest.fail,
    )["rows"]
    chosen = pystamps.open(finished).choose(min_coherence=0.8)
    assert [row["kept"] for row in rows] == [len(chosen)] and rows[0]["is_exact"]
    piped = thresholds(finished, "--values", "weed_max_noise=1,2", "--csv", "-").stdout
    table = list(csv.DictReader(io.StringIO(piped)))
    assert [row["value"] for row in table] == ["1.0", "2.0", "inf"]
    assert table[2]["is_current"] == "True" and table[0]["selected"] == ""


@pytest.mark.workflow
def test_what_stages_have_not_left_is_empty_and_names_the_stage(finished: Path) -> None:
    for name, gone, stage in (
        ("coherence", "pm2.mat", "stage5_merge"),
        ("weed_max_noise", "PATCH_2/weed1.mat", "stage4_weed"),
        ("density_rand", "PATCH_2/select1.mat", "stage3_select"),
        ("density_rand", "PATCH_2/pm1.mat", "stage2_gamma"),
    ):
        (finished / gone).unlink()
        found = threshold_table(finished, RunConfig(), {name: [0.5]})
        assert found.missing == {name: stage}
        assert all(row.kept is None and not row.is_exact for row in found.rows)
        has_selected = gone.endswith("select1.mat")
        assert all((row.selected is not None) == has_selected for row in found.rows)
    said = thresholds(finished, "--values", "density_rand=3").output
    assert "empty: density_rand; stage2_gamma gives it (pystamps run)" in said


@pytest.mark.parametrize("wrong", ["weed=1", "coherence=high", "density_rand=0", "coherence"])
def test_values_that_cannot_be_tried_are_refused(tmp_path: Path, wrong: str) -> None:
    found = thresholds(tmp_path, "--values", wrong)
    assert found.exit_code == 2 and f"--values {wrong}" in found.stderr
