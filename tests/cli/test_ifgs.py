"""``pystamps ifgs``: the table for people, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from processed_tree import write_processed_tree

from pystamps.cli import main
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.model import InterferogramNoise


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    line, sample = (side.ravel() for side in np.indices((8, 10)))
    (tmp_path / "d").mkdir()
    write_processed_tree(tmp_path / "d", 0.5 * line, line, sample)
    return tmp_path / "d"


@pytest.fixture
def noisy(tree: Path) -> Path:
    """The same with noise of 87 degrees in interferogram 2."""
    noise = read_artifact(InterferogramNoise, tree / "ifgstd2.mat")
    noise.ifg_std_deg[1] = 87
    write_artifact(tree / "ifgstd2.mat", noise)
    return tree


def ifgs(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["ifgs", *map(str, arguments)])


def test_people_get_a_row_each_within_80_columns_and_the_reasons(noisy: Path) -> None:
    found = ifgs(noisy)
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == [
        "No.", "date", "days", "Bperp", "noise", "resid", "msd", "arcs", "effect", "most", "verdict"
    ]  # fmt: skip
    assert [line.split()[-1] for line in lines[2:8]] == [
        "keep", "drop", "reference", "keep", "keep", "keep"
    ]  # fmt: skip
    assert "drop 2 (2018-01-25): noise 87 deg (drop from 80)" in lines


def test_limits_can_be_set_and_a_wrong_one_lists_them(noisy: Path) -> None:
    found = ifgs(noisy, "--limit", "drop_noise_deg=inf", "--limit", "look_noise_deg=inf")
    assert "drop" not in found.output and found.exit_code == 0
    for wrong in ("look_noise=3", "look_noise_deg=much", "look_noise_deg=-1"):
        found = ifgs(noisy, "--limit", wrong)
        assert found.exit_code == 2 and f"--limit {wrong}" in found.stderr
    assert "look_residual_mm: residual rms" in ifgs(noisy, "--limit", "x=1").stderr


def test_what_a_stage_has_not_given_is_empty_and_said(tree: Path) -> None:
    (tree / "scla2.mat").unlink()
    found = ifgs(tree)
    text = " ".join(found.output.split())
    assert "empty: resid, effect, most; stage7_scla gives it (pystamps run)" in text
    assert found.output.splitlines()[2].split()[0] == "1"


def test_csv_goes_to_a_pipe_or_to_a_file_that_is_not_there_yet(noisy: Path, tmp_path: Path) -> None:
    piped = ifgs(noisy, "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(piped.stdout)))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert rows[1]["verdict"] == "drop" and float(rows[1]["noise_deg"]) == 87
    assert rows[2]["noise_deg"] == "" and rows[2]["verdict"] == "reference"
    path = tmp_path / "ifgs.csv"
    assert ifgs(noisy, "--csv", path).exit_code == 0
    assert path.read_text() == piped.stdout
    again = ifgs(noisy, "--csv", path)
    assert again.exit_code == 2 and "is there already" in again.stderr
    assert ifgs(noisy, "--csv", path, "--overwrite").exit_code == 0


def test_json_has_numbers_and_null_and_the_limits(noisy: Path) -> None:
    text = ifgs(noisy, "--json", "--limit", "look_noise_deg=inf").stdout
    found = json.loads(text, parse_constant=pytest.fail)
    assert found["rows"][1]["verdict"] == "drop" and found["rows"][2]["noise_deg"] is None
    assert found["limits"]["drop_noise_deg"] == 80 and found["limits"]["look_noise_deg"] is None
    assert found["arcs_rule"] == "delaunay" and found["missing"] == {}


def test_a_folder_that_is_no_data_set_is_refused_in_one_line(tmp_path: Path) -> None:
    found = ifgs(tmp_path)
    assert found.exit_code == 2 and len(found.stderr.strip().splitlines()) == 1
