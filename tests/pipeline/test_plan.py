"""What the rules ask the plan: memory and time that follow from the size of the data."""

from __future__ import annotations

from pathlib import Path

import pytest
from prepared_stacks import STACKS

from pystamps.pipeline.plan import WorkflowPlan, stage_memory_mb


def plan_of(root: Path) -> WorkflowPlan:
    return WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})


@pytest.mark.parametrize("processor", sorted(STACKS))
def test_memory_and_time_follow_from_the_candidates_and_interferograms(tmp_path, processor):
    root = STACKS[processor](tmp_path).parent
    plan = plan_of(root)
    samples = (root / "PATCH_1" / "pscands.1.ph").stat().st_size // 8
    assert samples > 0
    assert plan.memory_mb("stage2_gamma", "PATCH_1") == stage_memory_mb("stage2_gamma", samples)
    (root / "PATCH_1" / "pscands.1.ph").write_bytes(bytes(8 * 10**7))
    large = plan_of(root)
    assert large.memory_mb("stage2_gamma", "PATCH_1") == stage_memory_mb("stage2_gamma", 10**7)
    assert large.memory_mb("stage6_unwrap") > 2 * plan.memory_mb("stage6_unwrap")
    assert large.runtime_minutes("stage6_unwrap") > plan.runtime_minutes("stage6_unwrap")


def test_a_tree_of_which_only_results_are_left_is_sized_by_its_phase(tmp_path):
    root = STACKS["snap"](tmp_path).parent
    (root / "PATCH_1" / "pscands.1.ph").rename(root / "PATCH_1" / "ph1.mat")
    assert plan_of(root).memory_mb("figure") == stage_memory_mb(
        "figure", (root / "PATCH_1" / "ph1.mat").stat().st_size // 8
    )
