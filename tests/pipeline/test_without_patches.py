"""A data set without patch folders: the root is the only patch, as StaMPS allows."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from golden_tolerances import MODULO_2PI, RELATIVE, tolerances
from stage_comparison import assert_same_artifact

from pystamps.config import RunConfig
from pystamps.errors import DatasetError, NothingLeftError
from pystamps.io.dataset import discover_dataset, looks_prepared
from pystamps.io.mat import read_mat, write_mat
from pystamps.io.no_ps_info import empty_steps
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline, run_stage
from pystamps.pipeline.targets import targets_of
from pystamps.pipeline.types import PipelineContext, PipelineReport

IFG_STD_DEG = [
    *(43.831749, 41.174782, 39.927940, 39.098770, 36.654911, 36.909988, 41.182449, 46.939091),
    *(38.568668, 33.882141, 32.613041, 38.169991, 38.218601, 37.809921, 40.696098, 45.366798),
    43.923340,
]
"""What ``stamps(5,5)`` of the original writes in a folder that holds PATCH_1 of ``tiny`` alone."""


def moved_to_root(root: Path) -> Path:
    """Make the first patch of a data set the whole of it, in the root."""
    for path in sorted((root / "PATCH_1").iterdir()):
        path.rename(root / path.name)
    return without_patches(root)


def without_patches(root: Path) -> Path:
    for patch in root.glob("PATCH_*"):
        shutil.rmtree(patch)
    for name in root.glob("patch.list*"):
        name.unlink()
    return root


def plan_of(root: Path) -> WorkflowPlan:
    return WorkflowPlan.from_mapping({"dataset": {"path": str(root)}})


@pytest.mark.golden
def test_stages_1_4_and_5_in_the_root_are_those_of_the_original(tree_before, shared_data):
    root = moved_to_root(tree_before("tiny", 4))
    config = RunConfig(dataset=root)
    golden = shared_data / "tiny" / "stages"
    made = {"ps1": 1, "ph1": 1, "weed1": 4, "ps2": 4, "pm2": 4, "rc2": 5}
    for step in (1, 4, 5):
        run_stage(step, "patch", root, config)
    run_stage(5, "merged", root, config)
    for name, stage in made.items():
        assert_same_artifact(
            root / f"{name}.mat",
            golden / f"stage{stage}" / "PATCH_1" / f"{name}.mat",
            tolerances(name) if name != "ph1" else {},
            modulo_2pi=MODULO_2PI.get(name, ()),
            relative=RELATIVE.get(name, ()),
        )
    found = read_mat(root / "ifgstd2.mat")["ifg_std"]
    np.testing.assert_allclose(np.ravel(found), IFG_STD_DEG, rtol=0, atol=1e-4)
    assert empty_steps(root) == set()
    assert not (root.parent / "parms.mat").exists()  # nothing is written above the data set


@pytest.mark.golden
def test_a_root_that_lost_all_pixels_ends_with_the_remedy(tree_before):
    root = moved_to_root(tree_before("tiny", 5))
    weed = read_mat(root / "weed1.mat")
    write_mat(root / "weed1.mat", weed | {"ix_weed": np.zeros_like(weed["ix_weed"])})
    config = RunConfig(dataset=root)
    run_stage(5, "patch", root, config)
    assert empty_steps(root) == {5}
    with pytest.raises(NothingLeftError, match="no pixels are left; loosen the selection"):
        run_stage(5, "merged", root, config)


@pytest.mark.golden
def test_results_of_all_stages_in_the_root_stay_as_they_are(tree_before):
    root = moved_to_root(tree_before("tiny", 6))
    targets = targets_of(plan_of(root))
    assert discover_dataset(root).is_single_patch and looks_prepared(root)
    assert [target.stage for target in targets][:6] == [
        "stage1_load", "stage2_gamma", "stage3_select", "stage4_weed", "stage5_correct",
        "stage5_merge",
    ]  # fmt: skip
    assert all(target.is_there and target.patch == "" for target in targets if target.step <= 5)


@pytest.mark.golden
def test_without_candidates_it_goes_on_with_stage_6(tree_before, shared_data):
    root = without_patches(tree_before("tiny", 7))
    assert looks_prepared(root) and discover_dataset(root).is_combined
    assert next(target.stage for target in targets_of(plan_of(root))) == "stage6_unwrap"
    run_stage(7, "merged", root, RunConfig(dataset=root))
    golden = shared_data / "tiny" / "stages" / "stage7" / "scla2.mat"
    assert_same_artifact(root / "scla2.mat", golden, tolerances("scla2"))


@pytest.mark.golden
def test_a_patch_is_not_taken_for_a_data_set(tree_before):
    patch = tree_before("tiny", 2) / "PATCH_1"
    with pytest.raises(DatasetError, match="is a patch"):
        discover_dataset(patch)


@pytest.mark.slow
@pytest.mark.workflow
def test_the_workflow_runs_in_the_root_and_repeats_what_depends_on_a_change(simulated):
    root = moved_to_root(simulated)

    def run(*, dry_run: bool, **stamps: object) -> PipelineReport:
        config = RunConfig(dataset=root, stamps=stamps)
        return run_pipeline(PipelineContext(root, config, end_step=5, cores=2, dry_run=dry_run))

    first = run(dry_run=False)
    assert [(t.target, t.status) for t in first.targets] == [("merged", "completed")] * 6
    assert (root / "ifgstd2.mat").is_file() and not list(root.glob("PATCH_*"))
    assert (root / "logs" / "stage2_gamma.log").is_file()
    assert {t.status for t in run(dry_run=True).targets} == {"skipped_existing"}
    planned = [t.stage for t in run(dry_run=True, weed_standard_dev=0.8).targets
               if t.status == "planned"]  # fmt: skip
    assert planned == ["stage4_weed", "stage5_correct", "stage5_merge"]
