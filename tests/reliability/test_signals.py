"""Signals to ``pystamps run``, to the process alone or to its whole group."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.pipeline.run_lock import holder_of_lock
from pystamps.simulate import PRESETS, simulate_dataset

pytestmark = pytest.mark.workflow

KEPT = "interrupted; finished stages are kept; run the same command again"
SESSION = "PYSTAMPS_TEST_SESSION"
"""Variable by which everything that a command starts is found, whoever its parent is."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simulated") / "dataset"
    simulate_dataset(root, PRESETS["tiny"])
    return root


@pytest.fixture
def dataset(simulated: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(simulated, tmp_path / "dataset"))


def alive(session: Path) -> list[str]:
    """Give the processes that a command has started, by their environment."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_ours = process.environ().get(SESSION) == str(session)
            if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found


def running_job(root: Path) -> str:
    """Give the rule of a job of the latest run that is at work with its script, or nothing."""
    for run_id in run_ids(root)[:1]:
        jobs = [job for job in read_run(root, run_id).jobs if job.status == "running"]
        if jobs and list((root / ".snakemake" / "scripts").glob("tmp*")):
            return jobs[0].rule
    return ""


@contextmanager
def a_run_at_work(
    root: Path, tmp_path: Path, until: str = "stage1_load"
) -> Iterator[subprocess.Popen[str]]:
    """Give a ``pystamps run`` of which a job runs."""
    temporary = tmp_path / "temporary"
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-c", "from pystamps.cli import main; main()", "run"]
    environment = os.environ | {"TMPDIR": str(temporary), SESSION: str(tmp_path)}
    with subprocess.Popen(
        [*command, "--dataset", str(root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        start_new_session=True,
        text=True,
    ) as process:
        deadline = time.monotonic() + 120
        while running_job(root) != until and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        try:
            yield process
        finally:
            process.kill()


def wait_for_the_end(tmp_path: Path, seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while (left := alive(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def locks_of(root: Path) -> list[Path]:
    return list((root / ".snakemake").glob("locks/*"))


NUMBERS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
CASES = [
    pytest.param(name, target, marks=[] if (name, target) == ("SIGTERM", "leader")
                 else pytest.mark.slow)
    for name in NUMBERS for target in ("leader", "group")
]  # fmt: skip


@pytest.mark.parametrize(("name", "target"), CASES)
def test_a_signal_ends_a_run_cleanly_with_one_message(
    dataset: Path, tmp_path: Path, name: str, target: str
) -> None:
    number = signal.Signals[name]
    with a_run_at_work(dataset, tmp_path) as process:
        (os.kill if target == "leader" else os.killpg)(process.pid, number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == NUMBERS[name], said
        assert alive(tmp_path) == []
    assert said.endswith(f"\n{KEPT}\n") and said.count("interrupted") == 1
    assert "Traceback" not in said and "FAILED" not in said
    assert locks_of(dataset) == [] and holder_of_lock(dataset) is None
    assert list((tmp_path / "temporary").iterdir()) == []
    record = read_run(dataset, run_ids(dataset)[0])
    assert (record.state, record.message) == ("stopped", f"interrupted by {name}")


@pytest.mark.parametrize("target", ["leader", pytest.param("group", marks=pytest.mark.slow)])
def test_a_killed_run_leaves_nobody_at_work(dataset: Path, tmp_path: Path, target: str) -> None:
    with a_run_at_work(dataset, tmp_path) as process:
        (os.kill if target == "leader" else os.killpg)(process.pid, signal.SIGKILL)
        assert process.wait(10) == -signal.SIGKILL
        assert wait_for_the_end(tmp_path, 3) == []
    assert locks_of(dataset) == []


@pytest.mark.slow
def test_a_second_signal_kills_at_once(dataset: Path, tmp_path: Path) -> None:
    with a_run_at_work(dataset, tmp_path, until="stage2_gamma") as process:
        os.kill(process.pid, signal.SIGTERM)
        time.sleep(0.05)
        began = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 143
        assert time.monotonic() - began < 3
        assert wait_for_the_end(tmp_path, 3) == []
