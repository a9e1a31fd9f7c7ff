"""Multilooked cells as pixels: what ``mt_ml_select`` of the original wrote of small inputs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import multilooked_input as given
import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.config import RunConfig
from pystamps.errors import (
    ArtifactError,
    DatasetError,
    NothingLeftError,
    ParameterError,
    PystampsError,
)
from pystamps.io.dataset import discover_dataset, is_multilooked, looks_prepared
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.result_sets import PREVIOUS
from pystamps.pipeline.entry.combining import combine_sets
from pystamps.pipeline.entry.multilooked import CellSelection, select_multilooked
from pystamps.pipeline.entry.points import product_points
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline, run_stage
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import PipelineContext
from pystamps.products.point_storage import read_point_table

WITHIN = {"xy": 1.1e-3, "bperp_mat": 4e-5, "bperp": 4e-5}
"""Millimetres are rounded from single precision; baselines of 100 m in single precision have steps
of 8e-6 m, and theirs are differences of two (and sums of all). All others are exactly equal."""
CLASSES = {"lonlat", "ll0", "hgt"}
"""Double precision here whatever was read, as in all other data sets."""
NOT_KEPT = {"ifgday", "ifgday_ix"}
"""Of a single master: no other ps2 of StaMPS has the pairs then."""
FEW = CellSelection(coherence=0.25, fraction=0.4)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A folder of multilooked small baselines."""
    return given.write_pairs(tmp_path / "SMALL_BASELINES")


def assert_equals_the_original(root: Path, case: str, without: frozenset[str] = frozenset()) -> int:
    """Compare every variable with those of the original; give the number of pixels."""
    with np.load(Path(__file__).parent.parent / "data" / "multilooked.npz") as stored:
        golden = {key: stored[key] for key in stored.files if key.startswith(f"{case}/")}
    files = {key.split("/")[1] for key in golden}
    assert files >= {"ps2", "rc2", "bp2", "hgt2", "psver"}
    for file in files:
        found = read_mat(root / f"{file}.mat")
        names = {key.split("/")[2] for key in golden if key.split("/")[1] == file} - without
        assert found.keys() == names, file
        for name in names:
            value, expected = np.asarray(found[name]), golden[f"{case}/{file}/{name}"]
            assert value.shape == expected.shape, (file, name)
            assert value.dtype == expected.dtype or name in CLASSES, (file, name, value.dtype)
            np.testing.assert_allclose(
                value, expected, rtol=0, atol=WITHIN.get(name, 0), err_msg=f"{file} {name}"
            )
    return len(golden[f"{case}/hgt2/hgt"])


def test_small_baselines_are_selected_as_by_the_original(pairs: Path) -> None:
    made = select_multilooked(pairs, pairs, FEW)
    assert assert_equals_the_original(pairs, "pairs") == made.n_ps == 195
    assert (made.n_same_place, made.looks, made.aspect_ratio) == (8, 2, 3)
    parameters = read_mat(pairs / "parms.mat")
    assert parameters["small_baseline_flag"] == "y" and parameters["heading"] == 348.5
    assert parameters["lambda"] == 0.0555


def test_cells_at_height_zero_are_weeded_as_by_the_original(pairs: Path, tmp_path: Path) -> None:
    selection = CellSelection(coherence=0.2, fraction=0.5, weed_zero_elevation=True)
    made = select_multilooked(pairs, tmp_path / "cells", selection)
    assert assert_equals_the_original(made.root, "without_zero_heights") == made.n_ps
    assert made.n_zero_elevation > 0 and not (pairs / "ps2.mat").exists()
    assert read_mat(made.root / "parms.mat")["weed_zero_elevation"] == "y"


def test_a_list_of_interferograms_is_taken_in_its_order(pairs: Path) -> None:
    listed = pairs / "some.list"
    listed.write_text("\n".join(sorted(given.PAIRS)[::-1][:5]) + "\n")
    command = ["multilook", str(pairs), "--list", str(listed), "--fraction", "0.4", "--json"]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["selected"]["n_ifg"] == 5
    assert_equals_the_original(pairs, "list")


def test_a_single_master_is_selected_as_the_original_means_it(tmp_path: Path) -> None:
    root = given.write_single_master(tmp_path / "INSAR_20180206")
    listed = tuple(sorted(given.SECONDARY, reverse=True))
    for number, selection in enumerate((CellSelection(), CellSelection(interferograms=listed))):
        made = select_multilooked(root, tmp_path / f"made{number}", selection)
        assert assert_equals_the_original(made.root, "single_master", frozenset(NOT_KEPT)) == 255
        assert read_mat(made.root / "parms.mat")["small_baseline_flag"] == "n"
        assert not made.is_small_baseline


def test_own_places_are_those_of_the_cells(pairs: Path, tmp_path: Path) -> None:
    own = CellSelection(coherence=0.25, fraction=0.4, with_own_places=True)
    mine = select_multilooked(pairs, tmp_path / "mine", own).root
    theirs = select_multilooked(pairs, tmp_path / "theirs", FEW).root
    ij, lonlat = (read_mat(mine / "ps2.mat")[name] for name in ("ij", "lonlat"))
    assert not np.array_equal(ij, read_mat(theirs / "ps2.mat")["ij"])
    full = np.fromfile(pairs / "lon.raw", dtype="<f4").reshape(-1, 37)
    line, sample = ij[:, 1:].astype(int).T
    # within half a step of the raster, which alternates around the value of the cell
    np.testing.assert_allclose(full[line, sample], lonlat[:, 0], atol=2.0**-12 + 1e-6)


def test_positions_one_folder_up_and_files_of_the_other_byte_order_are_read(pairs: Path) -> None:
    (pairs / "ps2_before").mkdir()
    select_multilooked(pairs, pairs / "ps2_before", FEW)
    for path in [*pairs.glob("*.raw"), *pairs.glob("2*/*.raw")]:
        np.fromfile(path, dtype="<f4").astype(">f4").tofile(path)
    for path in [*pairs.glob("*.raw"), *pairs.glob("*.txt"), *pairs.glob("*.in")]:
        path.rename(pairs.parent / path.name)
    with pytest.raises(ArtifactError, match=r"coh_2l\.raw.*give --byte-order big"):
        select_multilooked(pairs, pairs, FEW)
    select_multilooked(pairs, pairs, CellSelection(0.25, 0.4, byte_order=">"))
    assert assert_equals_the_original(pairs, "pairs") == 195


def test_a_cell_without_position_or_phase_is_left_out_and_counted(pairs: Path) -> None:
    before = select_multilooked(pairs, pairs / "before", FEW)
    lon = np.fromfile(pairs / "lon.raw", dtype="<f4").reshape(-1, 37)
    lon[:6, :2] = np.nan
    lon.tofile(pairs / "lon.raw")
    for folder in given.PAIRS:  # the first cell is coherent
        coherence = np.fromfile(pairs / folder / "coh_2l.raw", dtype="<f4")
        coherence[0] = 1
        coherence.tofile(pairs / folder / "coh_2l.raw")
    phase = np.fromfile(pairs / given.PAIRS[0] / "cint.minrefdem_2l.raw", dtype="<c8")
    phase[40:60] = np.nan
    phase.tofile(pairs / given.PAIRS[0] / "cint.minrefdem_2l.raw")
    made = select_multilooked(pairs, pairs / "after", FEW)
    assert made.n_no_place == 1 and made.n_no_phase > before.n_no_phase
    assert np.isfinite(read_mat(made.root / "rc2.mat")["ph_rc"]).all()
    assert np.isfinite(read_mat(made.root / "ps2.mat")["lonlat"]).all()


def test_nothing_that_is_there_is_overwritten_unasked(pairs: Path) -> None:
    made = select_multilooked(pairs, pairs, FEW)
    parameters = read_mat(pairs / "parms.mat") | {"unwrap_alpha": 7.0}
    write_mat(pairs / "parms.mat", parameters)
    with pytest.raises(DatasetError, match="--replace"):
        select_multilooked(pairs, pairs)
    select_multilooked(pairs, pairs, CellSelection(0.25, 0.9), replaces=True)
    assert len(read_mat(pairs / "hgt2.mat")["hgt"]) < made.n_ps
    assert read_mat(pairs / "parms.mat")["unwrap_alpha"] == 7
    assert not (pairs / PREVIOUS).exists() and not list(pairs.glob(".*.tmp*"))
    pm = read_mat(pairs / "pm2.mat")
    write_mat(pairs / "pm2.mat", pm | {"K_ps": np.zeros(3)})
    with pytest.raises(DatasetError, match="with other pixels"):
        select_multilooked(pairs, pairs, replaces=True)
    (pairs / "other").mkdir()
    (pairs / "other" / "patch.list").write_text("PATCH_1\n")
    with pytest.raises(DatasetError, match="with other pixels"):
        select_multilooked(pairs, pairs / "other")


def test_a_selection_that_fails_half_way_leaves_what_was_there(
    pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select_multilooked(pairs, pairs, FEW)
    before = {path.name: path.read_bytes() for path in pairs.glob("*.mat")}
    replaced = Path.replace

    def no_space(self: Path, target: Path) -> Path:
        if Path(target).name == "bp2.mat":
            raise OSError(28, "No space left on device")
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OSError, match="No space"):
        select_multilooked(pairs, pairs, CellSelection(0.25, 0.9), replaces=True)
    assert {path.name: path.read_bytes() for path in pairs.glob("*.mat")} == before


def of_another_size(root: Path) -> None:
    (root / given.PAIRS[2] / "coh_2l.raw").write_bytes(bytes(8))


def without_phase_file(root: Path) -> None:
    (root / given.PAIRS[2] / "cint.minrefdem_2l.raw").unlink()


def without_positions(root: Path) -> None:
    (root / "lat.raw").unlink()


def without_baseline(root: Path) -> None:
    (root / "bperp_20180314.1.in").unlink()


def of_both_kinds(root: Path) -> None:
    shutil.copytree(root / given.PAIRS[0], root / "20180101")


def of_other_looks(root: Path) -> None:
    (root / "looks.txt").write_text("3\n")


def of_no_cell(root: Path) -> None:
    (root / "ar.txt").write_text("500\n")


def of_a_reference_elsewhere(root: Path) -> None:
    (root / "master_day.1.in").write_text("20170101\n")


def of_no_date(root: Path) -> None:
    (root / given.PAIRS[0]).rename(root / "20181301_20180113")


def of_one_image(root: Path) -> None:
    (root / given.PAIRS[0]).rename(root / "20180101_20180101")


def of_wild_coherence(root: Path) -> None:
    np.full(360, 7, dtype="<f4").tofile(root / given.PAIRS[0] / "coh_2l.raw")


def of_a_wild_latitude(root: Path) -> None:
    lat = np.fromfile(root / "lat.raw", dtype="<f4")
    (lat + 100).tofile(root / "lat.raw")


def of_a_single_master(root: Path) -> None:
    write_mat(root / "parms.mat", {"small_baseline_flag": "n"})


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        (of_another_size, ArtifactError, r"coh_2l\.raw.*8 bytes.*1440"),
        (without_phase_file, ArtifactError, r"cint\.minrefdem_2l\.raw.*missing"),
        (without_positions, ArtifactError, r"lat_2l\.raw: file is missing, and so is lat\.raw"),
        (without_baseline, ArtifactError, r"bperp_20180314\.1\.in: file is missing"),
        (of_both_kinds, DatasetError, "give it with --list"),
        (of_other_looks, DatasetError, r"no folder .* with coh_3l\.raw"),
        (of_no_cell, ArtifactError, "hold no cell"),
        (of_a_reference_elsewhere, ArtifactError, "is in none of the 6 interferograms"),
        (of_no_date, DatasetError, "20181301"),
        (of_one_image, DatasetError, "both images are the same"),
        (of_wild_coherence, ArtifactError, r"7 cannot be \(360 of 360 such\).*from 0 to 1"),
        (of_a_wild_latitude, ArtifactError, r"lat\.raw: .*expected a latitude"),
        (of_a_single_master, ParameterError, "small_baseline_flag is n, expected y"),
    ],
)
def test_a_damaged_input_is_refused_by_name_and_nothing_is_made(
    pairs: Path, damage: Callable[[Path], None], error: type[PystampsError], words: str
) -> None:
    damage(pairs)
    with pytest.raises(error, match=words):
        select_multilooked(pairs, pairs)
    assert not (pairs / "ps2.mat").exists() and not (pairs / ".pystamps").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("20180101-20180113\n", "'20180101-20180113'"), ("", "nothing"),
     ("20180101_20180113\n20180101_20180113/\n", "listed twice")],
)  # fmt: skip
def test_a_list_that_names_no_interferograms_is_refused(pairs: Path, text: str, words: str) -> None:
    (pairs / "some.list").write_text(text)
    command = ["multilook", str(pairs), "--list", str(pairs / "some.list")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 2 and words in done.output.replace("\n", " ")


def test_thresholds_that_no_cell_reaches_say_how_far_the_best_one_came(pairs: Path) -> None:
    with pytest.raises(NothingLeftError, match=r"in 1 of the 6 .*best one is in [1-5] of them"):
        select_multilooked(pairs, pairs, CellSelection(0.4, 1.0))


ARCS_WITHOUT_STATISTICS = {"pairs": [3], "single_master": [25, 71]}
"""Rows of uw_space_time that the original takes the statistics from."""
SMALL_GRID = {"unwrap_grid_size": 60.0, "unwrap_gold_n_win": 8}
"""The few cells make no grid of 200 m."""


@pytest.mark.parametrize(
    ("case", "write", "selection"),
    [
        ("pairs", given.write_pairs, FEW),
        ("single_master", given.write_single_master, CellSelection()),
    ],
)
def test_stages_6_to_8_make_of_the_cells_what_the_original_makes(
    tmp_path: Path, case: str, write: Callable[[Path], Path], selection: CellSelection
) -> None:
    root = select_multilooked(write(tmp_path / "D"), tmp_path / "D", selection).root
    config = RunConfig(dataset=root, stamps=SMALL_GRID)
    for step in (6, 7, 8):
        run_stage(step, "merged", root, config)
    with np.load(Path(__file__).parent.parent / "data" / "multilooked.npz") as golden:
        names = [key.split("/", 1)[1] for key in golden.files if key.startswith(f"{case}_unwr")]
        assert {"phuw2/ph_uw", "scla2/K_ps_uw"} <= {*names}
        for name in names:
            file, variable = name.split("/")
            np.testing.assert_allclose(
                read_mat(root / f"{file}.mat")[variable], golden[f"{case}_unwrapped/{name}"],
                rtol=0, atol=2e-5, err_msg=name,
            )  # fmt: skip
    noise = read_mat(root / "uw_space_time.mat")["dph_noise"]
    too_noisy = np.flatnonzero(np.isnan(noise).any(axis=1)).tolist()
    assert too_noisy == ARCS_WITHOUT_STATISTICS[case]
    product_points(root, config)
    table = read_point_table(root / "products" / "ps.h5")
    coherence = read_mat(root / "pm2.mat")["coh_ps"]
    observed = np.abs(read_mat(root / "rc2.mat")["ph_rc"]).any(axis=0)
    np.testing.assert_allclose(
        table.columns["coherence"], coherence[:, observed].mean(axis=1), atol=1e-6
    )


@pytest.mark.slow
@pytest.mark.workflow
def test_the_workflow_runs_the_cells_and_a_map_shows_them(pairs: Path) -> None:
    select_multilooked(pairs, pairs, FEW)
    config = RunConfig(dataset=pairs, stamps=SMALL_GRID)
    report = run_pipeline(PipelineContext(pairs, config, start_step=6, end_step=8, cores=2))
    assert {target.status for target in report.targets} == {"completed"}
    again = run_pipeline(
        PipelineContext(pairs, config, start_step=6, end_step=8, cores=2, dry_run=True)
    )
    assert {target.status for target in again.targets} == {"skipped_existing"}
    done = CliRunner().invoke(main, ["plot", "v-do", "-d", str(pairs), "-o", str(pairs / "v.png")])
    assert done.exit_code == 0 and (pairs / "v.png").stat().st_size > 0, done.output


def test_cells_are_not_combined_with_persistent_scatterers(tmp_path: Path) -> None:
    cells = [write(tmp_path / name) for name, write in
             (("ps", given.write_single_master), ("sb", given.write_pairs))]  # fmt: skip
    for root in cells:
        select_multilooked(root, root)
    with pytest.raises(DatasetError, match="holds multilooked cells"):
        combine_sets(*cells, tmp_path / "both")


def test_the_workflow_goes_on_with_stage_6(pairs: Path, tmp_path: Path) -> None:
    single = given.write_single_master(tmp_path / "INSAR_20180206")
    for root in (pairs, single):
        assert not looks_prepared(root)
        select_multilooked(root, root)
        assert is_multilooked(root) and looks_prepared(root)
        assert discover_dataset(root).is_combined
        plan = WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})
        assert next(target.stage for target in targets_of(plan)) == "stage6_unwrap"
        assert "ifgstd2.mat" not in plan.inputs_of_mode("stage7_scla")
