"""Every rule declares what the record of its stage says, as Snakemake itself understands it."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from prepared_stacks import STACKS
from snakemake_rules import CORES, PATCH, declared_rules

from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.unwrap_parts import PART_RULES
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import FIGURES, STAGES, Stage, expanded
from stage_pages import all_files, page_of

STACKS_TRIED = ("simulated", *sorted(STACKS))


@pytest.fixture(scope="module", params=STACKS_TRIED)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The plan of a data set, and what Snakemake says about its rules."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "simulated":
        root = folder / "run"
        simulate_dataset(root, PRESETS["tiny"])
        shutil.rmtree(root / "raw")
    else:
        root = STACKS[request.param](folder).parent
    plan = WorkflowPlan.from_mapping({"dataset": str(root)})
    return plan, declared_rules(workflow_directory() / "Snakefile", dataset=str(root))


def names_of(plan: WorkflowPlan, stage: Stage, names: Any) -> set[str]:
    """Give the files of a record for the patch that was asked about."""
    patches = (PATCH,) if stage.scope == "patch" else plan.patches
    return set(expanded(names, patches=patches, angle=plan.angle))


def test_every_record_has_a_rule_and_every_rule_a_record(asked: Any) -> None:
    _, rules = asked
    figures = {stage.name for stage in FIGURES}
    assert {stage.name for stage in STAGES} == rules.keys() - figures - {
        *("all", "stage0_prep", "compile_kernels", *PART_RULES)
    }
    assert figures <= rules.keys()


def test_a_rule_reads_and_writes_the_files_of_its_record(asked: Any) -> None:
    plan, rules = asked
    for stage in STAGES:
        rule = rules[stage.name]
        optional = names_of(plan, stage, plan.optional_inputs(stage.name))
        if stage.reads_stack:
            optional = set(plan.candidate_files(PATCH))
        assert set(rule["inputs"]) == names_of(plan, stage, stage.inputs) | optional, stage.name
        optional = names_of(plan, stage, plan.optional_outputs(stage.name))
        assert set(rule["outputs"]) == names_of(plan, stage, stage.outputs) | optional, stage.name


def test_the_rule_of_a_figure_has_the_files_of_its_record(asked: Any) -> None:
    plan, rules = asked
    for stage in FIGURES:
        assert set(rules[stage.name]["inputs"]) == names_of(plan, stage, stage.inputs), stage.name
        assert rules[stage.name]["outputs"] == list(stage.outputs), stage.name


def test_a_rule_has_the_resources_of_its_record(asked: Any) -> None:
    plan, rules = asked
    for stage in (*STAGES, *FIGURES):
        resources = rules[stage.name]["resources"]
        patch = PATCH if stage.scope == "patch" else ""
        assert resources["mem_mb"] == plan.memory_mb(stage.name, patch), stage.name
        assert resources["runtime"] == plan.runtime_minutes(stage.name, patch), stage.name
        assert ("gpu" in resources) == stage.has_device_kernels, stage.name
        assert (resources.get("io") == 1) == stage.is_mostly_io, stage.name
        shared = len(plan.patches) if stage.scope == "patch" else 1
        threads = 1 if stage in FIGURES else CORES // shared
        assert resources["_cores"] == threads, stage.name


def test_a_rule_depends_on_the_settings_of_its_record(asked: Any) -> None:
    plan, rules = asked
    for stage in STAGES:
        patch = PATCH if stage.scope == "patch" else ""
        assert rules[stage.name]["settings"] == plan.settings(stage.name, patch), stage.name


def test_the_log_file_of_a_rule_names_its_stage(asked: Any) -> None:
    _, rules = asked
    for stage in (*STAGES, *FIGURES):
        (log,) = rules[stage.name]["log"]
        assert Path(log).stem == stage.name  # rulekit.rule_job takes the stage from it
        script = "figure.py" if stage in FIGURES else "stage.py"
        assert rules[stage.name]["script"] == f"scripts/{script}", stage.name


def test_the_page_of_a_stage_lists_the_files_of_its_rule(asked: Any) -> None:
    plan, rules = asked
    for stage in STAGES:
        facts = page_of(stage).read_text().partition("<!-- facts")[2]
        reads, _, rest = facts.partition("\n## Writes\n")
        needed = re.findall(r"^\| `(\S+)` \| yes ", reads, re.MULTILINE)
        others = re.findall(r"^\| `(\S+)` \| (?:if there|stacks) ", reads, re.MULTILINE)
        shown = [name.replace("PATCH_*/", "{patch}/") for name in needed]
        inputs, outputs = set(rules[stage.name]["inputs"]), set(rules[stage.name]["outputs"])
        assert names_of(plan, stage, shown) <= inputs, stage.name
        known = [*needed, *others]
        assert not [n for n in inputs if not any(is_shown(n, pattern) for pattern in known)]
        written = re.findall(r"^`(\S+\.(?:mat|h5))`", rest.partition("\n## ")[0], re.MULTILINE)
        assert not [n for n in outputs if not any(is_shown(n, pattern) for pattern in written)]
        others = set(all_files(stage.outputs_of_all_modes)) - set(all_files(stage.outputs))
        assert len(outputs) >= len(written) - len(others), stage.name


def is_shown(name: str, pattern: str) -> bool:
    """Tell whether a file of a rule is one that a page shows, of a patch or of the root."""
    return fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)
