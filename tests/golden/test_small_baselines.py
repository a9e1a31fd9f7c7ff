"""Stages 1 to 5 of small baselines against the golden trees, each by itself and one after another.

The original was run with one character of its loader repaired, which it cannot do without.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import c_library
import numpy as np
import pytest
from golden_tolerances import MODULO_2PI, RELATIVE, tolerances
from resampled_merges import assert_same_resampled, match_by_cell
from stage_comparison import assert_same_artifact
from trees import copy_writable

from pystamps.config import RunConfig, Tools
from pystamps.errors import ArtifactError
from pystamps.io.artifacts import artifact_name, read_artifact, to_variables
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import (
    AmplitudeDispersion,
    Baselines,
    CorrectedPhase,
    Height,
    InterferogramNoise,
    LookAngle,
    Phase,
    Pixels,
    SelectedNoise,
    Selection,
    Weeding,
)
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.pipeline.entry.stage4 import stage4_weed_ps
from pystamps.pipeline.entry.stage5 import stage5_merge_and_ifgstd
from pystamps.stages import stage5_resample
from pystamps.stages.stage5_correct import correct_phase

pytestmark = pytest.mark.golden

PATCHES = ("PATCH_1", "PATCH_2")
STAGE_1 = (Pixels, Phase, Baselines, LookAngle, AmplitudeDispersion, Height)
ROUNDING_1 = {
    "ps1": {"bperp": 2e-14, "mean_incidence": 1e-14},  # means of 10 000 numbers, another order
    "bp1": {"bperp_mat": 3e-14},
    "la1": {"la": 2e-16},  # arc cosine of two libraries
}

ARTIFACTS: list[tuple[type, int, str]] = [
    *((kind, 1, f"stage1/PATCH_1/{artifact_name(kind, 1)}") for kind in STAGE_1),
    (Selection, 1, "stage3/PATCH_1/select1.mat"),
    (Weeding, 1, "stage4/PATCH_1/weed1.mat"),
    *((kind, 2, f"stage4/PATCH_2/{artifact_name(kind, 2)}") for kind in (Pixels, SelectedNoise)),
    (CorrectedPhase, 2, "stage5/PATCH_2/rc2.mat"),
    *(
        (kind, 2, f"stage5/{artifact_name(kind, 2)}")
        for kind in (Pixels, Phase, Baselines, SelectedNoise, LookAngle, InterferogramNoise)
    ),
]


@pytest.mark.parametrize(("kind", "generation", "name"), ARTIFACTS, ids=[a[2] for a in ARTIFACTS])
def test_a_golden_artifact_is_read_and_written_with_its_names_classes_and_shapes(
    shared_data: Path, kind: type, generation: int, name: str
) -> None:
    path = shared_data / "sb_small" / "stages" / name
    written, golden = to_variables(read_artifact(kind, path)), read_mat(path)
    assert set(written) == set(golden)
    for variable, value in golden.items():
        found = written[variable]
        if isinstance(value, str):
            assert found == value
            continue
        found, shape = np.asarray(found), value.shape or (1, 1)
        is_flag = value.dtype == np.uint8  # Octave's copy of a logical array
        assert is_flag or found.dtype == _stored_class(kind, variable, value), variable
        assert (found.reshape(1, 1) if found.ndim == 0 else found).shape == shape, variable
        if _stored_class(kind, variable, value) == value.dtype:
            np.testing.assert_array_equal(found, value, err_msg=variable)


def _stored_class(kind: type, variable: str, value: Any) -> Any:
    """Give the class after reading: double phases of resampled pixels are read in single."""
    phases = (np.complex128,) if kind in (Phase, SelectedNoise, CorrectedPhase) else ()
    if value.dtype in phases:
        return np.dtype(np.complex64)
    is_residual = kind is SelectedNoise and variable == "ph_res"
    return np.dtype(np.float32) if is_residual else value.dtype


def test_pixels_know_the_pairs_of_images_that_their_columns_combine(shared_data: Path) -> None:
    pixels = read_artifact(Pixels, shared_data / "sb_small/stages/stage1/PATCH_1/ps1.mat")
    stack = pixels.interferograms
    assert (stack.n_ifg, stack.n_image, stack.n_observed) == (25, 12, 25)
    assert not stack.has_null_column and pixels.n_ifg == 25
    stored = read_mat(shared_data / "sb_small/stages/stage1/PATCH_1/ps1.mat")
    np.testing.assert_array_equal(stack.pairs + 1, stored["ifgday_ix"])
    np.testing.assert_array_equal(stack.day[stack.pairs], stored["ifgday"])
    # the baselines of a closed loop cancel: the network describes the baselines of its images
    misfit = stack.bperp - stack.design() @ np.linalg.pinv(stack.design()) @ stack.bperp
    assert np.abs(misfit).max() < 0.2


@pytest.mark.parametrize("patch", PATCHES)
def test_stage_1_is_that_of_the_original(tree_before: Any, shared_data: Path, patch: str) -> None:
    root = tree_before("sb_small", 1)
    stage1_load_initial(root / patch, RunConfig(root))
    for kind in STAGE_1:
        name = artifact_name(kind, 1)
        golden = shared_data / "sb_small" / "stages" / "stage1" / patch / name
        assert_same_artifact(root / patch / name, golden, ROUNDING_1.get(name[:-4]))
    kept, wanted = (read_mat(p / "parms.mat") for p in (root, shared_data / "sb_small/run"))
    assert kept["small_baseline_flag"] == wanted["small_baseline_flag"] == "y"


def test_pixels_of_another_kind_than_the_data_set_are_refused(
    tree_before: Any, shared_data: Path
) -> None:
    root = tree_before("sb_small", 2)
    stored = read_mat(root / "PATCH_1" / "ps1.mat")
    for name in ("ifgday", "ifgday_ix"):
        del stored[name]
    stored |= {"bperp": stored["bperp"][:12], "n_ifg": 12.0}
    write_mat(root / "PATCH_1" / "ps1.mat", stored)
    with pytest.raises(ArtifactError, match=r"ps1.mat: has no pairs.*small_baseline_flag is 'y'"):
        stage2_estimate_gamma(root / "PATCH_1", RunConfig(root))
    single = tree_before("tiny", 2)
    source = shared_data / "sb_small" / "stages" / "stage1" / "PATCH_1"
    copy_writable(source, single / "PATCH_1")
    with pytest.raises(ArtifactError, match=r"ps1.mat: has the pairs.*small_baseline_flag is 'n'"):
        stage2_estimate_gamma(single / "PATCH_1", RunConfig(single))


@pytest.fixture
def selected(tree_before: Any) -> Path:
    """Give the tree before stage 4, the large artifact of stage 2 in full."""
    return tree_before("sb_small", 4)


@pytest.mark.parametrize("patch", PATCHES)
@pytest.mark.parametrize(
    ("variant", "limit", "method", "tolerance"),
    [
        ("", {}, "qhull", 0.0),
        ("", {}, "cdt", 0.0),
        ("weed_std1", {"weed_standard_dev": 1}, "triangle", 1e-5),  # variances of single sums
        # the same arcs, which point the other way than those that Triangle lists
        ("weed_std1", {"weed_standard_dev": 1}, "qhull", 4e-4),
    ],
)
def test_stage_4_is_that_of_the_original(
    selected: Path, shared_data: Path, patch: str, variant: str, limit: dict[str, float],
    method: str, tolerance: float,
) -> None:  # fmt: skip
    config = RunConfig(selected, stamps=limit, tools=Tools(delaunay=method))
    stage4_weed_ps(selected / patch, config)
    golden = shared_data / (f"variants/sb_small__{variant}" if variant else "sb_small/stages")
    bounds = {"ps_std": tolerance, "ps_max": tolerance}
    wanted = golden / "stage4" / patch / "weed1.mat"
    assert_same_artifact(
        selected / patch / "weed1.mat", wanted, bounds, golden_is_reduced=True
    )  # Octave's logical values are bytes there
    kept = read_mat(wanted)["ix_weed"].astype(bool)
    assert kept.all() == (not variant)


MERGED = ("ps2", "ph2", "pm2", "rc2", "bp2", "hgt2", "la2", "ifgstd2")


@pytest.fixture
def corrected(tree_before: Any, shared_data: Path) -> Path:
    """Give the golden tree with the corrected patches, before the merge."""
    root = tree_before("sb_small", 5)
    for patch in PATCHES:
        copy_writable(shared_data / "sb_small" / "stages" / "stage5" / patch, root / patch)
    return root


@pytest.mark.parametrize("patch", PATCHES)
def test_the_corrected_phase_of_a_patch_is_that_of_the_original(
    corrected: Path, shared_data: Path, patch: str
) -> None:
    """K times baseline is taken off, and no noise of a reference image."""
    pixels = read_artifact(Pixels, corrected / patch / "ps2.mat")
    noise = read_artifact(SelectedNoise, corrected / patch / "pm2.mat")
    found = correct_phase(
        read_artifact(Phase, corrected / patch / "ph2.mat").ph,
        noise.ph_patch,
        k_ps=noise.k_ps,
        c_ps=noise.c_ps,
        bperp_mat=read_artifact(Baselines, corrected / patch / "bp2.mat").bperp_mat,
        interferograms=pixels.interferograms,
    )
    wanted = read_mat(corrected / patch / "rc2.mat")["ph_rc"]
    assert found.ph_reref is None and np.abs(noise.c_ps).max() > 1
    # sine and cosine of a single-precision angle of a few rad, relative to the amplitude
    assert np.max(np.abs(found.ph_rc - wanted) / np.abs(wanted)) < 5e-7


def test_a_merge_without_resampling_is_that_of_the_original(
    corrected: Path, shared_data: Path
) -> None:
    result = stage5_merge_and_ifgstd(
        corrected, RunConfig(corrected, stamps={"merge_resample_size": 0})
    )
    golden = shared_data / "variants" / "sb_small__merge0" / "stage5"
    bounds = {
        "rc2": {"ph_rc": 3e-7},  # unit phasors in single precision
        "ifgstd2": {"ifg_std": 2e-4},  # degrees; the original sums 9814 squares in single
    }
    for name in MERGED:
        assert_same_artifact(
            corrected / f"{name}.mat", golden / f"{name}.mat", bounds.get(name),
            golden_is_reduced=True,  # of pm2 the vectors
        )  # fmt: skip
    assert set(result.written) == {f"{name}.mat" for name in MERGED}


def test_a_merge_is_resampled_to_100_m_as_in_the_original(
    corrected: Path, shared_data: Path
) -> None:
    result = stage5_merge_and_ifgstd(corrected, RunConfig(corrected))
    golden = shared_data / "sb_small" / "stages" / "stage5"
    assert result.counts["pixels"] == 4258
    assert_same_resampled(corrected, golden)
    found, wanted = (read_mat(p / "rc2.mat")["ph_reref"] for p in (corrected, golden))
    assert found.shape == wanted.shape == (0, 0)
    assert_same_artifact(corrected / "ifgstd2.mat", golden / "ifgstd2.mat", {"ifg_std": 2e-4})


@pytest.mark.skipif(not c_library.is_that_of_the_original(), reason=c_library.WHY)
def test_with_sines_and_angles_of_the_c_library_the_resampled_merge_is_equal(
    corrected: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage5_resample, "_phasor", c_library.phasor)
    monkeypatch.setattr(stage5_resample, "_angle", c_library.angle)
    stage5_merge_and_ifgstd(corrected, RunConfig(corrected))
    golden = shared_data / "sb_small" / "stages" / "stage5"
    for name in ("ps2", "ph2", "pm2", "bp2", "la2", "hgt2"):
        assert_same_artifact(corrected / f"{name}.mat", golden / f"{name}.mat")
    assert_same_artifact(corrected / "rc2.mat", golden / "rc2.mat", {"ph_rc": 4e-16})


@pytest.fixture
def chained(small_baselines_once: Path) -> Path:
    """Give the root of a whole run, each stage fed by ours before it."""
    return small_baselines_once


ROUNDING = ROUNDING_1 | {
    "ps2": ROUNDING_1["ps1"],
    "bp2": ROUNDING_1["bp1"],
    "la2": ROUNDING_1["la1"],
    # baselines are double with small baselines: what follows from them has last places of its own
    "pm1": {"n_trial_wraps": 2e-15},
    "select1": {"coh_thresh": 1e-15, "coh_thresh_coeffs": 1e-15},
}


def chained_files(shared_data: Path) -> list[Path]:
    golden = shared_data / "sb_small" / "stages"
    bases = ("ps", "ph", "bp", "la", "hgt", "da", "pm", "select", "weed", "rc")
    return [
        path
        for stage in range(1, 6)
        for path in sorted((golden / f"stage{stage}").glob("PATCH_*/*.mat"))
        if path.stem[:-1] in bases
    ]


def test_stages_1_to_5_of_a_whole_run_give_the_results_of_the_original(
    chained: Path, shared_data: Path
) -> None:
    wrong, files = [], chained_files(shared_data)
    assert len(files) == 2 * (6 + 1 + 1 + 1 + 6 + 1)
    for path in files:
        bounds = tolerances(path.stem) | ROUNDING.get(path.stem, {})
        stored = read_mat(path)
        try:
            assert_same_artifact(
                chained / path.parent.name / path.name,
                path,
                {name: size for name, size in bounds.items() if name in stored},
                modulo_2pi=MODULO_2PI.get(path.stem, ()),
                relative=RELATIVE.get(path.stem, ()),
                golden_is_reduced=True,  # of pm1 the vectors
            )
        except AssertionError as error:
            wrong.append(f"{path.parent.name}/{error}")
    assert not wrong, "\n".join(wrong)


def test_the_merge_of_a_whole_run_has_the_pixels_of_the_original(
    chained: Path, shared_data: Path
) -> None:
    golden = shared_data / "sb_small" / "stages" / "stage5"
    match_by_cell(chained, golden)
    # the noise of an interferogram is the rms over pixels whose positions decide nothing
    assert_same_artifact(chained / "ifgstd2.mat", golden / "ifgstd2.mat", {"ifg_std": 5e-4})
