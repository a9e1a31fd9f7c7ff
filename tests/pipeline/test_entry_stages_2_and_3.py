"""Entry points of stages 2 and 3 on directories, against the golden trees."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from forgotten_records import forget_records
from golden_tolerances import tolerances
from prepared_stacks import snap_stack
from stage_comparison import assert_same_artifact

from pystamps.config import KernelSettings, RunConfig
from pystamps.errors import ArtifactError, ParameterError, PystampsError
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.entry import stage2
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.pipeline.entry.stage3 import stage3_select_ps

PATCHES = ("PATCH_1", "PATCH_2")

# Measured on whole runs, see golden_tolerances: the search amplifies the last place of a sine.
STAGE2 = tolerances("pm1")
# Threshold: single evaluation of a cubic (DENSITY), last place of double (PERCENT).
STAGE3 = tolerances("select1") | {"coh_thresh": 1e-15}


def config(root: Path, **stamps: object) -> RunConfig:
    return RunConfig(dataset=root, stamps=stamps)


def assert_reduced(found: Path, golden: Path, tolerances: dict[str, float]) -> None:
    """Compare with a golden file that holds some variables only, logical ones stored as bytes."""
    ours, theirs = read_mat(found), read_mat(golden)
    for name, wanted in theirs.items():
        assert ours[name].shape == wanted.shape, name
        difference = np.abs(ours[name].astype(float) - wanted)
        same = np.isnan(ours[name].astype(float)) & np.isnan(wanted)
        assert np.where(same, 0, difference).max(initial=0) <= tolerances.get(name, 0), name


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
def test_stage_2_writes_what_the_original_writes(tree_before, shared_data, patch):
    root = tree_before("tiny", 2)
    result = stage2_estimate_gamma(root / patch, config(root))
    assert result.written == ("pm1.mat",)
    assert not result.is_empty
    golden = shared_data / "tiny" / "stages" / "stage2" / patch / "pm1.mat"
    assert_same_artifact(root / patch / "pm1.mat", golden, STAGE2, ignore={"weighting"})


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
def test_stage_3_writes_what_the_original_writes(tree_before, shared_data, patch):
    root = tree_before("tiny", 3)
    result = stage3_select_ps(root / patch, config(root))
    golden = shared_data / "tiny" / "stages" / "stage3" / patch / "select1.mat"
    assert_same_artifact(root / patch / "select1.mat", golden, STAGE3)
    assert result.counts["kept"] == read_mat(golden)["keep_ix"].sum()


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize(
    ("variant", "stamps"),
    [
        ("tiny__gamma_iter1", {"gamma_max_iterations": 1}),
        ("tiny__weighting_SNR", {"filter_weighting": "SNR"}),
    ],
)
def test_variants_of_stage_2_give_what_the_original_gives(
    tree_before, shared_data, patch, variant, stamps
):
    root = tree_before("tiny", 2)
    stage2_estimate_gamma(root / patch, config(root, **stamps))
    golden = shared_data / "variants" / variant / "stage2" / patch / "pm1.mat"
    # weights of the SNR kind are small differences of sums in single
    assert_reduced(root / patch / "pm1.mat", golden, STAGE2 | {"C_ps": 2e-5})


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize(
    ("variant", "stamps"),
    [
        ("tiny__drop_3_7", {"drop_ifg_index": [3, 7]}),
        ("tiny__reest_n", {"select_reest_gamma_flag": "n"}),
        ("tiny__select_percent", {"select_method": "PERCENT"}),
        ("tiny__slc_osf2", {"slc_osf": 2}),
    ],
)
def test_variants_of_stage_3_give_what_the_original_gives(
    tree_before, shared_data, patch, variant, stamps
):
    root = tree_before("tiny", 3)
    stage3_select_ps(root / patch, config(root, **stamps))
    golden = shared_data / "variants" / variant / "stage3" / patch / "select1.mat"
    assert_reduced(root / patch / "select1.mat", golden, STAGE3)


def reest_results(patch: str, flag: int) -> dict[str, np.ndarray]:
    """What the original's ``ps_select(flag)`` leaves in ``select1``."""
    stored = np.load(Path(__file__).parents[1] / "data" / "reest_flags.npz")
    start = f"{patch}_{flag}_"
    return {name.removeprefix(start): stored[name] for name in stored if name.startswith(start)}


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
def test_earlier_estimates_meet_a_new_threshold_as_in_the_original(tree_before, shared_data, patch):
    root = tree_before("tiny", 3)
    golden = shared_data / "tiny" / "stages" / "stage3" / patch / "select1.mat"
    write_mat(root / patch / "select1.mat", read_mat(golden))
    result = stage3_select_ps(root / patch, config(root, density_rand=5), reest_flag=2)
    found, expected, before = (
        read_mat(root / patch / "select1.mat"), reest_results(patch, 2), read_mat(golden)
    )  # fmt: skip
    keep = np.unpackbits(expected["keep_ix"], count=int(expected["n"])).astype(bool)
    np.testing.assert_array_equal(found["keep_ix"].ravel(), keep)
    np.testing.assert_allclose(found["coh_thresh"].ravel(), expected["coh_thresh"], rtol=0,
                               atol=STAGE3["coh_thresh"])  # fmt: skip
    for name in ("ix", "coh_ps2", "K_ps2", "C_ps2", "ph_res2", "ph_patch2"):
        np.testing.assert_array_equal(found[name], before[name])
    assert keep.sum() < before["keep_ix"].sum()
    assert "used again" in result.details


@pytest.mark.golden
def test_all_candidates_can_be_estimated_again_as_in_the_original(tree_before):
    root = tree_before("tiny", 3)
    stage3_select_ps(root / "PATCH_1", config(root), reest_flag=3)
    found, expected = read_mat(root / "PATCH_1" / "select1.mat"), reest_results("PATCH_1", 3)
    np.testing.assert_array_equal(found["ix"].ravel(), expected["ix"])
    keep = np.unpackbits(expected["keep_ix"], count=expected["ix"].size).astype(bool)
    np.testing.assert_array_equal(found["keep_ix"].ravel(), keep)
    for name in ("coh_ps2", "K_ps2", "C_ps2"):
        single = found[name].ravel().astype(np.float32)
        np.testing.assert_allclose(single, expected[name], rtol=0, atol=STAGE3[name])
    np.testing.assert_allclose(found["coh_thresh"].ravel(), expected["coh_thresh"], rtol=0,
                               atol=STAGE3["coh_thresh"])  # fmt: skip


@pytest.mark.golden
def test_earlier_estimates_that_are_missing_are_asked_for(tree_before):
    root = tree_before("tiny", 3)
    with pytest.raises(ArtifactError, match=r"select1\.mat: file is missing; --reest-flag 2"):
        stage3_select_ps(root / "PATCH_1", config(root), reest_flag=2)


@pytest.mark.golden
def test_without_the_quick_estimate_stage_3_keeps_the_estimates_as_the_original_does(
    tree_before, shared_data
):
    root = tree_before("tiny", 3)
    stage3_select_ps(root / "PATCH_1", config(root, quick_est_gamma_flag="n"))
    golden = shared_data / "variants" / "tiny__reest_n" / "stage3" / "PATCH_1" / "select1.mat"
    assert_reduced(root / "PATCH_1" / "select1.mat", golden, STAGE3)


@pytest.mark.golden
def test_stage_2_goes_on_from_the_result_of_the_original(tree_before, shared_data):
    root = tree_before("tiny", 2)
    patch = root / "PATCH_1"
    with pytest.raises(ArtifactError, match=r"pm1\.mat: file is missing; --restart-flag"):
        stage2_estimate_gamma(patch, config(root), restart_flag=1)
    golden = read_mat(shared_data / "tiny" / "stages" / "stage2" / "PATCH_1" / "pm1.mat")
    assert "weighting" not in golden
    write_mat(patch / "pm1.mat", golden)
    result = stage2_estimate_gamma(patch, config(root), restart_flag=1)
    found = read_mat(patch / "pm1.mat")
    assert found["i_loop"] == golden["i_loop"] + 1
    assert "restart_flag 1" in result.details
    change = np.sqrt(np.mean((found["coh_ps"] - golden["coh_ps"]) ** 2))
    assert 0 < change < golden["gamma_change_save"]  # it goes on converging


@pytest.mark.golden
@pytest.mark.parametrize("patch", ["PATCH_1", "PATCH_4"])
def test_stages_1_to_3_select_in_a_dense_patch_what_the_original_selects(
    tree_before, shared_data, patch
):
    root = tree_before("small", 1)
    golden = shared_data / "small" / "stages"
    stage1_load_initial(root / patch, config(root))
    # nominal baselines are means of thousands of singles; the random reference needs the same
    bperp = read_mat(golden / "stage1" / patch / "ps1.mat", ["bperp"])
    write_mat(root / patch / "ps1.mat", read_mat(root / patch / "ps1.mat") | bperp)
    stage2_estimate_gamma(root / patch, config(root))
    assert_reduced(root / patch / "pm1.mat", golden / "stage2" / patch / "pm1.mat", STAGE2)
    stage3_select_ps(root / patch, config(root))
    assert_reduced(root / patch / "select1.mat", golden / "stage3" / patch / "select1.mat", STAGE3)


@pytest.mark.golden
def test_both_backends_write_the_same_selection(tree_before):
    root = tree_before("tiny", 2)
    patch = root / "PATCH_1"
    found = []
    for backend in ("native", "python"):
        # the 300 000 random pixels are compared on their own, in the tests of the kernels
        kernels = KernelSettings(
            backend, {"stage2_topofit_coh_row_invariant": "native", "legacy_uniform": "native"}
        )
        settings = RunConfig(dataset=root, kernels=kernels)
        stage2_estimate_gamma(patch, settings)
        stage3_select_ps(patch, settings)
        found.append(read_mat(patch / "select1.mat"))
    np.testing.assert_array_equal(found[0]["ix"], found[1]["ix"])
    np.testing.assert_array_equal(found[0]["keep_ix"], found[1]["keep_ix"])
    np.testing.assert_allclose(found[0]["coh_ps2"], found[1]["coh_ps2"], rtol=0, atol=1e-5)


@pytest.mark.golden
@pytest.mark.parametrize("n", [0, 1, 2])
def test_almost_empty_patches_pass_through_and_are_flagged(tree_before, n, caplog):
    root = tree_before("tiny", 2)
    patch = root / "PATCH_1"
    for name in ("ph1", "bp1", "da1", "hgt1", "la1", "ps1"):
        path = patch / f"{name}.mat"
        variables = read_mat(path)
        rows = {k: v[:n] for k, v in variables.items() if np.ndim(v) and len(v) == 2997}
        write_mat(path, variables | rows)
    write_mat(patch / "ps1.mat", read_mat(patch / "ps1.mat") | {"n_ps": float(n)})
    with caplog.at_level(logging.WARNING):
        second = stage2_estimate_gamma(patch, config(root))
        third = stage3_select_ps(patch, config(root))
    assert second.is_empty
    assert third.is_empty
    assert "no coherent candidates" in caplog.text
    assert read_mat(patch / "pm1.mat")["ph_patch"].shape == (n, 16)
    assert read_mat(patch / "select1.mat")["ph_res2"].shape == (0, 16)
    flags = read_mat(patch / "no_ps_info.mat")["stamps_step_no_ps"].ravel()
    assert flags[1] == flags[2] == 1


@pytest.mark.golden
def test_files_that_do_not_belong_together_are_refused_and_nothing_is_written(tree_before):
    root = tree_before("tiny", 3)
    patch = root / "PATCH_1"
    before = (patch / "pm1.mat").read_bytes()
    baselines = read_mat(patch / "bp1.mat")["bperp_mat"]
    write_mat(patch / "bp1.mat", {"bperp_mat": baselines[:, 1:]})
    with pytest.raises(ArtifactError, match=r"bp1\.mat: bperp_mat has 15 columns, expected 16"):
        stage2_estimate_gamma(patch, config(root))
    write_mat(patch / "bp1.mat", {"bperp_mat": baselines})
    other = read_mat(root / "PATCH_2" / "pm1.mat")
    write_mat(patch / "pm1.mat", other)
    with pytest.raises(ArtifactError, match=r"pm1\.mat: K_ps has 3031 values, expected 2997"):
        stage3_select_ps(patch, config(root))
    (patch / "pm1.mat").write_bytes(before)
    assert not (patch / "select1.mat").exists()


@pytest.mark.golden
def test_without_a_wavelength_stage_2_says_which_parameter_is_missing(tree_before):
    root = tree_before("tiny", 2)
    (root / "PATCH_1" / "rsc.txt").unlink(missing_ok=True)
    parameters = read_mat(root / "parms.mat")
    write_mat(root / "parms.mat", parameters | {"lambda": np.nan})
    for path in (root / "rsc.txt", root / "lambda.1.in"):
        path.unlink(missing_ok=True)
    with pytest.raises(ParameterError, match="lambda"):
        stage2_estimate_gamma(root / "PATCH_1", config(root))


def stage1_tree(tmp_path: Path, n: int = 60) -> Path:
    """Write a SNAP stack of one patch, load it, and give the patch."""
    patch = snap_stack(tmp_path, n)
    stage1_load_initial(patch, config(patch.parent))
    return patch


def test_positions_too_far_apart_for_a_grid_are_refused_with_what_to_look_for(
    tmp_path, monkeypatch
):
    patch = stage1_tree(tmp_path)
    pixels = read_mat(patch / "ps1.mat")
    pixels["xy"][3, 1:] = 3e5, 4e5
    write_mat(patch / "ps1.mat", pixels)
    forget_records(patch.parent)
    with pytest.raises(ParameterError, match="filter_grid_size: cells of 2 m make a grid of"):
        stage2_estimate_gamma(patch, config(patch.parent, filter_grid_size=2))
    monkeypatch.setattr(os, "sysconf", lambda name: {"SC_PAGE_SIZE": 1, "SC_PHYS_PAGES": 1e9}[name])
    with pytest.raises(ArtifactError, match=r"ps1\.mat.*km x .* km.*GB.*wild_positions_kept"):
        stage2_estimate_gamma(patch, config(patch.parent, filter_grid_size=50))
    assert not (patch / "pm1.mat").exists()


def test_an_interferogram_without_phase_is_named(tmp_path):
    patch = stage1_tree(tmp_path)
    phase = read_mat(patch / "ph1.mat")["ph"]
    phase[:, 3] = 0
    write_mat(patch / "ph1.mat", {"ph": phase})
    forget_records(patch.parent)
    result = stage2_estimate_gamma(patch, config(patch.parent))
    assert result.is_empty
    assert "60 of 60 candidates lack phase, most of them in interferogram 4 (2018" in result.details


@pytest.mark.parametrize("wavelength", [1e-6, 1e-9])
def test_a_wavelength_in_wrong_units_is_refused_instead_of_searching_for_ever(tmp_path, wavelength):
    patch = stage1_tree(tmp_path)
    with pytest.raises(ParameterError, match=r"lambda=.*cycles.*metres"):
        stage2_estimate_gamma(patch, config(patch.parent, **{"lambda": wavelength}))


def test_running_out_of_memory_is_one_message(tmp_path, monkeypatch):
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 1 TiB")

    patch = stage1_tree(tmp_path)
    monkeypatch.setattr(stage2, "estimate_gamma", greedy)
    with pytest.raises(PystampsError, match=r"stage2_gamma needs more memory.*1 TiB.*patches"):
        stage2_estimate_gamma(patch, config(patch.parent))
