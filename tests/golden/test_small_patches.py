"""Small patches among large ones: carried through without pixels, as the original does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chain import Chain, run_chain
from small_patches import COAST, GOLDEN, ISLETS, MERGED, STEP, coast, islets
from trees import copy_writable

from pystamps.config import Compat, RunConfig
from pystamps.doctor.examine import Examination, examine
from pystamps.errors import NothingLeftError
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.no_ps_info import empty_steps
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.pipeline.entry.stage3 import stage3_select_ps
from pystamps.pipeline.entry.stage4 import stage4_weed_ps
from pystamps.pipeline.entry.stage5 import stage5_correct_and_promote, stage5_merge_and_ifgstd

EMPTIED = {"PATCH_1": 3, "PATCH_3": 2, "PATCH_4": 3, "PATCH_6": 4}
"""Patches of the coast that lose all pixels, and the stage that leaves none."""
EXACT = {"i_loop", "grid_ij", "ix", "keep_ix", "ix_weed", "n_ps", "ij"}
CLOSE = {
    "coh_ps": 2e-5, "coh_ps2": 5e-5, "K_ps": 2e-6, "coh_thresh": 1e-5, "xy": 2e-3, "ll0": 1e-9,
    "bperp": 1e-4, "ifg_std": 2e-3, "K_ps_uw": 1e-6, "ph_scn_slave": 2e-3,
}  # fmt: skip
"""Absolute differences that single arithmetic makes; those of Nr are relative."""
PATCH_STAGES = (
    stage1_load_initial, stage2_estimate_gamma, stage3_select_ps, stage4_weed_ps,
    stage5_correct_and_promote,
)  # fmt: skip


def with_parameters(root: Path, **values: str) -> Path:
    write_mat(root / "parms.mat", read_mat(root / "parms.mat") | values)
    return root


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def shore(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The coast, all stages."""
    root = coast(tmp_path_factory.mktemp("coast"))
    return run_chain(with_parameters(root, weed_zero_elevation="y"))


def assert_as_the_original(found: Any, expected: np.ndarray, name: str, where: str) -> None:
    found = np.asarray(found)
    assert found.shape == expected.shape, where
    if name in EXACT:
        np.testing.assert_array_equal(found, expected, err_msg=where)
    elif name == "Nr":
        np.testing.assert_allclose(found, expected, rtol=1e-5, err_msg=where)
    elif name == "ph_uw":  # where snaphu begins is arbitrary
        cycles = np.round(np.median(found - expected, axis=0) / (2 * np.pi))
        np.testing.assert_allclose(found - cycles * 2 * np.pi, expected, atol=5e-4, err_msg=where)
    else:
        np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE[name], err_msg=where)


def of_patch(golden: dict[str, np.ndarray], kind: str, patch: str) -> dict[tuple[str, str], Any]:
    start = f"{kind}/{patch}/"
    names = (key.removeprefix(start).split("/") for key in golden if key.startswith(start))
    return {(n[0], n[1]): golden[start + "/".join(n)] for n in names if len(n) == 2}


@pytest.mark.slow
@pytest.mark.parametrize("patch", COAST)
def test_every_patch_of_a_coast_equals_the_original(shore: Chain, golden: Any, patch: str) -> None:
    shore.require(5)
    kept = of_patch(golden, "coast", patch)
    assert len(kept) >= 6
    for (file, name), expected in kept.items():
        found = read_mat(shore.root / patch / f"{file}.mat")[name]
        assert_as_the_original(found, expected, name, f"{patch}/{file}/{name}")


@pytest.mark.slow
def test_the_merge_of_a_coast_and_what_follows_equal_the_original(
    shore: Chain, golden: Any
) -> None:
    shore.require(8)
    for file, names in MERGED.items():
        values = read_mat(shore.root / f"{file}.mat")
        for name in names:
            expected = golden[f"coast/{file}/{name}"]
            every = STEP if name in ("ph_uw", "ph_scn_slave") else 1
            assert_as_the_original(values[name][::every], expected, name, f"{file}/{name}")


@pytest.mark.slow
def test_emptied_patches_are_flagged_at_the_stage_that_left_nothing(shore: Chain) -> None:
    flagged = {patch: min(empty_steps(shore.root / patch), default=0) for patch in COAST}
    assert {patch: step for patch, step in flagged.items() if step} == EMPTIED
    merge = next(result for result in shore.results if result.stage == "stage5_merge")
    assert merge.counts["patches"] == 2
    assert all(patch in merge.details for patch in EMPTIED)


@pytest.mark.slow
def test_a_patch_that_a_later_run_empties_or_fills_leaves_nothing_behind(
    shore: Chain, golden: Any, tmp_path: Path
) -> None:
    shore.require(8)
    root = tmp_path / "run"
    copy_writable(shore.root, root)
    config = RunConfig(dataset=root)

    def weed_again(zero_elevation: str) -> int:
        with_parameters(root, weed_zero_elevation=zero_elevation)
        for patch in COAST:
            for stage in PATCH_STAGES[3:]:
                stage(root / patch, config)
        return int(stage5_merge_and_ifgstd(root, config).counts["pixels"])

    filled = weed_again("n")
    assert filled > len(golden["coast/ps2/ij"])
    assert empty_steps(root / "PATCH_6") == set()
    assert read_mat(root / "PATCH_6" / "ps2.mat")["n_ps"] > 0
    assert weed_again("y") == len(golden["coast/ps2/ij"])
    assert empty_steps(root / "PATCH_6") == {4, 5}
    assert read_mat(root / "PATCH_6" / "rc2.mat")["ph_rc"].shape[0] == 0
    for name in MERGED["ps2"]:
        found = read_mat(root / "ps2.mat")[name]
        assert_as_the_original(found, golden[f"coast/ps2/{name}"], name, name)


def test_that_no_pixel_is_left_is_said_once(sparse: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        run_patch(sparse, "PATCH_3")
    said = [message for message in caplog.messages if "no pixel is left after" in message]
    assert len(said) == 1
    assert "PATCH_3: no pixel is left after stage3_select" in said[0]


def run_patch(root: Path, patch: str, *, compat: Compat = Compat(), last: int = 5) -> Any:
    config = RunConfig(dataset=root, compat=compat)
    return [stage(root / patch, config) for stage in PATCH_STAGES[:last]]


@pytest.fixture(scope="module")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patches with 2 to 200 candidates and an islet, stages 1 to 5 of the patches."""
    root = islets(tmp_path_factory.mktemp("islets"))
    for patch in (*ISLETS, "PATCH_11"):
        run_patch(root, patch)
    return root


@pytest.mark.parametrize("patch", [*ISLETS, "PATCH_11"])
def test_a_patch_with_few_candidates_equals_the_original(
    sparse: Path, golden: Any, patch: str
) -> None:
    kept = of_patch(golden, "islets", patch)
    assert len(kept) == 11
    for (file, name), expected in kept.items():
        found = read_mat(sparse / patch / f"{file}.mat")[name]
        assert_as_the_original(found, expected, name, f"{patch}/{file}/{name}")
    assert not kept["ps2", "n_ps"]


def test_a_data_set_of_such_patches_alone_is_an_error_that_says_after_which_stage(
    sparse: Path,
) -> None:
    with pytest.raises(NothingLeftError, match=r"PATCH_2 after stage 3.*PATCH_11 after stage 2"):
        stage5_merge_and_ifgstd(sparse, RunConfig(dataset=sparse))
    assert not (sparse / "ps2.mat").exists()


def test_the_named_options_give_pixels_where_the_original_has_none(tmp_path: Path) -> None:
    root = islets(tmp_path)
    framed = Compat(small_patch_loses_pixels=False, empty_low_bins_as_zero=False)
    islet = run_patch(root, "PATCH_11", compat=framed, last=3)
    assert islet[1].counts["coherent"] == 19
    assert islet[2].counts["kept"] > 0
    wide = run_patch(root, "PATCH_9", compat=framed, last=3)
    assert wide[2].counts["kept"] > 0


def verdict(root: Path) -> tuple[bool, list[str]]:
    found: Examination = examine(root, RunConfig(dataset=root), quick=True, what="dataset")
    errors = [f.code for f in found.of("error")]
    return found.can_succeed, errors + [f.message for f in found.of("warning")]


@pytest.mark.slow
def test_the_verdict_on_a_coast_is_the_same_before_and_after_all_stages(
    shore: Chain, tmp_path: Path
) -> None:
    shore.require(8)
    fresh = with_parameters(coast(tmp_path), weed_zero_elevation="y")
    can_succeed, before = verdict(fresh)
    assert can_succeed
    assert verdict(shore.root) == (can_succeed, before)
    small = [message for message in before if "patch-too-small" in message]
    assert ["PATCH_3," in m or "PATCH_3:" in m for m in small] == [True, True], small
    assert "PATCH_4" not in small[0] and "PATCH_3, PATCH_4" in small[1]
    assert any("PATCH_1 5" in m and "patch-few-candidates" in m for m in before)
