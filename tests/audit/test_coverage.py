"""What the registry says about the stages agrees with the stage table, the code and the audit."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import pystamps.audit.coverage
from pystamps.audit.coverage import StageCoverage, coverage_of_stage, stage_coverage
from pystamps.audit.evidence import EVIDENCE_FILE, StageEvidence, read_evidence
from pystamps.audit.fingerprint import code_of_stage, stage_fingerprint
from pystamps.cli import main
from pystamps.errors import ArtifactError
from pystamps.legacy import LEGACY_ROUTINES, STAGES_OF_STAMPS
from pystamps.pipeline.stages import STAGE_DEFS
from pystamps.stage_table import MODES, PREPARATION, STAGES, Mode, stage_named
from pystamps_kernels import BACKENDS, backends_of

SINGLE, PAIRS = MODES
NAMES = [stage.name for stage in (PREPARATION, *STAGES)]


def evidence_for(stage: str, **changes: Any) -> StageEvidence:
    good = StageEvidence(
        "0.1", "2026-11-29", "strict", "full", ("tiny", "small"), True, stage_fingerprint(stage)
    )
    return dataclasses.replace(good, **changes)


@pytest.fixture(scope="module")
def covered() -> list[StageCoverage]:
    return stage_coverage({})


def test_every_stage_has_a_record_with_the_facts_of_the_table(covered: list[StageCoverage]) -> None:
    there = [r for r in covered if r.mode == SINGLE and not r.form and r.stage]
    assert [record.stage for record in there] == NAMES
    for record in there:
        stage = stage_named(record.stage)
        assert (record.step, record.scope, record.title) == (stage.step, stage.scope, stage.title)
        assert (record.inputs, record.outputs) == (stage.inputs, stage.outputs)
        assert record.optional_inputs == stage.optional_inputs
        assert record.optional_outputs == stage.optional_outputs
        assert record.entry_point == stage.entry_point
        assert (record.readiness, record.fingerprint) == (
            "implemented",
            stage_fingerprint(stage.name),
        )


def test_small_baselines_are_planned_exactly_where_no_stage_processes_them(
    covered: list[StageCoverage],
) -> None:
    pairs = [r for r in covered if r.mode == PAIRS and r.stage]
    there = {r.stage for r in pairs if r.readiness == "implemented"}
    chain = [PREPARATION, *(stage for stage in STAGES if not stage.is_product)]
    assert there >= {stage.name for stage in chain if PAIRS in stage.modes}
    lacking = {stage.name for stage in chain if PAIRS not in stage.modes}
    assert {r.stage for r in pairs} - there == lacking


def test_everything_that_stamps_has_and_is_planned_is_listed_once(
    covered: list[StageCoverage],
) -> None:
    planned = {
        routine.name
        for routine in LEGACY_ROUTINES
        if routine.status == "planned" and routine.stage in STAGES_OF_STAMPS
    }
    listed = [name for record in covered for name in record.routines]
    assert sorted(listed) == sorted(planned)
    (corrections,) = (r for r in covered if r.form == "ionospheric corrections")
    assert (corrections.readiness, corrections.routines[0]) == ("planned", "sb_invert_iono")
    assert not [r for r in covered if r.readiness == "planned" and (r.kernels or r.entry_point)]


def test_kernels_are_those_of_the_code_with_the_backends_of_this_machine(
    covered: list[StageCoverage], monkeypatch: pytest.MonkeyPatch
) -> None:
    for record in covered:
        if record.readiness != "planned":
            assert tuple(k.name for k in record.kernels) == code_of_stage(record.stage).kernels
        for kernel in record.kernels:
            assert {*kernel.backends, *kernel.missing} == set(backends_of(kernel.name))
    cuda = dataclasses.replace(BACKENDS["cuda"], problem=lambda: "no device in this test")
    monkeypatch.setitem(BACKENDS, "cuda", cuda)
    (kernel,) = coverage_of_stage(stage_named("stage4_weed")).kernels
    assert kernel.missing == {"cuda": "no device in this test"}
    monkeypatch.setitem(BACKENDS, "cuda", dataclasses.replace(cuda, problem=lambda: None))
    (kernel,) = coverage_of_stage(stage_named("stage4_weed")).kernels
    assert (kernel.backends, kernel.missing) == (("python", "native", "cuda"), {})


@pytest.mark.parametrize(
    ("changes", "readiness", "note"),
    [
        ({}, "parity-certified", ""),
        (
            {"fingerprint": "0" * 64},
            "implemented",
            "certified by the audit of 2026-11-29; the code has changed since",
        ),
        ({"is_certified": False}, "implemented", "the audit of 2026-11-29 did not certify it"),
    ],
)
def test_a_certification_holds_for_the_code_that_was_audited(
    changes: dict[str, Any], readiness: str, note: str
) -> None:
    name = "stage2_gamma"
    evidence = evidence_for(name, **changes)
    found = coverage_of_stage(stage_named(name), evidence=evidence)
    assert (found.readiness, found.note, found.evidence) == (readiness, note, evidence)


@pytest.mark.parametrize("mode", MODES)
def test_evidence_on_one_kind_of_stack_certifies_that_kind_only(mode: Mode) -> None:
    found = stage_coverage({("stage4_weed", mode): evidence_for("stage4_weed")})
    ready = {r.mode: r.readiness for r in found if r.stage == "stage4_weed" and not r.form}
    (other,) = {*MODES} - {mode}
    assert ready == {mode: "parity-certified", other: "implemented"}


AUDIT = {
    "pystamps_version": "0.1",
    "date": "2026-11-29",
    "profile": "strict",
    "golden": "compact",
    "left_out": [],
    "rows": [],
    "stages": {
        "stage1_load": {
            "fingerprint": "ab",
            "modes": {
                SINGLE: {"certified": True, "datasets": ["tiny"]},
                PAIRS: {"certified": False, "datasets": ["sb_small"]},
            },
        }
    },
}


def test_evidence_is_read_as_the_audit_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    assert read_evidence(file) == {}
    file.write_text(json.dumps(AUDIT))
    expected = StageEvidence("0.1", "2026-11-29", "strict", "compact", ("tiny",), True, "ab")
    pairs = dataclasses.replace(expected, data_sets=("sb_small",), is_certified=False)
    assert read_evidence(file) == {
        ("stage1_load", SINGLE): expected,
        ("stage1_load", PAIRS): pairs,
    }


@pytest.mark.parametrize("text", ["{", "[]", "{}", json.dumps({**AUDIT, "stages": {"x": 1}})])
def test_what_is_no_evidence_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "evidence.json"
    file.write_text(text)
    with pytest.raises(ArtifactError, match=r"evidence\.json: is no evidence of an audit"):
        read_evidence(file)


def test_the_evidence_of_the_package_is_about_stages_that_exist() -> None:
    assert {name for name, _ in read_evidence()} <= set(NAMES)
    assert {mode for _, mode in read_evidence()} == set(MODES)
    assert EVIDENCE_FILE.name == "audit_evidence.json"


def test_stage_definitions_carry_readiness_kernels_and_evidence() -> None:
    weed = next(definition for definition in STAGE_DEFS if definition.name == "stage4_weed")
    assert weed.kernels == ("stage4_edge_stats",)
    assert weed.evidence == read_evidence().get(("stage4_weed", SINGLE))
    assert weed.readiness == weed.coverage.readiness != "planned"


def test_importing_the_stages_looks_at_no_source() -> None:
    code = (
        "import sys, pystamps.pipeline.stages as s; "
        "assert len(s.STAGE_DEFS) > 9; print([n for n in sys.modules if 'pystamps.audit' in n])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def run(*arguments: str, columns: int = 80) -> Any:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(main, ["coverage", *arguments])


def test_the_command_prints_stable_json() -> None:
    found = run("--json")
    assert found.exit_code == 0
    records = json.loads(found.output)
    fields = [field.name for field in dataclasses.fields(StageCoverage)]
    assert all(list(record) == fields for record in records)
    assert records == json.loads(run("--json").output)
    assert len(records) == len(stage_coverage())


def test_the_table_names_every_stage_and_kernel_on_a_narrow_terminal() -> None:
    found = run()
    assert found.exit_code == 0
    for name in (*NAMES, "stage8_spatial_filter", "single reference", "small baselines"):
        assert name in found.output
    assert "ionospheric" in found.output


def test_the_evidence_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stage_coverage({("stage4_weed", PAIRS): evidence_for("stage4_weed")})
    monkeypatch.setattr(pystamps.audit.coverage, "stage_coverage", lambda: found)
    assert "audit of 2026-11-29: 2 data sets, strict, pySTAMPS 0.1" in run(columns=160).output
    assert "tiny, small" in run("stage4_weed").output


def test_one_stage_is_told_in_full() -> None:
    found = run("stage6_unwrap", columns=160)
    assert found.exit_code == 0
    for text in ("stage6:stage6_unwrap", "phuw2.mat", "stage6_nearest_node"):
        assert text in found.output
    wrong = run("stage9")
    assert wrong.exit_code == 2
    assert "'stage9' is none of stage0_prep, stage1_load" in wrong.output
