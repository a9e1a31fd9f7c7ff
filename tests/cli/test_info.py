"""``pystamps info``: a data set on one page."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.io.mat import read_mat
from pystamps.io.mat_changes import change_mat

pytestmark = pytest.mark.workflow


def page(root: Path, *more: str) -> str:
    done = CliRunner().invoke(main, ["info", str(root), *more])
    assert done.exit_code == 0, done.output
    return done.output


def facts(root: Path, *more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page(root, "--json", *more))
    return found


def test_a_finished_data_set_fills_one_page_of_80_columns(finished: Path) -> None:
    shown = page(finished)
    lines = shown.splitlines()
    assert max(map(len, lines)) <= 80 and len(lines) < 40 and "\x1b" not in shown
    labels = [line[:12].strip() for line in lines if line[:12].strip()]
    assert labels == [
        "data set", "scene", "sensor", "dates", "patches", "pixels", "stages", "reference",
        "parameters", "versions", "results", "last run", "next",
    ]  # fmt: skip
    assert "done: stage1_load to product_" in shown
    assert "reference   all points" in shown and "all have their default" in shown


def test_its_numbers_are_those_of_the_files(finished: Path) -> None:
    found = facts(finished)
    counts = {c["name"]: c["pixels"] for c in found["counts"]}
    patches = [finished / name for name in found["patches"]]

    def total(file: str, name: str) -> int:
        return int(sum(read_mat(patch / file)[name].sum() for patch in patches))

    assert counts["candidates"] == total("ps1.mat", "n_ps")
    assert counts["selected"] == total("select1.mat", "keep_ix")
    assert counts["kept"] == total("weed1.mat", "ix_weed")
    merged = read_mat(finished / "ps2.mat")
    assert counts["merged"] == counts["unwrapped"] == counts["with velocity"] == merged["n_ps"]
    assert len(found["dates"]["images"]) == merged["n_image"]
    west, south, east, north = found["scene"]["extent"]
    assert west == merged["lonlat"][:, 0].min() and north == merged["lonlat"][:, 1].max()
    assert east > west and north > south
    assert found["last_run"]["state"] == "completed"
    assert found["made_by"] == [found["version"]]
    assert [step.split(":")[0].split()[1] for step in found["next_steps"]] == ["report", "export"]


def test_a_fresh_data_set_says_what_it_is_and_that_a_run_is_next(simulated: Path) -> None:
    found = facts(simulated)
    assert found["counts"] == [] and found["problems"] == [] and found["last_run"] is None
    assert len(found["dates"]["images"]) > 3
    assert found["states"]["stage1_load"] == {"missing": 2}
    (step,) = found["next_steps"]
    assert step.startswith(f"pystamps run -d {simulated}: stage1_load to product_")
    assert "stage 1 has not run yet" in page(simulated)


def test_changed_parameters_and_dropped_images_are_named(finished: Path) -> None:
    dates = facts(finished)["dates"]["images"]
    change_mat(finished / "parms.mat", {"drop_ifg_index": [[2.0]], "scn_time_win": 200.0}, ())
    found = facts(finished)
    assert {c["name"]: c["value"] for c in found["changed"]} == {
        "drop_ifg_index": "[2]", "scn_time_win": "200"
    }  # fmt: skip
    assert found["dates"]["dropped"] == [dates[1]]
    assert "scn_time_win = 200 (365; parms.mat)" in " ".join(page(finished).split())
    assert found["next_steps"][0].startswith("pystamps run")


def test_counts_of_some_patches_say_so(finished: Path) -> None:
    (finished / "PATCH_2" / "select1.mat").unlink()
    assert "selected (1 of 2 patches)" in " ".join(page(finished).split())


def test_what_cannot_be_told_is_a_problem_and_the_rest_is_shown(finished: Path) -> None:
    (finished / "PATCH_1" / "weed1.mat").write_bytes(b"no MAT file")
    found = facts(finished)
    assert any("weed1.mat" in problem for problem in found["problems"])
    assert found["scene"]["processor"] == "snap"


def test_the_data_set_is_a_word_or_an_option_and_both_have_to_agree(simulated: Path) -> None:
    shutil.rmtree(simulated / "PATCH_2")
    (simulated / "patch.list").write_text("PATCH_1\n")
    option = CliRunner().invoke(main, ["info", "-d", str(simulated)])
    assert option.exit_code == 0 and option.output == page(simulated)
    both = CliRunner().invoke(main, ["info", str(simulated), "-d", str(simulated.parent)])
    assert both.exit_code == 2 and "give one data set" in both.output
