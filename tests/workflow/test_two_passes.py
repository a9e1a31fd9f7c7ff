"""Phase that is unwrapped twice (``method.unwrap_iterations: 2``), as rules and by hand.

The original unwraps again whatever lies there; its two passes over ``tiny`` are the golden trees.
"""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest
from golden_tolerances import MODULO_2PI_PER_COLUMN, tolerances
from paired_stacks import paired_snap_stack
from snakemake_rules import declared_rules
from stage_comparison import assert_same_artifact
from trees import copy_writable

from pystamps.adoption.take_over import take_over
from pystamps.config import MethodSettings, RunConfig
from pystamps.doctor.checks_records import check_passes
from pystamps.doctor.prepared import Prepared
from pystamps.errors import ArtifactError, PystampsError
from pystamps.io.checksums import file_checksum
from pystamps.io.dataset import OWN_FOLDERS
from pystamps.io.stage_records import passes_of_unwrapping, stage_record
from pystamps.parameters import Parameters
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline, run_stage
from pystamps.pipeline.status import dataset_status
from pystamps.pipeline.types import PipelineContext
from pystamps.report_page.method_lines import method_lines
from pystamps.resources import workflow_directory
from pystamps.stage_table import FIRST_PASS, stage_named

TWICE = MethodSettings(unwrap_iterations=2)
FIRST = [stage.name for stage in FIRST_PASS]
CHAIN = [*FIRST, "stage6_unwrap", "stage7_scla", "stage8_filter"]


def config_of(root: Path, **more: Any) -> RunConfig:
    return RunConfig(dataset=root, method=TWICE, **more)


def ran(root: Path, config: RunConfig, **more: Any) -> dict[str, str]:
    """Run a data set; give the status of its stages from 6 on."""
    report = run_pipeline(PipelineContext(root, config, cores=2, **more))
    return {target.stage: target.status for target in report.targets if target.step >= 6}


def assert_same_files(found: Path, golden: Path, *names: str) -> None:
    for name in names:
        assert_same_artifact(
            found / f"{name}.mat", golden / f"{name}.mat", tolerances(name),
            modulo_2pi_per_column=MODULO_2PI_PER_COLUMN.get(name, ()),
        )  # fmt: skip


@pytest.fixture(scope="module")
def twice(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the original left of ``tiny`` after stage 5, gone on with by the workflow."""
    folder, source = tmp_path_factory.mktemp("twice"), shared_data / "tiny"
    root = folder / "run"
    copy_writable(source / "run", root)
    copy_writable(source / "raw", folder / "raw")
    for number in range(1, 6):
        copy_writable(source / "stages" / f"stage{number}", root)
    config = config_of(root)
    assert take_over(config) is not None
    found = ran(root, config, end_step=8)
    assert list(found)[:5] == CHAIN and set(found.values()) == {"completed"}
    return root


@pytest.fixture
def unwrapped(twice: Path, tmp_path: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(twice, tmp_path / "run"))


@pytest.mark.golden
@pytest.mark.workflow
def test_each_pass_has_the_results_of_the_original_in_a_place_of_its_own(
    twice: Path, shared_data: Path
) -> None:
    first, second = shared_data / "tiny" / "stages", shared_data / "variants" / "tiny__iteration2"
    for name in ("uw_grid", "uw_interp", "uw_phaseuw", "phuw2"):
        assert_same_files(twice / "first_pass", first / "stage6", name)
    assert_same_files(twice / "first_pass", first / "stage7", "scla2", "scla_smooth2")
    assert_same_files(twice, second / "stage6", "uw_interp", "uw_phaseuw", "phuw2")
    assert_same_files(twice, second / "stage7", "scla2", "scla_smooth2")
    assert_same_files(twice, second / "stage8", "scn2")
    assert file_checksum(twice / "phuw2.mat") != file_checksum(twice / "first_pass" / "phuw2.mat")


@pytest.mark.golden
@pytest.mark.workflow
def test_a_finished_tree_has_nothing_to_do_and_says_why_another_number_of_passes_has(
    twice: Path,
) -> None:
    states = {e.stage: e for e in dataset_status(twice, config_of(twice)).entries}
    assert {states[name].state for name in CHAIN} == {"done"}
    once = {e.stage: e for e in dataset_status(twice, RunConfig()).entries}
    assert not once.keys() & {*FIRST}
    assert once["stage6_unwrap"].state == "stale" and once["stage8_filter"].state == "blocked"
    (change,) = once["stage6_unwrap"].changes
    assert (change.name, change.old, change.new) == ("method.unwrap_iterations", "2", "1")
    record = stage_record(twice, "stage6_unwrap", "")
    assert record is not None and "first_pass/scla_smooth2.mat" in record.inputs


@pytest.mark.golden
@pytest.mark.workflow
def test_who_unwraps_once_after_all_gets_the_first_pass_which_stays_where_it_is(
    unwrapped: Path,
) -> None:
    first = file_checksum(unwrapped / "first_pass" / "phuw2.mat")
    found = ran(unwrapped, RunConfig(dataset=unwrapped), end_step=6)
    assert found == {"stage6_unwrap": "completed"}
    assert file_checksum(unwrapped / "phuw2.mat") == first
    found = ran(unwrapped, config_of(unwrapped), end_step=6, dry_run=True)
    assert found == dict.fromkeys(FIRST, "skipped_existing") | {"stage6_unwrap": "planned"}


@pytest.mark.golden
@pytest.mark.workflow
def test_a_parameter_of_stage_7_makes_the_second_pass_again_but_not_the_first_unwrapping(
    unwrapped: Path,
) -> None:
    config = config_of(unwrapped, stamps={"scla_drop_index": [3]})
    states = {e.stage: e.state for e in dataset_status(unwrapped, config).entries}
    expected = {"stage6_first_unwrap": "done", "stage6_first_scla": "stale"}
    assert states | expected == states
    assert states["stage6_unwrap"] == states["stage7_scla"] == "blocked"


@pytest.mark.golden
@pytest.mark.workflow
def test_until_the_first_pass_runs_nothing_behind_it(unwrapped: Path) -> None:
    for name in ("phuw2.mat", "scla2.mat"):
        (unwrapped / "first_pass" / name).unlink()
    found = ran(unwrapped, config_of(unwrapped), until="stage6_first_unwrap", dry_run=True)
    assert found == {"stage6_first_unwrap": "planned"}


@pytest.mark.golden
def test_stages_by_hand_give_what_the_workflow_gives(unwrapped: Path) -> None:
    config = config_of(unwrapped)
    before = {p: file_checksum(p) for p in [*unwrapped.glob("*.mat"), *unwrapped.glob("*/*.mat")]}
    shutil.rmtree(unwrapped / "first_pass")
    with pytest.raises(ArtifactError, match=r"first_pass/scla_smooth2\.mat: is not there"):
        stage6_unwrap(unwrapped, config)
    for step in (*FIRST, 6, 7):
        result = run_stage(step, "merged", unwrapped, config)
        assert all(name.startswith("first_pass/") == (step in FIRST) for name in result.written)
    assert {path: file_checksum(path) for path in before} == before
    with pytest.raises(PystampsError, match="unwrap_iterations is 1"):
        run_stage(FIRST[0], "merged", unwrapped, RunConfig(dataset=unwrapped))


@pytest.mark.golden
def test_phase_of_a_first_pass_is_held_as_by_the_original(shared_data: Path, tree_before) -> None:
    """Small baselines: the second pass finds both files of the first one by itself."""
    root = tree_before("sb_small", 8)
    golden = shared_data / "variants" / "sb_small__hold_good" / "stage6"
    (root / "first_pass").mkdir()
    for name in ("phuw_sb2.mat", "scla_smooth_sb2.mat"):
        (root / name).rename(root / "first_pass" / name)
    stage6_unwrap(root, config_of(root, stamps={"unwrap_hold_good_values": "y"}))
    for name in ("uw_interp", "phuw_loops2", "phuw_good2"):
        assert_same_artifact(root / f"{name}.mat", golden / f"{name}.mat")
    assert_same_artifact(
        root / "phuw_sb2.mat", golden / "phuw_sb2.mat", tolerances("phuw2"),
        modulo_2pi_per_column=("ph_uw",),
    )  # fmt: skip


@pytest.mark.workflow
@pytest.mark.parametrize("is_small_baseline", [False, True])
def test_rules_of_a_first_pass_declare_what_their_records_say(
    simulated: Path, tmp_path: Path, is_small_baseline: bool
) -> None:
    root = paired_snap_stack(tmp_path).parent if is_small_baseline else simulated
    settings = {
        "dataset": str(root),
        "method": {"unwrap_iterations": 2},
        "stamps": {"unwrap_hold_good_values": "y"},
    }
    plan = WorkflowPlan.from_mapping(settings)
    rules = declared_rules(workflow_directory() / "Snakefile", **settings)
    for name in (*FIRST, "stage6_unwrap", "stage7_scla"):
        stage = plan.stage(name)
        optional = {*plan.optional_inputs(name)}
        assert {*rules[name]["inputs"]} == {*stage.inputs} | optional, name
        made = {*stage.outputs, *plan.optional_outputs(name)}
        assert {*rules[name]["outputs"]} == made, name
        assert rules[name]["settings"] == plan.settings(name), name
        assert rules[name]["resources"]["mem_mb"] == plan.memory_mb(name)
        assert Path(rules[name]["log"][0]).stem == name
    smooth = "scla_smooth_sb2.mat" if is_small_baseline else "scla_smooth2.mat"
    fed_back = {name for name in rules["stage6_unwrap"]["inputs"] if "/" in name}
    held = {"first_pass/phuw_sb2.mat"} if is_small_baseline else set()
    assert fed_back == {f"first_pass/{smooth}"} | held
    plain = WorkflowPlan.from_mapping({**settings, "stamps": {}})
    assert held.isdisjoint(plain.optional_inputs("stage6_unwrap"))
    once = dataclasses.replace(plan, config=RunConfig(dataset=root))
    assert not [stage for stage in once.stages if stage.folder]
    assert stage_named("stage6_first_scla").folder in OWN_FOLDERS


@pytest.mark.golden
def test_doctor_and_report_say_how_often_the_phase_was_unwrapped(twice: Path) -> None:
    assert passes_of_unwrapping(twice) == 2
    configs = (config_of(twice), RunConfig(dataset=twice))
    found = [item for c in configs for item in check_passes(Prepared(twice, c, range(6, 9)))]
    said = {item.severity: item.found for item in found}
    assert said == {"info": "2", "warning": "1; the results were unwrapped 2 times"}
    words = [dict(method_lines(Parameters(), frozenset(), {}, passes=n)) for n in (1, 2)]
    texts = ["".join(part.text for part in lines["Unwrapping"]) for lines in words]
    assert "Unwrapped twice" not in texts[0] and "Unwrapped twice" in texts[1]
