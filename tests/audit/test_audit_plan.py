"""What an audit runs, what waits for what, and what it leaves out with which reason."""

from __future__ import annotations

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from pystamps.audit.jobs import (
    NO_GOLDEN_RESULTS,
    AuditTrees,
    golden_trees_beside,
    planned_audit,
    unlisted_variants,
)
from pystamps.audit.manifest import read_manifest
from pystamps.audit.runner import rows_of_job
from pystamps.errors import PystampsError
from pystamps.stage_table import STAGES

MANIFEST = read_manifest()


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """Golden trees of which only the folders are there: tiny and one of its options."""
    for name in ("tiny/stages", "variants/tiny__scla_L1"):
        (tmp_path / name).mkdir(parents=True)
    return tmp_path


def planned(golden: Path | None, *names: str):
    cases = [MANIFEST.case_named(name) for name in names] if names else MANIFEST.cases
    return planned_audit(MANIFEST, AuditTrees(golden, Path()), cases)


def test_a_data_set_is_run_whole_and_stage_by_stage(golden: Path):
    plan = planned(golden, "tiny")
    kinds = [(job.kind, job.stages) for job in plan.jobs]
    compared = [stage.name for stage in STAGES if stage.name != "product_points"]  # not of StaMPS
    assert kinds[0] == ("whole", tuple(compared))
    assert sorted(kinds[1:]) == sorted(("isolated", (name,)) for name in compared)
    assert plan.not_run == ()


def test_an_option_repeats_the_stages_that_it_changes_after_its_data_set(golden: Path):
    plan = planned(golden, "tiny__scla_L1")
    whole, option, isolated = plan.jobs
    assert (whole.case.name, whole.kind, whole.rows) == ("tiny", "whole", ())
    assert {(job.kind, job.stages) for job in (option, isolated)} == {
        ("option", ("stage7_scla",)),
        ("isolated", ("stage7_scla",)),
    }


def test_a_later_stage_is_run_too_where_the_original_kept_its_result():
    case = MANIFEST.case_named("tiny__unwrap_2D")
    assert case.stages == ("stage6_unwrap", "stage8_filter")
    assert case.chained_stages() == ["stage6_unwrap", "stage7_scla", "stage8_filter"]


def test_what_the_golden_trees_lack_is_not_run_and_said(golden: Path):
    plan = planned(golden)
    reasons = {row.text: reason for row, reason in plan.not_run}
    assert reasons["small/-/chained/stage6_unwrap"] == NO_GOLDEN_RESULTS
    assert reasons["sb_small/-/isolated/stage2_gamma"] == NO_GOLDEN_RESULTS
    assert reasons["sb_small/unwrap_3D/isolated/stage6_unwrap"].startswith("random annealing")
    decided = {row for job in plan.jobs for row in job.rows}
    assert {row.dataset for row in decided} == {"tiny"}
    every_row = {row for case in MANIFEST.cases for row in case.all_rows()}
    assert decided | {row for row, _ in plan.not_run} == every_row
    assert not decided & {row for row, _ in plan.not_run}


def test_without_golden_trees_only_the_compact_tree_is_run(golden: Path):
    plan = planned(None)
    (job,) = plan.jobs
    assert (job.case.name, job.kind) == ("tiny", "whole")
    assert len(job.rows) + len(plan.not_run) == sum(len(c.all_rows()) for c in MANIFEST.cases)


def test_a_golden_option_that_the_manifest_does_not_name_is_said(golden: Path):
    (golden / "variants" / "tiny__new").mkdir()
    assert unlisted_variants(MANIFEST, golden) == ["variants/tiny__new"]


def test_golden_trees_lie_beside_the_checkout_or_where_the_variable_says(tmp_path, monkeypatch):
    monkeypatch.delenv("PYSTAMPS_SHARED", raising=False)
    checkout = tmp_path / "checkout"
    assert golden_trees_beside(checkout).golden is None
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert golden_trees_beside(checkout).golden == tmp_path / "shared" / "data"
    monkeypatch.setenv("PYSTAMPS_SHARED", str(tmp_path / "elsewhere"))
    assert golden_trees_beside(checkout).golden is None


def test_a_killed_process_ends_the_audit_with_advice(golden: Path):
    future: Future = Future()
    future.set_exception(BrokenProcessPool("terminated abruptly"))
    with pytest.raises(PystampsError, match=r"memory.*--jobs 1"):
        rows_of_job(planned(golden, "tiny").jobs[0], future)
