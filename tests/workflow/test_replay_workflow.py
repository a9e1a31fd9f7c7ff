"""Replay through Snakemake: what is planned, what is copied, what runs, what a change repeats."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from chain import run_chain
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.io.stage_records import replayed_files
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset

pytestmark = pytest.mark.workflow

OF_A_PATCH = ["stage1_load", "stage2_gamma", "stage3_select", "stage4_weed", "stage5_correct"]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a prepared set (run) and a reference that ends with stage 6."""
    folder = tmp_path_factory.mktemp("replay")
    simulate_dataset(folder / "run", PRESETS["tiny"])
    shutil.copytree(folder / "run", folder / "reference")
    run_chain(folder / "reference").require(8)
    for name in ("scla2.mat", "scla_smooth2.mat", "scn2.mat", "uw_space_time.mat"):
        (folder / "reference" / name).unlink()
    return folder


def snakemake(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--cores", "2"]
    command += ["--config", f"dataset={root}", *arguments]
    return subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)


def setting(reference: Path) -> str:
    return f"compat={{strict_reference_replay: {reference}}}"


def run_command(root: Path, *arguments: str) -> dict[str, tuple[str, str]]:
    """Give status and details of every stage of ``pystamps run``."""
    found = CliRunner().invoke(main, ["run", "-d", str(root), "--cores", "2", "--json", *arguments])
    assert found.exit_code == 0, found.output
    report = json.loads(found.stdout)
    return {f"{t['stage']} {t['target']}": (t["status"], t["details"]) for t in report["targets"]}


def test_copies_and_computed_stages_make_a_finished_tree(trees: Path) -> None:
    run, reference = trees / "run", trees / "reference"
    planned = run_command(run, "--replay", str(reference), "--dry-run")
    assert not list(run.rglob("*1.mat"))
    done = run_command(run, "--replay", str(reference))
    copied = {f"{s} {p}" for s in OF_A_PATCH for p in ("PATCH_1", "PATCH_2")}
    copied |= {"stage5_merge merged", "stage6_unwrap merged"}
    for name, (status, details) in planned.items():
        assert status == "planned" and details.startswith("to be replayed; ") == (name in copied)
    for name, (status, details) in done.items():
        assert status == "completed" and (details == "replayed") == (name in copied), name
    assert "phuw2.mat" in replayed_files(run) and "scn2.mat" not in replayed_files(run)

    again = run_command(run, "--replay", str(reference))
    assert {status for status, _ in again.values()} == {"skipped_existing"}
    found = snakemake(run, setting(reference), "--dry-run", "--", "uw_space_time.mat")
    assert "Nothing to be done" in found.stdout + found.stderr

    shown = " ".join(CliRunner().invoke(main, ["status", "-d", str(run)]).output.split())
    change = f"compat.strict_reference_replay {reference} -> (nothing) ("
    assert shown.count(change) == 1

    found = snakemake(run, "--dry-run")  # without the setting they are computed
    shown = found.stdout + found.stderr
    assert "rule stage1_load" in shown and "Params have changed" in shown


def test_snakemake_alone_says_what_it_copies_and_refuses_what_does_not_fit(
    trees: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(trees / "run", tmp_path / "run", ignore=no_results))
    reference = Path(shutil.copytree(trees / "reference", tmp_path / "reference"))
    found = snakemake(run, setting(reference), "--", "PATCH_1/select1.mat")
    assert found.returncode == 0, found.stderr
    assert f"replayed from {reference}: stage1_load (2 patches), " in found.stdout + found.stderr
    assert replayed_files(run).keys() >= {"PATCH_1/ps1.mat", "PATCH_1/select1.mat"}
    before = sorted(str(path) for path in run.rglob("*.mat"))
    (reference / "PATCH_2" / "bp1.mat").unlink()
    found = snakemake(run, setting(reference))
    assert found.returncode == 1
    assert "but not PATCH_2/bp1.mat; complete the reference" in found.stdout + found.stderr
    assert "Traceback" not in found.stdout + found.stderr
    assert sorted(str(path) for path in run.rglob("*.mat")) == before


def no_results(folder: str, names: list[str]) -> list[str]:
    """Leave out what a run has made."""
    made = (".pystamps", ".snakemake", "logs", "benchmarks", "psver.mat", "no_ps_info.mat")
    made += ("mean_v.mat",)
    return [n for n in names if n in made or n.endswith(("1.mat", "2.mat")) or n.startswith("uw_")]
