"""What the rules ask the plan: memory and time that follow from the size of the data."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from prepared_stacks import STACKS

from pystamps.io.mat import write_mat
from pystamps.pipeline.plan import MEGABYTES_AROUND_JOB, WorkflowPlan
from pystamps.stage_table import MODES, stage_named


def plan_of(root: Path) -> WorkflowPlan:
    return WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})


@pytest.mark.parametrize("processor", sorted(STACKS))
def test_memory_and_time_follow_from_the_candidates_and_interferograms(tmp_path, processor):
    root = STACKS[processor](tmp_path).parent
    plan = plan_of(root)
    samples = (root / "PATCH_1" / "pscands.1.ph").stat().st_size // 8
    assert samples > 0
    memory_mb = stage_named("stage2_gamma").cost.memory_mb
    around = MEGABYTES_AROUND_JOB
    assert plan.memory_mb("stage2_gamma", "PATCH_1") == around + memory_mb(samples, 0)
    (root / "PATCH_1" / "pscands.1.ph").write_bytes(bytes(8 * 10**7))
    large = plan_of(root)
    assert large.memory_mb("stage2_gamma", "PATCH_1") == around + memory_mb(10**7, 0)
    more_mb = large.memory_mb("stage6_unwrap") - plan.memory_mb("stage6_unwrap")
    unwrapping = stage_named("stage6_unwrap").cost
    of_samples = (unwrapping.memory_mb(n, plan.candidates()) for n in (samples, 10**7))
    assert more_mb == -(next(of_samples) - next(of_samples)) > 0
    (root / "PATCH_1" / "pscands.1.ll").write_bytes(bytes(8 * 10**6))
    less_mb = large.memory_mb("stage6_unwrap")
    assert plan_of(root).memory_mb("stage6_unwrap") - less_mb == pytest.approx(700, abs=1)
    assert large.runtime_minutes("stage6_unwrap") > plan.runtime_minutes("stage6_unwrap")


def test_a_tree_of_which_only_results_are_left_is_sized_by_its_phase(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    (root / "PATCH_1" / "pscands.1.ph").rename(root / "PATCH_1" / "ph1.mat")
    samples = (root / "PATCH_1" / "ph1.mat").stat().st_size // 8
    figure = stage_named("figure_baseline_plot")
    expected = MEGABYTES_AROUND_JOB + figure.cost.memory_mb(samples, plan_of(root).candidates())
    assert plan_of(root).memory_mb(figure.name) == expected


def test_candidates_whose_lists_are_gone_are_counted_in_what_was_loaded(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    for path in (root / "PATCH_1").glob("pscands.1.*"):
        path.unlink()
    assert plan_of(root).candidates() == 0
    write_mat(root / "PATCH_1" / "ph1.mat", {"ph": np.ones((70, 5), np.complex64)})
    assert plan_of(root).candidates() == 70


@pytest.mark.parametrize(
    ("stage", "at_ten_million", "at_twenty_million"),
    [
        ("stage5_merge", 2873, 5785), ("stage6_unwrap", 1206, 1885), ("stage7_scla", 2397, 4775),
        ("stage8_filter", 2674, 4243), ("product_mean_velocity", 3088, 4628),
    ],
)  # fmt: skip
def test_stages_on_all_pixels_ask_for_what_was_measured_and_a_seventh_more(
    stage, at_ten_million, at_twenty_million
):
    """MB of docs/performance.md with 30 and 10 interferograms, the idle process in them."""
    asked = stage_named(stage).cost.memory_mb
    for pixels, interferograms, peak in (
        (10**7, 30, at_ten_million),
        (2 * 10**7, 10, at_twenty_million),
    ):
        estimate = asked(pixels * interferograms, pixels, cells=0)
        assert estimate > 8 / 7 * peak
        whole_matrices = stage_named(stage).in_mode(MODES[1]).cost.bytes_in_memory
        assert whole_matrices >= 60 or stage in ("stage5_merge", "stage8_filter")
        assert estimate < 2 * peak


@pytest.mark.parametrize(
    ("stage", "at_hundred_thousand", "at_half_a_million"),
    [
        ("stage1_load", 182, 388), ("stage2_gamma", 367, 924), ("stage3_select", 294, 521),
        ("stage4_weed", 263, 632), ("stage5_correct", 266, 774),
    ],
)  # fmt: skip
def test_stages_on_patches_ask_for_what_was_measured_and_less_than_half_more(
    stage, at_hundred_thousand, at_half_a_million
):
    """MB of docs/performance.md, 30 interferograms: patches of 104 289 and 499 891 candidates."""
    asked = stage_named(stage).cost.memory_mb
    few, many = (asked(candidates * 30, 0) for candidates in (104_289, 499_891))
    assert few > 8 / 7 * at_hundred_thousand and many > 8 / 7 * at_half_a_million
    assert 1.3 < (many - few) / (at_half_a_million - at_hundred_thousand) < 1.5


def test_a_job_that_is_sent_again_gets_more_memory_and_time(tmp_path):
    plan = plan_of(STACKS["snap"](tmp_path).parent)
    for rule, patch in (("stage2_gamma", "PATCH_1"), ("stage6_unwrap", "")):
        assert plan.memory_mb(rule, patch, 3) == 3 * plan.memory_mb(rule, patch)
        assert plan.runtime_minutes(rule, patch, 2) == 2 * plan.runtime_minutes(rule, patch)


def test_the_degree_of_the_ramp_counts_as_a_setting_of_the_rules_that_use_it(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    rules = ("stage6_unwrap", "stage7_scla", "product_mean_velocity")
    before = [plan_of(root).settings(rule) for rule in rules]
    write_mat(root / "deramp_degree.mat", {"degree": 1.0})  # what holds without the file
    assert [plan_of(root).settings(rule) for rule in rules] == before
    write_mat(root / "deramp_degree.mat", {"degree": 2.0})
    changed = [plan_of(root).settings(rule) for rule in rules]
    assert [a != b for a, b in zip(before, changed, strict=True)] == [False, True, True]


def test_a_parameter_of_one_patch_is_a_setting_of_that_patch_alone(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    other = root / "PATCH_2"
    shutil.copytree(root / "PATCH_1", other)
    (root / "patch.list").write_text("PATCH_1\nPATCH_2\n")
    write_mat(other / "localparms.mat", {"weed_time_win": 600.0})
    plan = plan_of(root)
    settings = [plan.settings("stage4_weed", patch) for patch in ("PATCH_1", "PATCH_2", "")]
    assert [found["weed_time_win"] for found in settings] == ["730.0", "600.0", "730.0"]


def test_optional_files_are_those_that_the_stack_has(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    plan = plan_of(root)
    assert plan.optional_inputs("stage2_gamma") == ["{patch}/da1.mat", "{patch}/la1.mat"]
    assert plan.optional_inputs("stage4_weed") == ["{patch}/hgt1.mat"]
    assert plan.optional_outputs("stage5_merge") == ["hgt2.mat", "la2.mat"]
    (root / "PATCH_1" / "pscands.1.hgt").unlink()
    without_heights = plan_of(root)
    assert without_heights.optional_inputs("stage4_weed") == []
    assert without_heights.optional_outputs("stage5_merge") == ["la2.mat"]


def test_the_processes_of_the_unwrapper_graph_are_in_the_memory_of_their_jobs(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    (root / "PATCH_1" / "pscands.1.ll").write_bytes(bytes(8 * 1_000_000))
    asked = {"dataset": {"path": str(root)}, "tools": {"unwrapper": "graph"}}
    graph, by_two = (
        WorkflowPlan.from_mapping(asked | {"runtime": {"unwrap_workers": n}}) for n in (0, 2)
    )
    without = plan_of(root).memory_mb("stage6_unwrap", threads=8)
    assert without == plan_of(root).memory_mb("stage6_unwrap")
    assert graph.memory_mb("stage6_unwrap", threads=8) == without + 8 * (60 + 1300)
    assert by_two.memory_mb("stage6_unwrap", "", 3, threads=8) == 3 * (without + 2 * (60 + 1300))
    assert graph.memory_mb("stage7_scla", threads=8) == plan_of(root).memory_mb("stage7_scla")
