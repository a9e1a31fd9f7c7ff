"""A data set that StaMPS has processed as one patch, in the root: it goes on with stage 6."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from golden_tolerances import tolerances
from stage_comparison import assert_same_artifact

from pystamps.config import RunConfig
from pystamps.errors import DatasetError
from pystamps.io.dataset import discover_dataset, looks_prepared
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_stage
from pystamps.pipeline.targets import targets_of


@pytest.fixture
def root(tree_before) -> Path:
    """The merged results of ``tiny`` before stage 7, with candidates in the root and no patch."""
    root = tree_before("tiny", 7)
    for name in ("ps1.mat", "pscands.1.ij"):
        shutil.copy(root / "PATCH_1" / name, root)
    for patch in root.glob("PATCH_*"):
        shutil.rmtree(patch)
    for name in root.glob("patch.list*"):
        name.unlink()
    return root


@pytest.mark.golden
def test_stages_6_to_8_go_on_from_results_in_the_root(root, shared_data):
    assert looks_prepared(root) and discover_dataset(root).is_combined
    plan = WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})
    assert next(target.stage for target in targets_of(plan)) == "stage6_unwrap"
    run_stage(7, "merged", root, RunConfig(dataset=root))
    golden = shared_data / "tiny" / "stages" / "stage7" / "scla2.mat"
    assert_same_artifact(root / "scla2.mat", golden, tolerances("scla2"))


@pytest.mark.golden
def test_what_is_not_through_stage_5_is_told_where_its_candidates_belong(root):
    (root / "ifgstd2.mat").unlink()
    assert discover_dataset(root).is_single_patch
    with pytest.raises(DatasetError, match="move the candidate files into PATCH_1"):
        WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})
    (root.parent / "patch.list").write_text(f"{root.name}\n")
    with pytest.raises(DatasetError, match="is a patch"):
        discover_dataset(root)
