"""``pystamps run --until NAME``: a stage and what it needs, as with Snakemake itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pystamps.cli import main
from pystamps.resources import workflow_directory


def dry_run(root: Path, *more: str) -> Result:
    arguments = ["run", "--dry-run", "--json", "--dataset", str(root), *more]
    return CliRunner().invoke(main, arguments)


def planned(root: Path, *more: str) -> set[str]:
    """Give the names of the stages that a run would run."""
    found = dry_run(root, *more)
    assert found.exit_code == 0, found.output
    return {t["stage"] for t in json.loads(found.stdout)["targets"] if t["status"] == "planned"}


def planned_by_snakemake(root: Path, name: str) -> set[str]:
    """Ask Snakemake what its own option would run."""
    workflow = workflow_directory()
    words = ["--snakefile", str(workflow / "Snakefile"), "--config", f"dataset={root}"]
    words += ["--workflow-profile", str(workflow / "profiles" / "default")]
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", *words, "--until", name],
        capture_output=True, text=True, check=True, cwd=root,
    )  # fmt: skip
    return set(re.findall(r"^rule (\w+):", done.stdout + done.stderr, re.MULTILINE))


@pytest.mark.workflow
@pytest.mark.parametrize("name", ["stage3_select", "stage6_unwrap"])
def test_a_run_until_a_stage_plans_what_snakemake_does(simulated: Path, name: str) -> None:
    found = planned(simulated, "--until", name)
    assert name in found and found == planned_by_snakemake(simulated, name)


@pytest.mark.workflow
def test_a_run_until_the_last_stage_leaves_products_out(simulated: Path) -> None:
    assert {"stage1_load", "stage8_filter"} <= planned(simulated, "--until", "stage8_filter")
    assert not [n for n in planned(simulated, "--until", "stage8_filter") if "product" in n]
    assert "product_mean_velocity" in planned(simulated, "--until", "product_mean_velocity")


def test_a_name_that_no_stage_has_is_refused_with_the_nearest(simulated: Path) -> None:
    found = dry_run(simulated, "--until", "stage4_wed")
    assert found.exit_code == 2
    assert "--until stage4_wed" in found.output and "stage4_weed" in found.output


def test_a_name_outside_the_range_of_steps_is_refused(simulated: Path) -> None:
    found = dry_run(simulated, "--until", "stage2_gamma", "--start-step", "5")
    assert found.exit_code == 2
    assert "none of its stages is in the range of steps 5 to 8" in found.output
