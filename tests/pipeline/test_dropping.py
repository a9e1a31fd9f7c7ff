"""Interferograms left out and taken in again: lists, patches, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from processed_tree import MASTER, write_processed_tree

from pystamps.config import RunConfig
from pystamps.errors import ParameterError
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.mat_changes import change_mat
from pystamps.parameters.files import effective_parameters, keep_patch_parameters
from pystamps.pipeline.dropping import LOOK_ANGLE, change_dropped
from pystamps.stages.image_network import connected_image_groups

DATES = ("2018-01-01", "2018-01-25", "2018-02-18", "2018-04-07", "2018-05-01", "2019-04-26")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Six dates; the list of dropped interferograms is empty, as StaMPS writes it."""
    line, sample = (side.ravel() for side in np.indices((8, 10)))
    write_processed_tree(tmp_path, 0.5 * line, line, sample)
    change_mat(tmp_path / "parms.mat", {"drop_ifg_index": np.zeros((0, 0))})
    return tmp_path


def changed(root: Path, *given: str, adds: bool = True, **more):
    return change_dropped(root, more.pop("config", RunConfig()), given, adds=adds, **more)


def lists(root: Path) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Lists of the stages of the patch and of those of the data set."""
    return tuple(
        effective_parameters(root, folder, {}).drop_ifg_index for folder in (root / "PATCH_1", root)
    )


def test_dates_and_numbers_mean_the_same_and_count_the_reference_image(tree: Path) -> None:
    found = changed(tree, DATES[1], "5")
    assert found.after == (2, 5) and found.before == () and found.is_changed
    assert lists(tree) == ((2, 5), (2, 5))
    assert read_mat(tree / "parms.mat")["drop_ifg_index"].ravel().tolist() == [2, 5]
    assert not (tree / "PATCH_1" / "localparms.mat").exists()
    assert any(
        words.startswith("3 of 5 interferograms are left, and connected") for words in found.words
    )


@pytest.mark.parametrize("from_step", [3, 6])
def test_dropping_and_taking_in_again_leaves_the_parameters_as_they_were(
    tree: Path, from_step: int
) -> None:
    before = read_mat(tree / "parms.mat")
    changed(tree, DATES[4], from_step=from_step)
    changed(tree, "5", adds=False, from_step=from_step)
    after = read_mat(tree / "parms.mat")
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    assert not (tree / "PATCH_1" / "localparms.mat").exists()


def test_from_unwrapping_on_the_patches_keep_the_list_that_they_were_run_with(tree: Path) -> None:
    changed(tree, "2")
    found = changed(tree, "5", from_step=6)
    assert found.after == (2, 5) and found.of_patches == {"PATCH_1": (2,)}
    assert lists(tree) == ((2,), (2, 5))
    changed(tree, "5")
    assert lists(tree) == ((2, 5), (2, 5))
    assert not (tree / "PATCH_1" / "localparms.mat").exists()


def test_what_is_dropped_already_changes_nothing(tree: Path) -> None:
    changed(tree, "2")
    before = (tree / "parms.mat").read_bytes()
    assert not changed(tree, "2", DATES[1]).is_changed
    assert (tree / "parms.mat").read_bytes() == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("2018-02-19",), "is the date of no image"),
        (("7",), "drop_ifg_index: 7 does not exist"),
        (("1", "2", "4", "5"), "leave 1 of 5 interferograms, stage 7 needs 2"),
        (("yesterday",), "list of numbers from 1 or dates"),
        (("3", "4", "5", "6"), "3 is the reference image, and no later image is left"),
    ],
)
def test_a_list_that_a_stage_would_refuse_is_refused_and_nothing_written(
    tree: Path, given: tuple[str, ...], message: str
) -> None:
    before = (tree / "parms.mat").read_bytes()
    with pytest.raises(ParameterError, match=message):
        changed(tree, *given, from_step=6)
    assert (tree / "parms.mat").read_bytes() == before
    assert not (tree / "PATCH_1" / "localparms.mat").exists()


def test_the_selection_needs_more_images_than_the_unwrapping(tree: Path) -> None:
    with pytest.raises(ParameterError, match=r"leaves 2 of 5 interferograms, stage 3 needs 3"):
        changed(tree, "1", "2", "4")
    assert changed(tree, "1", "4", "5", from_step=6).after == (1, 4, 5)


def test_the_reference_image_may_be_dropped_as_in_the_original_with_a_word_about_it(
    tree: Path,
) -> None:
    found = changed(tree, str(MASTER + 1))
    assert found.after == (MASTER + 1,)
    assert any("stage 8 leaves interferogram 4" in words for words in found.words)


def test_only_what_is_on_the_list_is_taken_off(tree: Path) -> None:
    changed(tree, "2")
    with pytest.raises(ParameterError, match="4 is not on the list, which is \\[2\\]"):
        changed(tree, "4", adds=False)


def test_the_list_of_the_look_angle_error_changes_only_when_asked_for(tree: Path) -> None:
    changed(tree, "2")
    assert effective_parameters(tree, tree, {}).scla_drop_index == ()
    changed(tree, "4", name=LOOK_ANGLE)
    found = effective_parameters(tree, tree, {})
    assert (found.drop_ifg_index, found.scla_drop_index) == ((2,), (4,))


def test_a_list_of_the_configuration_is_no_list_of_the_data_set(tree: Path) -> None:
    config = RunConfig(tree, stamps={"drop_ifg_index": [4]})
    with pytest.raises(ParameterError, match="configuration has a list of its own"):
        changed(tree, "2", config=config)


def test_other_values_of_a_patch_stay(tree: Path) -> None:
    local = tree / "PATCH_1" / "localparms.mat"
    write_mat(local, {"Created": "today", "weed_time_win": np.array([[600.0]])})
    changed(tree, "2")
    changed(tree, "5", from_step=6)
    assert read_mat(local).keys() == {"Created", "weed_time_win", "drop_ifg_index"}
    changed(tree, "5", adds=False)
    assert read_mat(local).keys() == {"Created", "weed_time_win"}


def test_a_value_that_a_patch_has_anyway_is_not_kept_twice(tree: Path) -> None:
    patch = tree / "PATCH_1"
    keep_patch_parameters(tree, patch, {"weed_time_win": 730})
    assert not (patch / "localparms.mat").exists()
    keep_patch_parameters(tree, patch, {"weed_time_win": 500})
    assert effective_parameters(tree, patch, {}).weed_time_win == 500
    assert effective_parameters(tree, tree, {}).weed_time_win == 730


def groups(*pairs: tuple[int, int]) -> list[list[int]]:
    return [group.tolist() for group in connected_image_groups(np.array(pairs).reshape(-1, 2))]


def test_a_network_is_connected_or_its_groups_are_told() -> None:
    assert groups((0, 1), (1, 2), (0, 3)) == [[0, 1, 2, 3]]
    assert groups((5, 6), (0, 1), (1, 2)) == [[0, 1, 2], [5, 6]]
    assert groups((3, 0), (3, 1), (3, 3)) == [[0, 1, 3]]
    assert groups() == []
