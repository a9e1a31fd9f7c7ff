"""``pystamps drop`` and ``undrop``: what is said, and what the next run does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.io.mat import read_mat

DATE, NUMBER = "2019-07-13", 14
"""Of the simulated stack."""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def stages_again(found: Result) -> set[str]:
    assert found.exit_code == 0, found.output
    return {label.partition(" ")[0] for label in json.loads(found.stdout)["runs_again"]}


MERGED = {"stage6_unwrap", "stage7_scla", "stage8_filter", "product_mean_velocity"}


@pytest.mark.workflow
def test_a_round_trip_says_what_runs_again_and_ends_where_it_began(finished: Path) -> None:
    before = read_mat(finished / "parms.mat")
    again = stages_again(call("drop", DATE, "-d", finished, "--from", "6", "--json"))
    assert {name for name in again if name.startswith("stage")} == MERGED - {
        "product_mean_velocity"
    }
    assert stages_again(call("undrop", NUMBER, "-d", finished, "--json")) == set()
    again = stages_again(call("drop", NUMBER, "-d", finished, "--json"))
    assert {"stage3_select", "stage4_weed", *MERGED - {"product_mean_velocity"}} <= again
    assert not {"stage1_load", "stage2_gamma"} & again
    found = call("undrop", DATE, "-d", finished)
    assert found.exit_code == 0 and "no stage has to run again" in found.output
    after = read_mat(finished / "parms.mat")
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)


@pytest.mark.workflow
def test_people_read_list_connection_stages_and_the_next_command(finished: Path) -> None:
    found = call("drop", DATE, "-d", finished, "--from", "6")
    lines = found.output.splitlines()
    assert found.exit_code == 0, found.output
    assert lines[0] == "drop_ifg_index: 14 (before: none)"
    assert lines[1:3] == ["PATCH_1: none", "PATCH_2: none"]
    assert "13 of 14 interferograms are left, and connected" in lines
    assert any(line.startswith("runs again: stage6_unwrap, stage7_scla") for line in lines)
    assert lines[-1] == f"next: pystamps run -d {finished}"
    assert max(map(len, lines[:-1])) <= 80
    table = call("ifgs", finished).output
    assert [line.split()[-1] for line in table.splitlines() if line.startswith(" 14 ")] == [
        "dropped"
    ]


def test_a_date_that_does_not_exist_is_refused_with_the_nearest_ones(simulated: Path) -> None:
    found = call("drop", "2019-07-14", "-d", simulated)
    assert found.exit_code == 2
    assert "2019-07-14 is the date of no image" in found.stderr
    assert "2019-07-13 (number 14)" in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1
