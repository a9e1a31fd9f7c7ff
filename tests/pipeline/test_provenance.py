"""What is recorded about every stage, and what can be told about artifacts from it."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import raw_exports
from click.testing import CliRunner
from processed_tree import DAYS, write_processed_tree

from pystamps import __version__
from pystamps.cli import main
from pystamps.config import KernelSettings, RawExport, RunConfig
from pystamps.errors import PystampsError
from pystamps.io.artifacts import write_artifact
from pystamps.io.checksums import state_of_file
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.stage_records import (
    FOLDER,
    UNKNOWN,
    StageWarning,
    stage_warnings,
    versions_of,
)
from pystamps.io.started_by import COMMAND_VARIABLE
from pystamps.model import InterferogramNoise
from pystamps.pipeline.entry.mean_velocity import product_mean_velocity
from pystamps.pipeline.entry.stage0 import stage0_prepare
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.pipeline.noted_warnings import noted_warnings
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.provenance import new_record, write_record
from pystamps.simulate import PRESETS, simulate_dataset

VELOCITY = Path(FOLDER, "product_mean_velocity.json")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A merged data set that nobody has recorded anything about."""
    root = tmp_path / "run"
    root.mkdir()
    line, sample = np.indices((12, 15)).reshape(2, -1)
    write_processed_tree(root, np.linspace(-10, 10, line.size), line, sample)
    return root


def read_record(root: Path, name: Path | str = VELOCITY) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / name).read_text())
    return found


def version_of(root: Path, stage: str, artifact: str) -> str | None:
    """Give what the status says about who made an artifact."""
    patch, _, _ = artifact.rpartition("/")
    return versions_of(root, stage, patch, [artifact]).get(artifact)


def test_a_stage_leaves_a_record_and_its_log_line_names_it(
    tree: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(COMMAND_VARIABLE, raising=False)
    monkeypatch.setattr("sys.argv", ["pystamps", "stage", "a b"])
    config = RunConfig(tree, stamps={"ref_radius": 1e9}, kernels=KernelSettings("python"))
    with caplog.at_level(logging.INFO):
        result = product_mean_velocity(tree, config)
    record = read_record(tree)
    assert record["stage"] == "product_mean_velocity" and record["target"] == ""
    assert record["version"] == __version__
    assert record["command"] == "pystamps stage 'a b'"
    assert record["started"] <= record["ended"] and record["started"].endswith("+00:00")
    assert record["seconds"] == result.seconds
    assert record["settings"]["ref_radius"] == "1000000000.0"
    assert record["settings"]["kernels.backend"] == "python"
    assert record["settings"].keys() <= {
        "ref_radius", "kernels.backend", "lambda", "heading", "insar_processor"
    }  # fmt: skip
    assert {"python", "numpy", "scipy"} <= record["tools"].keys()
    assert record["files"].keys() == {"mean_v.mat"}
    assert str(VELOCITY) in caplog.messages[-1]


def test_a_record_keeps_what_the_computation_warned_of(tree: Path) -> None:
    write_artifact(tree / "ifgstd2.mat", InterferogramNoise(np.zeros(DAYS.size, np.float32)))
    product_mean_velocity(tree, RunConfig(tree, kernels=KernelSettings("python")))
    (text,) = read_record(tree)["warnings"]
    assert text.startswith("noise of interferograms: 5 of 5 standard deviations are zero")
    assert stage_warnings(tree) == (StageWarning("product_mean_velocity", text, ("",)),)
    path = tree / "mean_v.mat"
    write_mat(path, read_mat(path) | {"left_by_a_test": np.ones(3)})
    assert stage_warnings(tree) == ()


def test_warnings_of_the_machine_are_in_no_record_and_places_are_relative(tmp_path: Path) -> None:
    with noted_warnings(tmp_path) as kept:
        logging.getLogger("pystamps.pipeline.provenance").warning("no room for the manifest")
        for _ in range(2):
            logging.getLogger("pystamps.stages.threshold").warning("%s: gaps", tmp_path / "PATCH_1")
        logging.getLogger("pystamps.stages.threshold").info("all is well")
    logging.getLogger("pystamps.stages.threshold").warning("after the job")
    assert kept == ["PATCH_1: gaps"]


def test_the_same_warning_of_several_patches_is_told_once(tmp_path: Path) -> None:
    for number in (1, 2):
        patch = tmp_path / f"PATCH_{number}"
        patch.mkdir()
        (patch / "select1.mat").write_bytes(b"a")
        files = {"select1.mat": state_of_file(patch / "select1.mat")}
        known = {"started": "", "seconds": 0.0, "files": files, "warnings": ("gaps",)}
        write_record(tmp_path, new_record(
            stage="stage3_select", target=patch.name, ended=f"{number}", **known,
        ))  # fmt: skip
    assert stage_warnings(tmp_path) == (
        StageWarning("stage3_select", "gaps", ("PATCH_1", "PATCH_2")),
    )


def test_patches_have_records_of_their_own_with_seeds_and_backends(tmp_path: Path) -> None:
    root = tmp_path / "run"
    simulate_dataset(root, PRESETS["tiny"])
    config = RunConfig(root, kernels=KernelSettings(kernel_backend_overrides={}))
    for patch in ("PATCH_1", "PATCH_2"):
        stage1_load_initial(root / patch, config)
    stage2_estimate_gamma(root / "PATCH_1", config)
    names = {path.name for path in (root / FOLDER).iterdir()}
    assert names == {
        "stage1_load.PATCH_1.json", "stage1_load.PATCH_2.json", "stage2_gamma.PATCH_1.json"
    }  # fmt: skip
    record = read_record(root, FOLDER / "stage2_gamma.PATCH_1.json")
    assert record["seeds"] == {"random reference": 2005}
    assert record["backends"]["stage2_topofit"] == "native"
    assert not read_record(root, FOLDER / "stage1_load.PATCH_1.json")["seeds"]
    assert version_of(root, "stage1_load", "PATCH_2/ps1.mat") == __version__


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"files": []}'])
def test_a_record_that_is_none_tells_nothing(tree: Path, text: str) -> None:
    (tree / VELOCITY).parent.mkdir(parents=True)
    (tree / VELOCITY).write_text(text)
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") == UNKNOWN


def test_artifacts_without_record_are_of_an_unknown_program(tree: Path) -> None:
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") == UNKNOWN
    assert version_of(tree, "stage6_unwrap", "phuw2.mat") == UNKNOWN
    assert version_of(tree, "stage7_scla", "scla_smooth2.mat") is None  # there is none


def test_a_record_is_about_the_very_file(tree: Path, tmp_path: Path) -> None:
    product_mean_velocity(tree, RunConfig(tree))
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") == __version__
    (tree / "mean_v.mat").touch()
    copy = Path(shutil.copytree(tree, tmp_path / "copy"))
    assert version_of(copy, "product_mean_velocity", "mean_v.mat") == __version__
    write_mat(tree / "mean_v.mat", {"m": read_mat(tree / "mean_v.mat")["m"] + 1})
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") == UNKNOWN


def test_a_stage_that_fails_claims_nothing(tree: Path) -> None:
    (tree / "phuw2.mat").write_bytes(b"this is no MAT file")
    with pytest.raises(PystampsError):
        product_mean_velocity(tree, RunConfig(tree))
    assert not (tree / FOLDER).exists()


def test_the_record_of_an_earlier_success_stays_with_its_files(tree: Path) -> None:
    product_mean_velocity(tree, RunConfig(tree))
    before = read_record(tree)
    (tree / "phuw2.mat").write_bytes(b"this is no MAT file")
    with pytest.raises(PystampsError):
        product_mean_velocity(tree, RunConfig(tree))
    assert read_record(tree) == before
    (tree / "mean_v.mat").unlink()
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") is None


def test_a_damaged_record_counts_as_none(tree: Path) -> None:
    product_mean_velocity(tree, RunConfig(tree))
    (tree / VELOCITY).write_text("{")
    assert version_of(tree, "product_mean_velocity", "mean_v.mat") == UNKNOWN


def test_records_change_no_plan(tree: Path) -> None:
    def asked() -> tuple[object, ...]:
        plan = WorkflowPlan.from_mapping({"dataset": str(tree)})
        rule = "product_mean_velocity"
        return plan.settings(rule), plan.candidate_files("PATCH_1"), plan.optional_inputs(rule)

    product_mean_velocity(tree, RunConfig(tree))
    before = asked()
    shutil.rmtree(tree / ".pystamps")
    assert asked() == before


def test_the_command_status_says_who_made_what(tree: Path) -> None:
    product_mean_velocity(tree, RunConfig(tree))
    found = CliRunner().invoke(main, ["status", "-d", str(tree)])
    assert f"made by pySTAMPS {__version__}: product_mean_velocity" in found.output
    assert "made by an unknown program: stage1_load of PATCH_1" in found.output
    found = CliRunner().invoke(main, ["status", "-d", str(tree), "--json"])
    versions = {e["stage"]: e["versions"] for e in json.loads(found.stdout)["entries"]}
    assert versions["product_mean_velocity"] == {"mean_v.mat": __version__}


def test_the_preparation_leaves_a_record(tmp_path: Path) -> None:
    raw_exports.snap_export(tmp_path / "raw")
    config = RunConfig(tmp_path / "run", RawExport(export=tmp_path / "raw", overlap="5x5"))
    stage0_prepare(tmp_path / "run", config)
    record = read_record(tmp_path / "run", FOLDER / "stage0_prep.json")
    assert record["settings"] == {
        "dataset.raw.export": str(tmp_path / "raw"), "dataset.raw.overlap": "5x5"
    }  # fmt: skip
    assert record["backends"] and record["seconds"] > 0


def test_jobs_of_a_workflow_record_the_command_that_started_it(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(COMMAND_VARIABLE, "pystamps run -d D")
    product_mean_velocity(tree, RunConfig(tree))
    assert read_record(tree)["command"] == "pystamps run -d D"
