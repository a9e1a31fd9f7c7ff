"""Figures of what is there, without running any stage; what a run says when Snakemake is locked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.pipeline.driver import _message_of
from pystamps.pipeline.report import draw_figures
from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.simulate import PRESETS, changed_scene, simulate_dataset

SMALL = changed_scene(PRESETS["tiny"], {"preparation.patches": (1, 1), "lines": 40, "samples": 50})


def test_a_data_set_without_results_has_nothing_to_draw(tmp_path: Path) -> None:
    simulate_dataset(tmp_path / "data", SMALL)
    with pytest.raises(PystampsError, match="no results to draw yet; run stage 1 first"):
        draw_figures(RunConfig(tmp_path / "data"), cores=1)
    assert not run_ids(tmp_path / "data")


@pytest.mark.workflow
def test_only_the_figures_are_drawn_for_which_everything_is_there(tmp_path: Path) -> None:
    root = tmp_path / "data"
    simulate_dataset(root, SMALL)
    assert CliRunner().invoke(main, ["stage", "1", "--patch", f"{root}/PATCH_1"]).exit_code == 0
    before = sorted(root.rglob("*.mat"))
    found = CliRunner().invoke(main, ["report", "-d", str(root), "--figures-only", "--json"])
    assert found.exit_code == 0, found.output
    assert json.loads(found.stdout)["figures"] == ["figures/dispersion_histogram.png"]
    assert [path.name for path in (root / "figures").iterdir()] == ["dispersion_histogram.png"]
    assert sorted(root.rglob("*.mat")) == before and not (root / "report.html").exists()
    (run_id,) = run_ids(root)
    assert read_run(root, run_id).plan.kind == "figures"


def test_a_lock_that_snakemake_has_left_is_said_in_one_line_with_what_to_do() -> None:
    said = _message_of({"message": "LockException:\nError: Directory cannot be locked.\n..."})
    assert "\n" not in said and "pystamps unlock -d" in said
    assert _message_of({"message": "one\n  two"}) == "one two"
