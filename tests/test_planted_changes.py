"""Every change just above a tolerance is found and named, and none just below it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from planted_changes import (
    WAVELENGTH,
    PlantedChange,
    artifact_files,
    changes_of,
    example_variables,
    write_examples,
)

from pystamps.io.bounds import ToleranceProfile
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.tolerances import TOLERANCES, kind_of_file
from pystamps.verify import VerifyReport, compare_variable, verify_trees
from pystamps.verify.records import DIFFERENCE_KINDS

CHANGES = [change for file in artifact_files() for change in changes_of(file)]
PROFILES: tuple[ToleranceProfile, ...] = ("strict", "scientific")


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    """Two equal trees."""
    write_examples(tmp_path / "golden")
    shutil.copytree(tmp_path / "golden", tmp_path / "run")
    return tmp_path / "run", tmp_path / "golden"


def verdicts(report: VerifyReport) -> list[tuple[str, str, str]]:
    return [(item.file, item.variable, item.kind) for item in report.differences]


def test_there_are_changes_of_every_variable_of_every_artifact_and_of_every_kind():
    assert len(artifact_files()) > 30
    changed = {(change.file, change.variable, change.profile) for change in CHANGES}
    stated = {
        (file, name, profile)
        for file in artifact_files()
        for name in TOLERANCES[kind_of_file(file)]
        for profile in PROFILES
    }
    assert changed == stated
    assert set(Counter(change.found for change in CHANGES)) == {
        *("values", "class", "shape", "text", "quantile", "mean", "cycles")
    }
    assert sum(change.below is not None for change in CHANGES) > 200


@pytest.mark.parametrize("file", artifact_files())
def test_every_change_is_found_above_its_bound_and_not_below(file):
    stored = example_variables(file)
    for change in (change for change in CHANGES if change.file == file):

        def compared(value, change=change):
            return compare_variable(
                file,
                change.variable,
                value,
                stored[change.variable],
                profile=change.profile,
                wavelength_m=WAVELENGTH,
            )

        above = compared(change.above)
        assert all(item.kind in DIFFERENCE_KINDS for item in above.differences)
        assert change.found in [item.kind for item in above.differences], change.name
        assert {(item.file, item.variable) for item in above.differences} == {
            (file, change.variable)
        }
        if change.below is not None:
            (item,) = above.differences
            if change.found != "cycles":
                assert item.tolerance < item.largest < 1.2 * item.tolerance, change.name
            below = compared(change.below)
            assert below.is_equal, (change.name, below.differences)
            assert below.n_unequal > 0, change.name


def chosen_changes(profile: ToleranceProfile) -> dict[tuple[str, str], PlantedChange]:
    """Give one change of every variable, with something below the bound if there is such."""
    chosen: dict[tuple[str, str], PlantedChange] = {}
    for change in CHANGES:
        if change.profile == profile and change.what not in ("shape", "class"):
            kept = chosen.get((change.file, change.variable))
            if kept is None or (kept.below is None and change.below is not None):
                chosen[change.file, change.variable] = change
    return chosen


def plant(root: Path, changes: Iterable[PlantedChange], *, is_above: bool) -> None:
    """Write all files with these changes."""
    for file in artifact_files():
        values = example_variables(file)
        for change in (change for change in changes if change.file == file):
            value = change.above if is_above else change.below
            if value is not None:
                is_sparse = scipy.sparse.issparse(values[change.variable])
                values[change.variable] = scipy.sparse.csc_array(value) if is_sparse else value
        write_mat(root / file, values)


@pytest.mark.parametrize("profile", PROFILES)
def test_changes_of_all_variables_at_once_are_all_found_above_and_none_below(trees, profile):
    run, golden = trees
    changes = chosen_changes(profile)
    assert len(changes) > 150
    plant(run, changes.values(), is_above=True)
    report = verify_trees(run, golden, profile=profile)
    expected = [(change.file, change.variable, change.found) for change in changes.values()]
    assert sorted(verdicts(report)) == sorted(expected)
    plant(run, changes.values(), is_above=False)
    report = verify_trees(run, golden, profile=profile)
    assert not report.differences
    assert report.n_variables == len(changes)
    assert sum(item.n_unequal > 0 for item in report.comparisons) > 50


def without(file: str) -> Callable[[Path], None]:
    return lambda root: (root / file).unlink()


def changed(file: str, **values) -> Callable[[Path], None]:
    return lambda root: write_mat(root / file, read_mat(root / file) | values)


def copied(file: str, name: str) -> Callable[[Path], object]:
    return lambda root: shutil.copyfile(root / file, root / name)


def damaged(file: str) -> Callable[[Path], object]:
    return lambda root: (root / file).write_bytes(b"no MAT file")


def without_variable(file: str, name: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        write_mat(root / file, {k: v for k, v in read_mat(root / file).items() if k != name})

    return change


IN_THE_RUN = [
    ("file", without("rc2.mat"), ("rc2.mat", "", "missing")),
    ("file of a patch", without("PATCH_1/weed1.mat"), ("PATCH_1/weed1.mat", "", "missing")),
    ("damaged file", damaged("scn2.mat"), ("scn2.mat", "", "unreadable")),
    ("variable", without_variable("scla2.mat", "ifg_vcm"), ("scla2.mat", "ifg_vcm", "missing")),
    ("more", changed("ph2.mat", more=1.0), ("ph2.mat", "more", "extra")),
    ("parameter", changed("parms.mat", clap_win=64.0), ("parms.mat", "clap_win", "parameter")),
    ("flag", changed("parms.mat", unwrap_prefilter_flag="n"),
     ("parms.mat", "unwrap_prefilter_flag", "parameter")),
    ("dropped interferogram", changed("parms.mat", drop_ifg_index=np.array([[2.0]])),
     ("parms.mat", "drop_ifg_index", "parameter")),
    ("date", changed("ps2.mat", day=np.arange(5.0)[:, None] + 3), ("ps2.mat", "day", "values")),
    ("infinite", changed("PATCH_1/weed1.mat", ps_std=np.full((130, 1), np.inf)),
     ("PATCH_1/weed1.mat", "ps_std", "values")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"), [item[1:] for item in IN_THE_RUN], ids=[item[0] for item in IN_THE_RUN]
)
@pytest.mark.parametrize("profile", PROFILES)
def test_a_change_of_the_tree_is_found(trees, profile, change, expected):
    run, golden = trees
    change(run)
    assert verdicts(verify_trees(run, golden, profile=profile)) == [expected]


@pytest.mark.parametrize("change", [copied("ps2.mat", "mine.mat"), copied("rc2.mat", "mv2.mat")])
def test_a_file_of_no_stage_is_no_difference(trees, change):
    for tree in trees:
        change(tree)
        report = verify_trees(*trees)
        assert report.is_equal
        assert [item.kind for item, _ in report.known] == ["no stage"]


@pytest.mark.parametrize(
    ("profile", "n_wrong", "is_equal"),
    [("strict", 0, True), ("strict", 1, False), ("scientific", 2, True), ("scientific", 3, False)],
)
def test_of_2000_pixels_so_many_may_be_off_by_a_cycle(profile, n_wrong, is_equal):
    golden = np.random.default_rng(1).uniform(-9, 9, (2000, 3)).astype(np.float32)
    found = golden + np.float32([2 * np.pi, 0, -6 * np.pi])
    found[:n_wrong, 1] += np.float32(2 * np.pi)
    compared = compare_variable("phuw2.mat", "ph_uw", found, golden, profile=profile)
    assert compared.is_equal == is_equal
    assert (compared.cycles, compared.constants) == ((0, n_wrong, 0), (1, 0, -3))
