"""Small baselines through the workflow, from stage 1 to 8, and a combination from stage 6 on.

Each fed by ours before it, against the golden trees; then what commands say about such a data set.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from trees import SHARED, copy_writable

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.combining import combine_sets
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import PipelineContext
from pystamps.verify import verify_trees

pytestmark = pytest.mark.golden


def golden_folder(name: str) -> Path:
    """Give the folder of a golden set; skip where it is not there."""
    found = SHARED / "data" / name
    if not found.is_dir():
        pytest.skip(f"golden trees are not beside the checkout ({found})")
    return found


def run_whole(root: Path) -> None:
    """Run the workflow on a data set, and see that every stage has ended well."""
    report = run_pipeline(PipelineContext(root, RunConfig(), cores=2))
    assert {target.status for target in report.targets} == {"completed"}


@pytest.fixture(scope="module")
def chained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden small-baseline set, run from stage 1 on."""
    source, folder = golden_folder("sb_small"), tmp_path_factory.mktemp("sb_small")
    for part in ("run", "raw"):
        copy_writable(source / part, folder / part)
    run_whole(folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def combined_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden PS and small-baseline sets, combined and run from stage 6 on."""
    source, folder = golden_folder("ps_sb"), tmp_path_factory.mktemp("ps_sb")
    for name in ("ps", "sb"):
        copy_writable(source / name / "stages" / "stage5", folder / name)
        shutil.copyfile(
            source / name / "stages" / "stage1" / "parms.mat", folder / name / "parms.mat"
        )
    made = combine_sets(folder / "ps", folder / "sb", folder / "MERGED")
    run_whole(made.root)
    return made.root


def differences(root: Path, stages: list[Path], *, allow_extra: bool) -> list[Any]:
    report = verify_trees(root, stages, allow_extra=allow_extra)
    assert len(report.comparisons) > 50
    return [(item.file, item.variable, item.sentence) for item in report.differences]


@pytest.mark.slow
def test_the_workflow_gives_the_small_baselines_of_the_original(chained_once: Path) -> None:
    golden = golden_folder("sb_small") / "stages"
    stages = [golden / f"stage{stage}" for stage in range(1, 9)]
    assert not differences(chained_once, stages, allow_extra=False)


@pytest.mark.slow
def test_a_combination_run_by_the_workflow_is_that_of_the_original(combined_once: Path) -> None:
    golden = golden_folder("ps_sb/merged") / "stages"
    stages = [golden / f"stage{stage}" for stage in (6, 7, 8)]
    assert not differences(combined_once, stages, allow_extra=True)


@pytest.mark.slow
def test_a_finished_set_is_finished_and_a_parameter_repeats_what_depends_on_it(
    chained_once: Path,
) -> None:
    done = invoke("run", "-n", "-d", chained_once)
    assert "nothing to run" in done or "planned" not in done, done
    changed = invoke("run", "-n", "-d", chained_once, "--set", "sb_scla_drop_index=[2]", "--json")
    planned = {
        target["stage"]
        for target in json.loads(changed)["targets"]
        if target["status"] == "planned"
    }
    assert planned == {
        "stage7_scla", "stage8_filter", "product_mean_velocity", "product_points"
    }  # fmt: skip


@pytest.mark.slow
def test_commands_show_a_finished_set_of_small_baselines(
    chained_once: Path, tmp_path: Path
) -> None:
    assert "stage8_filter" in invoke("status", chained_once)
    page = invoke("info", chained_once)
    assert "12 images" in page and "2018-01-07" in page
    rows = json.loads(invoke("ifgs", chained_once, "--json"))["rows"]
    assert len(rows) == 25 and rows[0]["date"] == "2018-01-07 2018-01-19"
    assert all(row["noise_deg"] > 0 and row["residual_rms_mm"] > 0 for row in rows)
    for name in ("network", "v-d"):
        invoke("plot", name, "-d", chained_once, "-o", tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    invoke("export", chained_once, "--to", tmp_path / "points.csv")
    lines = (tmp_path / "points.csv").read_text().splitlines()
    assert len(lines) > read_mat(chained_once / "ps2.mat", ["n_ps"])["n_ps"].item()


def invoke(*words: object) -> str:
    """Run a command that has to succeed; give what it wrote."""
    done = CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fixture", "truth", "least"),
    [("chained_once", "sb_small", 0.9), ("combined_once", "ps_sb", 0.9)],
)
def test_velocities_are_those_of_the_truth(
    request: pytest.FixtureRequest, fixture: str, truth: str, least: float
) -> None:
    root = request.getfixturevalue(fixture)
    known = np.load(golden_folder(truth) / "truth.npz")
    line, sample = read_mat(root / "ps2.mat", ["ij"])["ij"][:, 1:].astype(int).T
    is_ps = known["ps_mask"][line, sample].astype(bool)
    assert is_ps.sum() > 300
    away = known["v_away_mm_yr"][line, sample][is_ps]
    toward = read_mat(root / "mean_v.mat", ["m"])["m"]
    assert toward.ndim  # the mean velocity is in the file
    velocity = velocities_of(root)[is_ps]
    assert np.corrcoef(velocity, -away)[0, 1] > least


def velocities_of(root: Path) -> Any:
    """Give the velocity of the table of points in mm/yr, toward the satellite."""
    from pystamps.products.point_storage import POINT_FILE, read_point_table

    return np.asarray(read_point_table(root / POINT_FILE).columns["velocity"])


def test_the_plan_of_a_combination_begins_with_stage_6(tmp_path: Path) -> None:
    copy_writable(golden_folder("ps_sb/merged") / "run", tmp_path)
    plan = WorkflowPlan.from_mapping({"dataset": str(tmp_path)})
    assert plan.patches == () and plan.dataset.is_combined
    assert [target.stage for target in targets_of(plan)] == [
        "stage6_unwrap", "stage7_scla", "stage8_filter", "product_mean_velocity", "product_points",
    ]  # fmt: skip
    assert plan.samples("") == 8779 * 26
    unwrap, scla = targets_of(plan)[:2]
    assert {"phuw2.mat", "phuw_sb2.mat", "phuw_sb_res2.mat"} <= {*unwrap.outputs}
    assert "phuw_loops2.mat" not in unwrap.outputs and "ifgstd2.mat" not in scla.inputs
    assert "figures/baseline_plot.png" in plan.figures
    assert "figures/interferogram_noise.png" not in plan.figures
