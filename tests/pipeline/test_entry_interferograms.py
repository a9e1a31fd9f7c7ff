"""The table of interferograms of a data set, whatever its stages have left."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from processed_tree import DAYS, MASTER, WAVELENGTH, write_processed_tree

from pystamps.config import RunConfig
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat
from pystamps.io.mat_changes import change_mat
from pystamps.model import Pixels, Unwrapped, UnwrappedGrid
from pystamps.pipeline.entry.interferograms import interferogram_table
from pystamps.pipeline.entry.mean_velocity import velocity_of_job
from pystamps.pipeline.job import StageJob
from pystamps.products.interferogram_table import MEASURED
from pystamps.products.velocity import velocity_mm_per_year
from pystamps.stage_table import stage_named

OF_LINE = ("residual_rms_mm", "effect_rms_mm_yr", "effect_max_mm_yr")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Six dates, 80 pixels that move steadily, without what stage 8 leaves of the arcs."""
    line, sample = (side.ravel() for side in np.indices((8, 10)))
    write_processed_tree(tmp_path, 0.5 * line, line, sample)
    return tmp_path


def table_of(root: Path, **more):
    return interferogram_table(root, RunConfig(), **more)


def test_a_finished_tree_without_arcs_is_compared_on_a_network_of_its_pixels(tree: Path) -> None:
    found = table_of(tree)
    assert not found.missing and found.arcs_rule == "delaunay" and found.value_type == "v-d"
    assert [row.number for row in found.rows] == [*range(1, DAYS.size + 1)]
    assert found.rows[MASTER].verdict == "reference"
    kept = [row for row in found.rows if row.verdict != "reference"]
    assert {row.verdict for row in kept} == {"keep"} and len(kept) == 5
    assert all(row.residual_rms_mm < 1e-3 and row.contradicting_share == 0 for row in kept)
    assert [row.noise_deg for row in kept] == pytest.approx([20, 26, 38, 44, 50])
    assert found.columns()["number"] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("gone", "stage", "columns"),
    [
        ("ifgstd2.mat", "stage5_merge", ("noise_deg",)),
        ("scla2.mat", "stage7_scla", OF_LINE),
        ("phuw2.mat", "stage6_unwrap", tuple(name for name in MEASURED if name != "noise_deg")),
    ],
)
def test_what_is_not_known_yet_is_empty_and_names_its_stage(
    tree: Path, gone: str, stage: str, columns: tuple[str, ...]
) -> None:
    (tree / gone).unlink()
    found = table_of(tree)
    assert found.missing == dict.fromkeys(columns, stage)
    for row in found.rows:
        assert all(getattr(row, name) is None for name in columns)
    left = set(MEASURED) - set(columns)
    assert all(getattr(found.rows[0], name) is not None for name in left)


def test_before_the_merge_dates_and_baselines_come_from_the_candidates(tree: Path) -> None:
    pixels = read_artifact(Pixels, tree / "ps2.mat")
    write_artifact(
        tree / "PATCH_1" / "ps1.mat",
        dataclasses.replace(pixels, sort_ix=np.arange(pixels.n_ps)),
    )
    (tree / "ps2.mat").unlink()
    found = table_of(tree)
    assert [row.bperp_m for row in found.rows] == pytest.approx([50, -30, 0, 10, 120, -80])
    assert found.missing["noise_deg"] == "stage5_merge"
    assert {found.missing[name] for name in OF_LINE} == {"stage6_unwrap"}
    assert {row.verdict for row in found.rows} == {"", "reference"}


def test_a_dropped_interferogram_has_no_numbers_of_the_unwrapping(tree: Path) -> None:
    change_mat(tree / "parms.mat", {"drop_ifg_index": np.array([[2.0]])})
    row = table_of(tree).rows[1]
    assert row.verdict == "dropped" and row.msd_rad2 is None and row.residual_rms_mm is None
    assert row.noise_deg == pytest.approx(26)


@pytest.mark.golden
def test_pairs_of_small_baselines_are_judged_by_their_own_phase(
    shared_data: Path, tmp_path: Path
) -> None:
    stages = shared_data / "sb_small" / "stages"
    for stage in range(5, 9):
        for path in (stages / f"stage{stage}").glob("*.mat"):
            shutil.copyfile(path, tmp_path / path.name)
    shutil.copyfile(stages / "stage1" / "parms.mat", tmp_path / "parms.mat")
    for name in ("PATCH_1", "PATCH_2"):
        (tmp_path / name).mkdir()
    found = interferogram_table(tmp_path, RunConfig(), value_type="v-dms")
    rows = found.rows
    ps = read_mat(tmp_path / "ps2.mat", ["bperp", "day", "ifgday_ix"])
    first, second = ps["ifgday_ix"].astype(int).T - 1
    days = ps["day"].ravel()[second] - ps["day"].ravel()[first]
    assert [row.days for row in rows] == days.tolist()
    np.testing.assert_allclose([row.bperp_m for row in rows], ps["bperp"].ravel())
    noise = read_mat(tmp_path / "ifgstd2.mat")["ifg_std"].ravel()
    np.testing.assert_allclose([row.noise_deg for row in rows], noise, rtol=1e-6)
    unwrapped = read_mat(tmp_path / "phuw_sb2.mat")
    msd = np.array([row.msd_rad2 for row in rows])
    np.testing.assert_allclose(msd, unwrapped["msd"].ravel(), rtol=1e-6)
    phase = unwrapped["ph_uw"] - read_mat(tmp_path / "scla_sb2.mat")["ph_scla"]
    phase = (phase - phase.mean(axis=0)).astype(np.float64)
    root_weights = 1 / noise.astype(np.float64)
    design = np.column_stack([np.ones(days.size), days])
    line = np.linalg.lstsq(design * root_weights[:, None], (phase * root_weights).T, rcond=None)[0]
    residual = np.sqrt(np.mean((phase - (design @ line).T) ** 2, axis=0))
    wavelength = read_mat(tmp_path / "parms.mat", ["lambda"])["lambda"].item()
    expected = residual * wavelength * 1000 / (4 * np.pi)
    np.testing.assert_allclose([row.residual_rms_mm for row in rows], expected, rtol=2e-3)
    assert found.arcs_rule == "space-time grid" and not found.missing


def product_velocity(root: Path, value_type: str, **stamps) -> np.ndarray:
    """Velocity as the product computes it, mm/yr."""
    config = RunConfig(root, stamps=stamps)
    job = StageJob(stage_named("product_mean_velocity"), root, root, config)
    return velocity_mm_per_year(velocity_of_job(job, value_type).m.astype(float), WAVELENGTH)


@pytest.mark.parametrize("value_type", ["v-d", "v-do"])
def test_the_effect_is_the_change_of_the_mean_velocity_when_it_is_dropped(
    tree: Path, value_type: str
) -> None:
    unwrapped = read_artifact(Unwrapped, tree / "phuw2.mat")
    noise = np.random.default_rng(6).normal(0, 0.5, unwrapped.ph_uw.shape).astype(np.float32)
    noise[:, MASTER] = 0
    write_artifact(
        tree / "phuw2.mat", dataclasses.replace(unwrapped, ph_uw=unwrapped.ph_uw + noise)
    )
    everything = product_velocity(tree, value_type)
    for row in table_of(tree, value_type=value_type).rows:
        if row.verdict == "reference":
            continue
        change = product_velocity(tree, value_type, drop_ifg_index=[row.number]) - everything
        assert row.effect_rms_mm_yr == pytest.approx(np.sqrt(np.mean(change**2)), rel=1e-4)
        assert row.effect_max_mm_yr == pytest.approx(np.abs(change).max(), rel=1e-4)


def raise_an_area(root: Path, column: int) -> None:
    """Unwrap a third of the scene to the wrong cycle in one image, on the grid and at pixels."""
    pixels = read_artifact(Pixels, root / "ps2.mat")
    x = pixels.xy[:, 1]
    limit = np.quantile(x, 0.65)
    unwrapped = read_artifact(Unwrapped, root / "phuw2.mat")
    unwrapped.ph_uw[x > limit, column] += 2 * np.pi
    write_artifact(root / "phuw2.mat", unwrapped)
    nodes = read_artifact(UnwrappedGrid, root / "uw_phaseuw.mat")
    grid = read_mat(root / "uw_grid.mat", ["xy", "grid_ij", "ij"])
    # the same side of the grid, whose columns count from the smallest x
    at = grid["xy"][:, 1] + x.min() > limit
    nodes.ph_uw[at, column - (column > pixels.master_ix)] += 2 * np.pi
    write_artifact(root / "uw_phaseuw.mat", nodes)


@pytest.mark.workflow
def test_a_jump_of_a_cycle_in_one_image_of_a_simulated_stack_is_named(finished: Path) -> None:
    before = table_of(finished)
    assert {row.verdict for row in before.rows} == {"keep", "reference"}
    assert before.arcs_rule == "space-time grid"
    raise_an_area(finished, 12)
    for gone, rule in ((), "space-time grid"), (("uw_space_time.mat",), "delaunay"):
        for name in gone:
            (finished / name).unlink()
        found = table_of(finished)
        assert found.arcs_rule == rule
        judged = {row.number: row for row in found.rows if row.verdict in ("look", "drop")}
        assert set(judged) == {13}
        assert judged[13].verdict == "drop" and "residual" in judged[13].reason
        assert "contradicting arcs" in judged[13].reason
        shares = [row.contradicting_share or 0 for row in found.rows]
        assert shares[12] == max(shares) > 0.01
        assert found.rows[12].effect_rms_mm_yr > 2 * before.rows[12].effect_rms_mm_yr
