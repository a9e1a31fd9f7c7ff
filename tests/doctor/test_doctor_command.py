"""The command ``pystamps doctor``, the page of all codes, and the checks at the start of a run."""

from __future__ import annotations

import json
import logging
import re
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from raw_exports import MASTER, snap_export

import pystamps
from pystamps.cli import main
from pystamps.doctor.catalogue import CODES, troubleshooting_page
from pystamps.findings import SEVERITIES
from pystamps.simulate import PRESETS, simulate_dataset

DOCS = Path(__file__).resolve().parents[2] / "docs"


def doctor(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["doctor", *map(str, arguments)])


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return snap_export(tmp_path_factory.mktemp("snap") / "export")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


def content(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_a_valid_export_ends_with_exit_code_0_and_is_left_as_it_was(export: Path) -> None:
    before = content(export)
    found = doctor(export)
    assert found.exit_code == 0, found.output
    assert "a run can succeed" in found.output and "expected-candidates" in found.output
    assert content(export) == before


def test_errors_end_with_exit_code_1_and_say_what_to_do(export: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(export, tmp_path / "export"))
    (root / "geo" / f"{MASTER}.lon").unlink()
    found = doctor(root, "--quick")
    assert found.exit_code == 1
    assert "error   geometry-missing: geo: no such file" in found.output
    assert "-> export again" in found.output


def test_wrong_usage_ends_with_exit_code_2(tmp_path: Path) -> None:
    assert doctor(tmp_path / "nowhere").exit_code == 2
    assert doctor().exit_code == 2


def test_json_holds_every_finding_with_all_its_parts(prepared: Path) -> None:
    found = doctor(prepared, "--json", "--quick")
    assert found.exit_code == 0
    answer = json.loads(found.stdout)
    assert answer["kind"] == "data set" and answer["can_succeed"] is True
    for finding in answer["findings"]:
        assert set(finding) == {"code", "severity", "file", "expected", "found", "action"}
        assert finding["code"] in CODES


def test_many_findings_of_a_kind_are_cut_short_for_people(export: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(export, tmp_path / "export"))
    for path in (root / "diff0").glob("*.base"):
        path.unlink()
    found = doctor(root, "--quick")
    assert found.output.count("baseline-missing: diff0") == 5
    assert "baseline-missing: 9 more" in found.output
    answer = json.loads(doctor(root, "--quick", "--json").stdout)
    assert [f["code"] for f in answer["findings"]].count("baseline-missing") == 14


def test_settings_of_the_run_count(prepared: Path) -> None:
    found = doctor(prepared, "--quick", "--set", "unwrap_grid_size=900")
    assert found.exit_code == 1 and "scene-too-small" in found.output


def test_the_page_lists_every_code() -> None:
    page = (DOCS / "troubleshooting.md").read_text()
    assert page == troubleshooting_page(), "run python scripts/generate_tables.py"
    for name, code in CODES.items():
        assert f"### `{name}`" in page
        assert code.severity in SEVERITIES and code.title and code.cause
        assert code.remedy or code.severity == "info", name


def test_codes_are_lower_case_words() -> None:
    assert len(CODES) > 80
    for name in CODES:
        assert name == name.lower() and " " not in name and "_" not in name


def test_every_code_of_the_source_is_in_the_catalogue() -> None:
    sources = Path(pystamps.__file__).parent.rglob("*.py")
    written = [
        name
        for path in sources
        for name in re.findall(r' = Code\(\n    "([a-z0-9-]+)",', path.read_text())
    ]
    assert sorted(written) == sorted(CODES)


def test_a_run_refuses_what_only_the_doctor_sees(prepared: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(prepared, tmp_path / "dataset"))
    (root / "PATCH_1" / "patch_noover.in").write_text("1\n126\n1\n")
    before = content(root)
    found = CliRunner().invoke(main, ["run", "--dataset", str(root)])
    assert found.exit_code == 2
    assert found.stderr.startswith("error: ") and found.stderr.count("\n") == 1
    assert "patch_noover.in" in found.stderr and "[patch-bounds-wrong]" in found.stderr
    assert content(root) == before


@pytest.mark.workflow
def test_warnings_of_the_doctor_are_logged_and_the_run_goes_on(
    prepared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = Path(shutil.copytree(prepared, tmp_path / "dataset"))
    (root / "PATCH_1" / "patch_noover.in").unlink()
    with caplog.at_level(logging.WARNING):
        found = CliRunner().invoke(main, ["run", "--dataset", str(root), "--dry-run"])
    assert found.exit_code == 0, found.output
    assert "patch-bounds-missing" in caplog.text


def test_a_run_refuses_a_raw_export_that_cannot_be_prepared(export: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(export, tmp_path / "export"))
    path = root / "geo" / f"{MASTER}.lon"
    path.write_bytes(path.read_bytes()[:-4])
    settings = {"dataset": {"path": str(tmp_path / "dataset"), "raw": {"export": str(root)}}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(settings))
    arguments = ["run", "--dataset", str(tmp_path / "dataset")]
    found = CliRunner().invoke(main, [*arguments, "--config", str(tmp_path / "config.yaml")])
    assert found.exit_code == 2, found.output
    assert "[raster-size]" in found.stderr and found.stderr.count("\n") == 1
    assert not (tmp_path / "dataset").exists()
