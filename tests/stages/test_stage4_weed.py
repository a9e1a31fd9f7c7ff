"""Stage 4: golden masks, unit vectors, degenerate cases."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pytest
from stage_comparison import assert_same_artifact
from vector_files import load_vector

from pystamps.config import Compat, KernelSettings, RunConfig, Tools
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.artifacts import read_artifact, write_artifact
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import Interferograms, Selection, Weeding
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.stage4 import stage4_weed_ps
from pystamps.stages.stage4_weed import SelectedPixels, measures_noise, weed_pixels

NO_NOISE_STEP = Parameters(weed_standard_dev=np.inf)
PATCHES = ("PATCH_1", "PATCH_2")


def some_pixels(n=40, n_ifg=8, *, noise=0.2, seed=0):
    rng = np.random.default_rng(seed)
    day = 24.0 * np.arange(n_ifg)
    bperp = np.where(np.arange(n_ifg) == 3, 0, rng.normal(0, 60, n_ifg))
    return SelectedPixels(
        line=np.arange(n, dtype=np.int64) * 3,
        sample=rng.integers(0, 90, n),
        xy=rng.uniform(0, 1000, (n, 2)).astype(np.float32),
        coh_ps=rng.uniform(0.5, 1, n),
        k_ps=rng.normal(0, 0.01, n),
        c_ps=rng.normal(0, noise, n),
        ph=np.exp(1j * rng.normal(0, noise, (n, n_ifg))).astype(np.complex64),
        interferograms=Interferograms.single_master(day, bperp, 3),
    )


VARIANTS = {
    None: {},
    "tiny__weed_max_noise": {"weed_max_noise": 2, "weed_standard_dev": 0.8},
    "tiny__weed_neighbours_y": {"weed_neighbours": "y"},
    "tiny__drop_3_7": {"drop_ifg_index": [3, 7]},
}
NOISE_TOLERANCE = {
    # single precision of the original; the round-off probe moves ps_max by 3e-6
    "triangle": 1e-5,
    # the arcs are the same, but point the other way than those that Triangle lists, which
    # moves the variance over arcs; with few arcs (weed_neighbours) most
    "qhull": 2e-3,
    "cdt": 2e-3,
}


@pytest.mark.golden
@pytest.mark.parametrize("method", NOISE_TOLERANCE)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("patch", PATCHES)
def test_masks_are_those_of_the_original(tree_before, shared_data, patch, variant, method):
    root = tree_before("tiny", 4)
    golden = shared_data / "tiny" / "stages"
    if variant:
        golden = shared_data / "variants" / variant
        if (golden / "stage3").is_dir():
            selected = golden / "stage3" / patch / "select1.mat"
            shutil.copyfile(selected, root / patch / "select1.mat")
    config = RunConfig(root, stamps=VARIANTS[variant], tools=Tools(delaunay=method))
    result = stage4_weed_ps(root / patch, config)
    found, wanted = root / patch / "weed1.mat", golden / "stage4" / patch / "weed1.mat"
    tolerance = dict.fromkeys(("ps_std", "ps_max"), NOISE_TOLERANCE[method])
    assert_same_artifact(found, wanted, tolerance)
    assert result.written == ("weed1.mat",)
    assert result.counts["kept"] == np.count_nonzero(read_mat(wanted)["ix_weed"])
    assert read_mat(root / patch / "psver.mat")["psver"].item() == 1


@pytest.mark.golden
def test_backends_and_threads_give_the_same_file(tree_before):
    patch = tree_before("tiny", 4) / "PATCH_2"
    files = []
    for kernels in (
        KernelSettings("python"),
        KernelSettings("native", native_threads=1),
        KernelSettings("native", native_threads=2),
    ):
        stage4_weed_ps(patch, RunConfig(patch.parent, kernels=kernels))
        files.append(read_artifact(Weeding, patch / "weed1.mat"))
    assert np.array_equal(files[1].ps_std, files[2].ps_std)
    assert np.array_equal(files[1].ps_max, files[2].ps_max)
    for other in files[:2]:
        assert np.array_equal(other.ix_weed, files[2].ix_weed)
        np.testing.assert_allclose(other.ps_max, files[2].ps_max, atol=1e-6)


@pytest.mark.golden
@pytest.mark.parametrize("case", ["A", "B"])
def test_adjacent_pixels_and_zero_heights_as_in_the_original(vectors, case):
    vector = load_vector(vectors / f"s4_adjacent_{case}.json")
    given = vector["inputs"]
    n = len(given["ij"])
    pixels = dataclasses.replace(
        some_pixels(n),
        line=given["ij"][:, 1].astype(np.int64),
        sample=given["ij"][:, 2].astype(np.int64),
        coh_ps=given["coh_ps2"].ravel(),
        hgt=given["hgt"].ravel() if "hgt" in given else None,
    )
    parameters = dataclasses.replace(
        NO_NOISE_STEP,
        weed_neighbours=given["weed_neighbours"] == "y",
        weed_zero_elevation=given["weed_zero_elevation"] == "y",
    )
    weeding = weed_pixels(pixels, parameters).weeding
    assert np.array_equal(weeding.ix_weed, vector["outputs"]["ix_weed"].ravel())
    assert weeding.ps_std.dtype == np.float64 and not weeding.ps_std.any()


def test_connected_components_leave_one_pixel_of_a_u():
    pixels = dataclasses.replace(
        some_pixels(4), line=np.array([0, 0, 1, 1]), sample=np.array([0, 3, 1, 2])
    )
    parameters = dataclasses.replace(NO_NOISE_STEP, weed_neighbours=True)
    original = weed_pixels(pixels, parameters)
    corrected = weed_pixels(pixels, parameters, compat=Compat(adjacent_by_lowest_neighbour=False))
    assert np.count_nonzero(original.weeding.ix_weed) == 2
    assert np.count_nonzero(corrected.weeding.ix_weed) == 1
    assert corrected.dropped["adjacent"] == 3


def test_of_pixels_at_one_position_the_most_coherent_stays_the_first_of_equals():
    pixels = some_pixels(6)
    xy = pixels.xy.copy()
    xy[[1, 2]], xy[[3, 4, 5]] = xy[0], xy[3]
    coh_ps = np.array([0.7, 0.9, 0.9, np.nan, 0.3, 0.2])
    result = weed_pixels(dataclasses.replace(pixels, xy=xy, coh_ps=coh_ps), NO_NOISE_STEP)
    assert result.weeding.ix_weed.tolist() == [False, True, False, False, True, False]
    assert result.dropped["duplicate"] == 4


def test_heights_at_and_below_zero_are_dropped_and_needed():
    pixels = some_pixels(4)
    parameters = dataclasses.replace(NO_NOISE_STEP, weed_zero_elevation=True)
    with pytest.raises(ParameterError, match="no heights"):
        weed_pixels(pixels, parameters)
    hgt = np.array([-3.0, 0.0, 2e-6, np.nan])
    result = weed_pixels(dataclasses.replace(pixels, hgt=hgt), parameters)
    assert result.weeding.ix_weed.tolist() == [False, False, True, True]


def test_the_noise_step_is_off_when_both_limits_reach_pi():
    assert not measures_noise(Parameters(weed_standard_dev=np.pi, weed_max_noise=4))
    assert measures_noise(Parameters(weed_standard_dev=np.pi, weed_max_noise=3))
    assert measures_noise(Parameters())


def test_a_noisy_pixel_is_dropped():
    pixels = some_pixels()
    ph = pixels.ph.copy()
    ph[7] = np.exp(1j * np.random.default_rng(9).uniform(-np.pi, np.pi, 8))
    result = weed_pixels(dataclasses.replace(pixels, ph=ph), Parameters())
    assert not result.weeding.ix_weed[7]
    assert result.dropped["noisy"] == 1


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_pixels_are_data(n):
    result = weed_pixels(some_pixels(n), Parameters())
    assert result.weeding.ix_weed.shape == result.weeding.ps_std.shape == (n,)
    assert result.n_arcs == max(n - 1, 0)
    if n == 1:
        assert np.isinf(result.weeding.ps_std[0]) and not result.weeding.ix_weed[0]
    if n == 2:  # the only arc has no noise of its own variance: a finite weight all the same
        assert np.all(np.isfinite(result.weeding.ps_std))


@pytest.mark.parametrize("wrong", [0, np.nan])
def test_a_pixel_without_phase_is_refused_unless_the_interferogram_is_dropped(wrong):
    pixels = some_pixels()
    pixels.ph[5, 6] = wrong
    with pytest.raises(ArtifactError, match=r"1 selected pixels .* interferograms 7;"):
        weed_pixels(pixels, Parameters())
    assert weed_pixels(pixels, Parameters(drop_ifg_index=(7,))).weeding.ifg_index.tolist() == [
        0, 1, 2, 3, 4, 5, 7,
    ]  # fmt: skip


def test_too_few_images_are_refused():
    with pytest.raises(ParameterError, match="2 images are left"):
        weed_pixels(some_pixels(), Parameters(drop_ifg_index=(1, 2, 3, 5, 6, 7)))
    with pytest.raises(ParameterError, match="9 does not exist"):
        weed_pixels(some_pixels(), Parameters(drop_ifg_index=(9,)))


@pytest.mark.golden
def test_a_patch_without_selected_pixels_gives_an_empty_file(tree_before):
    patch = tree_before("tiny", 4) / "PATCH_1"
    selected = read_artifact(Selection, patch / "select1.mat")
    nothing = dataclasses.replace(selected, keep_ix=np.zeros_like(selected.keep_ix))
    write_artifact(patch / "select1.mat", nothing)
    result = stage4_weed_ps(patch, RunConfig(patch.parent))
    assert result.is_empty and result.counts["selected"] == 0
    assert read_artifact(Weeding, patch / "weed1.mat").ix_weed.size == 0
    flags = read_mat(patch / "no_ps_info.mat")["stamps_step_no_ps"].ravel()
    assert flags.tolist() == [0, 0, 0, 1, 0]


@pytest.mark.golden
def test_a_limit_that_nothing_reaches_says_how_far_away_it_is(tree_before):
    patch = tree_before("tiny", 4) / "PATCH_1"
    result = stage4_weed_ps(patch, RunConfig(patch.parent, stamps={"weed_standard_dev": 1e-3}))
    assert result.is_empty
    assert "0 of 2600 pixels left after noise weeding; smallest ps_std" in result.details


@pytest.mark.golden
def test_a_selection_of_other_candidates_is_refused(tree_before):
    patch = tree_before("tiny", 4) / "PATCH_1"
    selected = read_artifact(Selection, patch / "select1.mat")
    write_artifact(patch / "select1.mat", dataclasses.replace(selected, ix=selected.ix + 10**6))
    with pytest.raises(
        ArtifactError, match=r"ix is 1e\+06 .* expected whole numbers from 1 to 2997 .* run stage 3"
    ):
        stage4_weed_ps(patch, RunConfig(patch.parent))
    write_artifact(
        patch / "select1.mat", dataclasses.replace(selected, keep_ix=selected.keep_ix[1:])
    )
    with pytest.raises(ArtifactError, match="keep_ix has 2831 values, expected 2832"):
        stage4_weed_ps(patch, RunConfig(patch.parent))
    assert not (patch / "weed1.mat").exists()


@pytest.mark.golden
def test_a_patch_without_candidates_passes_through_stages_4_and_5(tree_before):
    from pystamps.pipeline.entry.stage5 import stage5_correct_and_promote

    patch = tree_before("tiny", 4) / "PATCH_1"
    for name in ("ps1", "ph1", "pm1", "bp1", "la1", "hgt1", "select1"):
        path = patch / f"{name}.mat"
        rows = {2997, 2832}  # candidates, selected
        variables = {
            key: value[:0] if getattr(value, "shape", (0,))[0] in rows else value
            for key, value in read_mat(path).items()
        }
        write_mat(path, variables | ({"n_ps": 0.0} if name == "ps1" else {}))
    assert stage4_weed_ps(patch, RunConfig(patch.parent)).is_empty
    assert stage5_correct_and_promote(patch, RunConfig(patch.parent)).is_empty
    assert read_mat(patch / "ps2.mat")["n_ps"].item() == 0
