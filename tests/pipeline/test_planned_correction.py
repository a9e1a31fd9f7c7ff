"""What a configuration says about tropospheric phase: what is planned, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from delayed_trees import DelayedTree, delayed_tree

from pystamps.config import RunConfig
from pystamps.errors import DatasetError, ParameterError
from pystamps.io.mat import write_mat
from pystamps.pipeline.entry.troposphere import correct_troposphere
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.targets import targets_of
from pystamps.stage_table import TROPOSPHERE
from pystamps.troposphere_methods import TROPOSPHERE_METHODS


@pytest.fixture
def tree(tmp_path: Path) -> DelayedTree:
    """A data set that begins with stage 6, as one that was combined of two."""
    return begun(delayed_tree(tmp_path))


def begun(made: DelayedTree) -> DelayedTree:
    """Add what makes it a data set: the mark of a combination, and its phase."""
    write_mat(made.root / "merge2.mat", {"psver": 2.0})
    write_mat(made.root / "rc2.mat", {"ph_rc": np.ones(made.truth.shape, np.complex64)})
    return made


def mapping(tree: DelayedTree, stamps=None, **settings):
    troposphere = {"method": "gacos", "source": str(tree.gacos), **settings}
    found = {"dataset": str(tree.root), "troposphere": troposphere}
    return found if stamps is None else found | {"stamps": stamps}


def plan_of(tree: DelayedTree, **more) -> WorkflowPlan:
    return WorkflowPlan.from_mapping(mapping(tree, **more))


def names_of(plan: WorkflowPlan) -> list[str]:
    return [stage.name for stage in plan.stages]


def test_without_a_method_nothing_is_planned(tree: DelayedTree) -> None:
    plan = WorkflowPlan.from_mapping({"dataset": str(tree.root)})
    assert TROPOSPHERE.name not in names_of(plan)
    assert "tca2.mat" not in plan.optional_inputs("stage6_unwrap")


def test_a_method_stands_before_unwrapping_with_its_files(tree: DelayedTree) -> None:
    plan = plan_of(tree)
    assert names_of(plan)[:2] == [TROPOSPHERE.name, "stage6_unwrap"]
    (target,) = (t for t in targets_of(plan) if t.stage == TROPOSPHERE.name)
    grids = {str(tree.gacos / f"{date}.ztd") for date in tree.dates}
    assert grids | {f"{grid}.rsc" for grid in grids} <= set(target.inputs)
    assert {"ps2.mat", "hgt2.mat", "la2.mat"} <= set(target.inputs)
    assert "phuw2.mat" not in target.inputs and target.outputs == ("tca2.mat",)
    for rule in ("stage6_unwrap", "stage7_scla"):
        assert "tca2.mat" in plan.optional_inputs(rule)
    assert plan.root_parameters.subtr_tropo and plan.root_parameters.tropo_method == "a_gacos"


def test_what_is_estimated_from_the_phase_stands_after_unwrapping(
    tree: DelayedTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = TROPOSPHERE_METHODS["gacos"]
    monkeypatch.setitem(
        TROPOSPHERE_METHODS, "gacos", dataclasses.replace(method, is_from_phase=True)
    )
    before = WorkflowPlan.from_mapping({"dataset": str(tree.root)})
    plan = plan_of(tree)
    assert names_of(plan)[:3] == ["stage6_unwrap", TROPOSPHERE.name, "stage7_scla"]
    assert "phuw2.mat" in plan.optional_inputs(TROPOSPHERE.name)
    assert "tca2.mat" not in plan.optional_inputs("stage6_unwrap")
    assert "tca2.mat" in plan.optional_inputs("stage7_scla")
    # the unwrapping that is there stays: nothing of it has changed
    assert plan.settings("stage6_unwrap") == before.settings("stage6_unwrap")
    assert plan.settings("stage7_scla") != before.settings("stage7_scla")


def test_small_baselines_have_a_file_of_their_own(tmp_path: Path) -> None:
    tree = begun(delayed_tree(tmp_path, pairs=[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]))
    plan = plan_of(tree)
    (target,) = (t for t in targets_of(plan) if t.stage == TROPOSPHERE.name)
    assert target.outputs == ("tca_sb2.mat",)
    assert "tca_sb2.mat" in plan.optional_inputs("stage6_unwrap")


def test_the_phase_may_be_left_out_of_a_run(tree: DelayedTree) -> None:
    plan = plan_of(tree, stamps={"subtr_tropo": "n"})
    assert TROPOSPHERE.name not in names_of(plan)
    assert "tca2.mat" not in plan.optional_inputs("stage7_scla")


def test_a_file_of_the_user_is_never_replaced(tree: DelayedTree) -> None:
    write_mat(tree.root / "tca2.mat", {"ph_tropo_gacos": tree.truth})
    with pytest.raises(DatasetError, match=r"tca2\.mat: was not made by troposphere\.method"):
        plan_of(tree)
    plan = WorkflowPlan.from_mapping(
        {"dataset": str(tree.root), "stamps": {"subtr_tropo": "y", "tropo_method": "a_gacos"}}
    )
    assert TROPOSPHERE.name not in names_of(plan)
    assert "tca2.mat" in plan.optional_inputs("stage6_unwrap")


def test_a_file_that_the_stage_has_made_is_made_again_and_one_that_was_changed_is_not(
    tree: DelayedTree,
) -> None:
    correct_troposphere(tree.root, RunConfig.from_mapping(mapping(tree)))
    assert TROPOSPHERE.name in names_of(plan_of(tree))
    write_mat(tree.root / "tca2.mat", {"ph_tropo_linear": tree.truth})
    with pytest.raises(DatasetError, match="was not made by"):
        plan_of(tree)


@pytest.mark.parametrize(
    ("settings", "stamps", "error", "words"),
    [
        ({"source": None}, None, ParameterError, "reads a folder; give the folder"),
        ({"source": "/nowhere"}, None, DatasetError, "reads a folder, and none is there"),
        ({"method": "none"}, None, ParameterError, r"troposphere\.method is none, which"),
        ({"stored_as": "a_cloud"}, None, ParameterError, "a_cloud is no tropo_method"),
        ({"stored_as": "a_m+a_eh"}, None, ParameterError, "with one variable"),
        ({}, {"tropo_method": "a_l"}, ParameterError, "writes its phase as a_gacos"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    tree: DelayedTree, settings, stamps, error, words
) -> None:
    with pytest.raises(error, match=words):
        plan_of(tree, stamps=stamps, **settings)


def test_a_folder_without_grids_is_refused(tree: DelayedTree, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match="holds no file of gacos"):
        plan_of(tree, source=str(empty))
