"""The accuracy modes in the plan: rules beside those of StaMPS, and nothing while all are off."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from paired_stacks import paired_snap_stack
from prepared_stacks import STACKS
from snakemake_rules import CORES, declared_rules

from pystamps.config import RunConfig
from pystamps.errors import ParameterError
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_stage
from pystamps.resources import workflow_directory
from pystamps.stage_table import ACCURATE, STAGES

NAMES = [stage.name for stage in ACCURATE]


def settings_of(root: Path, **accuracy: str) -> dict[str, Any]:
    return {"dataset": str(root), "accuracy": accuracy}


@pytest.fixture(scope="module", params=[False, True], ids=["one reference", "small baselines"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    make = paired_snap_stack if request.param else STACKS["snap"]
    return make(tmp_path_factory.mktemp("accuracy")).parent


def test_while_all_modes_are_off_nothing_of_them_is_in_the_plan(root: Path) -> None:
    plan = WorkflowPlan.from_mapping(settings_of(root))
    assert {stage.name for stage in plan.stages} == {stage.name for stage in STAGES}
    assert plan == WorkflowPlan.from_mapping({"dataset": str(root)})


def test_one_mode_adds_its_results_and_changes_no_rule_of_stamps(root: Path) -> None:
    off = WorkflowPlan.from_mapping(settings_of(root))
    plan = WorkflowPlan.from_mapping(settings_of(root, scn_trend="remove"))
    assert [s.name for s in plan.stages if s.name in NAMES] == NAMES[2:]  # no phase of its own
    assert [s for s in plan.stages if s.name not in NAMES] == [*off.stages]
    for stage in (stage for stage in off.stages if stage.scope == "merged"):
        assert plan.settings(stage.name) == off.settings(stage.name)
        assert plan.optional_inputs(stage.name) == off.optional_inputs(stage.name)
    assert {"accurate_v.mat", "accurate_series.mat"} <= {*plan.results} - {*off.results}


def test_the_rules_declare_what_their_records_say(root: Path) -> None:
    settings = settings_of(root, preset="accurate", unwrap_model="arcs")
    settings |= {"tools": {"unwrapper": "graph"}}  # its processes take memory, one for each core
    plan = WorkflowPlan.from_mapping(settings)
    rules = declared_rules(workflow_directory() / "Snakefile", **settings)
    for name in NAMES:
        stage = plan.stage(name)
        assert {*rules[name]["inputs"]} == {*stage.inputs, *plan.optional_inputs(name)}, name
        assert {*rules[name]["outputs"]} == {*stage.outputs}, name
        assert rules[name]["settings"] == plan.settings(name), name
        memory_mb = plan.memory_mb(name, threads=CORES)
        assert rules[name]["resources"]["mem_mb"] == memory_mb
        assert (memory_mb > plan.memory_mb(name)) == ("unwrapper" in stage.tools)
        assert ("gpu" in rules[name]["resources"]) == stage.has_device_kernels
        assert Path(rules[name]["log"][0]).stem == name


def test_a_phase_that_an_earlier_run_has_left_is_no_input_once_its_mode_is_off(root: Path) -> None:
    left = root / "accurate_uw.mat"
    left.touch()
    without = WorkflowPlan.from_mapping(settings_of(root, scn_trend="remove"))
    with_phase = WorkflowPlan.from_mapping(settings_of(root, preset="accurate"))
    left.unlink()
    for name in NAMES[2:]:
        assert left.name in with_phase.optional_inputs(name)
        assert left.name not in without.optional_inputs(name)
        assert without.settings(name) != with_phase.settings(name)


def test_a_stage_of_modes_that_are_off_is_refused_by_hand(root: Path) -> None:
    with pytest.raises(ParameterError, match=r"accuracy\.preset: accurate"):
        run_stage(NAMES[0], "merged", root, RunConfig())
