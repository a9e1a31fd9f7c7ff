"""The workflow as a module of another one: two orbits side by side, from a folder or from git."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import raw_exports
import yaml
from documented import block_in
from trees import CHECKOUT

from pystamps.errors import ParameterError
from pystamps.pipeline.placement import PlacedDataset
from pystamps.pipeline.status import dataset_status
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset

ONE_PATCH = changed_scene(
    PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 60, "samples": 80}
)
ORBITS = ("ascending", "descending")

PAGE = CHECKOUT / "docs" / "workflow.md"
OUTER = block_in(PAGE, "python", "module ascending:")
"""The workflow of two orbits, as the documents show it."""

DEPLOYED = """
configfile: "config/config.yaml"


module pystamps:
    snakefile:
        github("a/b", path="workflow/Snakefile", tag="v1")
    config:
        config


use rule * from pystamps
"""
"""What snakedeploy writes into ``workflow/Snakefile`` of a project."""


def snakemake(folder: Path, *arguments: str, **environment: str) -> str:
    """Start Snakemake in the folder of an outer workflow; give what it says."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    found = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | environment,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout + found.stderr


def planned(folder: Path, *arguments: str) -> set[str]:
    """Give the rules that a dry run lists, figures and target rules left out."""
    triggers = ("--rerun-triggers", "mtime", "input", "params")
    said = snakemake(folder, "--dry-run", *triggers, *arguments)
    rules = re.findall(r"^rule (\w+):", said, re.MULTILINE)
    return {rule for rule in rules if "figure_" not in rule and rule != "all"}


def write_orbits(folder: Path, **changes: dict[str, object]) -> None:
    """Write the configuration of both orbits; ``changes`` are parameters of one of them."""
    settings = {
        orbit: {"dataset": orbit, "stamps": {"unwrap_grid_size": 100} | changes.get(orbit, {})}
        for orbit in ORBITS
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two data sets on which nothing has run."""
    folder = tmp_path_factory.mktemp("orbits")
    simulate_dataset(folder / "ascending", ONE_PATCH)
    simulate_dataset(folder / "descending", changed_scene(ONE_PATCH, {"seed": 2}))
    return folder


@pytest.fixture
def fresh(prepared: Path, tmp_path: Path) -> Path:
    """A copy of both data sets, with the configuration of both."""
    folder = Path(shutil.copytree(prepared, tmp_path / "project"))
    write_orbits(folder)
    return folder


@pytest.fixture(scope="module")
def finished_once(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which an outer workflow has run both orbits."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    shutil.copytree(prepared, folder)
    write_orbits(folder)
    (folder / "Snakefile").write_text(OUTER)
    snakemake(folder, "--cores", "2")
    return folder


@pytest.fixture
def finished(finished_once: Path, tmp_path: Path) -> Path:
    """A copy of the finished folder, elsewhere."""
    return Path(shutil.copytree(finished_once, tmp_path / "project"))


@pytest.mark.workflow
def test_two_orbits_run_side_by_side(finished: Path) -> None:
    velocities = (finished / "velocities.txt").read_text().split()
    assert velocities == [f"{orbit}/mean_v.mat" for orbit in ORBITS]
    for orbit in ORBITS:
        root = finished / orbit
        states = {entry.stage: entry.state for entry in dataset_status(root).entries}
        assert states.pop("product_points") == "missing"  # the outer workflow does not ask for it
        assert set(states.values()) == {"done"}
        assert (root / "logs" / "PATCH_1" / "stage2_gamma.log").read_text()
        assert (root / "benchmarks" / "stage6_unwrap.tsv").is_file()
        assert not (root / ".snakemake").exists()
    made = {path.name for path in finished.iterdir()} - {".snakemake"}
    assert made == {*ORBITS, "Snakefile", "config.yaml", "velocities.txt"}
    one, other = (Path(finished, orbit, "mean_v.mat").read_bytes() for orbit in ORBITS)
    assert one != other


@pytest.mark.workflow
def test_nothing_runs_again_also_where_the_folder_has_moved(finished: Path) -> None:
    assert planned(finished) == set()


@pytest.mark.workflow
def test_a_setting_of_one_orbit_leaves_the_other_alone(finished: Path) -> None:
    write_orbits(finished, descending={"scn_time_win": 200})
    again = {"descending_stage8_filter", "descending_product_mean_velocity", "velocities"}
    assert planned(finished) == again


@pytest.mark.workflow
def test_what_a_module_has_finished_is_finished_on_its_own(finished: Path) -> None:
    snakefile = str(workflow_directory() / "Snakefile")
    on_its_own = ("--snakefile", snakefile, "--config", "dataset=ascending")
    assert planned(finished, *on_its_own, "--", "mean_v.mat", "uw_space_time.mat") == set()


@pytest.mark.workflow
def test_figures_and_report_of_a_renamed_module(finished: Path) -> None:
    target = "ascending_figure_velocity_map"
    snakemake(finished, "--cores", "1", target)
    assert (finished / "ascending" / "figures" / "velocity_map.png").is_file()
    snakemake(finished, "--report", "report.html", target)
    assert "Mean velocity of every selected pixel" in (finished / "report.html").read_text()


@pytest.mark.workflow
def test_a_prefix_moves_the_data_set(fresh: Path) -> None:
    changes = {f'config["{orbit}"]': f'{{}}\n    prefix:\n        "{orbit}"' for orbit in ORBITS}
    outer = OUTER
    for old, new in changes.items():
        outer = outer.replace(old, new)
    (fresh / "Snakefile").write_text(outer)
    rules = planned(fresh)
    stages = {rule.partition("_")[2] for rule in rules if rule.startswith("ascending_")}
    assert stages == {rule.partition("_")[2] for rule in rules if rule.startswith("descending_")}
    assert {"stage1_load", "stage8_filter", "product_mean_velocity"} <= stages
    snakemake(fresh, "--cores", "2", "descending/PATCH_1/ps1.mat")
    assert (fresh / "descending" / "PATCH_1" / "ps1.mat").is_file()
    assert not (fresh / "ascending" / "PATCH_1" / "ps1.mat").exists()


@pytest.mark.workflow
def test_a_module_prepares_its_data_set_from_a_raw_export(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "export")
    raw = {"export": "export", "patches": "1x2", "overlap": "5x5"}
    settings = {"dataset": {"path": "orbits/ascending", "raw": raw}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"ascending": settings}))
    only_one, _, _ = OUTER.partition("module descending:")
    (tmp_path / "Snakefile").write_text(only_one)
    snakemake(tmp_path, "--cores", "2", "orbits/ascending/PATCH_2/ps1.mat")
    root = tmp_path / "orbits" / "ascending"
    assert (root / "logs" / "stage0_prep.log").is_file()
    assert (root / "PATCH_2" / "ps1.mat").is_file()


@pytest.mark.workflow
def test_a_project_made_by_snakedeploy_takes_the_workflow_from_git(fresh: Path) -> None:
    """The address of GitHub leads to a repository on this machine; no file is read elsewhere."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    origin = repository(fresh.parent / "origin")
    (fresh / "workflow").mkdir()
    (fresh / "workflow" / "Snakefile").write_text(DEPLOYED)
    shutil.copytree(workflow_directory() / "config", fresh / "config")
    settings = fresh / "config" / "config.yaml"
    settings.write_text(settings.read_text().replace("path: demo/dataset", "path: ascending"))
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{origin.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/a/b",
        "XDG_CACHE_HOME": str(fresh.parent / "cache"),
    }
    said = snakemake(fresh, "-n", **environment)
    assert "ascending/figures/velocity_map.png" in said and "rule stage8_filter:" in said
    snakemake(fresh, "--cores", "1", "ascending/PATCH_1/ps1.mat", **environment)
    assert (fresh / "ascending" / "PATCH_1" / "ps1.mat").is_file()


def repository(folder: Path) -> Path:
    """Put what a project takes from the workflow into a git repository with one tag."""
    for name in ("rules", "workflow", "config", "envs"):
        shutil.copytree(workflow_directory() / name, folder / name)
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "--quiet"), ("add", "."), (*author, "commit", "--quiet", "-m", "a")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    subprocess.run(["git", "tag", "v1"], cwd=folder, check=True)
    return folder


@pytest.mark.workflow
def test_with_another_working_directory_files_get_the_path_of_the_data_set(fresh: Path) -> None:
    snakefile = str(workflow_directory() / "workflow" / "Snakefile")
    arguments = ("--snakefile", snakefile, "--directory", str(fresh))
    said = snakemake(fresh.parent, *arguments, "-n", "--config", "dataset=ascending")
    assert "output: ascending/PATCH_1/pm1.mat" in said


def test_a_data_set_below_the_working_directory_is_written_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    near = PlacedDataset.from_mapping({"dataset": "orbits/ascending"})
    assert (near.prefix, near.root) == ("orbits/ascending", tmp_path / "orbits" / "ascending")
    assert PlacedDataset.from_mapping({"dataset": str(near.root)}).prefix == "orbits/ascending"
    far = PlacedDataset.from_mapping({"dataset": "../elsewhere"})
    assert (far.prefix, far.root) == ("../elsewhere", tmp_path.parent / "elsewhere")
    assert PlacedDataset.from_mapping({"dataset": "/data/stack"}).prefix == "/data/stack"
    assert PlacedDataset.from_mapping({}).prefix is None
    moved = PlacedDataset.from_mapping({}, moved=lambda path: f"ascending/{path}")
    assert (moved.prefix, moved.root) == (None, tmp_path / "ascending")
    assert moved.settings["dataset"]["path"] == str(moved.root)
    with pytest.raises(ParameterError):
        PlacedDataset.from_mapping({"datasett": "a"})
