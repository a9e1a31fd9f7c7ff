"""Programs end with the process that has started them, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from long_work import DEAF, FOLDER_OF_CODE, is_at_work, pids_of_jobs, wait_for, work

from pystamps.pipeline import guarded_children
from pystamps.pipeline.guarded_children import guarded_child

LEADER = """
import os, pathlib, sys
from pystamps.pipeline.guarded_children import guarded_child
is_group, *command = sys.argv[1:]
locks = pathlib.Path("locks").resolve()
with guarded_child(command, is_group=is_group == "group", locks=locks, output=2) as child:
    child.wait()
"""


def test_the_end_of_the_block_ends_the_command_and_its_jobs_gently(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with guarded_child(work("tidy", "import time; time.sleep(100)"), is_group=True, output=2):
        jobs = pids_of_jobs(tmp_path)
        assert len(jobs) == 1 and is_at_work(jobs[0])
    assert wait_for(lambda: not is_at_work(jobs[0]))
    assert (tmp_path / "tidied").exists()


def test_what_does_not_hear_the_gentle_end_is_killed_and_its_locks_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(guarded_children, "SECONDS_TO_END", 0.5)
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.input.lock").touch()
    with guarded_child(
        [sys.executable, "-c", f"import pathlib; pathlib.Path('ready').touch(); {DEAF}"],
        is_group=True,
        locks=tmp_path / "locks",
        output=2,
    ) as child:
        assert wait_for((tmp_path / "ready").is_file)
        time.sleep(0.2)
        (deaf,) = psutil.Process(child.pid).children()
    assert wait_for(lambda: not is_at_work(deaf.pid))
    assert not list((tmp_path / "locks").iterdir())


@pytest.mark.parametrize("kind", ["group", "single"])
def test_children_of_a_killed_process_end(tmp_path: Path, kind: str) -> None:
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "0.output.lock").touch()
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(FOLDER_OF_CODE), str(FOLDER_OF_CODE / "kernels")])
    }
    command = work("plain", *[DEAF] * (kind == "group"))
    with subprocess.Popen(
        [sys.executable, "-c", LEADER, kind, *command], cwd=tmp_path, env=environment
    ) as leader:
        pids_of_jobs(tmp_path)
        below = [process.pid for process in psutil.Process(leader.pid).children(recursive=True)]
        assert len(below) == (3 if kind == "group" else 2)  # the guard, the command, its job
        leader.kill()
    assert wait_for(lambda: not any(map(is_at_work, below)))
    if kind == "group":
        assert not list((tmp_path / "locks").iterdir())


def test_jobs_of_a_command_that_was_killed_end_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with guarded_child(work("plain", DEAF), is_group=True, output=2) as child:
        jobs = pids_of_jobs(tmp_path)
        (command,) = psutil.Process(child.pid).children()
        command.kill()
        assert child.wait(20) == -signal.SIGKILL
    assert wait_for(lambda: not is_at_work(jobs[0]))


@pytest.mark.parametrize("is_group", [True, False])
def test_a_command_gives_its_exit_code_or_signal_in_any_thread(
    tmp_path: Path, is_group: bool
) -> None:
    found: list[int] = []

    def run(code: str) -> None:
        with (
            (tmp_path / "said").open("w") as said,
            guarded_child([sys.executable, "-c", code], is_group=is_group, output=said) as child,
        ):
            found.append(child.wait())

    run("print('words'); raise SystemExit(7)")
    assert (tmp_path / "said").read_text() == "words\n"
    for code in ("raise SystemExit(7)", "import os; os.kill(os.getpid(), 9)", "pass"):
        thread = threading.Thread(target=run, args=(code,))
        thread.start()
        thread.join()
    assert found == [7, 7, -9, 0]


KEEPER = """
import pathlib, sys
from pystamps.pipeline.guarded_children import guarded_child
from pystamps.pipeline.scratch import scratch_folder
with scratch_folder() as folder, guarded_child(sys.argv[1:], is_group=True, output=2) as child:
    (folder / "tmp").mkdir()
    child.wait()
"""


def test_temporary_folders_of_a_killed_process_go_with_its_children(tmp_path: Path) -> None:
    others, ours = tmp_path / "pystamps-1.1.other-x", "pystamps-*/tmp"
    others.mkdir()
    command = [sys.executable, "-c", KEEPER, *work("rough", "import time; time.sleep(100)")]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER_OF_CODE), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as leader:
        pids_of_jobs(tmp_path)
        assert wait_for(lambda: bool(list(tmp_path.glob(ours))))
        leader.kill()
    assert wait_for(lambda: list(tmp_path.glob("pystamps-*")) == [others])
