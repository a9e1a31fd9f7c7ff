"""``pystamps run``, ``status``, ``import`` and the Python front door on a small real tree."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from product_names import PRODUCTS

from pystamps.cli import main
from pystamps.io.dataset import discover_dataset, expected_stage_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.stage_records import FOLDER
from pystamps.io.tree_integrity import artifacts_there
from pystamps.pipeline.stages import STAGE_DEFS
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import stage_named

pytestmark = pytest.mark.workflow


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def statuses(*arguments: str, exit_code: int = 0) -> dict[tuple[str, str], dict[str, Any]]:
    """Run with ``--json`` and give the result of every stage and target."""
    found = run("run", "--cores", "2", "--json", *arguments)
    assert found.exit_code == exit_code, found.output
    return {(t["stage"], t["target"]): t for t in json.loads(found.stdout)["targets"]}


def test_every_stage_has_its_markers_after_a_run(finished: Path) -> None:
    dataset = discover_dataset(finished)
    for definition in STAGE_DEFS:
        marker = expected_stage_artifact(definition.name)
        folders = [p.directory for p in dataset.patches]
        if definition.files.scope == "merged":
            folders = [finished]
        for folder in folders:
            assert (folder / marker).is_file(), (definition.name, folder)


def test_a_second_run_skips_everything(finished: Path) -> None:
    found = statuses("--dataset", str(finished))
    assert {entry["status"] for entry in found.values()} == {"skipped_existing"}


def test_a_deleted_intermediate_is_made_again_with_what_depends_on_it(finished: Path) -> None:
    (finished / "PATCH_1" / "select1.mat").unlink()
    found = statuses("--dataset", str(finished), "--end-step", "5")
    assert found["stage3_select", "PATCH_1"]["status"] == "completed"
    assert found["stage5_merge", "merged"]["status"] == "completed"
    assert found["stage3_select", "PATCH_2"]["status"] == "skipped_existing"
    assert found["stage3_select", "PATCH_1"]["seconds"] > 0


def test_a_dry_run_plans_and_changes_nothing(finished: Path) -> None:
    before = {p: p.read_bytes() for p in finished.glob("*.mat")}
    found = statuses("--dataset", str(finished), "--dry-run", "--set", "scla_drop_index=[3]")
    planned = {key[0] for key, entry in found.items() if entry["status"] == "planned"}
    assert planned == {"stage7_scla", "stage8_filter", *PRODUCTS}
    assert found["stage7_scla", "merged"]["details"]
    assert {p: p.read_bytes() for p in finished.glob("*.mat")} == before


def test_a_range_of_steps_runs_only_these_with_the_given_value(finished: Path) -> None:
    arguments = ("--dataset", str(finished), "--start-step", "8", "--set", "scn_wavelength=150")
    found = statuses(*arguments)
    assert {key[0] for key, entry in found.items() if entry["status"] == "completed"} == {
        "stage8_filter", "product_mean_velocity", "product_points",
    }  # fmt: skip
    record = json.loads((finished / FOLDER / "stage8_filter.json").read_text())
    assert record["settings"]["scn_wavelength"] == "150.0"


def test_a_failing_stage_is_reported_with_its_log_and_exit_code_1(
    finished: Path, tmp_path: Path
) -> None:
    snaphu = tmp_path / "snaphu"
    snaphu.write_text('#!/bin/sh\n[ $# -gt 1 ] && exit 7\necho "snaphu v2.0.7"\n')
    snaphu.chmod(0o755)
    settings = tmp_path / "config.yaml"
    settings.write_text(f"tools: {{snaphu: {snaphu}}}\n")
    arguments = ["--dataset", str(finished), "--config", str(settings)]
    arguments += ["--set", "unwrap_gold_alpha=0.5"]
    found = statuses(*arguments, exit_code=1)
    assert found["stage6_unwrap", "merged"]["status"] == "failed"
    log = Path(found["stage6_unwrap", "merged"]["log"])
    assert "snaphu" in log.read_text() and "Traceback" not in log.read_text()
    assert found["stage7_scla", "merged"]["status"] == "skipped"
    assert found["stage2_gamma", "PATCH_1"]["status"] == "skipped_existing"


@pytest.mark.slow
def test_another_unwrapper_makes_stage_6_and_what_follows_again(
    finished: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "config.yaml"
    settings.write_text("tools: {unwrapper: graph}\n")
    before = read_mat(finished / "phuw2.mat")["ph_uw"]
    found = statuses("--dataset", str(finished), "--config", str(settings))
    assert {key[0] for key, entry in found.items() if entry["status"] == "completed"} == {
        "stage6_unwrap", "stage7_scla", "stage8_filter", *PRODUCTS,
    }  # fmt: skip
    record = json.loads((finished / FOLDER / "stage6_unwrap.json").read_text())
    assert record["settings"]["tools.unwrapper"] == "graph"
    assert record["tools"]["graph"].startswith("pylmcf ")
    cycles = np.rint((read_mat(finished / "phuw2.mat")["ph_uw"] - before) / (2 * np.pi))
    assert cycles.size and np.mean(cycles == np.median(cycles, axis=0)) > 0.999


def test_status_tells_done_stale_missing_and_blocked_apart(finished: Path) -> None:
    (finished / "scn2.mat").unlink()
    weed = finished / "PATCH_2" / "weed1.mat"
    content = read_mat(weed)
    write_mat(weed, content | {"ps_std": content["ps_std"] + 1})
    found = run("status", "--dataset", str(finished), "--json")
    assert found.exit_code == 0, found.output
    state = {(e["stage"], e["target"]): e["state"] for e in json.loads(found.stdout)["entries"]}
    assert state["stage8_filter", "merged"] == "blocked"
    assert state["stage5_correct", "PATCH_2"] == "stale"
    assert state["stage5_correct", "PATCH_1"] == "done"
    assert "stale" in run("status", "--dataset", str(finished)).stdout


def files_of(root: Path) -> dict[str, int]:
    """Give every file with its modification time."""
    return {str(p.relative_to(root)): p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize("has_records", [True, False])
def test_status_and_a_dry_run_write_nothing(finished: Path, has_records: bool) -> None:
    if not has_records:
        shutil.rmtree(finished / ".snakemake")
    before = files_of(finished)
    arguments = ("--dataset", str(finished), "--set", "scn_time_win=200")
    assert ("scn_time_win 365 -> 200" in run("status", *arguments).stdout) == has_records
    assert run("run", "-n", *arguments).exit_code == 0
    assert files_of(finished) == before and (finished / ".snakemake").exists() == has_records


def test_a_dry_run_plans_what_status_says_in_the_same_words(finished: Path, tmp_path: Path) -> None:
    (finished / "PATCH_1" / "select1.mat").unlink()
    settings = tmp_path / "settings.yaml"
    settings.write_text("compat: {scn_missing_phase_as_zero: false}\n")
    arguments = ("--dataset", str(finished), "--config", str(settings), "--set", "scn_time_win=200")
    entries = json.loads(run("status", *arguments, "--json").stdout)["entries"]
    said = {(e["stage"], e["target"]): e for e in entries}
    found = statuses(*arguments, "--dry-run")
    for key, result in found.items():
        is_planned = said[key]["state"] in ("missing", "stale", "blocked")
        assert (result["status"] == "planned") == is_planned
        for name in ("changes", "causes", "waits_for"):
            assert result[name] == said[key][name]
        assert not is_planned or result["details"] == said[key]["reason"]
    assert {c["name"] for c in said["stage8_filter", "merged"]["changes"]} == {
        "scn_time_win", "compat.scn_missing_phase_as_zero"
    }  # fmt: skip
    assert said["stage3_select", "PATCH_1"]["state"] == "missing"
    assert "execution" not in run("run", "-n", *arguments).stdout  # words of Snakemake


def test_a_stage_that_waits_for_one_that_was_not_asked_for_is_skipped_with_the_reason(
    finished: Path,
) -> None:
    arguments = ("--dataset", str(finished), "--set", "unwrap_grid_size=300", "--start-step", "7")
    for dry_run in ((), ("--dry-run",)):
        found = statuses(*arguments, *dry_run)
        assert {entry["status"] for entry in found.values()} == {"skipped"}
        details = {entry["details"] for entry in found.values()}
        assert details == {"waits for stage6_unwrap (not asked for)"}


def scn_time_win(root: Path) -> float:
    return float(read_mat(root / "parms.mat")["scn_time_win"].item())


def test_a_parameter_that_is_set_holds_for_one_run(finished: Path) -> None:
    later = {"stage8_filter", *PRODUCTS}
    found = statuses("--dataset", str(finished), "--set", "scn_time_win=100")
    assert {stage for (stage, _), e in found.items() if e["status"] == "completed"} == later
    assert scn_time_win(finished) == 365
    found = statuses("--dataset", str(finished))
    assert {stage for (stage, _), e in found.items() if e["status"] == "completed"} == later
    (change,) = found["stage8_filter", "merged"]["changes"]
    assert (change["name"], change["old"], change["new"]) == ("scn_time_win", "100", "365")
    assert all(e["status"] != "completed" for e in statuses("-d", str(finished)).values())


@pytest.mark.parametrize("has_records", [True, False])
def test_a_parameter_of_a_single_stage_is_undone_by_the_next_run(
    finished: Path, has_records: bool
) -> None:
    if not has_records:
        shutil.rmtree(finished / ".snakemake")
    found = run("stage", "8", "--dataset", str(finished), "--set", "scn_time_win=30")
    assert found.exit_code == 0, found.output
    assert scn_time_win(finished) == 365
    same = statuses("-d", str(finished), "-n", "--set", "scn_time_win=30", "--end-step", "7")
    assert all(entry["status"] != "planned" for entry in same.values())
    planned = statuses("--dataset", str(finished), "--dry-run")["stage8_filter", "merged"]
    assert planned["status"] == "planned"
    assert planned["details"] == "scn_time_win 30 -> 365 (parms.mat)"
    again = statuses("-d", str(finished), "-n", "--set", "scn_time_win=30")
    assert again["stage8_filter", "merged"]["status"] == "skipped_existing"


def test_parameters_of_a_configuration_file_are_kept_in_parms_mat(
    finished: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("stamps: {scn_time: 90}\n")
    arguments = ("--dataset", str(finished), "--config", str(settings))
    statuses(*arguments, "--set", "scn_time_win=80")
    assert scn_time_win(finished) == 365
    statuses(*arguments)
    assert scn_time_win(finished) == 90


def copied_without_times(finished: Path, target: Path) -> Path:
    """Copy a tree as ``cp -r`` does, later files first, and leave out Snakemake's records."""
    shutil.copytree(finished, target, ignore=shutil.ignore_patterns(".snakemake"))
    for number, path in enumerate(sorted(target.rglob("*.mat"), reverse=True)):
        os.utime(path, (1_600_000_000 + number,) * 2)
    return target


def test_a_tree_copied_without_times_is_not_made_again_without_a_word(
    finished: Path, tmp_path: Path
) -> None:
    copy = copied_without_times(finished, tmp_path / "copy")
    before = files_of(copy)
    for options in ((), ("--dry-run",)):
        found = run("run", "--dataset", str(copy), *options)
        assert found.exit_code == 2 and found.stderr.count("\n") == 1, found.output
        for word in ("without a record", "stage1_load", "`pystamps import`", "--replace-unrec"):
            assert word in found.stderr
    # the lock and the list of runs are no results
    assert {k: v for k, v in files_of(copy).items() if not k.startswith(".pystamps/")} == {
        k: v for k, v in before.items() if not k.startswith(".pystamps/")
    }
    asked = statuses("--dataset", str(copy), "--dry-run", "--replace-unrecorded")
    assert asked["stage2_gamma", "PATCH_1"]["status"] == "planned"
    assert run("import", "--dataset", str(copy)).exit_code == 0
    assert {e["status"] for e in statuses("-d", str(copy)).values()} == {"skipped_existing"}


def test_nothing_is_cut_in_eighty_columns(finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arguments = ("--dataset", str(finished), "--set", "gamma_change_convergence=0.01")
    for command in (("status",), ("run", "-n")):
        shown = run(*command, *arguments).stdout
        table = [line for line in shown.splitlines() if line[:1] in "┃│┏└┡"]
        assert table and max(map(len, table)) <= 80 and "…" not in shown
        assert "gamma_change_convergence 0.005 -> 0.01 (configuration): stage2_gamma" in shown
    assert "product_mean_velocity" in shown and "planned" in shown


def test_stages_run_one_by_one_give_the_same_as_the_workflow(
    finished: Path, tmp_path: Path
) -> None:
    root = tmp_path / "by_hand"
    simulate_dataset(root, PRESETS["tiny"])
    each = [("--patch", str(root / patch)) for patch in ("PATCH_1", "PATCH_2")]
    both, whole = (*each[0], *each[1]), ("--dataset", str(root), "--json")
    calls = [(str(step), *patch) for step in (1, 2) for patch in each]
    calls += [("3", *both), ("4", *both), ("5", *both, *whole)]
    calls += [(str(step), *whole) for step in (6, 7, 8)]
    for words in calls:
        found = run("stage", *words)
        assert found.exit_code == 0, found.output
        if words[0] == "5":
            parts = [(result["stage"], result["directory"]) for result in json.loads(found.stdout)]
            assert [name for name, _ in parts] == 2 * ["stage5_correct"] + ["stage5_merge"]
            assert [Path(place).name for _, place in parts] == ["PATCH_1", "PATCH_2", root.name]
    products = {name for product in PRODUCTS for name in stage_named(product).outputs}
    names = [name for name in artifacts_there(finished) if name not in products]
    assert len(names) > 40
    for name in names:  # the same bytes: no time of day is in any file
        assert (finished / name).read_bytes() == (root / name).read_bytes(), name


@pytest.mark.golden
def test_a_tree_made_by_the_original_is_taken_over_with_one_command(tree_before) -> None:
    root = tree_before("tiny", 9)
    (root / "inc2.mat").unlink(missing_ok=True)
    for number, path in enumerate(sorted(root.rglob("*.mat"), reverse=True)):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    contents = {p: p.read_bytes() for p in root.rglob("*2.mat")}
    found = run("import", "--dataset", str(root))
    assert found.exit_code == 0, found.output
    after = statuses("--dataset", str(root), "--dry-run")
    planned = {key for key, entry in after.items() if entry["status"] == "planned"}
    assert planned == {(product, "merged") for product in PRODUCTS}
    assert {p: p.read_bytes() for p in root.rglob("*2.mat")} == contents
    assert run("run", "--dataset", str(root), "--cores", "2").exit_code == 0
    assert (root / "mean_v.mat").is_file()


@pytest.mark.golden
def test_a_half_finished_tree_of_the_original_is_continued(tree_before) -> None:
    root = tree_before("tiny", 4)
    assert run("import", "--dataset", str(root)).exit_code == 0
    found = statuses("--dataset", str(root), "--end-step", "5")
    assert found["stage3_select", "PATCH_1"]["status"] == "skipped_existing"
    assert found["stage4_weed", "PATCH_1"]["status"] == "completed"
    assert found["stage5_merge", "merged"]["status"] == "completed"
