"""What every rule declares."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pystamps.io.dataset import STAGES
from pystamps.resources import workflow_directory

RULES = workflow_directory() / "rules"
DECLARED = ("input:", "output:", "log:", "benchmark:", "conda:", "threads:", "script:")
RESOURCES = ("mem_mb=memory_mb(", "runtime=runtime_minutes(")


def rules() -> dict[str, str]:
    """Text of every rule in the rule files, by name."""
    found = {}
    for path in sorted(RULES.glob("*.smk")):
        parts = re.split(r"^ *rule (\w+):\n", path.read_text(), flags=re.MULTILINE)
        found |= dict(zip(parts[1::2], parts[2::2], strict=True))
    return found


def test_there_is_one_rule_per_stage() -> None:
    assert {stage.name for stage in STAGES} <= rules().keys()


@pytest.mark.parametrize("name", rules())
def test_a_rule_declares_files_threads_memory_time_log_and_benchmark(name: str) -> None:
    text = rules()[name]
    assert not [word for word in (*DECLARED, *RESOURCES) if word not in text]
    scope = r"\{patch\}/" if "{patch}" in text else ""
    assert re.search(rf"logs/{scope}{name}\.log", text)
    assert re.search(rf"benchmarks/{scope}{name}\.tsv", text)
    (script,) = re.findall(r'"(scripts/\w+\.py)"', text)
    assert (RULES / script).is_file()


def test_every_script_belongs_to_a_rule() -> None:
    named = {re.findall(r'"scripts/(\w+\.py)"', text)[0] for text in rules().values()}
    assert {path.name for path in Path(RULES, "scripts").glob("*.py")} == named
