"""The committed evidence and the page that is made from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from trees import CHECKOUT

from pystamps.audit.contract import read_contract
from pystamps.audit.evidence import EVIDENCE_FILE
from pystamps.audit.jobs import AuditTrees
from pystamps.audit.manifest import AuditRow, read_manifest
from pystamps.audit.outcome import JudgedRow, certified_stages, judged_rows
from pystamps.audit.page import PARITY_PAGE, parity_page
from pystamps.audit.report import AuditReport, keep_as_evidence, read_report
from pystamps.audit.runner import run_audit
from pystamps.errors import ParameterError
from pystamps.io.mat import describe_mat
from pystamps.stage_table import MODES, STAGES

MANIFEST, CONTRACT, EVIDENCE = read_manifest(), read_contract(), read_report()
LARGEST_BYTES = 200_000


def statuses(rows: list[dict]) -> dict[str, str]:
    return {
        AuditRow(row["dataset"], row["option"], row["mode"], row["stage"]).text: row["status"]
        for row in rows
    }


def report_of(*statuses_given: str) -> AuditReport:
    """Make a report of the whole manifest, the first rows with these statuses."""
    rows = judged_rows([], [(r, "no") for c in MANIFEST.cases for r in c.all_rows()], MANIFEST)
    changed = [replace(row, status=s) for row, s in zip(rows, statuses_given, strict=False)]
    return AuditReport(MANIFEST, "full", (*changed, *rows[len(changed) :]), (), 1.0)


def test_the_evidence_decides_every_row_of_the_manifest_and_nothing_has_failed():
    found = statuses(EVIDENCE["rows"])
    assert list(found) == [row.text for case in MANIFEST.cases for row in case.all_rows()]
    assert "failed" not in found.values()
    assert EVIDENCE["golden"] == "full" and EVIDENCE["profile"] == "strict"


def test_every_stage_that_the_original_has_is_certified_by_the_evidence():
    run = {row["stage"] for row in EVIDENCE["rows"] if row["status"] != "not run"}
    assert set(EVIDENCE["stages"]) == run
    for stage in EVIDENCE["stages"].values():
        assert all(mode["certified"] for mode in stage["modes"].values())


def test_stages_1_to_8_are_certified_on_both_kinds_of_stacks():
    stages = [stage.name for stage in STAGES if not stage.is_product]
    for name in stages:
        assert set(EVIDENCE["stages"][name]["modes"]) == set(MODES), name


def test_stages_of_the_evidence_follow_from_its_rows():
    rows = [
        JudgedRow(AuditRow(r["dataset"], r["option"], r["mode"], r["stage"]), r["status"])
        for r in EVIDENCE["rows"]
    ]
    assert certified_stages(rows, MANIFEST) == {
        name: {mode: (m["certified"], m["datasets"]) for mode, m in stage["modes"].items()}
        for name, stage in EVIDENCE["stages"].items()
    }


@pytest.mark.golden
def test_what_the_manifest_calls_small_baselines_is_it(shared_data: Path):
    for case in (case for case in MANIFEST.cases if not case.option):
        files = (shared_data / case.dataset).rglob("ps[12].mat")
        has_pairs = {"ifgday_ix" in describe_mat(file) for file in files}
        assert has_pairs == {case.is_small_baselines}, case.name


def test_the_evidence_is_small_and_holds_no_path_of_a_machine():
    text = EVIDENCE_FILE.read_text()
    assert len(text) < LARGEST_BYTES
    assert "/work" not in text and "/tmp" not in text and "seconds" not in text


def test_the_page_is_what_the_evidence_says():
    page = (CHECKOUT / PARITY_PAGE).read_text()
    assert page == parity_page(EVIDENCE, MANIFEST, CONTRACT)


def test_every_row_and_every_reason_is_on_the_page():
    page = (CHECKOUT / PARITY_PAGE).read_text()
    for case in MANIFEST.cases:
        assert page.count(f"| {case.name} |") == 2, case.name
    for row in EVIDENCE["rows"]:
        if row["status"] == "not run":
            assert f". {row['reason']}." in " ".join(page.split())  # long ones are wrapped
    for item in MANIFEST.deviations:
        assert item.reason in page


def test_another_status_changes_the_page():
    rows = [dict(EVIDENCE["rows"][0], status="failed", reason="wrong"), *EVIDENCE["rows"][1:]]
    page = parity_page({**EVIDENCE, "rows": rows}, MANIFEST, CONTRACT)
    assert "| failed |" in page and "1 have failed" in page


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (replace(report_of("failed"), golden="full"), "1 certified rows have failed"),
        (replace(report_of(), golden="compact"), "compact golden trees"),
        (replace(report_of(), rows=report_of().rows[:5]), "has 5 of"),
        (replace(report_of(), unlisted=("variants/tiny__new",)), "every row"),
    ],
    ids=["failed", "compact", "a part", "unlisted"],
)
def test_poor_evidence_is_not_kept(report: AuditReport, said: str, tmp_path: Path):
    path = tmp_path / "evidence.json"
    with pytest.raises(ParameterError, match=said):
        keep_as_evidence(report, path)
    assert not path.exists()


def test_evidence_that_is_kept_can_be_read(tmp_path: Path):
    path = tmp_path / "evidence.json"
    keep_as_evidence(report_of("certified", "expected deviation"), path)
    found = read_report(path)
    assert [row["status"] for row in found["rows"][:3]] == [
        "certified",
        "expected deviation",
        "not run",
    ]


def test_what_is_left_out_is_named_by_reason():
    row = AuditRow("tiny", "", "chained", "stage1_load")
    other = AuditRow("tiny", "scla_L1", "chained", "stage7_scla")
    rows = tuple(JudgedRow(item, "not run", "absent") for item in (row, other))
    report = AuditReport(MANIFEST, "full", rows, ("variants/x",), 1.0)
    assert report.left_out() == [
        "absent: tiny chained, tiny/scla_L1 chained",
        "the manifest does not name it: variants/x",
    ]


@pytest.mark.slow
@pytest.mark.golden
def test_the_audit_of_today_gives_what_the_evidence_says(shared_data: Path):
    report = run_audit(
        MANIFEST, CONTRACT, AuditTrees(shared_data, CHECKOUT),
        chosen=MANIFEST.cases, workers=2, announce=print,
    )  # fmt: skip
    assert [(item.row.text, item.reason) for item in report.failed] == []
    expected = statuses(EVIDENCE["rows"])
    today = {item.row.text: item.status for item in report.rows}
    passed = ("certified", "expected deviation")  # which of both may depend on the processor
    assert today.keys() == expected.keys()
    assert [
        name for name, status in today.items() if (status in passed) != (expected[name] in passed)
    ] == []
