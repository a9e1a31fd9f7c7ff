"""Interferograms of stage 6 as jobs of their own: the same bits, nothing left, nothing repeated."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pystamps.config import RunConfig, Runtime
from pystamps.errors import ArtifactError, ParameterError
from pystamps.io.mat import read_mat
from pystamps.pipeline.entry.stage6 import stage6_unwrap
from pystamps.pipeline.entry.stage6_parts import unwrap_part, write_network
from pystamps.pipeline.plan import WorkflowPlan
from pystamps.pipeline.stages import run_pipeline
from pystamps.pipeline.types import PipelineContext
from pystamps.pipeline.unwrap_parts import (
    PARTS_VARIABLE,
    UNWRAP_PARTS,
    number_of_parts,
    part_file,
    parts_asked_for,
)

RESULTS = ("uw_grid", "uw_interp", "uw_phaseuw", "phuw2")
TAKEN = "finished by the run before"


def contents(root: Path) -> dict[str, dict[str, np.ndarray]]:
    return {name: read_mat(root / f"{name}.mat") for name in RESULTS}


def require_same_bits(found: dict[str, dict], expected: dict[str, dict]) -> None:
    for name in RESULTS:
        assert found[name].keys() == expected[name].keys()
        for variable, value in expected[name].items():
            ours = np.asarray(found[name][variable])
            assert ours.dtype == np.asarray(value).dtype, (name, variable)
            assert ours.tobytes() == np.asarray(value).tobytes(), (name, variable)


def test_parts_give_the_bits_of_one_job_and_what_was_not_unwrapped_is_made_up_for(
    finished: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Two of three parts end, the third is killed: its interferograms are unwrapped by stage 6."""
    expected, config = contents(finished), RunConfig(finished)
    n_ifg = expected["phuw2"]["ph_uw"].shape[1] - 1
    for name in RESULTS:
        (finished / f"{name}.mat").unlink()
    write_network(finished, config)
    assert not (finished / "uw_grid.mat").exists(), "a network is no result"
    for part in (1, 3):
        unwrap_part(finished, config, part=part, count=3)
        assert (finished / part_file(part, 3)).is_file()
    with caplog.at_level(logging.INFO):
        stage6_unwrap(finished, config)
    taken = [text for text in caplog.messages if TAKEN in text]
    assert len(taken) == len([*range(0, n_ifg, 3), *range(2, n_ifg, 3)]) > 2
    require_same_bits(contents(finished), expected)
    assert not (finished / UNWRAP_PARTS).exists()


def test_a_part_without_its_network_says_what_to_do(finished: Path) -> None:
    with pytest.raises(ArtifactError, match=r"network\.json: is missing or damaged; delete it"):
        unwrap_part(finished, RunConfig(finished), part=1, count=2)


def test_one_machine_has_one_job_and_a_cluster_one_for_every_hour(
    simulated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = WorkflowPlan.from_mapping({"dataset": str(simulated)})
    assert number_of_parts(plan, cores=8, is_cluster=True) == 1
    hour = int(3600 / 300e-6)  # samples at 300 microseconds
    monkeypatch.setattr(WorkflowPlan, "samples", lambda *_: 8 * hour * 5 // 2)
    assert number_of_parts(plan, cores=8, is_cluster=False) == 1
    assert number_of_parts(plan, cores=8, is_cluster=True) == 2
    assert number_of_parts(plan, cores=1, is_cluster=True) == 20
    asked = replace(plan, config=replace(plan.config, runtime=Runtime(unwrap_jobs=3)))
    assert number_of_parts(asked, cores=8, is_cluster=False) == 3


def test_rules_know_of_parts_when_a_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PARTS_VARIABLE, raising=False)
    assert parts_asked_for() == ()
    monkeypatch.setenv(PARTS_VARIABLE, "2")
    assert parts_asked_for() == (part_file(1, 2), part_file(2, 2))
    monkeypatch.setenv(PARTS_VARIABLE, "many")
    with pytest.raises(ParameterError, match="expected a number; unset the variable"):
        parts_asked_for()


@pytest.mark.slow
@pytest.mark.workflow
def test_a_run_in_parts_has_the_bits_of_one_job_and_nothing_runs_again_afterwards(
    finished: Path,
) -> None:
    expected = contents(finished)
    (finished / "phuw2.mat").unlink()
    config = RunConfig(finished, runtime=Runtime(unwrap_jobs=2))
    context = PipelineContext(finished, config, cores=2, until="stage6_unwrap")
    report = run_pipeline(context)
    assert not report.has_failed
    assert (finished / "logs" / "stage6_part_2_of_2.log").is_file()
    log = (finished / "logs" / "stage6_unwrap.log").read_text()
    assert log.count(TAKEN) == expected["phuw2"]["ph_uw"].shape[1] - 1
    require_same_bits(contents(finished), expected)
    for settings in (config, RunConfig(finished)):
        again = run_pipeline(replace(context, run_config=settings, dry_run=True))
        assert {target.status for target in again.targets} == {"skipped_existing"}
