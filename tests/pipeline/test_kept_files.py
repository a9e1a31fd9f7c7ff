"""Only what later stages read is kept (storage.keep: needed): what goes, and what then runs again.

The tree is a finished one in which everything lies as a run with that setting leaves it; that a
run does leave it so is asked of a run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from foreseen_plans import Chance, assert_foreseen

import pystamps.verify.kept as kept_module
from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.result_sets import snakemake_record_path
from pystamps.io.tree_integrity import tree_integrity
from pystamps.model import PhaseNoise
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.entry.stage8 import stage8_filter_scn
from pystamps.pipeline.foreseen import foreseen_causes
from pystamps.pipeline.kept_variables import needed_noise, require_residual
from pystamps.pipeline.passed_on import clear_merged, loss_in_words
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.status import dataset_status, status_entries
from pystamps.pipeline.targets import StageTarget, targets_of, targets_until
from pystamps.pipeline.types import PipelineContext
from pystamps.stage_table import stage_named
from pystamps.verify.trees import verify_trees

MERGED_FILES = ("ps2.mat", "ph2.mat", "pm2.mat", "bp2.mat", "rc2.mat", "hgt2.mat", "la2.mat")
PATCHES = ("PATCH_1", "PATCH_2")


def config_of(root: Path, **groups: Mapping[str, Any]) -> RunConfig:
    settings = {"dataset": {"path": str(root)}, "storage": {"keep": "needed"}, **groups}
    return RunConfig.from_mapping(settings)


def plan_of(root: Path, **groups: Mapping[str, Any]) -> WorkflowPlan:
    return WorkflowPlan.from_mapping(config_of(root, **groups).to_mapping())


def planned(plan: WorkflowPlan) -> set[str]:
    """Give the stages that would run, as it is foreseen."""
    found = foreseen_causes(plan.root, targets_of(plan), settings=plan.settings)
    assert found is not None
    return {target.stage for target in found}


@pytest.fixture(scope="module")
def needed_once(finished_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished tree as a run with the setting leaves it."""
    root = Path(shutil.copytree(finished_once, tmp_path_factory.mktemp("needed") / "dataset"))
    plan = plan_of(root)
    for stage in ("stage2_gamma", "stage5_merge", "stage6_unwrap"):
        for patch in PATCHES if stage == "stage2_gamma" else ("",):
            for name in plan.stage(stage).all_outputs:
                shown = name.replace("{patch}", patch).replace("{angle}", "la")
                record = snakemake_record_path(root / ".snakemake" / "metadata", shown)
                if record.is_file():
                    known = json.loads(record.read_text())
                    known["params"] = [repr(dict(plan.settings(stage, patch)))]
                    record.write_text(json.dumps(known))
    for name in (*(f"{patch}/{name}" for patch in PATCHES for name in MERGED_FILES), "ph2.mat"):
        (root / name).unlink(missing_ok=True)
    return root


@pytest.fixture
def needed(needed_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(needed_once, tmp_path / "dataset"))


def test_a_finished_tree_without_merged_files_is_done(needed: Path) -> None:
    assert planned(plan_of(needed)) == set()
    status = dataset_status(needed, config_of(needed))
    assert {entry.state for entry in status.entries} <= {"done", "empty"}
    assert tree_integrity(needed).is_sound
    report = run_pipeline(PipelineContext(needed, config_of(needed), dry_run=True))
    assert {target.status for target in report.targets} == {"skipped_existing"}


@pytest.mark.parametrize(("groups", "first", "does_correct"), [
    ({"stamps": {"merge_resample_size": 50}}, "stage5_merge", True),
    ({"stamps": {"weed_standard_dev": 1.2}}, "stage4_weed", True),
    ({"stamps": {"gamma_stdev_reject": 0.5}}, "stage2_gamma", True),
    ({"stamps": {"unwrap_grid_size": 300}}, "stage6_unwrap", False),
    ({"storage": {"keep": "all"}}, "stage2_gamma", True),
    ({"storage": {"keep": "all"}}, "stage6_unwrap", True),
])  # fmt: skip
def test_changed_settings_make_again_what_has_gone_where_it_is_read(
    needed: Path, groups: dict[str, Any], first: str, does_correct: bool
) -> None:
    found = planned(plan_of(needed, **groups))
    assert first in found and ("stage5_correct" in found) == does_correct
    assert "stage1_load" not in found


def nothing(root: Path, targets: Sequence[StageTarget]) -> None:
    """Leave the tree as it is."""


def a_selection_gone(root: Path, targets: Sequence[StageTarget]) -> None:
    (root / "PATCH_1" / "weed1.mat").unlink()


def chances(root: Path, targets: Sequence[StageTarget]) -> None:
    chance = random.Random(3)
    for name in ("delete", "touch_input", "lose_benchmark", "other_settings", "age_output"):
        getattr(Chance(root, chance), name)(chance.choice(targets))


@pytest.mark.workflow
@pytest.mark.parametrize("happens", [
    nothing, a_selection_gone, pytest.param(chances, marks=pytest.mark.slow),
])  # fmt: skip
def test_what_is_foreseen_without_merged_files_is_what_snakemake_plans(
    needed: Path, happens: Callable[[Path, Sequence[StageTarget]], None]
) -> None:
    happens(needed, targets_of(plan_of(needed)))
    plan = plan_of(needed)
    found = assert_foreseen(plan, targets_of(plan))
    again = {t.label for t in found if t.stage == "stage5_correct"}
    assert again == (set() if happens is nothing else {f"stage5_correct of {p}" for p in PATCHES})


@pytest.mark.workflow
def test_a_run_deletes_what_it_has_merged_and_leaves_nothing_of_a_killed_one(
    finished_once: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(finished_once, tmp_path / "dataset"))
    whole = Path(shutil.copytree(finished_once, tmp_path / "whole"))
    report = run_pipeline(PipelineContext(root, config_of(root), end_step=5, cores=2))
    assert not report.has_failed
    assert not [n for patch in PATCHES for n in MERGED_FILES if (root / patch / n).exists()]
    assert not (root / "ph2.mat").exists()
    assert read_mat(root / "rc2.mat")["ph_reref"].size == 0
    assert read_mat(root / "PATCH_1" / "pm1.mat")["ph_weight"].size == 0
    # all else equals a run that keeps all
    found = verify_trees(root, whole, through_stage=5)
    assert found.is_equal, found.differences
    assert {"PATCH_1/ps2.mat", "ph2.mat", "rc2.mat"} <= {item.file for item in found.left_out}
    # a run that was killed after the merge has left files of a patch; the next one takes them away
    left = root / "PATCH_2" / "ps2.mat"
    shutil.copy(whole / "PATCH_2" / "ps2.mat", left)
    plan = plan_of(root)
    before, after = (root / name for name in ("PATCH_2/weed1.mat", "ps2.mat"))
    made = (before.stat().st_mtime + after.stat().st_mtime) / 2
    os.utime(left, (made, made))
    steps = [target for target in targets_of(plan) if target.step <= 5]
    clear_merged(plan, status_entries(plan, steps))
    assert not left.exists()


def test_files_of_a_stage_that_is_asked_for_by_name_stay(needed: Path) -> None:
    targets = targets_until(targets_of(plan_of(needed)), "stage5_correct")
    assert {t.is_passed_on for t in targets if t.stage == "stage5_correct"} == {False}


def test_a_dry_run_says_what_goes() -> None:
    assert "stages 2 to 8" in loss_in_words("needed", {"stage2_gamma"})
    assert (
        loss_in_words("needed", {"stage6_unwrap"}) == loss_in_words("all", {"stage2_gamma"}) == ""
    )


@pytest.mark.parametrize(("values", "is_kept"), [
    ({}, False), ({"gamma_stdev_reject": 0.4}, True), ({"select_reest_gamma_flag": False}, True),
])  # fmt: skip
def test_ph_res_is_kept_where_stage_3_reads_it(values: dict[str, Any], is_kept: bool) -> None:
    noise = object.__new__(PhaseNoise)
    for name in PhaseNoise.__dataclass_fields__:
        object.__setattr__(noise, name, np.ones((3, 2), np.float32))
    kept = needed_noise(noise, Parameters(**values))
    assert kept.ph_weight.size == 0
    assert bool(kept.ph_res.size) == is_kept


def test_stage_6_keeps_no_phase_of_pixels_and_what_follows_is_the_same(
    needed: Path, finished_once: Path
) -> None:
    config = config_of(needed)
    stage6_unwrap(needed, config)
    stage8_filter_scn(needed, config)
    grid = read_mat(needed / "uw_grid.mat")
    assert grid["ph_in"].size == 0 and grid["grid_ij"].shape[0] > 0
    files = [*stage_named("stage6_unwrap").outputs, *stage_named("stage8_filter").outputs]
    found = verify_trees(needed, finished_once, files=files)
    assert found.is_equal, found.differences
    assert [item.variables for item in found.left_out if item.variables] == [("ph_in",)]


def test_stage_3_refuses_a_ph_res_that_was_not_kept(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"ph_res is empty.*expected 7 rows.*run stage 2 again"):
        require_residual(tmp_path / "pm1.mat", np.zeros((0, 0)), 7)
    require_residual(tmp_path / "pm1.mat", np.zeros((0, 0)), 0)


@pytest.mark.parametrize("kept", ["needed", "needed, with ph_res"])
def test_a_variable_that_was_not_kept_is_left_out_and_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: str
) -> None:
    """Stage 2 keeps ph_res where stage 3 reads it; ph_weight it does not keep then either."""
    record = SimpleNamespace(settings={"storage.keep": kept})
    monkeypatch.setattr(kept_module, "stage_record", lambda *_: record)
    shapes = {"ph_weight": (0, 0), "ph_res": (7, 3)}
    found = kept_module.variables_not_kept(tmp_path, "PATCH_1/pm1.mat", shapes)
    assert found.variables == ("ph_weight",)
    record.settings = {}
    assert kept_module.variables_not_kept(tmp_path, "PATCH_1/pm1.mat", shapes).variables == ()


def test_only_unread_variables_are_left_out_of_a_comparison(
    needed: Path, finished_once: Path
) -> None:
    """A variable that is empty without such a record is a difference."""
    path = needed / "PATCH_1" / "pm1.mat"
    write_mat(path, read_mat(path) | {"ph_weight": np.zeros((0, 0), np.complex64)})
    found = verify_trees(needed, finished_once, files=["PATCH_1/pm1.mat"])
    assert not found.is_equal
    assert stage_named("stage2_gamma").unread_variables == ("ph_weight", "ph_res")
