"""``pystamps update``: what is said, and what the next run does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import raw_exports
from click.testing import CliRunner, Result
from growing_exports import LAST, MIDDLE, remove_dates, restricted_patch
from scipy.sparse import issparse

from pystamps.cli import main
from pystamps.config import RawExport, RunConfig
from pystamps.io.mat import read_mat
from pystamps.io.stage_records import record_path
from pystamps.parameters.files import keep_parameters
from pystamps.pipeline.stages import run_stage
from pystamps.pipeline.status import dataset_status
from pystamps.prep.prepare import prepare_dataset
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset
from pystamps.simulate.writer import WriteOptions


def update(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["update", *(str(argument) for argument in arguments)])


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """An export of all images, and a data set of all but two of them."""
    raw_exports.snap_export(tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "early")
    remove_dates(tmp_path / "early", [LAST, MIDDLE])
    prepare_dataset(tmp_path / "run", RawExport(export=tmp_path / "early"))
    return tmp_path


def test_the_command_says_what_was_added_compared_and_renumbered(stack: Path) -> None:
    keep_parameters(stack / "run", {"drop_ifg_index": [13]})
    (stack / "run" / "tca2.mat").touch()
    found = update(stack / "run", "--export", stack / "whole", "--cores", 2)
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert f"{MIDDLE}, {LAST} added, 2 interferograms; it has 15 images and 14 inter" in said
    assert "unchanged: the 12 earlier interferograms have the same phase" in said
    assert "unchanged: the earlier images give all" in said
    assert "a selection from all images (threshold 0.4) would add" in said
    assert "parms.mat: drop_ifg_index [13] is [14] now" in said
    assert "tca2.mat: holds delays of the earlier images only" in said
    assert said.endswith(f"next: pystamps run -d {stack / 'run'}")


def test_json_holds_the_summary_and_records_say_what_was_done(stack: Path) -> None:
    found = update(stack / "run", "--export", stack / "whole", "--json")
    made = json.loads(found.stdout)
    assert made["update"]["added_images"] == [MIDDLE, LAST]
    assert made["next"] == f"pystamps run -d {stack / 'run'}"
    record = json.loads((stack / "run" / record_path("stage0_prep", "")).read_text())
    assert record["settings"] == {"update.export": str(stack / "whole")}
    files = {f"PATCH_1/pscands.1.{name}" for name in ("ph", "da", "ij", "ll", "hgt")}
    assert files <= record["files"].keys()
    noted = json.loads((stack / "run" / ".pystamps" / "updates.json").read_text())["updates"]
    assert [item["added_images"] for item in noted] == [[MIDDLE, LAST]]


def test_a_second_time_and_wrong_words_are_refused(stack: Path) -> None:
    assert update(stack / "run", "--export", stack / "whole").exit_code == 0
    again = update(stack / "run", "--export", stack / "whole")
    assert again.exit_code == 2
    assert "holds no date that" in again.output
    assert update(stack / "run", "--export", stack / "whole", "--pair", "2018").exit_code == 2
    assert "no such directory" in update(stack / "run", "--export", stack / "none").output


STAGES_IN_ORDER = [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (0, 5), (0, 6), (0, 7), (0, 8)]
"""Of the patch (1) or of the data set (0), and its number."""


def run_stages(root: Path, last: int = 8) -> None:
    config = RunConfig(dataset=root, stamps={"unwrap_grid_size": 100})
    for is_patch, step in STAGES_IN_ORDER:
        if step <= last:
            scope = "patch" if is_patch else "merged"
            run_stage(step, scope, root / "PATCH_1" if is_patch else root, config)


def assert_same_results(one: Path, other: Path) -> None:
    """Compare every variable of every MAT file, bit by bit."""
    names = [
        {path.relative_to(root) for path in root.rglob("*.mat") if "parms" not in path.name}
        for root in (one, other)
    ]
    assert names[0] == names[1]
    assert len(names[0]) > 20
    for name in names[0]:
        found, expected = read_mat(one / name), read_mat(other / name)
        assert found.keys() == expected.keys()
        for variable in found:
            values = [
                value.toarray() if issparse(value) else value
                for value in (found[variable], expected[variable])
            ]
            np.testing.assert_array_equal(*values, err_msg=f"{name}: {variable}")


@pytest.mark.slow
def test_a_run_after_an_update_equals_a_whole_run_with_the_same_candidates(tmp_path: Path) -> None:
    scene = changed_scene(PRESETS["tiny"], {"lines": 60, "samples": 80})
    simulate_dataset(tmp_path / "whole", scene, options=WriteOptions(layout="raw"))
    dates = sorted(path.name[:8] for path in (tmp_path / "whole" / "rslc").glob("*.rslc"))
    shutil.copytree(tmp_path / "whole", tmp_path / "early")
    remove_dates(tmp_path / "early", [dates[-3]])
    root, fresh = tmp_path / "run", tmp_path / "fresh"
    prepare_dataset(root, RawExport(export=tmp_path / "early"))
    run_stages(root, last=5)
    before = {path: path.read_bytes() for path in root.rglob("*.mat")}

    assert update(root, "--export", tmp_path / "whole").exit_code == 0
    assert {path: path.read_bytes() for path in root.rglob("*.mat")} == before
    states = {entry.stage: entry.state for entry in dataset_status(root, RunConfig()).entries}
    assert states["stage1_load"] == "stale"
    assert {states["stage2_gamma"], states["stage5_merge"]} == {"blocked"}

    # every pixel is a candidate, then those alone that the update has kept
    prepare_dataset(fresh, RawExport(export=tmp_path / "whole", threshold=100.0))
    ij = np.loadtxt(root / "PATCH_1" / "pscands.1.ij")[:, 1:].astype(int)
    for name, content in restricted_patch(fresh / "PATCH_1", ij, order=">").items():
        (fresh / "PATCH_1" / name).write_bytes(content)
    shutil.rmtree(fresh / ".pystamps")
    run_stages(root)
    run_stages(fresh)
    assert_same_results(root, fresh)
