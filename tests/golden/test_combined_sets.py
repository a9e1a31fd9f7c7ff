"""PS and small-baseline set of one scene combined: what ``ps_sb_merge`` of the original wrote."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pystamps.cli import main
from pystamps.errors import ArtifactError, DatasetError, ParameterError, PystampsError
from pystamps.io.dataset import discover_dataset, looks_prepared
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.entry.combining import combine_sets

pytestmark = pytest.mark.golden

WITHIN = {"xy": 1.1e-3, "ph_patch": 5e-6, "ph_rc": 5e-6, "bperp_mat": 1e-5, "psu_coh": 3e-7,
          "psnu_coh": 3e-7}  # fmt: skip
"""Millimetres are rounded from single precision; phasors and coherences are sums in it. Where the
phases of both sets nearly cancel, rounding counts 40-fold: 2.5e-6 of the phasor is the most of all
pixels. All other variables are exactly equal."""
OURS_TOO = {"pm2.mat": {"coh_ps"}}
"""For products; StaMPS leaves the coherence out."""


def finished_set(shared_data: Path, name: str, root: Path, *, parameters: str = "") -> Path:
    """Copy the root of a set as stage 5 left it."""
    tree = shared_data / "ps_sb" / name / "stages" / "stage5"
    root.mkdir(parents=True)
    for path in tree.glob("*.mat"):
        shutil.copyfile(path, root / path.name)
    stage_1 = shared_data / "ps_sb" / (parameters or name) / "stages" / "stage1"
    shutil.copyfile(stage_1 / "parms.mat", root / "parms.mat")
    return root


@pytest.fixture
def sets(shared_data: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Both sets of the scene, where StaMPS looks for them."""
    ps = finished_set(shared_data, "ps", tmp_path / "INSAR_20190430")
    return ps, finished_set(shared_data, "sb", ps / "SMALL_BASELINES")


def assert_equals_the_original(root: Path, golden: Path) -> None:
    """Compare every file of a combination with that of the original."""
    expected_files = {path.name for path in golden.glob("*.mat")}
    assert expected_files <= {path.name for path in root.glob("*.mat")}
    for name in sorted(expected_files - {"parms.mat"}):
        found, expected = read_mat(root / name), read_mat(golden / name)
        assert found.keys() == expected.keys() | OURS_TOO.get(name, set()), name
        for variable, value in expected.items():
            values = np.asarray(found[variable])
            assert values.shape == np.shape(value), (name, variable)
            if variable in WITHIN:
                np.testing.assert_allclose(
                    values, value, rtol=0, atol=WITHIN[variable], err_msg=variable
                )
                assert values.dtype == value.dtype, (name, variable)
            else:
                np.testing.assert_array_equal(values, value, err_msg=f"{name} {variable}")


def test_the_combination_of_two_sets_is_that_of_the_original(
    sets: tuple[Path, Path], shared_data: Path
) -> None:
    ps, sb = sets
    done = CliRunner().invoke(main, ["combine", str(ps), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert made["pixels"] == 8779
    counts = ("n_ps", "n_sb", "n_shared", "n_ps_only", "n_sb_only", "n_incoherent")
    assert [made["combined"][name] for name in counts] == [6385, 8291, 5303, 488, 2988, 594]
    root = ps / "MERGED"
    assert_equals_the_original(root, shared_data / "ps_sb" / "merged" / "run")
    assert (root / "parms.mat").read_bytes() == (sb / "parms.mat").read_bytes()
    coherence = read_mat(root / "pm2.mat")["coh_ps"]
    assert (
        coherence.shape == (8779, 1)
        and np.isin(read_mat(sb / "pm2.mat")["coh_ps"], coherence).all()
    )


def test_a_set_merged_on_a_grid_is_combined_as_the_original_does(
    shared_data: Path, tmp_path: Path
) -> None:
    ps = finished_set(shared_data, "ps", tmp_path / "ps")
    sb = finished_set(shared_data, "sb_resampled", tmp_path / "sb", parameters="sb")
    made = combine_sets(ps, sb, tmp_path / "both")
    assert (made.n_combined, made.n_shared, made.n_ps_only) == (7223, 2765, 2960)
    assert_equals_the_original(made.root, shared_data / "ps_sb" / "merged_resampled" / "run")


def test_a_combination_is_a_data_set_without_patches(sets: tuple[Path, Path]) -> None:
    made = combine_sets(*sets, sets[0] / "MERGED")
    found = discover_dataset(made.root)
    assert found.is_combined and found.patches == () and looks_prepared(made.root)


def test_nothing_that_is_there_is_overwritten_unasked(sets: tuple[Path, Path]) -> None:
    ps, sb = sets
    made = combine_sets(ps, sb, ps / "MERGED")
    write_mat(made.root / "parms.mat", {**read_mat(made.root / "parms.mat"), "unwrap_alpha": 7.0})
    before = (made.root / "ps2.mat").read_bytes()
    with pytest.raises(DatasetError, match="--replace"):
        combine_sets(ps, sb, made.root)
    (made.root / "ps2.mat").write_bytes(b"")
    combine_sets(ps, sb, made.root, replaces=True)
    assert (made.root / "ps2.mat").read_bytes()[200:] == before[200:]  # the header holds the time
    assert read_mat(made.root / "parms.mat")["unwrap_alpha"] == 7
    for target in (ps, sb):
        with pytest.raises(DatasetError, match="one of the two sets"):
            combine_sets(ps, sb, target, replaces=True)
    (made.root / "merge2.mat").unlink()
    with pytest.raises(DatasetError, match="no combination"):
        combine_sets(ps, sb, made.root, replaces=True)


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("swapped", ParameterError, "give the single-master set first"),
        ("no such set", DatasetError, "no such directory"),
        ("unfinished", ArtifactError, "rc2.mat: missing; run stages 1 to 5"),
        ("other images", ArtifactError, "of the same images"),
    ],
)
def test_sets_that_cannot_be_combined_are_refused_and_nothing_is_made(
    sets: tuple[Path, Path], case: str, error: type[PystampsError], words: str
) -> None:
    ps, sb = sets
    if case == "swapped":
        ps, sb = sb, ps
    if case == "no such set":
        sb = sb / "not" / "there"
    if case == "unfinished":
        (sb / "rc2.mat").unlink()
    if case == "other images":
        pixels = read_mat(sb / "ps2.mat")
        pixels["day"] = pixels["day"] + 1
        pixels["master_day"] = pixels["master_day"] + 1
        pixels["ifgday"] = pixels["ifgday"] + 1
        write_mat(sb / "ps2.mat", pixels)
    with pytest.raises(error, match=words):
        combine_sets(ps, sb, sets[0].parent / "target")
    assert not (sets[0].parent / "target").exists()
