"""Stage 5 in the data set: merges of the original, with and without resampling."""

from __future__ import annotations

import shutil

import c_library
import numpy as np
import pytest
from resampled_merges import assert_same_resampled, rows_elsewhere
from stage_comparison import assert_same_artifact
from trees import copy_writable
from vector_files import load_vector

from pystamps.config import RunConfig
from pystamps.io.artifacts import (
    artifact_name,
    field_names,
    read_artifact,
    read_variable,
    write_artifact,
)
from pystamps.io.mat import read_mat, write_mat
from pystamps.model import (
    Baselines,
    Height,
    Interferograms,
    LookAngle,
    Phase,
    PhaseNoise,
    Pixels,
    SelectedNoise,
)
from pystamps.pipeline.entry.stage4 import stage4_weed_ps
from pystamps.pipeline.entry.stage5 import stage5_correct_and_promote, stage5_merge_and_ifgstd
from pystamps.stages import stage5_resample
from pystamps.stages.stage5_correct import correct_phase

pytestmark = pytest.mark.golden

PATCHES = ("PATCH_1", "PATCH_2")
MERGED = ("ps2", "ph2", "pm2", "rc2", "bp2", "hgt2", "la2", "ifgstd2")


@pytest.fixture
def corrected(tree_before, shared_data):
    """Give the golden tree with the corrected patches, before the merge."""
    root = tree_before("tiny", 5)
    for patch in PATCHES:
        copy_writable(shared_data / "tiny" / "stages" / "stage5" / patch, root / patch)
    return root


def merge(root, **stamps):
    return stage5_merge_and_ifgstd(root, RunConfig(root, stamps=stamps))


def test_a_merge_without_resampling_is_that_of_the_original(corrected, shared_data):
    result = merge(corrected)
    golden = shared_data / "tiny" / "stages" / "stage5"
    tolerances = {
        "rc2": {"ph_rc": 3e-7},  # unit phasors in single precision
        "ifgstd2": {"ifg_std": 2e-4},  # degrees; the original sums 3133 squares in single
    }
    for name in (*MERGED, "psver"):
        wanted = golden / f"{name}.mat"
        assert_same_artifact(corrected / f"{name}.mat", wanted, tolerances.get(name))
    assert set(result.written) == {f"{name}.mat" for name in MERGED}
    assert result.written[-1] == "ifgstd2.mat"
    assert result.counts == {"patches": 2, "in_patches": 3521, "pixels": 3133}
    assert not (corrected / "phuw2.mat").exists() and not (corrected / "inc2.mat").exists()


def test_stages_4_and_5_end_in_the_golden_tree(tree_before, shared_data):
    root = tree_before("tiny", 4)
    for patch in PATCHES:
        stage4_weed_ps(root / patch, RunConfig(root))
        stage5_correct_and_promote(root / patch, RunConfig(root))
    merge(root)
    for name in ("ps2", "ph2", "pm2", "bp2", "hgt2", "la2"):
        wanted = shared_data / "tiny" / "stages" / "stage5" / f"{name}.mat"
        assert_same_artifact(root / f"{name}.mat", wanted)


def test_a_merge_with_dropped_interferograms_is_that_of_the_original(corrected, shared_data):
    """What the variant lacks of the patches follows from stages 1 and 2."""
    variant = shared_data / "variants" / "tiny__drop_3_7"
    for name in PATCHES:
        patch, golden = corrected / name, variant / "stage4" / name
        rows = read_artifact(Pixels, golden / "ps2.mat").ij[:, 0].astype(int) - 1
        shutil.copyfile(golden / "ps2.mat", patch / "ps2.mat")
        ph_patch = read_variable(PhaseNoise, "ph_patch", patch / "pm1.mat")[rows]
        vectors = ("coh_ps", "k_ps", "c_ps")
        noise = SelectedNoise(
            ph_patch,
            np.zeros(ph_patch.shape, np.float32),
            *(read_variable(SelectedNoise, vector, golden / "pm2.mat") for vector in vectors),
        )
        write_artifact(patch / "pm2.mat", noise)
        for kind in (Phase, Baselines, LookAngle, Height):
            (field,) = field_names(kind)
            values = getattr(read_artifact(kind, patch / artifact_name(kind, 1)), field)
            write_artifact(patch / artifact_name(kind, 2), kind(values[rows]))
        phase = correct_phase(
            read_artifact(Phase, patch / "ph2.mat").ph,
            noise.ph_patch,
            k_ps=noise.k_ps,
            c_ps=noise.c_ps,
            bperp_mat=read_artifact(Baselines, patch / "bp2.mat").bperp_mat,
            interferograms=read_artifact(Pixels, patch / "ps2.mat").interferograms,
        )
        write_artifact(patch / "rc2.mat", phase)
    merge(corrected, drop_ifg_index=[3, 7])
    golden = variant / "stage5"
    for name in ("ps2", "pm2"):
        assert_same_artifact(
            corrected / f"{name}.mat", golden / f"{name}.mat", golden_is_reduced=True
        )
    assert_same_artifact(corrected / "ifgstd2.mat", golden / "ifgstd2.mat", {"ifg_std": 2e-4})


RESAMPLED = {"merge_resample_size": 300, "merge_standard_dev": 0.5}
STEP_OF_LATITUDE_M = 0.43
"""Last place of single precision at 36.5 degrees."""


def test_a_merge_with_resampling_is_that_of_the_original(corrected, shared_data):
    """Four pairs of pixels that lie within a step of latitude of each other change places."""
    result = merge(corrected, **RESAMPLED)
    golden = shared_data / "variants" / "tiny__merge_resample" / "stage5"
    assert result.counts["pixels"] == 384
    assert_same_resampled(corrected, golden)
    rows, wanted = rows_elsewhere(corrected, golden), read_mat(golden / "ps2.mat")
    assert rows.size <= 8
    assert np.ptp(wanted["xy"][rows, 2].reshape(-1, 2), axis=1).max() < STEP_OF_LATITUDE_M
    found, wanted = corrected / "ifgstd2.mat", golden / "ifgstd2.mat"
    assert_same_artifact(found, wanted, {"ifg_std": 2e-4})


@pytest.mark.skipif(not c_library.is_that_of_the_original(), reason=c_library.WHY)
def test_with_sines_and_angles_of_the_c_library_the_resampled_merge_is_equal(
    corrected, shared_data, monkeypatch
):
    """What differs is the last place of functions that libraries round in their own way."""
    monkeypatch.setattr(stage5_resample, "_phasor", c_library.phasor)
    monkeypatch.setattr(stage5_resample, "_angle", c_library.angle)
    merge(corrected, **RESAMPLED)
    golden = shared_data / "variants" / "tiny__merge_resample" / "stage5"
    for name in ("ps2", "ph2", "pm2", "bp2", "la2", "hgt2"):
        assert_same_artifact(corrected / f"{name}.mat", golden / f"{name}.mat")
    assert_same_artifact(corrected / "rc2.mat", golden / "rc2.mat", {"ph_rc": 4e-16})


@pytest.mark.parametrize("case", ["plain", "resample"])
def test_unit_vectors_of_the_original(vectors, tmp_path, case):
    vector = load_vector(vectors / f"s5_merge_{case}.json")
    given, wanted = nested(vector["inputs"]), nested(vector["outputs"])
    root, golden = tmp_path / "found", tmp_path / "golden"
    for folder in (root, golden, *(root / name for name in PATCHES)):
        folder.mkdir()
    write_mat(
        root / "parms.mat",
        {
            "small_baseline_flag": "n",
            "heading": float(given["heading"]),
            "merge_resample_size": float(given["merge_resample_size"]),
            "merge_standard_dev": given["merge_standard_dev"],
        },
    )
    for name in PATCHES:
        write_vector_patch(root / name, given[name], wanted[name]["rc"])
    merge(root)
    for base, variables in as_files(wanted).items():
        write_mat(golden / f"{base}2.mat", variables)
    if case == "resample":
        assert_same_resampled(root, golden)
    else:
        for base in as_files(wanted):
            assert_same_artifact(
                root / f"{base}2.mat", golden / f"{base}2.mat",
                {"rc": {"ph_rc": 1e-6}}.get(base),
                golden_is_reduced=True,
            )  # fmt: skip
    ifg_std = read_mat(root / "ifgstd2.mat")["ifg_std"]
    np.testing.assert_allclose(ifg_std, wanted["ifg_std"], rtol=1e-5)


def nested(flat):
    """Turn {"a.b": value} into {"a": {"b": value}}."""
    deep = {}
    for name, value in flat.items():
        *folders, last = name.split(".")
        inner = deep
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = value
    return deep


def as_files(values):
    return {
        "ps": dict(values["ps"]),
        "ph": {"ph": values["ph"]},
        "pm": values["pm"],
        "rc": values["rc"],
        "bp": {"bperp_mat": values["bperp_mat"]},
        "la": {"la": values["la"]},
        "hgt": {"hgt": values["hgt"]},
    }


def write_vector_patch(patch, given, corrected):
    phase, noise, pixels = given["ph"], given["pm"], given["ps"]
    found = correct_phase(
        phase,
        noise["ph_patch"],
        k_ps=noise["K_ps"].ravel(),
        c_ps=noise["C_ps"].ravel(),
        bperp_mat=given["bperp_mat"],
        interferograms=Interferograms.single_master(
            pixels["day"].ravel(), pixels["bperp"].ravel(), int(pixels["master_ix"].item()) - 1
        ),
    )
    np.testing.assert_allclose(found.ph_rc, corrected["ph_rc"], rtol=1e-6)
    assert np.array_equal(found.ph_reref, corrected["ph_reref"])
    for base, variables in as_files(given | {"rc": corrected}).items():
        write_mat(patch / f"{base}2.mat", variables)
    (patch / "patch_noover.in").write_text("\n".join(str(b) for b in given["patch_noover"]))
