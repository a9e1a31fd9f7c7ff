"""Names of patches that the workflow could read as something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.errors import DatasetError
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})


def renamed(root: Path, name: str) -> Path:
    """Simulate a data set whose only patch has this name."""
    simulate_dataset(root, SMALL)
    (root / "PATCH_1").rename(root / name)
    (root / "patch.list").write_text(f"{name}\n")
    return root


@pytest.mark.parametrize("name", ["*", "a?", "[x]", "{patch}", "{patch}{angle}", "<b>", "a]"])
def test_a_name_that_is_a_pattern_is_refused_with_the_sign(tmp_path: Path, name: str) -> None:
    root = tmp_path / "data"
    (root / name).mkdir(parents=True)
    (root / "patch.list").write_text(f"{name}\n")
    with pytest.raises(DatasetError, match="which the workflow reads as a pattern; rename"):
        WorkflowPlan.from_mapping({"dataset": str(root)})


@pytest.mark.parametrize("arguments", [["run"], ["run", "--dry-run"], ["status"]])
def test_braces_in_the_path_of_a_data_set_are_refused_in_one_line(
    tmp_path: Path, arguments: list[str]
) -> None:
    """Snakemake makes a regular expression of the path of its locks, and ends with a traceback."""
    root = tmp_path / "INSAR {20180624}" / "run"
    (root / "PATCH_1").mkdir(parents=True)
    found = CliRunner().invoke(main, [*arguments, "--dataset", str(root)])
    assert found.exit_code == 2
    (line,) = found.output.splitlines()
    assert line.startswith(f"error: {root}: ") and "rename the folder" in line


@pytest.mark.workflow
@pytest.mark.parametrize("name", ["a b (1)+|^$.", '100% "it\'s" & #é;-'])
def test_any_other_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    root = renamed(tmp_path / "data", name)
    found = CliRunner().invoke(main, ["run", "--dataset", str(root), "--end-step", "1", "--json"])
    assert found.exit_code == 0, found.output
    (result,) = json.loads(found.stdout)["targets"]
    assert (result["target"], result["status"]) == (name, "completed")
