"""Which runs have their jobs as forks, and what Snakemake is started with then."""

from __future__ import annotations

from pathlib import Path

import pytest

from pystamps.config import RunConfig
from pystamps.forked_jobs import client
from pystamps.pipeline import driver
from pystamps.pipeline.driver import SnakemakeRequest


def request_for(**more: object) -> SnakemakeRequest:
    return SnakemakeRequest(RunConfig(), ("a.mat",), 2, **more)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(client.ASKED_FOR_VARIABLE, "1")
    monkeypatch.setattr(client, "can_fork_jobs", lambda: True)


@pytest.mark.usefixtures("asked")
def test_a_run_has_forks_on_this_machine_when_they_are_asked_for(tmp_path: Path) -> None:
    assert request_for(stages=("stage1_load",)).has_forks
    assert not request_for().has_forks
    assert not request_for(stages=("stage1_load",), profile=tmp_path).has_forks
    command = driver._command(request_for(stages=("stage1_load",)), tmp_path / "config.yaml")
    assert "pystamps.forked_jobs.snakemake_beside" in command
    assert command[command.index("--executor") + 1] == "pystamps"


def test_a_run_has_none_unless_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(client.ASKED_FOR_VARIABLE, raising=False)
    assert not request_for(stages=("stage1_load",)).has_forks


@pytest.mark.usefixtures("asked")
def test_other_systems_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "can_fork_jobs", lambda: False)
    assert not request_for(stages=("stage1_load",)).has_forks


def test_the_server_is_told_what_is_planned_and_how_many_threads_there_are() -> None:
    told = client.variables_of_server(("stage1_load", "stage2_gamma"), most_threads=4)
    assert set(told.values()) == {"stage1_load,stage2_gamma", "4"}
