"""``pystamps params get|diff|history``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import scipy.io
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.io.mat import read_mat
from pystamps.io.mat_changes import change_mat
from pystamps.parameters.files import stored_parameters, write_back_parameters
from pystamps.parameters.value_history import VALUE_HISTORY, kept_values


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    (root / "PATCH_1").mkdir(parents=True)
    known = {"weed_time_win": 500.0, "insar_processor": "snap", "lambda": 0.0555}
    scipy.io.savemat(root / "parms.mat", known)
    scipy.io.savemat(root / "PATCH_1" / "localparms.mat", {"weed_time_win": 600.0})
    return root


def said(*arguments: str, exit_code: int = 0) -> str:
    done = CliRunner().invoke(main, ["params", *arguments])
    assert done.exit_code == exit_code, done.output
    return done.output


def history(root: Path, *more: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(said("history", "-d", str(root), "--json", *more))
    return found


def test_one_value_is_printed_alone_several_with_their_names(root: Path) -> None:
    assert said("get", "-d", str(root), "weed_time_win") == "500\n"
    assert said("get", "-d", str(root / "PATCH_1"), "weed_time") == "600\n"
    several = said("get", "-d", str(root), "weed_time_win", "weed_neighbours")
    assert several == "weed_time_win = 500\nweed_neighbours = n\n"
    (entry,) = json.loads(said("get", "-d", str(root), "weed_time", "--json")).values()
    assert entry == {"value": "500", "from": str(root / "parms.mat")}
    wrong = said("get", "-d", str(root), "weed_tme_win", exit_code=2)
    assert "did you mean 'weed_time_win'" in wrong


def test_only_what_is_not_the_default_is_a_difference(root: Path) -> None:
    (one,) = json.loads(said("diff", "-d", str(root), "--json"))
    assert (one["name"], one["value"], one["other"]) == ("weed_time_win", "500", "730")
    assert "weed_time_win" in said("diff", "-d", str(root))
    said("set", "-d", str(root), "weed_time_win=nan")
    assert said("diff", "-d", str(root)) == "no parameter differs from the defaults\n"


def test_two_data_sets_differ_in_what_is_not_the_same(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "PATCH_1").mkdir(parents=True)
    known = {"weed_time_win": 500.0, "insar_processor": "snap", "lambda": 0.031}
    scipy.io.savemat(other / "parms.mat", known | {"unwrap_grid_size": 100.0})
    found = json.loads(said("diff", "-d", str(root), str(other), "--json"))
    shown = {d["name"]: (d["value"], d["other"]) for d in found}
    assert shown == {"lambda": ("0.0555", "0.031"), "unwrap_grid_size": ("200", "100")}


def test_a_value_that_is_kept_is_in_the_history_with_who_when_and_how(root: Path) -> None:
    assert history(root) == []
    said("set", "-d", str(root), "weed_time_win=400", "drop_ifg_index=[3 7]")
    said("set", "-d", str(root), "weed_time_win=nan")
    found = [(c["name"], c["old"], c["new"]) for c in history(root)]
    assert found == [
        ("weed_time_win", "500", "400"), ("drop_ifg_index", "", "[3 7]"),
        ("weed_time_win", "400", ""),
    ]  # fmt: skip
    first = kept_values(root)[0]
    assert first.user and first.host and first.file == "parms.mat" and first.time.endswith("+00:00")
    assert len(history(root, "drop_ifg")) == 1
    assert "400 -> -" in " ".join(said("history", "-d", str(root)).split())


def test_the_same_value_again_is_no_change(root: Path) -> None:
    said("set", "-d", str(root), "weed_time_win=500")
    assert history(root) == [] and not (root / VALUE_HISTORY).exists()


def test_values_of_a_configuration_are_changes_and_defaults_that_are_filled_in_are_none(
    root: Path,
) -> None:
    overrides = {"weed_time_win": 300, "unwrap_grid_size": 100}
    write_back_parameters(root, stored_parameters(root, overrides))
    assert len(read_mat(root / "parms.mat")) > 40  # the defaults are there now
    found = {k.name: (k.old, k.new) for k in kept_values(root)}
    assert found == {"weed_time_win": ("500", "300"), "unwrap_grid_size": ("", "100")}


def test_a_change_by_something_else_is_told_at_the_end(root: Path) -> None:
    said("set", "-d", str(root), "weed_time_win=400")
    change_mat(root / "parms.mat", {"weed_time_win": 350.0}, ())
    last = history(root)[-1]
    assert (last["old"], last["new"], last["time"]) == ("400", "350", "")
    assert last["how"] == "parms.mat: changed since by something else"


def test_a_damaged_line_of_the_history_is_named(root: Path) -> None:
    said("set", "-d", str(root), "weed_time_win=400")
    with (root / VALUE_HISTORY).open("a") as stream:
        stream.write('{"time": 3}\n')
    wrong = said("history", "-d", str(root), exit_code=2)
    assert "line 2 is no change of a parameter" in wrong


def test_nothing_is_written_through_a_link(root: Path, tmp_path: Path) -> None:
    (root / ".pystamps").mkdir()
    (root / VALUE_HISTORY).symlink_to(tmp_path / "elsewhere")
    wrong = said("set", "-d", str(root), "weed_time_win=400", exit_code=2)
    assert "link" in wrong and not (tmp_path / "elsewhere").exists()
