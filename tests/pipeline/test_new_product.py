"""A new product touches the record, its function, its rule and its test, nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from processed_tree import write_processed_tree

from pystamps import stage_table
from pystamps.doctor.checks_machine import check_resources
from pystamps.io.mat import read_mat
from pystamps.io.stage_records import FOLDER
from pystamps.pipeline import stages
from pystamps.pipeline.driver import JobEvent, SnakemakeOutcome, SnakemakeRequest
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import PipelineContext
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import PRODUCTS, Stage, StageCost, names_of_results
from pystamps.verify import stage_of

WORKFLOW = """
from pathlib import Path

import pystamps.resources

pystamps.resources._PACKAGE = Path("""
"""Stands, after the line in the table, for the checkout in which both are."""
NOT_THERE = "Missing output files: any"
RECORD = """
from pystamps import stage_table

stage_table.STAGES += (
    stage_table.Stage(
        "product_toy", 8, "merged", "number of pixels", "toy_product:product_toy",
        inputs=("ps2.mat",), outputs=("toy.mat",), marker="toy.mat",
        cost=stage_table.StageCost(10, 1), parameter_stage=stage_table.PRODUCTS,
    ),
)
"""
FUNCTION = """
from pystamps.model import Pixels
from pystamps.pipeline.job import stage_job


def product_toy(root, config):
    with stage_job("product_toy", root, config) as job:
        n_ps = float(job.read(Pixels, 2).n_ps)
        job.artifacts.write_variables("toy.mat", {"n": n_ps})
    return job.result
"""
RULE = """

rule product_toy:
    input:
        ps="ps2.mat",
    output:
        "toy.mat",
    log:
        "logs/product_toy.log",
    params:
        settings=settings_of("product_toy"),
    script:
        "scripts/stage.py"
"""

TOY = Stage(
    "product_toy", 8, "merged", "number of pixels", "toy_product:product_toy",
    inputs=("ps2.mat",), outputs=("toy.mat",), marker="toy.mat",
    cost=StageCost(10, 1), parameter_stage=PRODUCTS,
)  # fmt: skip


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The record, in the table of this process, which knows its chain by heart."""
    known_by_heart = (stage_table._chain, stage_table._makers)
    monkeypatch.setattr(stage_table, "STAGES", (*stage_table.STAGES, TOY))
    for known in known_by_heart:
        known.cache_clear()
    yield TOY
    for known in known_by_heart:
        known.cache_clear()


def test_the_plan_knows_what_the_product_depends_on_and_needs(toy: Stage, tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "run", PRESETS["tiny"])
    plan = WorkflowPlan.from_mapping({"dataset": str(tmp_path / "run")})
    assert "toy.mat" in plan.results
    assert plan.settings("product_toy") == {
        name: value
        for name, value in plan.settings("product_mean_velocity").items()
        if name != "deramp_degree"
    }
    assert 600 <= plan.memory_mb("product_toy") < plan.memory_mb("product_mean_velocity")
    assert plan.runtime_minutes("product_toy") >= 10


def test_a_run_asks_for_the_product_and_allows_its_rule(
    toy: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate_dataset(tmp_path / "run", PRESETS["tiny"])
    requests: list[SnakemakeRequest] = []
    targets = targets_of(WorkflowPlan.from_mapping({"dataset": str(tmp_path / "run")}))
    jobs = tuple(JobEvent(t.stage, t.patch, "planned", reason=NOT_THERE) for t in targets)

    def kept(request: SnakemakeRequest, *, events: Path | None = None) -> SnakemakeOutcome:
        requests.append(request)
        return SnakemakeOutcome(0, jobs)

    monkeypatch.setattr(stages, "run_snakemake", kept)
    report = stages.run_pipeline(PipelineContext(tmp_path / "run"))
    for request in requests:
        assert "toy.mat" in request.targets
        assert "product_toy" in request.allowed_rules
    assert [request.dry_run for request in requests] == [False]
    assert "product_toy" in {target.stage for target in report.targets}


def test_status_verification_preparation_and_doctor_know_the_product(
    toy: Stage, tmp_path: Path
) -> None:
    line, sample = np.indices((12, 15)).reshape(2, -1)
    write_processed_tree(tmp_path, np.zeros(line.size), line, sample)
    plan = WorkflowPlan.from_mapping({"dataset": str(tmp_path)})
    (target,) = (found for found in targets_of(plan) if found.stage == "product_toy")
    assert not target.is_there and target.inputs == ("ps2.mat",)
    assert stage_of("toy.mat") == 8
    assert "toy.mat" in names_of_results()  # a new preparation takes it away
    (estimate, *_) = check_resources(
        tmp_path, largest_patch=1000, candidates=1000, interferograms=10, mode="ps"
    )
    assert "product_toy 0.6 + 0.1" in estimate.message  # GB of memory, of disk


@pytest.mark.workflow
def test_record_function_and_rule_are_enough_to_make_the_product(tmp_path: Path) -> None:
    for name in ("Snakefile", "rules", "config", "envs", "profiles"):
        source = workflow_directory() / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    with (tmp_path / "rules" / "products.smk").open("a") as rules:
        rules.write(RULE)
    code = tmp_path / "code"
    code.mkdir()
    (code / "sitecustomize.py").write_text(RECORD + f"{WORKFLOW}{str(tmp_path)!r}, 'package')")
    (code / "toy_product.py").write_text(FUNCTION)
    root = tmp_path / "run"
    root.mkdir()
    line, sample = np.indices((12, 15)).reshape(2, -1)
    write_processed_tree(root, np.zeros(line.size), line, sample)
    (root / "mean_v.mat").unlink()  # of which no record says how it was made
    path = os.pathsep.join([str(code), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(tmp_path / "Snakefile")]
    command += ["--cores", "1", "--config", f"dataset={root}", "--allowed-rules", "product_toy"]
    done = subprocess.run(
        [*command, "--", "toy.mat"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert read_mat(root / "toy.mat")["n"].item() == line.size
    record = json.loads((root / FOLDER / "product_toy.json").read_text())
    assert record["command"].endswith("--allowed-rules product_toy -- toy.mat")
    command = [sys.executable, "-c", "from pystamps.cli import main; main()"]
    command += ["status", "-d", str(root), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (entry,) = (e for e in json.loads(done.stdout)["entries"] if e["stage"] == "product_toy")
    assert entry["outputs"] == ["toy.mat"]
    assert entry["waits_for"] == ["stage1_load of PATCH_1"]  # of which nothing lies there
