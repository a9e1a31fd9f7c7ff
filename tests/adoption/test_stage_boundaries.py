"""Projects that the original has left after each of its stages, taken over and brought to the end.

The files of the original up to stage N, ours from N+1 on: equal to the original at the end.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chain import run_chain
from resampled_merges import assert_same_phase
from trees import copy_writable

from pystamps.adoption.take_over import take_over
from pystamps.config import RunConfig, Tolerance
from pystamps.io.mat import read_mat, write_mat
from pystamps.pipeline.entry.stage2 import stage2_estimate_gamma
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.types import PipelineContext
from pystamps.stage_table import STAGES
from pystamps.verify import verify_trees

pytestmark = [pytest.mark.golden, pytest.mark.slow]

TreeBefore = Callable[[str, int], Path]
PATCHES = ("PATCH_1", "PATCH_2")
LAST_PLACES = Tolerance(absolute=2e-15)
"""Of what follows from baselines in double precision: thresholds, the number of trial wraps."""
OF_THE_REFERENCE = {("phuw2.mat", "ph_uw"), ("phuw_sb_res2.mat", "ph_res")}
"""The original sums the phase of the reference, here all pixels, in single precision: images differ
by a few 1e-6 rad, the same for all pixels."""


def done_until(step: int) -> list[str]:
    """Stages of ours that the original has finished: its stage 5 corrects and merges."""
    return [stage.name for stage in STAGES if stage.step <= step and not stage.is_product]


@pytest.fixture(scope="module")
def whole_stage_2(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``pm1`` of ``sb_small`` in full: the golden one is reduced to its vectors, for its size.

    What it lacks is of our stage 2 on the same candidates.
    """
    root = tmp_path_factory.mktemp("stage2")
    for part in ("run", "stages/stage1"):
        copy_writable(shared_data / "sb_small" / part, root)
    for patch in PATCHES:
        stage2_estimate_gamma(root / patch, RunConfig(root))
        golden = read_mat(shared_data / "sb_small" / "stages" / "stage2" / patch / "pm1.mat")
        write_mat(root / patch / "pm1.mat", read_mat(root / patch / "pm1.mat") | golden)
    return root


@pytest.fixture
def left_after(tree_before: TreeBefore, whole_stage_2: Path) -> TreeBefore:
    """Give a function that copies a project as the original has left it after a stage."""

    def make(name: str, step: int) -> Path:
        root = tree_before(name, step + 1)
        if name == "sb_small" and step >= 2:
            for patch in PATCHES:
                shutil.copyfile(whole_stage_2 / patch / "pm1.mat", root / patch / "pm1.mat")
        return root

    return make


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.mat")}


BOUNDARIES = [
    *(("tiny", step) for step in range(1, 9)),
    *(("sb_small", step) for step in (1, 2, 3, 5, 6, 8)),  # 4 and 7: below
]


@pytest.mark.parametrize(("name", "step"), BOUNDARIES)
def test_a_project_left_at_a_boundary_is_taken_over_and_ends_as_the_original_does(
    left_after: TreeBefore, shared_data: Path, name: str, step: int
) -> None:
    root = left_after(name, step)
    take_over_untouched(root, step)
    run_chain(root, first_step=step + 1).require(8)
    assert_equal_at_the_end(root, shared_data / name / "stages", step, is_resampled=name != "tiny")


def take_over_untouched(root: Path, step: int) -> None:
    """Import a project; all that the original has finished is done, and no content changes."""
    before = contents(root)
    found = take_over(RunConfig(root))
    assert found is not None and found.stages == done_until(step)
    assert not found.remade and not found.set_aside and not found.accepted
    assert contents(root) == before


def assert_equal_at_the_end(root: Path, stages: Path, step: int, *, is_resampled: bool) -> None:
    """Compare all that lies there with the golden tree; ``step``: the last one of the original."""
    if is_resampled and step < 5:
        assert_same_phase(root, stages)
        patches = [f"{patch}/*" for patch in PATCHES]
        found = verify_trees(
            root, layers(stages), files=patches, allow_extra=True, tolerance=LAST_PLACES
        )
    else:
        found = verify_trees(root, layers(stages), allow_extra=True)
    assert len(found.comparisons) > 50
    others = [(item.file, item.variable, item.sentence) for item in found.differences]
    wrong = [item for item in others if not (is_resampled and item[:2] in OF_THE_REFERENCE)]
    assert not wrong, wrong
    for file, variable in {item[:2] for item in others}:
        ours, theirs = (read_mat(p / file)[variable] for p in (root, stages / "stage6"))
        assert np.abs(ours - theirs).max() < 2e-5, file
        assert np.ptp(ours - theirs, axis=0).max() < 5e-6, file


def layers(stages: Path) -> list[Path]:
    return [stages / f"stage{number}" for number in range(1, 9)]


def test_of_a_project_left_after_stage_4_the_patches_are_corrected_next(
    left_after: TreeBefore, shared_data: Path
) -> None:
    """The original has written the pixels of generation 2 by then, but not their phase."""
    root = left_after("sb_small", 4)
    take_over_untouched(root, 4)
    states = {entry.label: entry.state for entry in dataset_status(root).entries}
    assert states["stage4_weed of PATCH_2"] == "done"
    assert states["stage5_correct of PATCH_1"] == "missing"
    assert states["stage5_merge"] == "blocked"
    run_chain(root, first_step=5).require(8)
    assert_equal_at_the_end(root, shared_data / "sb_small" / "stages", 4, is_resampled=True)


def test_a_run_goes_on_after_stage_7_and_repeats_nothing(
    left_after: TreeBefore, shared_data: Path
) -> None:
    root = left_after("sb_small", 7)
    take_over_untouched(root, 7)
    report = run_pipeline(PipelineContext(root, RunConfig(), cores=2))
    ran = [target.stage for target in report.targets if target.status == "completed"]
    assert ran == ["stage8_filter", "product_mean_velocity", "product_points"]
    assert_equal_at_the_end(root, shared_data / "sb_small" / "stages", 7, is_resampled=True)
