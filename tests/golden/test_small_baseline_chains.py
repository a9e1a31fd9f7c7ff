"""Small baselines from stage 1 to 8, and a combination from stage 6 on, through the workflow.

Each stage is fed by ours before it. Then what commands say about such a data set.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from golden_truth import write_truth_of_golden_tree
from resampled_merges import assert_same_phase
from trees import copy_writable

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.combining import combine_sets
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import PipelineContext
from pystamps.products.assessment import assess_dataset
from pystamps.products.point_storage import POINT_FILE, read_point_table
from pystamps.products.velocity_coverage import NOMINAL, VelocityCoverage
from pystamps.verify import verify_trees

pytestmark = pytest.mark.golden


@pytest.fixture(scope="module")
def combined_once(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden PS and small-baseline sets, combined and run from stage 6 on."""
    source, folder = shared_data / "ps_sb", tmp_path_factory.mktemp("ps_sb")
    for name in ("ps", "sb"):
        copy_writable(source / name / "stages" / "stage5", folder / name)
        stage_1 = source / name / "stages" / "stage1"
        shutil.copyfile(stage_1 / "parms.mat", folder / name / "parms.mat")
    made = combine_sets(folder / "ps", folder / "sb", folder / "MERGED")
    report = run_pipeline(PipelineContext(made.root, RunConfig(), cores=2))
    assert {target.status for target in report.targets} == {"completed"}
    assert len(report.targets) == 5
    return made.root


@pytest.mark.slow
def test_a_combination_run_by_the_workflow_is_that_of_the_original(
    combined_once: Path, shared_data: Path
) -> None:
    golden = shared_data / "ps_sb" / "merged" / "stages"
    stages = [golden / f"stage{stage}" for stage in (6, 7, 8)]
    report = verify_trees(combined_once, stages, allow_extra=True)
    assert len(report.comparisons) > 30
    wrong = [(item.file, item.variable, item.sentence) for item in report.differences]
    assert not [item for item in wrong if item[:2] != ("phuw2.mat", "ph_uw")], wrong
    # the original sums the reference, here 8779 phases, in single precision: the same for all
    ours, theirs = (
        read_mat(path / "phuw2.mat", ["ph_uw"])["ph_uw"] for path in (combined_once, stages[0])
    )
    assert np.abs(ours - theirs).max() < 2e-5
    assert np.ptp(ours - theirs, axis=0).max() < 5e-6


@pytest.mark.slow
def test_a_combination_is_as_near_to_the_truth_as_that_of_the_original(
    combined_once: Path, shared_data: Path
) -> None:
    """Velocities at the true scatterers, an eighth of the pixels: the scene has few of them."""
    golden = shared_data / "ps_sb" / "merged" / "stages"
    ours = velocity_errors(shared_data, *(combined_once / f"{name}.mat" for name in PARTS))
    theirs = velocity_errors(
        shared_data, golden / "stage6" / "phuw2.mat", golden / "stage7" / "scla2.mat"
    )
    assert ours == pytest.approx(theirs, rel=1e-3)
    rms_mm_yr, correlation, wrong_cycles = ours
    assert rms_mm_yr < 7.4 and correlation > 0.91 and wrong_cycles < 0.06


PARTS = ("phuw2", "scla2")


def velocity_errors(shared_data: Path, phuw: Path, scla: Path) -> tuple[float, float, float]:
    """Give rms without a plane (mm/yr), correlation, and the share of values in a wrong cycle."""
    source = shared_data / "ps_sb"
    pixels = read_mat(source / "merged" / "run" / "ps2.mat")
    row, column = pixels["ij"][:, 1:].astype(int).T
    reference = int(pixels["master_ix"].item()) - 1
    with np.load(source / "truth.npz") as truth:
        is_scatterer, years = truth["ps_mask"][row, column], truth["day_from_master"] / 365.25
        away = truth["v_away_mm_yr"][row, column][:, None] * years
        away += truth["seasonal_mm"][row, column][:, None] * truth["f_seasonal"]
        away += truth["transient_mm"][0][row, column][:, None] * truth["f_transient"][0]
        mm_per_rad = float(truth["lam"]) * 1000 / (4 * np.pi)
    phase = read_mat(phuw, ["ph_uw"])["ph_uw"] - read_mat(scla, ["ph_scla"])["ph_scla"]
    others = np.delete(np.arange(years.size), reference)
    found = (phase * mm_per_rad)[is_scatterer][:, others]
    true = (away - away[:, [reference]])[is_scatterer][:, others]
    line = np.column_stack([np.ones(others.size), years[others]])
    velocity, expected = (np.linalg.lstsq(line, v.T, rcond=None)[0][1] for v in (found, true))
    plane = np.column_stack([np.ones(len(true)), row[is_scatterer], column[is_scatterer]])
    error = velocity - expected
    error -= plane @ np.linalg.lstsq(plane, error, rcond=None)[0]
    cycles = np.round((found - true - np.median(found - true, axis=0)) / (2 * np.pi * mm_per_rad))
    return (
        float(np.sqrt((error**2).mean())),
        float(np.corrcoef(velocity, expected)[0, 1]),
        float((cycles != 0).mean()),
    )


@pytest.mark.slow
def test_a_whole_run_of_small_baselines_gives_the_phase_of_the_original(
    small_baselines_once: Path, shared_data: Path
) -> None:
    assert_same_phase(small_baselines_once, shared_data / "sb_small" / "stages")


@pytest.mark.slow
def test_a_finished_set_is_finished_and_a_parameter_repeats_what_depends_on_it(
    small_baselines_once: Path,
) -> None:
    states = json.loads(invoke("status", "-d", small_baselines_once, "--json"))
    assert {entry["state"] for entry in states["entries"]} == {"done"}
    changed = invoke(
        "run", "-n", "-d", small_baselines_once, "--set", "sb_scla_drop_index=[2]", "--json"
    )
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
    small_baselines_once: Path, tmp_path: Path
) -> None:
    page = invoke("info", small_baselines_once)
    assert "12 images" in page and "2018-01-07" in page
    rows = json.loads(invoke("ifgs", small_baselines_once, "--json"))["rows"]
    assert len(rows) == 25 and rows[0]["date"] == "2018-01-07 2018-01-19"
    assert all(row["noise_deg"] > 0 and row["residual_rms_mm"] > 0 for row in rows)
    for name in ("network", "v-d"):
        invoke("plot", name, "-d", small_baselines_once, "-o", tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    invoke("export", small_baselines_once, "--to", tmp_path / "points.csv")
    lines = (tmp_path / "points.csv").read_text().splitlines()
    assert len(lines) > read_mat(small_baselines_once / "ps2.mat", ["n_ps"])["n_ps"].item()


@pytest.mark.slow
def test_an_interferogram_of_a_pair_is_dropped_by_its_number(
    small_baselines_once: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(small_baselines_once, tmp_path / "run"))
    said = json.loads(invoke("drop", "-d", root, "22", "--from", "6", "--json"))
    assert said["change"]["after"] == [22]
    assert said["runs_again"][0] == "stage6_unwrap"
    assert "24 of 25 interferograms are left, and connected" in " ".join(said["change"]["words"])


def invoke(*words: object) -> str:
    """Run a command that has to succeed; give what it wrote on standard output."""
    done = CliRunner().invoke(main, [*map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.slow
def test_the_combination_finds_the_velocities_of_the_truth(
    combined_once: Path, shared_data: Path
) -> None:
    velocity = np.asarray(read_point_table(combined_once / POINT_FILE).columns["velocity"])
    known = np.load(shared_data / "ps_sb" / "truth.npz")
    line, sample = read_mat(combined_once / "ps2.mat", ["ij"])["ij"][:, 1:].astype(int).T
    is_ps = known["ps_mask"][line, sample].astype(bool)
    assert is_ps.sum() == 1102
    toward = -known["v_away_mm_yr"][line, sample]
    assert np.corrcoef(velocity[is_ps], toward[is_ps])[0, 1] > 0.85  # measured 0.88


@pytest.mark.slow
def test_dem_error_and_uncertainty_of_a_combination_hold_against_the_truth(
    combined_once: Path, shared_data: Path, tmp_path: Path
) -> None:
    """Half a year of 13 images: what is left of the heights is noise of 8 m, as the original's."""
    write_truth_of_golden_tree(tmp_path / "truth.h5", shared_data / "ps_sb")
    found = assess_dataset(combined_once, tmp_path / "truth.h5")
    assert found.dem_error and found.dem_error.count == 1102
    # the errors that neighbours share: each pixel's own was taken off before the sets were combined
    rms_m, correlation = dem_error_of_the_original(shared_data)
    assert found.dem_error.rms == pytest.approx(rms_m, rel=1e-3) and rms_m < 9.5  # 8.51 m
    assert found.dem_error.correlation == pytest.approx(correlation, abs=1e-3)
    assert correlation > 0.5 and abs(found.dem_error.bias) < 0.5  # 0.562, 0.09 m
    assert found.unwrapping and found.unwrapping.wrong_fraction < 0.08  # 6.5 %
    stated = found.coverage
    assert isinstance(stated, VelocityCoverage)
    within = (stated.local_within_1, stated.local_within_2)
    assert within == pytest.approx(NOMINAL, abs=0.04)  # 69.8 and 95.6 %: 1.4 % is one sigma
    assert stated.within_1 >= NOMINAL[0] and stated.within_2 >= NOMINAL[1]  # 74 and 96.4 %
    assert stated.rms < stated.stated_rms < 1.5 * stated.rms  # 7.8 and 8.5 mm/yr


def dem_error_of_the_original(shared_data: Path) -> tuple[float, float]:
    """Give rms (m) and correlation of its heights at the scatterers."""
    merged = shared_data / "ps_sb" / "merged"
    line, sample = read_mat(merged / "run" / "ps2.mat", ["ij"])["ij"][:, 1:].astype(int).T
    known = np.load(shared_data / "ps_sb" / "truth.npz")
    is_ps = known["ps_mask"][line, sample]
    slope = read_mat(merged / "stages" / "stage7" / "scla2.mat", ["K_ps_uw"])["K_ps_uw"].ravel()
    height = (slope / known["h2K"][sample])[is_ps]
    true = known["dem_err_corr_m"][line, sample][is_ps]
    return float(np.std(height - true)), float(np.corrcoef(height, true)[0, 1])


def test_the_plan_of_a_combination_begins_with_stage_6(shared_data: Path, tmp_path: Path) -> None:
    copy_writable(shared_data / "ps_sb" / "merged" / "run", tmp_path)
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
