"""States and reasons from what Snakemake answers; its answer is played here, see also
``test_status_decision.py``."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline import decision
from pystamps.pipeline.decision import cause_of
from pystamps.pipeline.driver import JobEvent, SnakemakeOutcome, SnakemakeRequest
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.status import DatasetStatus, StatusEntry, dataset_status
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import Cause, SettingChange
from pystamps.pipeline.words import reasons_in_lines, some_of, spans_of
from pystamps.simulate import PRESETS, simulate_dataset

CHANGED = "Params have changed since last execution: before: {'a': '1'} now: {'a': '2'} "
BEHIND = "Input files updated by another job: any"
MISSING = "Missing output files: any"


@pytest.fixture(scope="module")
def prepared_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("prepared") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.fixture
def recorded(prepared_once: Path, tmp_path: Path) -> Path:
    """A data set whose artifacts are empty files, with Snakemake's records of how it made them."""
    root = tmp_path / "dataset"
    for path in prepared_once.rglob("*"):
        (root / path.relative_to(prepared_once)).parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            (root / path.relative_to(prepared_once)).hardlink_to(path)
    content = read_mat(root / "parms.mat")
    (root / "parms.mat").unlink()
    write_mat(root / "parms.mat", content)
    plan = WorkflowPlan.from_mapping({"dataset": str(root)})
    for target in targets_of(plan):
        settings = plan.settings(target.stage, target.patch)
        record = {"record_format_version": 6, "params": [repr(settings)]}
        for name in target.outputs:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).touch()
            write_record(root, name, record | {"input": sorted(target.inputs)})
    return root


def write_record(root: Path, name: str, record: dict[str, Any]) -> None:
    path = root / ".snakemake" / "metadata" / urlsafe_b64encode(name.encode()).decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))


def status_with(
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
    reasons: dict[tuple[str, str], str],
    config: RunConfig | None = None,
) -> DatasetStatus:
    """Give the status when Snakemake plans the jobs of ``reasons``."""
    jobs = tuple(JobEvent(*job, "planned", reason=reason) for job, reason in reasons.items())

    def answered(request: SnakemakeRequest) -> SnakemakeOutcome:
        assert request.dry_run and request.stand_in is not None
        assert (request.stand_in / "patch.list").resolve() == (root / "patch.list").resolve()
        return SnakemakeOutcome(0, jobs)

    monkeypatch.setattr(decision, "is_decision_known", lambda: False)
    monkeypatch.setattr(decision, "run_snakemake", answered)
    return dataset_status(root, config)


def entry_with(found: DatasetStatus, stage: str, target: str = "merged") -> StatusEntry:
    return next(e for e in found.entries if (e.stage, e.target) == (stage, target))


GAMMA_AND_BEHIND = {
    ("stage2_gamma", "PATCH_1"): CHANGED,
    ("stage3_select", "PATCH_1"): BEHIND,
    ("stage4_weed", "PATCH_1"): BEHIND,
    ("stage5_merge", ""): BEHIND,
    ("stage8_filter", ""): BEHIND,
}


def test_a_changed_parameter_is_stale_and_what_is_behind_it_is_blocked(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mat(recorded / "PATCH_1" / "localparms.mat", {"gamma_change_convergence": 0.01})
    config = RunConfig(stamps={"scn_time_win": 200})
    reasons = GAMMA_AND_BEHIND | {("stage5_correct", "PATCH_1"): BEHIND}
    found = status_with(monkeypatch, recorded, reasons, config)
    gamma = entry_with(found, "stage2_gamma", "PATCH_1")
    assert gamma.state == "stale" and gamma.waits_for == ()
    change = SettingChange("gamma_change_convergence", "0.005", "0.01", "PATCH_1/localparms.mat")
    assert gamma.changes == (change,)
    assert gamma.reason == "gamma_change_convergence 0.005 -> 0.01 (PATCH_1/localparms.mat)"
    merge = entry_with(found, "stage5_merge")
    assert (merge.state, merge.waits_for) == ("blocked", ("stage2_gamma of PATCH_1",))
    assert merge.reason == "waits for stage2_gamma of PATCH_1"
    last = entry_with(found, "stage8_filter")
    assert last.changes == (SettingChange("scn_time_win", "365", "200", "configuration"),)
    assert last.reason.startswith("waits for stage2_gamma of PATCH_1; scn_time_win 365 -> 200")
    assert {e.state for e in found.entries if e.target == "PATCH_2"} == {"done"}
    assert reasons_in_lines(found.entries) == [
        "gamma_change_convergence 0.005 -> 0.01 (PATCH_1/localparms.mat): stage2_gamma of PATCH_1, "
        "and all behind",
        "scn_time_win 365 -> 200 (configuration): stage8_filter",
    ]


def test_a_stage_that_waits_for_two_names_both(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = {("stage4_weed", patch): CHANGED for patch in ("PATCH_1", "PATCH_2")}
    reasons |= {("stage5_correct", patch): BEHIND for patch in ("PATCH_1", "PATCH_2")}
    found = status_with(monkeypatch, recorded, reasons | {("stage5_merge", ""): BEHIND})
    merge = entry_with(found, "stage5_merge")
    assert merge.waits_for == ("stage4_weed of PATCH_1", "stage4_weed of PATCH_2")


def test_missing_files_are_named_and_their_settings_are_not_compared(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recorded / "mean_v.mat").unlink()
    (recorded / "scla_smooth2.mat").unlink()
    config = RunConfig(stamps={"scla_drop_index": [3], "ref_radius": 50})
    reasons = {("stage7_scla", ""): MISSING, ("product_mean_velocity", ""): MISSING}
    found = status_with(monkeypatch, recorded, reasons, config)
    assert entry_with(found, "stage7_scla").reason == "scla_smooth2.mat is missing"
    assert entry_with(found, "stage7_scla").state == "missing"
    velocity = entry_with(found, "product_mean_velocity")
    assert (velocity.state, velocity.causes) == ("blocked", ())
    del reasons["stage7_scla", ""]
    found = status_with(monkeypatch, recorded, reasons, config)
    assert entry_with(found, "product_mean_velocity").reason == "its files are not there"


@pytest.mark.parametrize(
    ("job", "config", "change"),
    [
        (
            ("stage8_filter", ""),
            {"compat": {"scn_missing_phase_as_zero": False}},
            SettingChange("compat.scn_missing_phase_as_zero", "true", "false", "configuration"),
        ),
        (
            ("stage7_scla", ""),
            {"tools": {"delaunay": "triangle"}},
            SettingChange("tools.delaunay", "auto", "triangle", "configuration"),
        ),
        (
            ("stage4_weed", "PATCH_2"),
            {"stamps": {"weed_max_noise": 1.5}},
            SettingChange("weed_max_noise", "Inf", "1.5", "configuration"),
        ),
        (
            ("stage6_unwrap", ""),
            {"stamps": {"drop_ifg_index": [3, 7]}},
            SettingChange("drop_ifg_index", "[]", "[3 7]", "configuration"),
        ),
        (
            ("stage4_weed", "PATCH_1"),
            {"stamps": {"weed_zero_elevation": "y"}},
            SettingChange("weed_zero_elevation", "n", "y", "configuration"),
        ),
    ],
)
def test_a_change_has_the_values_that_people_write(
    recorded: Path,
    monkeypatch: pytest.MonkeyPatch,
    job: tuple[str, str],
    config: dict[str, Any],
    change: SettingChange,
) -> None:
    settings = RunConfig.from_mapping({"dataset": str(recorded), **config})
    found = status_with(monkeypatch, recorded, {job: CHANGED}, settings)
    entry = entry_with(found, job[0], job[1] or "merged")
    assert entry.changes == (change,)
    assert entry.state == "stale"


def test_where_a_value_is_set_is_said(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = {("product_mean_velocity", ""): CHANGED}
    write_mat(recorded / "parms.mat", read_mat(recorded / "parms.mat") | {"ref_radius": 70.0})
    write_mat(recorded / "localparms.mat", {"ref_lon": np.array([[1.0, 2.0]])})
    write_mat(recorded / "deramp_degree.mat", {"degree": 3.0})
    entry = entry_with(status_with(monkeypatch, recorded, job), "product_mean_velocity")
    assert {(c.name, c.old, c.new, c.where) for c in entry.changes} == {
        ("ref_radius", "Inf", "70", "parms.mat"),
        ("ref_lon", "[-Inf Inf]", "[1 2]", "localparms.mat"),
        ("deramp_degree", "1", "3", "deramp_degree.mat"),
    }


def test_a_value_that_is_the_default_again_comes_from_there(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = WorkflowPlan.from_mapping({"dataset": str(recorded)})
    old = plan.settings("product_mean_velocity") | {"ref_radius": "70.0", "gone": "'a'"}
    write_record(recorded, "mean_v.mat", {"record_format_version": 6, "params": [repr(old)]})
    job = {("product_mean_velocity", ""): CHANGED}
    config = RunConfig(stamps={"ref_radius": float("nan")})
    entry = entry_with(status_with(monkeypatch, recorded, job, config), "product_mean_velocity")
    assert entry.changes == (
        SettingChange("ref_radius", "70", "Inf", "default"),
        SettingChange("gone", "a", "", "configuration"),
    )


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"record_format_version": 5}'])
def test_without_a_record_of_every_file_no_change_is_claimed(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = recorded / ".snakemake" / "metadata" / urlsafe_b64encode(b"scn2.mat").decode()
    path.write_text(text)
    config = RunConfig(stamps={"scn_time_win": 200})
    reasons = {("stage8_filter", ""): "Updated input files: phuw2.mat"}
    entry = entry_with(status_with(monkeypatch, recorded, reasons, config), "stage8_filter")
    assert entry.changes == () and entry.reason == "phuw2.mat is newer than its files"


def test_other_inputs_are_named(recorded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (recorded / "patch.list").write_text("PATCH_1\n")
    reasons = {("stage5_merge", ""): "Set of input files has changed since last execution"}
    entry = entry_with(status_with(monkeypatch, recorded, reasons), "stage5_merge")
    assert entry.state == "stale"
    assert entry.reason.startswith("other inputs: PATCH_2/bp2.mat, ")
    assert entry.reason.endswith(" more taken away")


def test_a_plan_that_cannot_be_made_is_an_error(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = SnakemakeOutcome(1, (), ("it is locked",))
    monkeypatch.setattr(decision, "is_decision_known", lambda: False)
    monkeypatch.setattr(decision, "run_snakemake", lambda request: refused)
    with pytest.raises(PystampsError, match="cannot plan the work: it is locked"):
        dataset_status(recorded)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("Missing output files: a.mat, b.mat", Cause(is_missing=True)),
        ("Forced execution", Cause(is_unfinished=True)),
        ("Updated input files: b.mat, a.mat, other", Cause(newer=("a.mat", "b.mat"))),
        ("Input files updated by another job: a.mat", Cause(is_behind=True)),
        ("Set of input files has changed since last execution", Cause(has_other_inputs=True)),
        (CHANGED, Cause(has_other_settings=True)),
        (
            f"Set of input files has changed since last execution; {CHANGED}",
            Cause(has_other_inputs=True, has_other_settings=True),
        ),
        ("", Cause()),
    ],
)
def test_the_reasons_of_snakemake_are_understood(reason: str, cause: Cause) -> None:
    assert cause_of(reason, ["a.mat", "b.mat", "c.mat"]) == cause


def test_names_that_follow_each_other_are_joined() -> None:
    order = {f"PATCH_{i}": i for i in range(1, 21)}
    assert spans_of([*list(order)[:4], "PATCH_7", "PATCH_20", "PATCH_19"], order) == [
        "PATCH_1 to PATCH_4", "PATCH_7", "PATCH_19", "PATCH_20"
    ]  # fmt: skip
    assert some_of(["a", "b", "c", "d"]) == "a, b, c, d"
    assert some_of(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
