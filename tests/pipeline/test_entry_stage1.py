"""Stage 1 on whole patches: golden comparison, moved data sets, bad input, empty patches."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from prepared_stacks import MASTER, PAR, STACKS
from stage_comparison import assert_same_artifact
from trees import copy_writable

from pystamps.config import Compat, RunConfig, Runtime
from pystamps.errors import PystampsError, UnsupportedError
from pystamps.io.artifacts import read_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import Baselines, Phase, Pixels
from pystamps.pipeline.entry.stage1 import stage1_load_initial

SUMMED = {"mean_incidence": 1e-12}
"""mean_incidence differs by the order of a double sum."""

TOLERANCES = {
    "tiny": {"ps1": SUMMED, "la1": {"la": 5e-16}},  # la: arccos, 4 units in the last place
    # the original triangulates where we interpolate bilinearly; on these smooth grids both
    # agree to one unit in the last place of single (baselines of 171 m) and double
    "tiny_doris": {"bp1": {"bperp_mat": 3e-5}, "la1": {"la": 5e-16}},
    "tiny_isce": {},
}
BOOKKEEPING = ("no_ps_info.mat", "psver.mat")
ARTIFACTS = {
    "snap": {"ps1", "ph1", "bp1", "la1", "hgt1", "da1"},
    "doris": {"ps1", "ph1", "bp1", "la1", "hgt1", "da1"},
    "isce": {"ps1", "ph1", "bp1", "inc1", "hgt1", "da1"},
}


def load(patch: Path, **settings):
    return stage1_load_initial(patch, RunConfig(dataset=patch.parent, **settings))


def artifacts(patch: Path) -> set[str]:
    return {path.stem for path in patch.glob("*.mat")} - {Path(name).stem for name in BOOKKEEPING}


def refused(patch: Path, error=PystampsError) -> str:
    """Give the message of a refusal; one line, and nothing written."""
    before = {path.name for path in patch.iterdir()}
    with pytest.raises(error) as caught:
        load(patch)
    assert {path.name for path in patch.iterdir()} == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.golden
@pytest.mark.parametrize("name", TOLERANCES)
def test_a_patch_equals_the_golden_one(name, tree_before, shared_data):
    root = tree_before(name, 1)
    for patch in ("PATCH_1", "PATCH_2"):
        result = load(root / patch)
        golden = shared_data / name / "stages" / "stage1" / patch
        expected = {path.name for path in golden.glob("*.mat")} - set(BOOKKEEPING)
        assert set(result.written) == expected
        for file in (*sorted(expected), *BOOKKEEPING):
            tolerances = TOLERANCES[name].get(Path(file).stem)
            assert_same_artifact(root / patch / file, golden / file, tolerances)


@pytest.mark.golden
def test_the_constants_reach_the_parameter_file_of_the_root(tree_before, shared_data):
    root = tree_before("tiny", 1)
    load(root / "PATCH_1")
    found = read_mat(root / "parms.mat")
    golden = read_mat(shared_data / "tiny" / "stages" / "stage1" / "parms.mat")
    for name in ("lambda", "heading", "platform"):
        np.testing.assert_array_equal(found[name], golden[name])


@pytest.mark.golden
@pytest.mark.parametrize("patch", ["PATCH_1", "PATCH_4"])
def test_the_pixels_of_a_larger_set_equal_the_golden_ones(patch, tree_before, shared_data):
    root = tree_before("small", 1)
    load(root / patch)
    golden = shared_data / "small" / "stages" / "stage1" / patch / "ps1.mat"
    assert_same_artifact(root / patch / "ps1.mat", golden, SUMMED)


@pytest.mark.golden
def test_the_mean_baseline_can_be_the_mean_to_the_last_place(tree_before):
    patch = tree_before("small", 1) / "PATCH_1"
    load(patch, compat=Compat(mean_baseline_in_single=False))
    pixels = read_artifact(Pixels, patch / "ps1.mat")
    mean = read_artifact(Baselines, patch / "bp1.mat").bperp_mat.mean(axis=0, dtype=np.float64)
    found = np.delete(pixels.bperp, pixels.master_ix)
    np.testing.assert_array_equal(found, mean.astype(np.float32))


@pytest.mark.golden
def test_a_data_set_that_was_moved_away_from_its_export_loads_with_the_setting(
    shared_data, tmp_path
):
    root, raw = tmp_path / "moved" / "tiny", tmp_path / "archive" / "export"
    copy_writable(shared_data / "tiny" / "run", root)
    copy_writable(shared_data / "tiny" / "raw", raw)
    for name in ("rsc.txt", "pscphase.in"):
        path = root / name
        path.write_text(path.read_text().replace("../raw", "/home/other/stack"))
    with pytest.raises(PystampsError, match="heading"):
        load(root / "PATCH_1")
    load(root / "PATCH_1", runtime=Runtime(raw_root=raw))
    golden = shared_data / "tiny" / "stages" / "stage1" / "PATCH_1"
    assert_same_artifact(root / "PATCH_1" / "ps1.mat", golden / "ps1.mat", SUMMED)


@pytest.mark.parametrize("processor", STACKS)
def test_the_processor_decides_which_artifacts_are_written(tmp_path, processor):
    patch = STACKS[processor](tmp_path)
    result = load(patch)
    assert artifacts(patch) == ARTIFACTS[processor]
    assert result.counts == {"candidates": 40, "pixels": 40, "interferograms": 4}
    assert not result.is_empty and not result.details


@pytest.mark.parametrize("processor", STACKS)
def test_an_empty_patch_gives_the_same_artifacts_without_rows(tmp_path, processor):
    patch = STACKS[processor](tmp_path)
    for path in patch.iterdir():
        path.write_bytes(b"")
    (patch / "pscands.1.hgt").unlink()
    result = load(patch)
    assert result.is_empty and artifacts(patch) == ARTIFACTS[processor]
    assert read_artifact(Phase, patch / "ph1.mat").ph.shape == (0, 4)
    assert read_artifact(Pixels, patch / "ps1.mat").n_ps == 0
    flags = read_mat(patch / "no_ps_info.mat")["stamps_step_no_ps"].ravel()
    np.testing.assert_array_equal(flags, [1, 0, 0, 0, 0])


@pytest.mark.parametrize("processor", STACKS)
def test_a_single_candidate_is_loaded(tmp_path, processor):
    patch = STACKS[processor](tmp_path, 1)
    load(patch)
    assert read_artifact(Phase, patch / "ph1.mat").ph.shape == (1, 4)


def test_candidates_without_position_are_left_out_and_counted(tmp_path):
    patch = STACKS["snap"](tmp_path)
    lonlat = np.fromfile(patch / "pscands.1.ll", dtype=">f4")
    lonlat[6:8] = np.nan
    lonlat.tofile(patch / "pscands.1.ll")
    result = load(patch)
    assert result.counts["candidates"] == 40 and result.counts["pixels"] == 39
    assert "1 candidates without position, phase or baseline left out" in result.details


def test_the_switch_for_wild_positions_reaches_the_stage(tmp_path):
    patch = STACKS["doris"](tmp_path)
    lonlat = np.fromfile(patch / "pscands.1.ll", dtype="<f4")
    lonlat[6:8] = 0
    lonlat.tofile(patch / "pscands.1.ll")
    assert load(patch).counts["pixels"] == 40
    assert load(patch, compat=Compat(wild_positions_kept=False)).counts["pixels"] == 39


def test_an_interferogram_of_the_reference_image_with_itself_changes_nothing(tmp_path):
    plain, null = STACKS["snap"](tmp_path / "a"), STACKS["snap"](tmp_path / "b")
    blocks = (null / "pscands.1.ph").read_bytes()
    size = 40 * 8
    ones = np.ones(40, dtype=">c8").tobytes()
    (null / "pscands.1.ph").write_bytes(blocks[: 2 * size] + ones + blocks[2 * size :])
    lines = (null.parent / "pscphase.in").read_text().splitlines()
    lines.insert(3, f"../raw/diff0/{MASTER}_{MASTER}.diff")
    (null.parent / "pscphase.in").write_text("\n".join(lines))
    load(plain)
    load(null)
    for name in ARTIFACTS["snap"]:
        assert_same_artifact(null / f"{name}.mat", plain / f"{name}.mat")


def test_an_artifact_that_the_stack_no_longer_supports_does_not_stay_behind(tmp_path):
    patch = STACKS["snap"](tmp_path)
    load(patch)
    (patch / "pscands.1.da").unlink()
    load(patch)
    assert artifacts(patch) == ARTIFACTS["snap"] - {"da1"}


@pytest.mark.parametrize("suffix", ["ph", "ll", "hgt"])
def test_a_truncated_file_is_refused_and_nothing_is_written(tmp_path, suffix):
    patch = STACKS["snap"](tmp_path)
    path = patch / f"pscands.1.{suffix}"
    path.write_bytes(path.read_bytes()[:-4])
    assert f"pscands.1.{suffix}: found" in refused(patch)


def test_another_number_of_interferograms_is_refused(tmp_path):
    patch = STACKS["snap"](tmp_path)
    lines = (patch.parent / "pscphase.in").read_text().splitlines()
    (patch.parent / "pscphase.in").write_text("\n".join(lines[:-1]))
    assert "expected 640 for 40 candidates x 2 interferograms" in refused(patch)


@pytest.mark.parametrize("processor", STACKS)
def test_a_patch_that_was_not_prepared_is_refused(tmp_path, processor):
    patch = STACKS[processor](tmp_path)
    shutil.rmtree(patch)
    patch.mkdir()
    assert "pscands.1.ij: file is missing" in refused(patch)


def test_impossible_geometry_is_refused(tmp_path):
    patch = STACKS["snap"](tmp_path)
    par = tmp_path / "raw" / "rslc" / f"{MASTER}.rslc.par"
    par.write_text(PAR.replace("near_range_slc:         859450.0", "near_range_slc: 9.0"))
    assert "give no look angle" in refused(patch)


def test_an_unknown_heading_is_refused(tmp_path):
    patch = STACKS["doris"](tmp_path)
    (patch.parent / "heading.1.in").unlink()
    assert "heading" in refused(patch)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"insar_processor": "gsar", "small_baseline_flag": "y"}, "insar_processor=gsar"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(tmp_path, variables, message):
    patch = STACKS["snap"](tmp_path)
    write_mat(patch.parent / "parms.mat", variables)
    assert message in refused(patch, UnsupportedError)


def test_an_unknown_processor_is_refused(tmp_path):
    patch = STACKS["snap"](tmp_path)
    write_mat(patch.parent / "parms.mat", {"insar_processor": "roipac"})
    assert "roipac" in refused(patch)
