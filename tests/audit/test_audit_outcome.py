"""How measured rows become certified, deviating or failed ones."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import replace

import pytest

from pystamps.audit.comparison import Measurement
from pystamps.audit.execution import MeasuredRow
from pystamps.audit.jobs import AuditJob
from pystamps.audit.manifest import AuditRow, Deviation, read_manifest
from pystamps.audit.outcome import (
    certified_stages,
    failed_rows,
    judged_row,
    judged_rows,
    unused_deviations,
)
from pystamps.audit.runner import rows_of_job

ROW = AuditRow("tiny", "scla_L1", "chained", "stage7_scla")
EQUAL = Measurement("scla2.mat", "ifg_vcm")
NEAR = Measurement("scla2.mat", "K_ps_uw", 1e-7, 1e-6, "rad/m")
FAR = Measurement("scla2.mat", "C_ps_uw", 0.3, 2e-5, "rad", 0.2, problem="0.3 rad")
DEVIATION = Deviation(
    "tiny/scla_L1/*/stage7_scla", "scla2.mat", "C_ps_uw", 0.5, 0.3, 0.25, "rad",
    "the search ends where rounding leads it", "`a test`",
)  # fmt: skip
MANIFEST = replace(read_manifest(), deviations=(DEVIATION,), certified=("*",))


def judged(*measurements: Measurement, row: AuditRow = ROW, manifest=MANIFEST):
    return judged_row(MeasuredRow(row, measurements), manifest)


def test_a_row_within_its_tolerances_is_certified_and_names_the_nearest_variable():
    found = judged(EQUAL, NEAR)
    assert (found.status, found.reason, found.n_variables) == ("certified", "", 2)
    assert found.worst is NEAR
    assert judged(EQUAL).worst is None


def test_an_expected_deviation_within_its_bound_has_its_reason():
    found = judged(NEAR, FAR)
    assert found.status == "expected deviation"
    assert found.reason == DEVIATION.reason
    assert found.beyond == ((FAR, DEVIATION),)
    assert failed_rows([found]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        replace(FAR, difference=0.51),
        replace(FAR, differing=0.26),
        replace(FAR, variable="K_ps_uw"),
        replace(FAR, file="scla_smooth2.mat"),
        replace(FAR, difference=math.inf),
        replace(FAR, quantile=1e-3),
        replace(FAR, mean=1e-3),
    ],
    ids=["far", "many", "another variable", "another file", "another size", "quantile", "mean"],
)
def test_what_no_deviation_allows_fails_the_row(wrong: Measurement):
    found = judged(NEAR, wrong)
    assert found.status == "failed"
    assert f"{wrong.file} {wrong.variable}: 0.3 rad" in found.reason
    assert failed_rows([found]) == [found]


def test_a_deviation_of_another_row_allows_nothing():
    assert judged(FAR, row=replace(ROW, option="")).status == "failed"


def test_one_unexpected_difference_beside_an_expected_one_fails_the_row():
    assert judged(FAR, replace(FAR, file="scla_smooth2.mat")).status == "failed"


def test_a_stage_that_stopped_or_compared_nothing_has_failed():
    assert judged_row(MeasuredRow(ROW, error="stage7_scla: no"), MANIFEST).reason == (
        "stage7_scla: no"
    )
    assert judged().status == "failed"


def test_a_row_that_is_not_certified_may_fail():
    manifest = replace(MANIFEST, certified=("small/*",))
    found = judged(replace(FAR, difference=9.0), manifest=manifest)
    assert found.status == "failed" and failed_rows([found]) == []


def test_a_stage_is_certified_when_none_of_its_rows_has_failed():
    good, bad = judged(NEAR), judged(replace(FAR, difference=9.0))
    other = judged(NEAR, row=AuditRow("small", "", "chained", "stage7_scla"))
    found = certified_stages([good, other], MANIFEST)
    assert found == {"stage7_scla": {"single reference": (True, ["tiny", "small"])}}
    failed = certified_stages([good, other, bad], MANIFEST)
    assert failed["stage7_scla"]["single reference"] == (False, ["tiny", "small"])


def test_a_stage_is_certified_on_the_stacks_whose_rows_were_run():
    rows = [judged(NEAR), judged(NEAR, row=AuditRow("sb_small", "", "isolated", "stage7_scla"))]
    combined = AuditRow("ps_sb/merged", "", "chained", "stage7_scla")
    bad = judged(replace(FAR, difference=9.0), row=combined)
    assert certified_stages([*rows, bad], MANIFEST) == {
        "stage7_scla": {
            "single reference": (True, ["tiny"]),
            "small baselines": (False, ["sb_small", "ps_sb/merged"]),
        }
    }


def test_what_is_not_run_certifies_nothing():
    rows = judged_rows([], [(ROW, "not here")], MANIFEST)
    assert [(item.status, item.reason) for item in rows] == [("not run", "not here")]
    assert certified_stages(rows, MANIFEST) == {}


def test_a_deviation_that_is_not_seen_is_named_unless_its_rows_are_not_run():
    assert unused_deviations([judged(NEAR)], [DEVIATION]) == [DEVIATION]
    assert unused_deviations([judged(FAR)], [DEVIATION]) == []
    assert unused_deviations(judged_rows([], [(ROW, "no")], MANIFEST), [DEVIATION]) == []


def test_a_job_that_breaks_off_fails_all_its_rows():
    case = MANIFEST.case_named("tiny__scla_L1")
    future: Future = Future()
    future.set_exception(ValueError("operands could not be broadcast"))
    rows = rows_of_job(AuditJob(case, (ROW,), (ROW.stage,), "option"), future)
    assert [item.error for item in rows] == ["ValueError: operands could not be broadcast"]
