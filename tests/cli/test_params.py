"""``pystamps params``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scipy.io
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.cli.params import params
from pystamps.parameters.values import PARAMETER_INFO


@pytest.fixture
def root(tmp_path: Path) -> Path:
    scipy.io.savemat(tmp_path / "parms.mat", {"weed_time_win": 500.0, "insar_processor": "snap"})
    (tmp_path / "PATCH_1").mkdir()
    scipy.io.savemat(tmp_path / "PATCH_1" / "localparms.mat", {"weed_time_win": 600.0})
    return tmp_path


def rows_of(*arguments: str) -> dict[str, dict[str, str]]:
    result = CliRunner().invoke(params, [*arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return {row["name"]: row for row in json.loads(result.output)}


def test_all_parameters_are_listed_without_a_data_set() -> None:
    found = rows_of()
    assert list(found) == list(PARAMETER_INFO)
    assert found["weed_time_win"]["default"] == "730"
    assert found["weed_time_win"]["value"] == ""


def test_effective_values_come_with_their_source(root: Path) -> None:
    found = rows_of("weed", "--dataset", str(root), "--set", "weed_max_noise=2")
    assert found["weed_time_win"]["value"] == "500"
    assert found["weed_time_win"]["source"].endswith("parms.mat")
    assert found["weed_max_noise"]["source"] == "configuration"
    assert found["weed_neighbours"]["source"] == "default"
    assert set(found) == {name for name in PARAMETER_INFO if "weed" in name}


def test_a_patch_shows_its_own_values(root: Path) -> None:
    found = rows_of("weed_time_win", "--dataset", str(root / "PATCH_1"))
    assert found["weed_time_win"]["value"] == "600"


def test_a_stage_lists_its_parameters_only() -> None:
    found = rows_of("--stage", "8")
    assert "scn_time_win" in found
    assert "weed_time_win" not in found


def test_people_get_a_table(root: Path) -> None:
    result = CliRunner().invoke(params, ["scn_time", "-d", str(root)], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    assert "scn_time_win" in result.output
    assert "365" in result.output


def keep(root: Path, *assignments: str) -> dict[str, str]:
    result = CliRunner().invoke(params, ["set", "-d", str(root), *assignments, "--json"])
    assert result.exit_code == 0, result.output
    kept: dict[str, str] = json.loads(result.output)["kept"]
    return kept


def test_a_value_that_is_kept_holds_from_then_on(root: Path) -> None:
    kept = keep(root, "scn_time=100", "drop_ifg_index=[3 7]", "weed_neigh=y")
    assert kept == dict.fromkeys(
        ("scn_time_win", "drop_ifg_index", "weed_neighbours"), str(root / "parms.mat")
    )
    found = rows_of("--dataset", str(root))
    values = [found[name]["value"] for name in kept]
    assert values == ["100", "[3 7]", "y"]
    assert found["scn_time_win"]["source"] == str(root / "parms.mat")
    stored = scipy.io.loadmat(root / "parms.mat")
    assert stored["drop_ifg_index"].tolist() == [[3, 7]] and stored["weed_neighbours"] == ["y"]


def test_a_value_is_kept_where_the_data_set_has_its_own_and_nan_takes_it_out(root: Path) -> None:
    scipy.io.savemat(root / "localparms.mat", {"weed_time_win": 550.0})
    assert keep(root, "weed_time_win=560") == {"weed_time_win": str(root / "localparms.mat")}
    assert scipy.io.loadmat(root / "parms.mat")["weed_time_win"].item() == 500
    assert rows_of("weed_time_win", "-d", str(root))["weed_time_win"]["value"] == "560"
    keep(root, "weed_time_win=nan")
    assert rows_of("weed_time_win", "-d", str(root))["weed_time_win"]["source"] == "default"


@pytest.mark.parametrize(
    ("assignment", "word"),
    [("scn_time_win=-1", "-1"), ("scn_tim_win=1", "scn_time_win"), ("ref_x=[0 1]", "ref_y"),
     ("scn_time_win=", "a value is missing"), ("scn_time_win", "NAME=VALUE"),
     ("small_baseline_flag=nan", "belongs to the data set")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_and_nothing_changes(
    root: Path, assignment: str, word: str
) -> None:
    before = (root / "parms.mat").read_bytes()
    result = CliRunner().invoke(main, ["params", "set", "-d", str(root), assignment])
    assert result.exit_code == 2 and word in result.output, result.output
    assert (root / "parms.mat").read_bytes() == before


def test_an_unknown_name_is_a_usage_error_with_a_suggestion() -> None:
    result = CliRunner().invoke(params, ["weed_tme_win"])
    assert result.exit_code == 2
    assert "weed_time_win" in result.output
