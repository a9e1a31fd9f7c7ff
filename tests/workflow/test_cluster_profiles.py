"""What the profiles of clusters say fits the rules, on any cluster, unedited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pystamps.pipeline.cluster_start import COMPILE_RULE, COMPILER_THREADS
from pystamps.pipeline.plan import MEGABYTES_AROUND_JOB
from pystamps.pipeline.unwrap_parts import PART_RULES
from pystamps.resources import workflow_directory
from pystamps.stage_table import ACCURATE, FIGURES, PREPARATION, STAGES, TROPOSPHERE

PROFILES = sorted(
    path.parent.name
    for path in (workflow_directory() / "profiles").glob("*/config.yaml")
    if path.parent.name != "default"
)
OF_PATCH = [stage.name for stage in STAGES if stage.scope == "patch"]


def profile(name: str) -> dict[str, Any]:
    text = Path(workflow_directory(), "profiles", name, "config.yaml").read_text()
    return yaml.safe_load(text)


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_has_its_own_constant_number_of_threads(name: str) -> None:
    """A number from a function would be divided again where the job runs."""
    settings = profile(name)
    threads = settings["set-threads"]
    assert threads.keys() == {
        *(stage.name for stage in (PREPARATION, *STAGES, TROPOSPHERE, *ACCURATE)),
        *PART_RULES,
        COMPILE_RULE,
    }
    assert threads[COMPILE_RULE] == COMPILER_THREADS
    assert all(1 <= count <= settings["cores"] for count in threads.values())


@pytest.mark.parametrize("name", PROFILES)
def test_stages_of_a_patch_short_ones_and_figures_travel_together(name: str) -> None:
    groups = profile(name)["groups"]
    assert not groups.keys() & set(OF_PATCH)  # their rules name them: test_cluster_groups
    assert {groups[figure.name] for figure in FIGURES} == {"figures"}
    alone = {stage.name for stage in (*STAGES, *ACCURATE)} - groups.keys() - set(OF_PATCH)
    assert alone == {"stage5_merge", "stage6_unwrap"}
    components = dict(text.split("=") for text in profile(name)["group-components"])
    assert int(components["figures"]) >= len(FIGURES) and components["patch"] == "1"


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_no_partition_and_no_account(name: str) -> None:
    settings = profile(name)
    assert "default-resources" not in settings
    assert settings["retries"] > 0


def test_profiles_of_all_schedulers_say_the_same_about_the_jobs() -> None:
    assert PROFILES == ["lsf", "pbs", "slurm"]
    of_jobs = [
        {
            name: value
            for name, value in profile(scheduler).items()
            if not name.startswith(("executor", "slurm-", "cluster-generic-", "seconds-", "max-"))
        }
        for scheduler in PROFILES
    ]
    assert of_jobs[0] == of_jobs[1] == of_jobs[2] and len(of_jobs[0]) > 8


def test_there_is_room_for_what_starts_a_job() -> None:
    """Measured by Slurm on the smallest data: 192 MB of the job, 190 MB of the step in it."""
    assert MEGABYTES_AROUND_JOB >= 192 + 190
