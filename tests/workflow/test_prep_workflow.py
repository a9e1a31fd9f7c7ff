"""The workflow prepares a data set from the raw export that its configuration names."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import raw_exports
import yaml

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.types import PipelineContext
from pystamps.prep.prepare import prepare_dataset
from pystamps.resources import workflow_directory

pytestmark = pytest.mark.workflow

LATER = {"stage2_gamma", "stage3_select", "stage4_weed", "stage5_correct", "stage5_merge"}
LATER |= {
    "stage6_unwrap",
    "stage7_scla",
    "stage8_filter",
    "product_mean_velocity",
    "product_points",
}


def configuration(folder: Path, **raw: object) -> Path:
    """Write a configuration that names the export of ``folder``."""
    settings = {"export": str(folder / "raw"), "patches": "1x2", "overlap": "5x5", **raw}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"dataset": {"path": str(folder / "run"), "raw": settings}}))
    return path


def snakemake(folder: Path, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
    """Start Snakemake with the configuration of ``folder``."""
    command = [sys.executable, "-m", "snakemake", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--cores", str(cores)]
    command += ["--configfile", str(folder / "config.yaml"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def planned(folder: Path, *arguments: str) -> set[str]:
    """Give the rules that a dry run lists, figures and the target rule left out."""
    found = snakemake(folder, "--dry-run", *arguments)
    assert found.returncode == 0, found.stderr
    rules = set(re.findall(r"^(?:local)?rule (\w+):", found.stdout + found.stderr, re.MULTILINE))
    return {rule for rule in rules if rule != "all" and not rule.startswith("figure_")}


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export from which the workflow prepared and loaded a data set."""
    folder = tmp_path_factory.mktemp("loaded")
    raw_exports.snap_export(folder / "raw")
    configuration(folder)
    assert planned(folder) == {"stage0_prep", "stage1_load", *LATER}
    assert not list((folder / "run").glob("[!.]*"))
    done = snakemake(folder, "--until", "stage1_load")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def loaded(loaded_once: Path, tmp_path: Path) -> Path:
    """A copy with times and records; the configuration names the copy."""
    folder = tmp_path / "copy"
    shutil.copytree(loaded_once / "run", folder / "run")
    (folder / "raw").symlink_to(loaded_once / "raw")
    configuration(folder, export=str(loaded_once / "raw"))
    return folder


def test_the_plan_is_complete_before_the_preparation_and_true_after_it(loaded: Path) -> None:
    assert planned(loaded) == LATER
    for patch in ("PATCH_1", "PATCH_2"):
        assert (loaded / "run" / patch / "ps1.mat").is_file()
    assert (loaded / "run" / "logs" / "stage0_prep.log").is_file()
    assert (loaded / "run" / "benchmarks" / "stage0_prep.tsv").is_file()


def test_the_files_are_those_of_the_command(loaded: Path, tmp_path: Path) -> None:
    config = RunConfig.from_file(loaded / "config.yaml")
    prepare_dataset(tmp_path / "run", config.raw)
    for path in sorted((tmp_path / "run").glob("PATCH_*/*")):
        there = loaded / "run" / path.relative_to(tmp_path / "run")
        assert there.read_bytes() == path.read_bytes(), path.name


def test_until_stops_after_the_preparation(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    configuration(tmp_path, patches="2x2")
    done = snakemake(tmp_path, "--until", "stage0_prep", cores=1)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "PATCH_4" / "pscands.1.ph").is_file()
    assert not (tmp_path / "run" / "PATCH_4" / "ps1.mat").exists()


def test_a_changed_setting_prepares_again_and_repeats_what_depends_on_it(loaded: Path) -> None:
    raw = str(Path(loaded / "raw").resolve())
    configuration(loaded, export=raw, threshold=0.35)
    assert planned(loaded) == {"stage0_prep", "stage1_load", *LATER}
    configuration(loaded, export=raw, patches="2x2")
    found = snakemake(loaded, "--until", "stage1_load")
    assert found.returncode == 0, found.stderr
    assert (loaded / "run" / "PATCH_4" / "ps1.mat").is_file()
    assert (loaded / "run" / "patch.list").read_text().count("PATCH") == 4
    assert planned(loaded) == LATER


def test_a_newer_image_prepares_again(loaded_once: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(loaded_once, folder)
    configuration(folder, export=str(folder / "raw"))
    path = folder / "raw" / "rslc" / f"{raw_exports.MASTER}.rslc"
    path.write_bytes(path.read_bytes()[::-1])
    assert "stage0_prep" in planned(folder)


def test_a_preparation_that_fails_leaves_the_data_set_as_it_was(
    loaded_once: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(loaded_once, folder)
    configuration(folder, export=str(folder / "raw"))
    (path,) = (folder / "raw" / "geo").glob("*.lon")
    path.write_bytes(b"\xff" * path.stat().st_size)  # a raster without a number stops the work
    kept = [name for name in (folder / "run").rglob("*") if name.is_file()]
    kept = [name for name in kept if "PATCH" in str(name) or name.parent == folder / "run"]
    before = {name: name.read_bytes() for name in kept if "logs" not in name.parts}
    found = snakemake(folder, "--until", "stage0_prep")
    assert found.returncode == 1 and "results of before are back" in found.stderr, found.stderr
    assert {name: name.read_bytes() for name in before} == before
    assert "stage0_prep" in planned(folder)


def test_the_export_may_be_gone_once_the_data_set_is_prepared(loaded: Path) -> None:
    configuration(loaded, export="/nowhere/raw")
    assert "stage0_prep" not in planned(loaded)


def test_a_patch_taken_off_the_list_stays_off(loaded: Path) -> None:
    (loaded / "run" / "patch.list").write_text("PATCH_2\n")
    found = snakemake(loaded, "--dry-run")
    assert "PATCH_2/pm1.mat" in found.stdout + found.stderr
    assert "output: PATCH_1/pm1.mat" not in found.stdout + found.stderr


def test_a_data_set_prepared_elsewhere_is_never_prepared_over(loaded: Path) -> None:
    shutil.rmtree(loaded / "run" / ".pystamps")
    found = snakemake(loaded, "--dry-run")
    assert found.returncode == 1
    output = found.stdout + found.stderr
    assert "was not prepared with pySTAMPS" in output and "Traceback" not in output


def test_a_broken_export_ends_the_rule_with_one_line_and_no_data_set(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    image = tmp_path / "raw" / "rslc" / f"{raw_exports.SECONDARIES[0]}.rslc"
    image.write_bytes(image.read_bytes()[:-4])
    configuration(tmp_path)
    found = snakemake(tmp_path, "--until", "stage1_load")
    assert found.returncode == 1
    log = (tmp_path / "run" / "logs" / "stage0_prep.log").read_text()
    assert "found 23996 bytes" in log and "Traceback" not in log
    assert not list((tmp_path / "run").glob("PATCH_*/pscands*"))
    for par in image.parent.glob("*.par"):
        par.unlink()
    found = snakemake(tmp_path, "-n")
    output = found.stdout + found.stderr
    assert found.returncode == 1
    assert ".rslc.par: file is missing" in output and "Traceback" not in output


@pytest.mark.parametrize("processor", ["doris", "isce"])
def test_a_stack_is_prepared_in_its_own_folder(tmp_path: Path, processor: str) -> None:
    folder = raw_exports.EXPORTS[processor](tmp_path / "stack")
    raw = {"processor": processor, "export": str(folder), "patches": "1x1"}
    settings = {"dataset": {"path": str(folder), "raw": raw}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    own = {path for path in folder.rglob("*") if path.is_file()}
    found = snakemake(tmp_path, "--until", "stage1_load")
    assert found.returncode == 0, found.stderr
    assert (folder / "PATCH_1" / "ps1.mat").is_file()
    assert all(path.is_file() for path in own)
    assert planned(tmp_path) == LATER


def test_the_command_run_prepares_and_reports_it(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    config = RunConfig.from_file(configuration(tmp_path))
    context = PipelineContext(tmp_path / "run", config, end_step=1, dry_run=True)
    found = [(t.stage, t.target, t.status) for t in run_pipeline(context).targets]
    assert found[0] == ("stage0_prep", "merged", "planned")
    before = dataset_status(tmp_path / "run", config)
    assert before.state("stage0_prep", "merged") == "missing"
    assert not (tmp_path / "run").exists()
    assert before.entries[1].reason == "waits for stage0_prep"
    context = PipelineContext(tmp_path / "run", config, end_step=1)
    statuses = [(t.stage, t.target, t.status) for t in run_pipeline(context).targets]
    assert statuses == [(stage, target, "completed") for stage, target, _ in found]
    again = [(t.stage, t.status) for t in run_pipeline(context).targets]
    assert again == [("stage1_load", "skipped_existing")] * 2
    other = dataclasses.replace(config, raw=dataclasses.replace(config.raw, threshold=0.35))
    entry = dataset_status(tmp_path / "run", other).entries[0]
    assert (entry.stage, entry.state) == ("stage0_prep", "stale")
    assert [(c.name, c.new) for c in entry.changes] == [("dataset.raw.threshold", "0.35")]


def test_settings_and_files_are_the_same_before_and_after(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    config = RunConfig.from_file(configuration(tmp_path))
    before = WorkflowPlan.from_mapping(config.to_mapping())
    prepare_dataset(tmp_path / "run", config.raw)
    after = WorkflowPlan.from_mapping(config.to_mapping())
    assert before.patches == after.patches == ("PATCH_1", "PATCH_2")
    for rule in ("stage0_prep", "stage1_load", "stage2_gamma", "stage6_unwrap"):
        assert before.settings(rule, "PATCH_1") == after.settings(rule, "PATCH_1")
    assert before.candidate_files("PATCH_2") == after.candidate_files("PATCH_2")
    assert before.optional == after.optional == ("da", "hgt", "la")
    assert before.memory_mb("stage2_gamma", "PATCH_1") >= 600 <= before.memory_mb("stage0_prep")


def test_a_preparation_that_was_interrupted_is_planned_again(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    config = RunConfig.from_file(configuration(tmp_path))
    prepare_dataset(tmp_path / "run", config.raw)
    staging = tmp_path / "run" / ".pystamps" / "stage0"
    staging.mkdir()
    (staging / "COMPLETE").write_text("")
    plan = WorkflowPlan.from_mapping(config.to_mapping())
    assert plan.preparation is not None and not plan.preparation.is_done
    without = RunConfig.from_mapping({"dataset": str(tmp_path / "run")})
    with pytest.raises(DatasetError, match="interrupted"):
        WorkflowPlan.from_mapping(without.to_mapping())
