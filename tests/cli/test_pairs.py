"""``pystamps pairs``: pairs of images for small baselines, for people and as a file of StaMPS."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from processed_tree import write_processed_tree

from pystamps.cli import main
from pystamps.io.mat import read_mat, write_mat


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    line, sample = (side.ravel() for side in np.indices((8, 10)))
    (tmp_path / "d").mkdir()
    write_processed_tree(tmp_path / "d", 0.5 * line, line, sample)
    return tmp_path / "d"


def find(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["pairs", *map(str, arguments)])


def test_people_see_the_pairs_and_whether_they_connect_all_images(tree: Path) -> None:
    found = find(tree)
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0].split() == ["first", "second", "days", "Bperp", "coherence"]
    assert "which connect all of them" in lines[-1]
    alone = find(tree, "--most-days", "1", "--most-baseline", "0.001")
    assert alone.exit_code == 0, alone.output


def test_the_list_is_written_as_stamps_does_and_never_over_another(tree: Path) -> None:
    target = tree.parent / "small_baselines.list"
    assert find(tree, "-o", target).exit_code == 0
    pairs = json.loads(find(tree, "--json").output)["pairs"]
    written = [line.split() for line in target.read_text().splitlines()]
    assert written == [[p["first"].replace("-", ""), p["second"].replace("-", "")] for p in pairs]
    assert pairs and all(pair["days"] > 0 for pair in pairs)
    refused = find(tree, "-o", target)
    assert refused.exit_code == 2 and "--overwrite" in refused.output
    assert find(tree, "-o", target, "--overwrite").exit_code == 0


def test_a_set_of_small_baselines_is_told_what_lists_its_pairs(tree: Path) -> None:
    write_mat(tree / "parms.mat", read_mat(tree / "parms.mat") | {"small_baseline_flag": "y"})
    refused = find(tree)
    assert refused.exit_code == 2 and "pystamps ifgs" in refused.output
