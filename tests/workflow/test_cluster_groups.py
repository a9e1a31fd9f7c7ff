"""Jobs of many patches on a cluster: how many are sent, their names, cores, memory and time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from noted_jobs import jobs_that_would_be_sent

from benchmarks.many_patches import repeated_patches
from pystamps.pipeline.patch_groups import batches_of_patches, patch_groups


def test_a_job_is_named_by_its_first_patch_and_how_many_more_there_are() -> None:
    patches = [f"PATCH_{number}" for number in range(1, 1001)]
    found = batches_of_patches(patches, 20)
    assert list(found) == patches
    assert list(dict.fromkeys(found.values())) == [f"PATCH_{n}+19" for n in range(1, 1001, 20)]
    assert batches_of_patches(patches[:3], 2) == {
        "PATCH_1": "PATCH_1+1", "PATCH_2": "PATCH_1+1", "PATCH_3": "PATCH_3",
    }  # fmt: skip
    assert batches_of_patches(patches[:2], 1) == {"PATCH_1": "PATCH_1", "PATCH_2": "PATCH_2"}


def test_only_patches_that_are_to_run_are_counted_and_nothing_travels_on_one_machine() -> None:
    jobs = [SimpleNamespace(wildcards_dict={"patch": f"PATCH_{n}"}) for n in (5, 2, 7)]
    settings = SimpleNamespace(group_components={"patch": 2})
    workflow = SimpleNamespace(
        dag=SimpleNamespace(needrun_jobs=lambda: jobs), group_settings=settings, parent_groupids={}
    )
    group = patch_groups(workflow, [f"PATCH_{number}" for number in range(1, 9)])
    asked = {number: group({"patch": f"PATCH_{number}"}) for number in (2, 5, 7, 8)}
    assert asked == {2: "PATCH_2+1", 5: "PATCH_2+1", 7: "PATCH_7", 8: "PATCH_8"}
    assert patch_groups(workflow, ["."])({}) == "patch"  # the root is the only patch
    settings.group_components = {}
    assert group({"patch": "PATCH_2"}) is None


@pytest.mark.workflow
def test_patches_travel_together_on_at_most_the_cores_of_the_profile(
    simulated_once: Path, tmp_path: Path
) -> None:
    """Three patches at a time and three cores, of which a patch uses two in stage 2."""
    root = repeated_patches(simulated_once, tmp_path / "run", 7, is_finished=False)
    jobs = jobs_that_would_be_sent(
        root, "slurm", tmp_path / "noted", cores=3, group_components=["patch=3", "figures=20"]
    )
    of_patches = {"PATCH_1+2", "PATCH_4+2", "PATCH_7"}
    assert jobs.keys() == of_patches | {"stage5_merge", "stage6_unwrap", "motion", "figures"}
    together, alone = jobs["PATCH_1+2"], jobs["PATCH_7"]
    assert (together.cores, alone.cores, jobs["stage6_unwrap"].cores) == (3, 2, 3)
    assert 2 * alone.memory_mb < together.memory_mb <= 3 * alone.memory_mb  # three of stage 1
    assert together.minutes > alone.minutes  # one after the other in stages 2 to 4
