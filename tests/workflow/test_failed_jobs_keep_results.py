"""Snakemake deletes outputs before a job and after its failure: the results of before come back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pytest

from pystamps.io.result_sets import PREVIOUS
from pystamps.resources import workflow_directory
from pystamps.stage_table import STAGES

pytestmark = pytest.mark.workflow

BREAK = """
import dataclasses
import os

from pystamps import stage_table

stage_table.STAGES = tuple(
    dataclasses.replace(stage, entry_point="broken_stage:broken")
    if stage.name == os.environ["BROKEN_STAGE"] else stage
    for stage in stage_table.STAGES
)
"""
STAGE = """
import os, pathlib, time

from pystamps.pipeline.job import stage_job

def broken(directory, config, **options):
    with stage_job(os.environ["BROKEN_STAGE"], directory, config) as job:
        {}
"""
FAULT, NO_MEMORY = "raise ZeroDivisionError('half a pixel')", "raise MemoryError('9 TiB')"
KILLED, NO_SPACE = "os.kill(os.getpid(), 9)", "raise OSError(28, 'No space left', '/data/x')"
WAIT = "pathlib.Path(os.environ['SIGN']).touch(); time.sleep(120)"
NOT_COMPARED = {".snakemake", "logs", "benchmarks", "jobs", "runs", "stage6"}


def environment_of(folder: Path, stage: str, statement: str) -> dict[str, str]:
    """Give an environment in which a stage ends in a certain way."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(BREAK)
    (folder / "broken_stage.py").write_text(STAGE.format(statement))
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    more = {"PYTHONPATH": path, "BROKEN_STAGE": stage, "SIGN": str(folder / "sign")}
    return os.environ | more


def run_of(root: Path) -> list[str]:
    main = "from pystamps.cli import main; main()"
    return [sys.executable, "-c", main, "run", "-d", str(root)]


def bare(root: Path, *arguments: str) -> list[str]:
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--snakefile"]
    command += [str(workflow_directory() / "Snakefile"), "--config", f"dataset={root}"]
    return [*command, *arguments]


def bare_stage_7(root: Path) -> list[str]:
    return bare(root, "--", "scla2.mat")


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Give content and time of every file that is a result or says something about one."""
    return {
        str(name): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
        for name in [path.relative_to(root)]
        if not NOT_COMPARED.intersection(name.parts)
    }


def state_of(root: Path, stage: str) -> tuple[str, str]:
    """Give state and reason of a stage as a run finds it."""
    command = [*run_of(root)[:3], "status", "-d", str(root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    entries = json.loads(done.stdout)["entries"]
    found = next(entry for entry in entries if entry["stage"] == stage)
    return found["state"], found["reason"]


@pytest.fixture
def stale(finished: Path) -> Path:
    """A finished data set whose stage 7 is stale because of its settings, not of its files."""
    command = [*run_of(finished)[:3], "params", "set", "-d", str(finished), "scla_method=L1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return finished


@pytest.mark.parametrize(
    ("start", "statement"),
    [
        (run_of, FAULT),
        pytest.param(bare_stage_7, KILLED, marks=pytest.mark.slow),
        pytest.param(run_of, KILLED, marks=[pytest.mark.slow, pytest.mark.campaign]),
        pytest.param(bare_stage_7, FAULT, marks=[pytest.mark.slow, pytest.mark.campaign]),
    ],
)
def test_a_failed_stage_leaves_its_results_and_stays_stale(
    stale: Path, tmp_path: Path, start, statement: str
) -> None:
    before, state = snapshot(stale), state_of(stale, "stage7_scla")
    assert state[0] == "stale"
    environment = environment_of(tmp_path / "code", "stage7_scla", statement)
    done = subprocess.run(
        start(stale), env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (1, 3), done.stderr  # 3: a fault of the code
    assert "results of before are back" in done.stderr
    assert snapshot(stale) == before
    assert state_of(stale, "stage7_scla") == state
    assert not (stale / PREVIOUS).exists()


@pytest.mark.parametrize("start", [run_of, pytest.param(bare_stage_7, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_loses_nothing(stale: Path, tmp_path: Path, start) -> None:
    before, state = snapshot(stale), state_of(stale, "stage7_scla")
    environment = environment_of(tmp_path / "code", "stage7_scla", WAIT)
    sign = Path(environment["SIGN"])
    with subprocess.Popen(start(stale), env=environment, start_new_session=True) as process:
        deadline = time.monotonic() + 600
        while not sign.exists() and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        assert sign.exists()
        assert not (stale / "scla2.mat").exists()
        os.killpg(process.pid, signal.SIGKILL)
    assert state_of(stale, "stage7_scla") == state
    assert snapshot(stale) == before
    assert not (stale / PREVIOUS).exists()


STATEMENTS = (FAULT, NO_MEMORY, KILLED, NO_SPACE)
IN_CI = {(stage.name, STATEMENTS[at % len(STATEMENTS)]) for at, stage in enumerate(STAGES)}
"""Of every stage one failure, of every failure more than one stage."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "statement"),
    [
        pytest.param(*case, marks=() if case in IN_CI else pytest.mark.campaign)
        for case in product([stage.name for stage in STAGES], STATEMENTS)
    ],
)
def test_every_stage_of_a_finished_data_set_may_fail(
    finished: Path, tmp_path: Path, stage: str, statement: str
) -> None:
    before, state = snapshot(finished), state_of(finished, stage)
    environment = environment_of(tmp_path / "code", stage, statement)
    done = subprocess.run(
        bare(finished, "--until", stage, "--forcerun", stage),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (1, 3), done.stderr  # 3: a fault of the code
    assert snapshot(finished) == before
    assert state_of(finished, stage) == state == ("done", "")
    shutil.rmtree(finished)
