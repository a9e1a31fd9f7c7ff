"""A complete configuration file of an earlier version, on a small data set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_earlier_files import COMPLETE, SAID

from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set and the file beside it."""
    folder = tmp_path_factory.mktemp("earlier")
    simulate_dataset(folder / "stack", PRESETS["tiny"])
    (folder / "earlier.yaml").write_text(COMPLETE)
    return folder


def started(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run a module of Python; give what it wrote to both streams."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


PYSTAMPS = ("-c", "from pystamps.cli import main; main()", "--config", "earlier.yaml")
SNAKEMAKE = ("-m", "snakemake", "--snakefile", str(workflow_directory() / "Snakefile"))
SNAKEMAKE += ("--configfile", "earlier.yaml", "--config", "dataset=stack")


def keys_said(text: str, source: str) -> list[str]:
    """Give the keys about which a line was written."""
    parts = [line.partition(f"{source}: ")[2] for line in text.splitlines()]
    return sorted(part.partition(": ")[0] for part in parts if part.partition(": ")[0] in SAID)


@pytest.mark.workflow
def test_a_run_says_what_every_key_is_today_and_plans_all_stages(folder: Path) -> None:
    steps = ("--start-step", "1", "--end-step", "8", "--dry-run", "--json")
    found, said = started(folder, *PYSTAMPS, "run", "--dataset", "stack", *steps)
    targets = json.loads(found)["targets"]
    assert {target["status"] for target in targets} == {"planned"}
    assert {target["step"] for target in targets} == set(range(1, 9))
    assert keys_said(said, "earlier.yaml") == sorted(SAID)


@pytest.mark.workflow
def test_a_stage_runs_with_it(folder: Path) -> None:
    for step in ("1", "2"):
        patch = ("--patch", "stack/PATCH_1")
        _, said = started(folder, *PYSTAMPS, "stage", step, *patch)
        assert keys_said(said, "earlier.yaml") == sorted(SAID)
    record = folder / "stack" / ".pystamps" / "provenance" / "stage2_gamma.PATCH_1.json"
    assert set(json.loads(record.read_text())["backends"].values()) == {"native"}


@pytest.mark.workflow
def test_bare_snakemake_takes_it_beside_the_workflow_s_own_file_and_says_it_once(
    folder: Path,
) -> None:
    found, said = started(folder, *SNAKEMAKE, "--cores", "2", "--until", "stage1_load")
    assert (folder / "stack" / "PATCH_2" / "ps1.mat").is_file()
    assert keys_said(found + said, "configuration") == sorted(SAID)
