"""``pystamps corrections``: the table for people, CSV, JSON and the figure."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from unwrapped_examples import DAY, MASTER_IX, make_root

from pystamps.cli import main
from pystamps.io.artifacts import write_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import Height


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A data set whose phase is half delay, and one method that is wrong in interferogram 2."""
    root = make_root(tmp_path / "d", n_ps=60)
    phase = read_mat(root / "phuw2.mat")["ph_uw"].astype(np.float64)
    wrong = 0.5 * phase
    wrong[:, 1] *= -1
    wrong[:, 5] = 0
    write_mat(root / "tca2.mat", {"ph_tropo_gacos": wrong, "ph_tropo_linear": 0.5 * phase})
    write_artifact(root / "hgt2.mat", Height(np.linspace(100, 900, 60)))
    return root


def corrections(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["corrections", *map(str, arguments)])


def test_people_get_a_row_each_and_words_about_every_method(tree: Path) -> None:
    found = corrections(tree)
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["No.", "date", "before", "a_gacos", "a_linear"]
    rows = [line.split() for line in lines[2 : 2 + DAY.size - 1]]
    assert [row[0] for row in rows] == [str(k + 1) for k in range(DAY.size) if k != MASTER_IX]
    assert rows[1][3].endswith("!") and rows[4][3] == "-" and "!" not in rows[0][3]
    text = " ".join(found.output.split())
    assert "a_gacos: 5 of 7 interferograms have less spread" in text
    assert "1 became worse: 2 (20171125) +50 %" in text
    assert "stages take nothing off (subtr_tropo is n)" in text


def test_csv_and_json_hold_a_row_per_interferogram_and_method(tree: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(corrections(tree, "--csv", "-").output)))
    assert len(rows) == 2 * 7
    assert {row["method"] for row in rows} == {"a_gacos", "a_linear"}
    assert float(rows[1]["change_percent"]) == pytest.approx(-50)
    found = json.loads(corrections(tree, "--json", "--without-plane").output)
    assert found["is_deramped"] and len(found["rows"]) == 14
    assert found["rows"][2]["verdict"] == "worse"


def test_the_figure_is_drawn_once_and_not_over_another_file(tree: Path, tmp_path: Path) -> None:
    picture = tmp_path / "f.png"
    assert corrections(tree, "--figure", picture, "--ifg", 3).exit_code == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    again = corrections(tree, "--figure", picture)
    assert again.exit_code == 2 and "is there already" in again.output
    assert corrections(tree, "--figure", tmp_path / "f.txt").exit_code == 2
    unknown = corrections(tree, "--figure", tmp_path / "g.png", "--ifg", 6, "--method", "a_gacos")
    assert unknown.exit_code == 2 and "interferogram 6: a_gacos has no delay" in unknown.output
    wrong = corrections(tree, "--figure", tmp_path / "g.png", "--method", "a_era5")
    assert wrong.exit_code == 2 and "it holds a_gacos, a_linear" in wrong.output


def test_a_data_set_without_delays_or_with_others_is_told_so(tree: Path) -> None:
    write_mat(tree / "tca2.mat", {"other": np.zeros((60, DAY.size))})
    found = corrections(tree)
    assert found.exit_code == 2 and "none of its variables is tropospheric phase" in found.output
    (tree / "tca2.mat").unlink()
    found = corrections(tree)
    assert found.exit_code == 2 and "there is no tropospheric phase" in found.output
