"""Stages 1 to 5 of small baselines against the golden trees, each by itself and one after another.

The original was run with one character of its loader repaired, which it cannot do without.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stage_comparison import assert_same_artifact
from trees import copy_writable

from pystamps.config import RunConfig
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
