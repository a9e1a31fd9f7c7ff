"""Signals to every command that changes a data set, to the process alone or to its whole group."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from commands_at_work import (
    CommandAtWork,
    bare_snakemake,
    command_at_work,
    differences,
    garbage_of,
    pystamps_command,
    results_of,
    run_to_the_end,
)

from pystamps.pipeline.run_history import read_run, run_ids
from pystamps.pipeline.run_lock import holder_of_lock

pytestmark = pytest.mark.workflow

KEPT = "interrupted; finished stages are kept; run the same command again"
REPEAT = "interrupted; run the same command again"
PATIENCE_S = 15.0
"""For what takes a second on a machine with nothing else to do; a run takes longer."""
NUMBERS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
RESUMABLE = ".pystamps/stage6/resumable"
"""What stage 6 keeps on purpose when it is interrupted."""


def running_job(root: Path) -> str:
    """Give the rule of a job of the latest run that is at work with its script, or nothing."""
    for run_id in run_ids(root)[:1]:
        jobs = [job for job in read_run(root, run_id).jobs if job.status == "running"]
        if jobs and (root / jobs[0].log).is_file():  # the first that a script does
            return jobs[0].rule
    return ""


def any_file_in(root: Path, *patterns: str) -> bool:
    return any(path.is_file() for name in patterns for path in root.glob(name))


@dataclass(frozen=True, slots=True)
class Command:
    """A command that changes a data set.

    Attributes
    ----------
    begins_with : str
        Fixture of the tree on which it works.
    arguments : callable
        Of ``pystamps``, for a data set and the folder of a raw export.
    is_at_work : callable
    """

    begins_with: str
    arguments: Callable[[Path, Path], tuple[object, ...]]
    is_at_work: Callable[[Path], bool]


COMMANDS = {
    "run": Command(
        "simulated", lambda root, _: ("run", "-d", root), lambda root: bool(running_job(root))
    ),
    "stage": Command(
        "finished",
        lambda root, _: ("stage", "6", "-d", root),
        lambda root: any_file_in(root, ".pystamps/stage6/ifg_*/*"),
    ),
    "report": Command(
        "finished",
        lambda root, _: ("report", "-d", root, "-o", root / "report.html"),
        lambda root: bool(running_job(root)),
    ),
    "prep": Command(
        "nothing",
        lambda root, raw: ("prep", "snap", raw, root),
        lambda root: any_file_in(root, ".pystamps/stage0/**/*"),
    ),
    "simulate": Command(
        "nothing",
        lambda root, _: ("simulate", root, "--preset", "tiny"),
        lambda root: any_file_in(root, "raw/**/*", "PATCH_*/*"),
    ),
}


@pytest.fixture(scope="session")
def raw_export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    made = pystamps_command("simulate", folder / "raw", "--preset", "tiny", "--layout", "raw")
    done = run_to_the_end(made, folder)
    assert done.returncode == 0, done.stdout
    return folder / "raw"


@dataclass(frozen=True, slots=True)
class Scene:
    """A data set, the folder where commands run, and a raw export where one is needed."""

    root: Path
    folder: Path
    raw: Path

    def command(self, name: str) -> list[str]:
        return pystamps_command(*COMMANDS[name].arguments(self.root, self.raw))


@pytest.fixture
def scene_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Scene]:
    """Give a function that makes the data set on which a command begins."""

    def make(name: str) -> Scene:
        raw = request.getfixturevalue("raw_export") if name == "prep" else tmp_path / "none"
        if COMMANDS[name].begins_with == "nothing":
            return Scene(tmp_path / "dataset", tmp_path, raw)
        return Scene(request.getfixturevalue(COMMANDS[name].begins_with), tmp_path, raw)

    return make


def wait_until(is_so: Callable[[], bool], at_work: CommandAtWork) -> None:
    deadline = time.monotonic() + 600
    while not is_so():
        assert at_work.process.poll() is None, at_work.said()
        assert time.monotonic() < deadline
        time.sleep(0.01)


IN_CI = {
    ("run", "SIGTERM", "leader"), ("run", "SIGINT", "group"), ("run", "SIGKILL", "leader"),
    ("stage", "SIGHUP", "leader"), ("stage", "SIGTERM", "group"), ("stage", "SIGKILL", "group"),
    ("report", "SIGINT", "leader"), ("report", "SIGHUP", "group"),
    ("prep", "SIGTERM", "leader"), ("prep", "SIGINT", "group"),
    ("simulate", "SIGHUP", "group"), ("simulate", "SIGTERM", "leader"),
}  # fmt: skip
"""Of all pairs of command, signal and target: each command, each signal, each target."""
ATTEMPTS = 5
"""A small preparation may be ready before a busy machine has sent the signal; not every time."""
ALWAYS = {("run", "SIGTERM", "leader"), ("run", "SIGKILL", "leader")}


def cases(*names: str) -> list[object]:
    """Give all cases, those that CI leaves out marked."""
    found = []
    for case in product(COMMANDS, names, ("leader", "group")):
        more = () if case in IN_CI else (pytest.mark.campaign,)
        found.append(pytest.param(*case, marks=() if case in ALWAYS else (pytest.mark.slow, *more)))
    return found


@pytest.mark.parametrize(("name", "number", "target"), cases(*NUMBERS))
def test_a_signal_ends_a_command_cleanly_with_one_message(
    scene_of: Callable[[str], Scene],
    note_figures: Callable[..., None],
    name: str,
    number: str,
    target: str,
) -> None:
    scene = scene_of(name)
    root = scene.root
    before = results_of(root) if COMMANDS[name].begins_with == "finished" else {}
    for _ in range(ATTEMPTS):
        with command_at_work(scene.command(name), scene.folder) as at_work:
            wait_until(lambda: COMMANDS[name].is_at_work(root), at_work)
            at_work.signal(signal.Signals[number], target)
            said = at_work.said()
            orphans = at_work.alive()
            temporary = list(at_work.temporary.iterdir())
        if at_work.process.returncode or COMMANDS[name].begins_with == "finished":
            break
        shutil.rmtree(root)  # it was ready before the signal reached it
    assert at_work.process.returncode == NUMBERS[number], said
    lines = said.splitlines()
    assert lines[-1] == (REPEAT if name in ("prep", "simulate") else KEPT), said
    assert said.count("interrupted") == 1, said
    if name in ("run", "report"):
        record = read_run(root, run_ids(root)[0])
        assert (record.state, record.message) == ("stopped", f"interrupted by {number}")
    assert "Traceback" not in said and "FAILED" not in said
    left = [name for name in garbage_of(root) if name != RESUMABLE] if root.exists() else []
    note_figures("signals", sent=1, orphans=len(orphans), leftovers=len(left) + len(temporary))
    assert (orphans, left, temporary) == ([], [], [])
    assert not root.exists() or holder_of_lock(root) is None
    assert [item for item in differences(results_of(root), before) if item in before] == []
    if name in ("stage", "prep", "simulate"):
        again = run_to_the_end(scene.command(name), scene.folder)
        assert again.returncode == 0, again.stdout
        assert garbage_of(root) == []


@pytest.mark.parametrize(("name", "number", "target"), cases("SIGKILL"))
def test_a_killed_command_leaves_nobody_at_work(
    scene_of: Callable[[str], Scene],
    note_figures: Callable[..., None],
    name: str,
    number: str,
    target: str,
) -> None:
    scene = scene_of(name)
    with command_at_work(scene.command(name), scene.folder) as at_work:
        wait_until(lambda: COMMANDS[name].is_at_work(scene.root), at_work)
        at_work.signal(signal.Signals[number], target)
        assert at_work.process.wait(PATIENCE_S) == -signal.SIGKILL
        orphans = at_work.left_after(PATIENCE_S)
    note_figures("signals", sent=1, orphans=len(orphans), leftovers=0)
    assert orphans == []
    assert list((scene.root / ".snakemake").glob("locks/*")) == []


@pytest.mark.slow
def test_bare_snakemake_hears_the_terminal_and_leaves_nothing(
    simulated: Path, tmp_path: Path
) -> None:
    with command_at_work(bare_snakemake(simulated), tmp_path) as at_work:
        wait_until(lambda: any_file_in(simulated, ".snakemake/scripts/tmp*"), at_work)
        at_work.signal(signal.SIGINT, "group")
        said = at_work.said()
        assert at_work.process.returncode != 0, said
        assert at_work.left_after(PATIENCE_S) == []
    assert list((simulated / ".snakemake").glob("locks/*")) == []


@pytest.mark.slow
def test_a_second_signal_kills_at_once(simulated: Path, tmp_path: Path) -> None:
    with command_at_work(pystamps_command("run", "-d", simulated), tmp_path) as at_work:
        wait_until(lambda: running_job(simulated) == "stage2_gamma", at_work)
        os.kill(at_work.process.pid, signal.SIGTERM)
        time.sleep(0.05)
        os.kill(at_work.process.pid, signal.SIGTERM)
        assert at_work.process.wait(PATIENCE_S) == 143
        assert at_work.left_after(PATIENCE_S) == []
