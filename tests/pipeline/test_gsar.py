"""Prepared stacks of GSAR: what the original loads of them, and what it would stop at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from prepared_stacks import MASTER, SLAVES, gsar_stack

from pystamps.config import RawExport, RunConfig
from pystamps.doctor.examine import examine
from pystamps.errors import ArtifactError, PystampsError
from pystamps.io.mat import read_mat
from pystamps.pipeline.describe import describe_inputs
from pystamps.pipeline.entry.stage1 import stage1_load_initial
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.prep.prepare import prepare_dataset

GOLDEN = Path(__file__).parents[1] / "data" / "gsar.npz"
ROUNDED = {"ps1_mean_incidence", "la1_la"}


def loaded(patch: Path) -> dict[str, np.ndarray]:
    stage1_load_initial(patch, RunConfig())
    files = ("ps1", "ph1", "bp1", "la1", "da1", "hgt1")
    return {f"{f}_{n}": v for f in files for n, v in read_mat(patch / f"{f}.mat").items()}


def test_the_original_loads_the_same_when_the_reference_image_is_the_second(tmp_path):
    found = loaded(gsar_stack(tmp_path, is_reversed=True))
    golden = np.load(GOLDEN)
    assert set(golden) == set(found) and len(golden) == 18
    for name in golden:
        atol = 3e-16 if name in ROUNDED else 0
        np.testing.assert_allclose(found[name], golden[name], rtol=0, atol=atol, err_msg=name)
        assert found[name].dtype == golden[name].dtype, name


def test_the_other_way_round_phases_are_those_of_the_file(tmp_path):
    one = loaded(gsar_stack(tmp_path / "one"))
    other = loaded(gsar_stack(tmp_path / "other", is_reversed=True))
    np.testing.assert_array_equal(one["ph1_ph"], np.conj(other["ph1_ph"]))
    assert {n for n in one if not np.array_equal(one[n], other[n])} == {"ph1_ph"}


def test_dates_in_any_order_are_sorted_with_phases_and_baselines(tmp_path):
    patch = gsar_stack(tmp_path / "a")
    before = loaded(patch)
    listed = patch.parent / "pscphase.in"
    width, *names = listed.read_text().split()
    listed.write_text("\n".join([width, names[2], names[0], names[1]]))
    path = patch / "pscands.1.ph"
    np.fromfile(path, "<c8").reshape(len(SLAVES), -1)[[2, 0, 1]].tofile(path)
    after = loaded(patch)
    assert not [name for name in before if not np.array_equal(before[name], after[name])]


def test_parameters_come_from_the_description_of_the_last_interferogram(tmp_path):
    patch = gsar_stack(tmp_path)
    stage1_load_initial(patch, RunConfig())
    parms = read_mat(patch.parent / "parms.mat")
    assert parms["platform"] == "ENVISAT" and parms["heading"] == -168.3
    np.testing.assert_allclose(parms["lambda"], 299792458 / 5331004416, rtol=1e-15)


def edit_description(patch: Path, old: str, new: str) -> None:
    path = max((patch.parents[1] / "raw").glob("*.xml"))
    path.write_text(path.read_text().replace(old, new))


BROKEN = {
    "no description": (lambda p: max((p.parents[1] / "raw").glob("*.xml")).unlink(), ".xml"),
    "no baseline": (lambda p: edit_description(p, "baseline>", "other>"), "no element baseline"),
    "baseline in words": (lambda p: edit_description(p, ">6.5<", ">six<"), "baseline is 'six'"),
    "impossible baseline": (lambda p: edit_description(p, ">6.5<", ">1e9<"), "1e+09 cannot be"),
    "no XML": (lambda p: edit_description(p, "</gsar>", ""), "is not XML"),
    "two reference images": (
        lambda p: (p.parent / "pscphase.in").write_text(
            (p.parent / "pscphase.in").read_text().replace(f"insar_{MASTER}", "insar_20180402", 1)
        ), "no image in common"),
    "names without dates": (
        lambda p: (p.parent / "pscphase.in").write_text("60\na.gsar\nb.gsar\nc.gsar\n"),
        "holds no pair of dates"),
    "angles cut off": (
        lambda p: (p / "pscands.1.inc").write_bytes(b"12345678"), "found 8 bytes, expected 320"),
    "angles in single precision": (
        lambda p: np.full(80, 34, "<f4").tofile(p / "pscands.1.inc"), "values that cannot be"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_stack_is_refused_by_name(tmp_path, kind):
    patch = gsar_stack(tmp_path)
    damage, words = BROKEN[kind]
    damage(patch)
    with pytest.raises(ArtifactError) as refusal:
        stage1_load_initial(patch, RunConfig(stamps={"lambda": 0.056, "heading": -168.3}))
    assert words in str(refusal.value)
    assert not (patch / "ps1.mat").exists()


def test_a_stack_is_described_and_planned_as_complete(tmp_path):
    root = gsar_stack(tmp_path).parent
    assert describe_inputs(root).is_complete
    inputs = WorkflowPlan.from_mapping({"dataset": {"path": str(root)}}).candidate_files("PATCH_1")
    endings = {Path(name).suffix for name in inputs if "pscands" in name}
    assert endings == {".ij", ".ph", ".lon", ".lat", ".inc", ".hgt", ".da"}


def test_a_patch_without_candidates_is_loaded_without_pixels(tmp_path):
    patch = gsar_stack(tmp_path)
    for path in patch.glob("pscands.1.*"):
        path.write_bytes(b"")
    assert stage1_load_initial(patch, RunConfig()).is_empty
    assert read_mat(patch / "ph1.mat")["ph"].shape == (0, 4)


def test_the_doctor_names_candidate_files_that_are_missing(tmp_path):
    patch = gsar_stack(tmp_path)
    for name in ("lat", "inc"):
        (patch / f"pscands.1.{name}").unlink()
    config = RunConfig(dataset=patch.parent)
    found = examine(patch.parent, config).findings
    missing = {Path(f.file).suffix for f in found if f.code == "candidate-file-missing"}
    assert missing == {".lat", ".inc"}
    assert "candidate-size" not in {f.code for f in found}


def test_an_export_is_not_prepared_here(tmp_path):
    with pytest.raises(PystampsError, match=r"mt_prep_gsar.*\[prepared-elsewhere\]"):
        prepare_dataset(tmp_path / "run", RawExport("gsar", export=tmp_path))
