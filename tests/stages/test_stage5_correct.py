"""Stage 5 in a patch: promotion to generation 2 and corrected phase."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pytest
from stage_comparison import assert_same_artifact

from pystamps.config import RunConfig
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat
from pystamps.model import (
    CorrectedPhase,
    Interferograms,
    Phase,
    Pixels,
    SelectedNoise,
    Weeding,
)
from pystamps.pipeline.entry.stage5 import stage5_correct_and_promote
from pystamps.stages.stage5_correct import correct_phase, uncorrelated_phase

PATCHES = ("PATCH_1", "PATCH_2")


@pytest.fixture
def weeded(tree_before, shared_data):
    """Give the tree before stage 5 with nothing of generation 2 in it."""
    root = tree_before("tiny", 4)
    for patch in PATCHES:
        golden = shared_data / "tiny" / "stages" / "stage4" / patch / "weed1.mat"
        shutil.copyfile(golden, root / patch / "weed1.mat")
    return root


@pytest.mark.golden
@pytest.mark.parametrize("patch", PATCHES)
def test_files_of_generation_2_are_those_of_the_original(weeded, shared_data, patch):
    result = stage5_correct_and_promote(weeded / patch, RunConfig(weeded))
    golden = shared_data / "tiny" / "stages"
    for name in ("ps2", "ph2", "pm2", "bp2", "hgt2", "la2", "psver"):
        found = weeded / patch / f"{name}.mat"
        assert_same_artifact(found, golden / "stage4" / patch / f"{name}.mat")
    assert set(result.written) == {f"{n}2.mat" for n in ("ps", "ph", "pm", "bp", "hgt", "la", "rc")}
    found = read_artifact(CorrectedPhase, weeded / patch / "rc2.mat")
    wanted = read_artifact(CorrectedPhase, golden / "stage5" / patch / "rc2.mat")
    assert np.array_equal(found.ph_reref, wanted.ph_reref)
    # sine and cosine of a single-precision angle of a few rad, relative to the amplitude
    assert np.max(np.abs(found.ph_rc - wanted.ph_rc) / np.abs(wanted.ph_rc)) < 5e-7


@pytest.mark.golden
def test_a_patch_without_pixels_gives_files_without_rows(weeded):
    patch = weeded / "PATCH_1"
    weeding = read_artifact(Weeding, patch / "weed1.mat")
    nothing = dataclasses.replace(weeding, ix_weed=np.zeros_like(weeding.ix_weed))
    write_artifact(patch / "weed1.mat", nothing)
    result = stage5_correct_and_promote(patch, RunConfig(weeded))
    assert result.is_empty and result.counts["pixels"] == 0
    assert read_artifact(Pixels, patch / "ps2.mat").n_ps == 0
    assert read_artifact(Phase, patch / "ph2.mat").ph.shape == (0, 17)
    assert read_artifact(SelectedNoise, patch / "pm2.mat").ph_patch.shape == (0, 16)
    assert read_artifact(CorrectedPhase, patch / "rc2.mat").ph_reref.shape == (0, 17)
    assert read_mat(patch / "no_ps_info.mat")["stamps_step_no_ps"].ravel().tolist()[4] == 1


@pytest.mark.golden
def test_files_that_do_not_belong_together_are_refused_and_nothing_is_written(weeded):
    patch = weeded / "PATCH_1"
    weeding = read_artifact(Weeding, patch / "weed1.mat")
    write_artifact(patch / "weed1.mat", dataclasses.replace(weeding, ix_weed=weeding.ix_weed[:-1]))
    with pytest.raises(ArtifactError, match="ix_weed has 2599 values, expected 2600"):
        stage5_correct_and_promote(patch, RunConfig(weeded))
    write_artifact(patch / "weed1.mat", weeding)
    ph = read_artifact(Phase, patch / "ph1.mat").ph
    write_artifact(patch / "ph1.mat", Phase(ph[:, 1:]))
    with pytest.raises(ArtifactError, match=r"ph1\.mat: ph has 16 columns, expected 17"):
        stage5_correct_and_promote(patch, RunConfig(weeded))
    write_artifact(patch / "ph1.mat", Phase(ph[1:]))
    with pytest.raises(ArtifactError, match=r"ph1\.mat: ph has 2996 rows, expected 2997"):
        stage5_correct_and_promote(patch, RunConfig(weeded))
    pixels = read_artifact(Pixels, patch / "ps1.mat")
    write_artifact(patch / "ps1.mat", dataclasses.replace(pixels, master_ix=3))
    with pytest.raises(ArtifactError, match="master_ix is 4, expected 8"):
        stage5_correct_and_promote(patch, RunConfig(weeded))
    assert not list(patch.glob("*2.mat"))


def stack(n_image, reference_ix):
    return Interferograms.single_master(np.arange(n_image), np.zeros(n_image), reference_ix)


@pytest.mark.parametrize("n_ps", [0, 1, 40000])
def test_what_is_proportional_to_the_baseline_and_the_reference_noise_are_removed(n_ps):
    rng = np.random.default_rng(2)
    k_ps, c_ps = rng.normal(0, 0.01, n_ps), rng.normal(0, 0.3, n_ps)
    bperp_mat = rng.normal(0, 80, (n_ps, 4)).astype(np.float32)
    error = np.insert(k_ps[:, None] * bperp_mat, 2, 0, axis=1) + c_ps[:, None]
    amplitude = rng.uniform(1, 100, (n_ps, 5))
    ph = (amplitude * np.exp(1j * error)).astype(np.complex64)
    ph_patch = np.exp(1j * rng.normal(0, 1, (n_ps, 4))).astype(np.complex64)
    found = correct_phase(
        ph, ph_patch, k_ps=k_ps, c_ps=c_ps, bperp_mat=bperp_mat, interferograms=stack(5, 2)
    )
    np.testing.assert_allclose(found.ph_rc, amplitude, rtol=2e-6)
    assert np.all(found.ph_reref[:, 2] == 1)
    assert np.array_equal(np.delete(found.ph_reref, 2, axis=1), ph_patch)


def test_the_reference_image_has_its_own_noise_only():
    error = uncorrelated_phase(
        np.array([1.0]),
        np.array([0.25]),
        bperp_mat=np.array([[2.0, 4.0]]),
        interferograms=stack(3, 1),
    )
    assert error.dtype == np.float32
    assert error.tolist() == [[2.25, 0.25, 4.25]]
