"""What every rule declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from trees import CHECKOUT

from pystamps.figures import FIGURE_NAMES
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.resources import workflow_directory
from pystamps.simulate import PRESETS, simulate_dataset
from pystamps.stage_table import STAGES
from pystamps_kernels import KERNELS, backends_of

RULES = workflow_directory() / "rules"
DECLARED = ("input:", "output:", "log:", "benchmark:", "conda:", "threads:", "script:")
RESOURCES = ("mem_mb=memory_mb(", "runtime=runtime_minutes(")


def rules() -> dict[str, str]:
    """Text of every rule that makes files, by name; the rules of figures are one text."""
    found = {}
    for path in sorted(RULES.glob("*.smk")):
        parts = re.split(r"^ *rule ?(\w*):\n", path.read_text(), flags=re.MULTILINE)
        found |= dict(zip(parts[1::2], parts[2::2], strict=True))
    figure = found.pop("").replace("{RECORD.name}", "figure")
    return {name: text for name, text in found.items() if name != "all"} | {"figure": figure}


OF_NO_STAGE = {"compile_kernels"}
"""Rules that make no results: their memory and time follow from nothing in the data."""
OF_PARTS = {"stage6_part": "stage6_part_{part}_of_{parts}"}
"""Rules with other wildcards than the patch, and the names of their logs."""


def test_there_is_one_rule_per_stage() -> None:
    assert {stage.name for stage in STAGES} <= rules().keys()


def test_every_figure_has_a_place_in_the_report() -> None:
    text = (RULES / "figures.smk").read_text()
    places = re.findall(
        r'^ +"(\w+)": \(\s*"\w+",\s*"[\w ]+",\s*"[^"]+",?\s*\),$', text, re.MULTILINE
    )
    assert sorted(places) == sorted(FIGURE_NAMES)


@pytest.mark.parametrize("name", rules())
def test_a_rule_declares_files_threads_memory_time_log_and_benchmark(name: str) -> None:
    text = rules()[name]
    declared = [word for word in DECLARED if name not in OF_NO_STAGE or word != "input:"]
    resources = ("mem_mb=", "runtime=") if name in OF_NO_STAGE else RESOURCES
    assert not [word for word in (*declared, *resources) if word not in text]
    scope = r"\{IN_PATCH\}" if "IN_PATCH" in text else ""
    name = re.escape(OF_PARTS.get(name, name))
    assert re.search(rf"logs/{scope}{name}\.log", text)
    assert re.search(rf"benchmarks/{scope}{name}\.tsv", text)
    (script,) = re.findall(r'"(scripts/\w+\.py)"', text)
    assert (RULES / script).is_file()


def test_every_script_belongs_to_a_rule() -> None:
    named = {re.findall(r'"scripts/(\w+\.py)"', text)[0] for text in rules().values()}
    assert {path.name for path in Path(RULES, "scripts").glob("*.py")} == named


def test_stages_with_cuda_kernels_ask_for_a_gpu() -> None:
    steps = {kernel.split("_")[0] for kernel in KERNELS if "cuda" in backends_of(kernel)}
    for name, text in rules().items():
        if name.split("_")[0] in steps and name not in OF_PARTS:  # they start snaphu only
            assert "gpu=gpus()" in text, name


def test_a_gpu_is_asked_for_where_the_settings_name_cuda(tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "run", PRESETS["tiny"])

    def gpus(**kernels: object) -> int:
        settings = {"dataset": str(tmp_path / "run"), "kernels": kernels}
        return WorkflowPlan.from_mapping(settings).gpus()

    assert gpus() == 0
    assert gpus(backend="cuda") == 1
    assert gpus(backend="native", kernel_backend_overrides={"stage3_cell_filter": "cuda"}) == 1


def test_the_tree_is_what_the_workflow_catalog_expects() -> None:
    """Its rules: https://github.com/snakemake/snakemake-workflow-catalog, README."""
    usage = yaml.safe_load((CHECKOUT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["report"] is True
    assert usage["software-stack-deployment"] == {
        "conda": True, "apptainer": False, "apptainer+conda": False,
    }  # fmt: skip
    assert "pystamps-flow" in usage["mandatory-flags"]["desc"]
    assert "pystamps-flow" in (CHECKOUT / "envs" / "released" / "pystamps.yaml").read_text()
    assert "dataset.path" in (CHECKOUT / "config" / "README.md").read_text()
    words = (CHECKOUT / "README.md").read_text().lower()
    assert "snakemake" in words and "workflow" in words
    for name, up in (("Snakefile", ""), ("workflow/Snakefile", "../")):
        found = re.findall(r"^(?:include|use).*", (CHECKOUT / name).read_text(), re.MULTILINE)
        assert found == [f'include: "{up}rules/place.smk"', "use rule * from data_set"]
