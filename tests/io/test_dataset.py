"""The data set tree and the artifact map."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.errors import DatasetError
from pystamps.io.dataset import discover_dataset, expected_stage_artifact
from pystamps.stage_table import stages_of_step


def patches_of(root: Path) -> list[str]:
    return [patch.name for patch in discover_dataset(root).patches]


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True)


def test_patch_list_decides_names_and_order(tmp_path: Path) -> None:
    make(tmp_path, "PATCH_1", "PATCH_2", "PATCH_10", "north")
    listed = b"PATCH_10\r\n\r\n  north  \r\nPATCH_2/\r\n\r\n"
    (tmp_path / "patch.list").write_bytes(listed)
    assert patches_of(tmp_path) == ["PATCH_10", "north", "PATCH_2"]
    assert (tmp_path / "patch.list").read_bytes() == listed


def test_without_patch_list_patches_are_in_numeric_order(tmp_path: Path) -> None:
    make(tmp_path, "PATCH_10", "PATCH_2", "PATCH_1", "other")
    (tmp_path / "PATCH_3").write_text("a file")
    assert patches_of(tmp_path) == ["PATCH_1", "PATCH_2", "PATCH_10"]


def test_missing_patches_are_all_named(tmp_path: Path) -> None:
    make(tmp_path, "PATCH_1")
    (tmp_path / "patch.list").write_text("PATCH_1\nPATCH_7\nPATCH_8\n")
    with pytest.raises(DatasetError, match="PATCH_7, PATCH_8"):
        discover_dataset(tmp_path)


@pytest.mark.parametrize(
    "name", ["/etc", "../other", "PATCH_1/..", "a/b", "..", ".", "C:\\x", "a\\b"]
)
def test_a_name_that_leaves_the_root_is_refused(tmp_path: Path, name: str) -> None:
    make(tmp_path / "data", "PATCH_1", "a/b")
    make(tmp_path, "other")
    (tmp_path / "data" / "patch.list").write_text(f"{name}\n")
    with pytest.raises(DatasetError, match=r"patch\.list"):
        discover_dataset(tmp_path / "data")


def test_a_link_that_leaves_the_root_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "data", "elsewhere")
    (tmp_path / "data" / "PATCH_1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DatasetError, match=r"PATCH_1: is a link to .*elsewhere; results are "):
        discover_dataset(tmp_path / "data")


def test_a_root_that_is_itself_a_link_works(tmp_path: Path) -> None:
    make(tmp_path / "data", "PATCH_1")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    found = discover_dataset(tmp_path / "link")
    assert found.root == tmp_path / "data"
    assert found.patches[0].directory == tmp_path / "data" / "PATCH_1"


def test_a_patch_listed_twice_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "PATCH_1")
    (tmp_path / "patch.list").write_text("PATCH_1\nPATCH_1/\n")
    with pytest.raises(DatasetError, match="twice"):
        discover_dataset(tmp_path)


def test_an_empty_or_binary_patch_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patch.list").write_text("\n \n")
    with pytest.raises(DatasetError, match="names no patch"):
        discover_dataset(tmp_path)
    (tmp_path / "patch.list").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(DatasetError, match="not a text file"):
        discover_dataset(tmp_path)


def test_a_directory_without_patches_is_not_a_data_set(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="not a data set"):
        discover_dataset(tmp_path)
    with pytest.raises(DatasetError, match="no such directory"):
        discover_dataset(tmp_path / "nowhere")


def test_candidates_in_the_root_make_a_single_patch(tmp_path: Path) -> None:
    make(tmp_path, "data")
    (tmp_path / "data" / "pscands.1.ij").write_text("")
    found = discover_dataset(tmp_path / "data")
    assert found.is_single_patch
    assert found.patches[0].directory == tmp_path / "data"


def test_a_patch_given_as_root_names_the_root(tmp_path: Path) -> None:
    make(tmp_path, "PATCH_1")
    (tmp_path / "PATCH_1" / "pscands.1.ij").write_text("")
    (tmp_path / "patch.list").write_text("PATCH_1\n")
    with pytest.raises(
        DatasetError, match=f"is a patch; give the root of the data set, {tmp_path}"
    ):
        discover_dataset(tmp_path / "PATCH_1")


@pytest.mark.parametrize(
    ("step", "scope", "marker"),
    [
        (1, "patch", "ps1.mat"),
        (2, "patch", "pm1.mat"),
        (3, "patch", "select1.mat"),
        (4, "patch", "weed1.mat"),
        (5, "patch", "rc2.mat"),
        (5, "merged", "ifgstd2.mat"),
        (6, "merged", "phuw2.mat"),
        (7, "merged", "scla2.mat"),
        (8, "merged", "uw_space_time.mat"),
    ],
)
def test_progress_is_shown_by_one_file_per_step(step: int, scope: str, marker: str) -> None:
    assert expected_stage_artifact(step, scope) == marker
    assert expected_stage_artifact(stages_of_step(step, scope)[0].name) == marker


def test_a_step_outside_its_scope_has_no_artifact() -> None:
    with pytest.raises(ValueError, match="scope"):
        expected_stage_artifact(6, "patch")


@pytest.mark.golden
@pytest.mark.parametrize(("name", "count"), [("tiny", 2), ("small", 4), ("tiny_isce", 2)])
def test_golden_trees_are_data_sets(name: str, count: int, shared_data: Path) -> None:
    assert len(discover_dataset(shared_data / name / "run").patches) == count
