"""Snakemake on a small real tree: what runs, what is skipped, what happens when things break."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from product_names import PRODUCTS

from pystamps.cli import main
from pystamps.figures import FIGURE_NAMES
from pystamps.figures.run_times import read_run_times
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.status import dataset_status
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset

pytestmark = pytest.mark.workflow

STAGE_RULES = {
    "stage1_load",
    "stage2_gamma",
    "stage3_select",
    "stage4_weed",
    "stage5_correct",
    "stage5_merge",
    "stage6_unwrap",
    "stage7_scla",
    "stage8_filter",
    "product_mean_velocity",
    "product_points",
}


def snakemake(root: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
    """Start Snakemake on a data set, from a directory that is neither the checkout nor the data."""
    command = [sys.executable, "-m", "snakemake", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--cores", str(cores)]
    command += ["--config", f"dataset={root}", *arguments]
    return subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)


def planned_rules(root: Path, *arguments: str) -> set[str]:
    """Give the rules that a dry run lists, figures and the target rule left out."""
    found = snakemake(root, "--dry-run", *arguments)
    assert found.returncode == 0, found.stderr
    rules = set(re.findall(r"^(?:local)?rule (\w+):", found.stdout + found.stderr, re.MULTILINE))
    return {rule for rule in rules if rule != "all" and not rule.startswith("figure_")}


def files_of(root: Path) -> dict[str, int]:
    """Give every file with its modification time."""
    return {str(p.relative_to(root)): p.stat().st_mtime_ns for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data set on which nothing has run."""
    root = tmp_path_factory.mktemp("prepared") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.fixture(scope="module")
def finished_once(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set on which the whole workflow has run, with Snakemake's records."""
    root = tmp_path_factory.mktemp("finished") / "dataset"
    shutil.copytree(prepared, root)
    done = snakemake(root)
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture
def fresh(prepared: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data set."""
    return Path(shutil.copytree(prepared, tmp_path / "dataset"))


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    """A copy of the finished data set, times and records kept."""
    return Path(shutil.copytree(finished_once, tmp_path / "dataset"))


def set_parameter(root: Path, **values: object) -> None:
    """Change parms.mat as setparm does."""
    write_mat(root / "parms.mat", read_mat(root / "parms.mat") | values)


def test_a_dry_run_lists_every_stage_and_writes_nothing(fresh: Path) -> None:
    before = files_of(fresh)
    assert planned_rules(fresh) == STAGE_RULES
    after = {name: t for name, t in files_of(fresh).items() if not name.startswith(".snakemake")}
    assert after == before


def test_the_whole_workflow_makes_all_artifacts_figures_logs_and_benchmarks(
    finished: Path,
) -> None:
    status = dataset_status(finished)
    assert {entry.state for entry in status.entries} == {"done"}
    assert (finished / "figures" / "velocity_map.png").stat().st_size > 10_000
    assert (finished / "logs" / "PATCH_1" / "stage2_gamma.log").read_text()
    assert (finished / "benchmarks" / "stage6_unwrap.tsv").read_text().count("\n") == 2
    assert not [p for p in finished.rglob(".*") if p.is_file() and p.name.endswith(".part")]


def test_a_second_run_does_nothing(finished: Path) -> None:
    assert planned_rules(finished) == set()
    found = snakemake(finished)
    assert found.returncode == 0
    assert "Nothing to be done" in found.stdout + found.stderr


def test_until_stops_after_the_merge_and_the_rest_follows_later(fresh: Path) -> None:
    found = snakemake(fresh, "--until", "stage5_merge")
    assert found.returncode == 0, found.stderr
    assert (fresh / "ifgstd2.mat").is_file()
    assert not (fresh / "phuw2.mat").exists()
    left = {"stage6_unwrap", "stage7_scla", "stage8_filter", *PRODUCTS}
    assert planned_rules(fresh) == left


def test_a_parameter_in_parms_mat_reruns_only_what_uses_it(finished: Path) -> None:
    set_parameter(finished, scn_time_win=200.0)
    assert planned_rules(finished) == {"stage8_filter", *PRODUCTS}


def test_a_parameter_in_the_configuration_reruns_only_what_uses_it(
    finished: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("stamps: {scla_drop_index: [2]}\n")
    rules = planned_rules(finished, "--configfile", str(settings))
    assert rules == {"stage7_scla", "stage8_filter", *PRODUCTS}


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        (
            "compat: {scn_missing_phase_as_zero: false}\n",
            {"stage8_filter", *PRODUCTS},
        ),
        (
            "tools: {delaunay: triangle}\n",
            STAGE_RULES - {"stage1_load", "stage2_gamma", "stage3_select"},
        ),
        ("kernels: {backend: python}\n", set()),
    ],
)
def test_a_switch_reruns_what_it_changes(
    finished: Path, tmp_path: Path, settings: str, rules: set[str]
) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(settings)
    assert planned_rules(finished, "--configfile", str(path)) == rules


def test_the_degree_of_the_surface_reruns_what_removes_it(finished: Path) -> None:
    write_mat(finished / "deramp_degree.mat", {"degree": 2.0})
    assert planned_rules(finished) == {"stage7_scla", "stage8_filter", *PRODUCTS}


def test_the_value_already_in_force_reruns_nothing(finished: Path, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("stamps: {max_topo_err: 20, filter_weighting: p-square}\n")
    assert planned_rules(finished, "--configfile", str(settings)) == set()


def test_a_parameter_that_no_stage_uses_reruns_nothing(finished: Path) -> None:
    set_parameter(finished, plot_dem_posting=30.0)
    assert planned_rules(finished) == set()


def test_an_input_of_one_patch_edited_and_accepted_leaves_the_other_patch_alone(
    finished: Path,
) -> None:
    weed = finished / "PATCH_1" / "weed1.mat"
    content = read_mat(weed)
    write_mat(weed, content | {"ps_std": content["ps_std"] + 1})
    refused = snakemake(finished, "--dry-run")
    assert refused.returncode == 1
    for words in ("PATCH_1/weed1.mat", "has changed since stage4_weed wrote it"):
        assert words in refused.stdout + refused.stderr
    accepted = CliRunner().invoke(main, ["import", "--dataset", str(finished)])
    assert accepted.exit_code == 0, accepted.output
    found = snakemake(finished, "--dry-run")
    assert "PATCH_1/rc2.mat" in found.stdout + found.stderr
    assert "output: PATCH_2" not in found.stdout + found.stderr


def test_forcerun_repeats_a_stage_and_what_depends_on_it(finished: Path) -> None:
    rules = planned_rules(finished, "--forcerun", "stage7_scla")
    assert rules == {"stage7_scla", "stage8_filter", *PRODUCTS}


def test_summary_says_that_nothing_needs_an_update(finished: Path) -> None:
    found = snakemake(finished, "--summary")
    assert found.returncode == 0
    lines = [line for line in found.stdout.splitlines() if line.startswith("phuw2.mat")]
    assert lines and lines[0].endswith("no update")


def test_a_patch_taken_off_the_list_redoes_the_merge(finished: Path) -> None:
    (finished / "patch.list").write_text("PATCH_1\n")
    assert "stage5_merge" in planned_rules(finished)
    assert "stage4_weed" not in planned_rules(finished)


def test_touch_takes_over_a_tree_with_odd_times(finished: Path) -> None:
    shutil.rmtree(finished / ".snakemake")
    for number, path in enumerate(sorted(finished.rglob("*.mat"), reverse=True)):
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    assert planned_rules(finished) & STAGE_RULES
    contents = {p: p.read_bytes() for p in finished.rglob("*.mat")}
    found = snakemake(finished, "--touch")
    assert found.returncode == 0, found.stderr
    assert planned_rules(finished) == set()
    assert {p: p.read_bytes() for p in finished.rglob("*.mat")} == contents


def test_the_report_is_one_file_with_captions(finished: Path, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    found = snakemake(finished, "--report", str(output))
    assert found.returncode == 0, found.stderr
    page = output.read_text()
    for name in FIGURE_NAMES:
        caption = workflow_directory() / "rules" / "captions" / f"{name}.rst"
        beginning = " ".join(caption.read_text().split()[:2])
        assert f"{name}.png" in page and beginning in page, name
    for rule in STAGE_RULES:
        assert rule in page, rule  # run times of the jobs
    first_page = page[page.index("stages 1 to 8 of StaMPS") :][:2000]
    assert "points</strong>" in first_page and "is the median uncertainty" in page
    assert page.count("map of the mean velocity") == 1
    for words in ('"shows": "temporal coherence of the pixels"', '"Amplitude"'):
        assert words in page


def test_the_figure_of_run_times_has_every_stage_from_its_benchmark_files(finished: Path) -> None:
    found = {time.rule: time for time in read_run_times(finished / "benchmarks")}
    assert found.keys() >= STAGE_RULES
    assert all(time.seconds > 0 for time in found.values())
    assert any(time.memory_mb > 0 for time in found.values())  # not of jobs of a few milliseconds
    assert found["stage2_gamma"].jobs == len((finished / "patch.list").read_text().split())


def test_an_empty_patch_is_recorded_and_merged_around(fresh: Path) -> None:
    empty = fresh / "PATCH_9"
    shutil.copytree(fresh / "PATCH_1", empty)
    for path in empty.glob("pscands.1.*"):
        path.write_bytes(b"")
    with (fresh / "patch.list").open("a") as stream:
        stream.write("PATCH_9\n")
    found = snakemake(fresh, "--until", "stage5_merge")
    assert found.returncode == 0, found.stderr
    status = dataset_status(fresh)
    assert status.state("stage5_correct", "PATCH_9") == "empty"
    assert status.state("stage1_load", "PATCH_9") == "empty"
    assert status.state("stage5_merge", "merged") == "done"
    assert read_mat(empty / "rc2.mat")["ph_rc"].shape[0] == 0
    assert (fresh / "patch.list").read_text().splitlines()[-1] == "PATCH_9"


def test_all_patches_empty_is_an_error_that_says_so(fresh: Path) -> None:
    for path in fresh.glob("PATCH_*/pscands.1.*"):
        path.write_bytes(b"")
    found = snakemake(fresh, "--until", "stage5_merge")
    assert found.returncode == 1
    assert "no pixel" in (fresh / "logs" / "stage5_merge.log").read_text()
    assert not (fresh / "ps2.mat").exists()


def test_a_stage_that_fails_says_why_and_leaves_none_of_its_files(fresh: Path) -> None:
    candidates = fresh / "PATCH_1" / "pscands.1.hgt"
    heights = np.fromfile(candidates, ">f4")
    heights[3] = np.inf
    heights.tofile(candidates)
    found = snakemake(fresh, "--until", "stage1_load")
    assert found.returncode == 1
    log = (fresh / "logs" / "PATCH_1" / "stage1_load.log").read_text()
    assert "pscands.1.hgt" in log and "Traceback" not in log
    assert not (fresh / "PATCH_1" / "ps1.mat").exists()
    assert (fresh / "PATCH_2" / "ps1.mat").exists()


def test_a_result_that_is_damaged_is_refused_before_the_first_job(fresh: Path) -> None:
    assert snakemake(fresh, "--until", "stage2_gamma").returncode == 0
    (fresh / "PATCH_1" / "pm1.mat").write_bytes(b"this is no MAT file")
    found = snakemake(fresh, "--until", "stage3_select")
    assert found.returncode == 1
    assert "PATCH_1/pm1.mat: has changed since stage2_gamma wrote it" in found.stdout + found.stderr
    assert not (fresh / "PATCH_2" / "select1.mat").exists()


def test_a_killed_run_is_resumed_and_repeats_the_unfinished_stage(fresh: Path) -> None:
    command = [sys.executable, "-m", "snakemake", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--cores", "1"]
    command += ["--config", f"dataset={fresh}"]
    run = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not (fresh / "PATCH_1" / "ps1.mat").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    for path in fresh.rglob("*.mat"):
        assert read_mat(path), path  # no half file under a real name
    assert snakemake(fresh, "--unlock").returncode == 0
    found = snakemake(fresh, "--until", "stage5_merge")
    assert found.returncode == 0, found.stderr
    assert dataset_status(fresh).state("stage5_merge", "merged") == "done"


def test_a_second_run_at_the_same_time_is_refused(fresh: Path) -> None:
    (fresh / ".snakemake" / "locks").mkdir(parents=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--cores", "1"]
    command += ["--config", f"dataset={fresh}"]
    run = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 60
        while not any((fresh / ".snakemake" / "locks").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.02)
        found = snakemake(fresh)
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert found.returncode == 1
    assert "lock" in (found.stdout + found.stderr).lower()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("stamps={unwrap_grid_sise: 100}", "unwrap_grid_size"),
        ("stamps={clap_win: 30}", "clap_win"),
        ("kernel={backend: cuda}", "kernels"),
    ],
)
def test_a_wrong_setting_ends_with_one_line_and_runs_nothing(
    fresh: Path, settings: str, message: str
) -> None:
    before = files_of(fresh)
    found = snakemake(fresh, settings)
    assert found.returncode == 1
    assert message in found.stderr and "Traceback" not in found.stderr
    assert {n for n in files_of(fresh) if not n.startswith(".snakemake")} == set(before)
