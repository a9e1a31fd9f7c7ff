"""Which runs have their jobs as forks, and what Snakemake is started with then."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.config import RunConfig
from pystamps.errors import PystampsError
from pystamps.forked_jobs import client
from pystamps.pipeline import driver
from pystamps.pipeline.driver import SnakemakeRequest


def request_for(**more: object) -> SnakemakeRequest:
    return SnakemakeRequest(RunConfig(), ("a.mat",), 2, **more)


@pytest.fixture
def possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(client.FORKS_VARIABLE, raising=False)
    monkeypatch.setattr(client, "can_fork_jobs", lambda: True)


@pytest.mark.usefixtures("possible")
def test_the_jobs_of_a_run_on_this_machine_are_forks(tmp_path: Path) -> None:
    assert request_for(has_jobs=True).has_forks
    assert not request_for(dry_run=True).has_forks
    assert not request_for(has_jobs=True, profile=tmp_path).has_forks
    known = request_for(has_jobs=True, stages=("stage1_load",))
    command = driver._command(known, tmp_path / "config.yaml")
    assert "pystamps.forked_jobs.snakemake_beside" in command
    assert command[command.index("--executor") + 1] == "pystamps"


@pytest.mark.usefixtures("possible")
def test_a_variable_gives_every_job_a_process_of_its_own(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(client.FORKS_VARIABLE, "0")
    request = request_for(has_jobs=True)
    assert not request.has_forks
    assert "--executor" not in driver._command(request, tmp_path / "config.yaml")
    monkeypatch.setenv(client.FORKS_VARIABLE, "off")
    with pytest.raises(PystampsError, match="PYSTAMPS_FORKED_JOBS is 'off'; expected 0"):
        assert request.has_forks


@pytest.mark.usefixtures("possible")
def test_other_systems_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "can_fork_jobs", lambda: False)
    assert not request_for(has_jobs=True).has_forks


def test_the_server_is_told_what_is_planned_and_how_many_threads_there_are() -> None:
    told = client.variables_of_server(("stage1_load", "stage2_gamma"), most_threads=4)
    assert set(told.values()) == {"stage1_load,stage2_gamma", "4"}


def test_a_server_that_is_told_no_stage_starts_with_the_first_job(monkeypatch) -> None:
    started = []
    monkeypatch.setattr(
        client, "JobServer", lambda stages, most_threads: started.append((*stages, most_threads))
    )
    for name, value in client.variables_of_server((), most_threads=4).items():
        monkeypatch.setenv(name, value)
    client.server_of_variables()
    assert started == []
    client.server_of_variables(cores=2)
    assert started == [(4,)]
