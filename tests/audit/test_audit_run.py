"""The whole audit on the compact tree, with and without a planted fault, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from trees import CHECKOUT

from pystamps.audit.documents import DATA, checked_document
from pystamps.audit.report import REPORT_SCHEMA
from pystamps.cli import main
from pystamps.errors import PystampsError
from pystamps.io.checksums import state_of_file
from pystamps.io.manifest import write_manifest
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.stage_records import FOLDER, record_path
from pystamps.pipeline.stages import StageDef
from pystamps.stage_table import MODES

STAGES_IN_COMPACT_TREE = 9


@pytest.fixture(autouse=True)
def without_golden_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYSTAMPS_SHARED", str(tmp_path / "nowhere"))


def audited(tmp_path: Path, *words: str) -> tuple[int, dict, str]:
    """Run the command in this process; give exit code, report and what it printed."""
    output = tmp_path / "report.json"
    result = CliRunner().invoke(main, ["audit", "--jobs", "1", "--output", str(output), *words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(output.read_text()), result.output


def statuses(report: dict) -> dict[str, tuple[str, str]]:
    """Give status and reason of the rows that were run, by stage."""
    run = [row for row in report["rows"] if row["status"] != "not run"]
    assert {(row["dataset"], row["option"], row["mode"]) for row in run} == {
        ("tiny", "", "chained")
    }
    return {row["stage"]: (row["status"], row["reason"]) for row in run}


def plant(monkeypatch: pytest.MonkeyPatch, stage: str, fault) -> None:
    """Let something happen to a data set after a stage has run."""
    as_it_is = StageDef.run

    def run(self, directory, config, **options):
        result = as_it_is(self, directory, config, **options)
        if self.name == stage:
            fault(Path(directory))
        return result

    monkeypatch.setattr(StageDef, "run", run)


def note_as_written(root: Path, stage: str, name: str) -> None:
    """Let the record of a stage say that it has written a file as it is now."""
    path = root / record_path(stage, "")
    record = json.loads(path.read_text())
    record["files"][name] = state_of_file(root / name).as_record()
    path.write_text(json.dumps(record))
    write_manifest(root)


def test_without_golden_trees_the_compact_tree_is_certified_and_the_rest_named(tmp_path: Path):
    code, report, text = audited(tmp_path)
    assert code == 0, text
    found = statuses(report)
    assert len(found) == STAGES_IN_COMPACT_TREE
    assert set(found.values()) == {("certified", "")}
    assert report["golden"] == "compact"
    assert any("small chained" in item for item in report["left_out"])
    absent = [item for item in report["left_out"] if "trees are absent" in item]
    assert any("sb_small isolated" in item for item in absent)
    for stage in report["stages"].values():
        assert {mode: of["certified"] for mode, of in stage["modes"].items()} == {MODES[0]: True}
    assert "left out: the golden trees are absent" in text and "9 certified" in text
    seconds = report.pop("seconds")
    assert seconds < 300
    copy = tmp_path / "evidence.json"
    copy.write_text(json.dumps(report))
    checked_document(copy, REPORT_SCHEMA)


def test_a_wrong_result_fails_its_row_and_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def spoil(root: Path) -> None:
        variables = read_mat(root / "scla2.mat")
        variables["K_ps_uw"] = variables["K_ps_uw"] + 5e-6
        write_mat(root / "scla2.mat", variables)
        note_as_written(root, "stage7_scla", "scla2.mat")

    plant(monkeypatch, "stage7_scla", spoil)
    code, report, text = audited(tmp_path)
    assert code == 1
    found = statuses(report)
    status, reason = found.pop("stage7_scla")
    assert status == "failed" and "scla2.mat K_ps_uw" in reason
    assert {name: status for name, (status, _) in found.items()} == dict.fromkeys(
        found, "certified"
    )
    assert report["stages"]["stage7_scla"]["modes"][MODES[0]]["certified"] is False
    assert "failed: tiny/-/chained/stage7_scla: scla2.mat K_ps_uw" in text


def test_a_stage_that_stops_fails_its_row_and_those_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def stop(patch: Path) -> None:
        raise PystampsError(f"{patch.name}: disk full")

    plant(monkeypatch, "stage2_gamma", stop)
    code, report, _ = audited(tmp_path)
    found = statuses(report)
    assert code == 1
    assert found.pop("stage1_load") == ("certified", "")
    assert set(found.values()) == {("failed", "stage2_gamma: PATCH_1: disk full")}


def test_copies_of_a_reference_are_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def claim(patch: Path) -> None:
        path = next((patch.parent / FOLDER).glob(f"stage1_load.{patch.name}.json"))
        record = json.loads(path.read_text()) | {"origin": "replayed", "source": "golden"}
        path.write_text(json.dumps(record))

    plant(monkeypatch, "stage1_load", claim)
    code, report, _ = audited(tmp_path)
    status, reason = statuses(report)["stage1_load"]
    assert code == 1 and status == "failed"
    assert "PATCH_1/ps1.mat" in reason and "copied from a reference" in reason


def test_a_changed_golden_value_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The comparison itself: one element of one discrete result of one stage."""
    from pystamps.audit import golden

    as_it_is = golden.CompactFile.values

    def values(self, variable):
        found = as_it_is(self, variable)
        if (self.name, variable) == ("PATCH_2/weed1.mat", "ix_weed"):
            found = np.array(found)
            found[17] = ~found[17].astype(bool)
        return found

    monkeypatch.setattr(golden.CompactFile, "values", values)
    code, report, _ = audited(tmp_path)
    status, reason = statuses(report)["stage4_weed"]
    assert (code, status) == (1, "failed")
    assert "PATCH_2/weed1.mat ix_weed" in reason and "1 of " in reason


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "huge"], "huge: matches no data set"),
        (["--write-evidence"], "evidence needs"),
        (["--write-evidence", "--only", "tiny"], "evidence needs"),
    ],
)
def test_wrong_usage_is_refused_before_anything_runs(words, message, monkeypatch):
    monkeypatch.setattr("pystamps.audit.runner.run_audit", None)
    result = CliRunner().invoke(main, ["audit", *words])
    assert result.exit_code == 2
    assert message in result.output


def test_a_folder_without_golden_results_is_refused(tmp_path):
    result = CliRunner().invoke(main, ["audit", "--golden", str(tmp_path)])
    assert result.exit_code == 2
    assert f"{tmp_path}: holds no golden results; expected tiny/stages" in result.output


def test_without_golden_trees_and_without_a_checkout_the_option_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("pystamps.resources.workflow_directory", lambda: tmp_path)
    result = CliRunner().invoke(main, ["audit"])
    assert result.exit_code == 2 and "--golden" in result.output


def test_a_broken_manifest_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setattr("pystamps.audit.runner.run_audit", None)
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    result = CliRunner().invoke(main, ["audit", "--manifest", str(path)])
    assert result.exit_code == 2 and "manifest.json" in result.output


def test_the_documents_are_part_of_the_package():
    names = {path.name for path in DATA.glob("*.json")}
    assert {"audited_workflow_manifest.json", "oracle_contract.json", REPORT_SCHEMA} <= names
    assert DATA.parent == CHECKOUT / "pystamps"
