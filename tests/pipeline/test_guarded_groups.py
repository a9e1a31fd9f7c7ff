"""Programs under one guard end with their block and with the process that has started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from long_work import DEAF, FOLDER_OF_CODE, is_at_work, pids_of_jobs, wait_for, work

from pystamps.pipeline import guarded_groups as module
from pystamps.pipeline.child_guard import groups_left
from pystamps.pipeline.guarded_groups import guarded_groups

LEADER = """
import os, pathlib, sys
from pystamps.pipeline.guarded_groups import guarded_groups
from pystamps.pipeline.scratch import scratch_folder
with scratch_folder(), guarded_groups() as groups:
    with groups.running(sys.argv[1:], folder=pathlib.Path.cwd(), output=2) as program:
        program.wait()
"""


def test_a_program_gives_its_words_and_its_exit_code_or_signal(tmp_path: Path) -> None:
    found = []
    with (tmp_path / "said").open("w") as said, guarded_groups() as groups:
        for code in ("print('words'); raise SystemExit(7)", "import os; os.kill(os.getpid(), 9)"):
            command = [sys.executable, "-c", code]
            with groups.running(command, folder=tmp_path, output=said.fileno()) as program:
                found.append(program.wait())
    assert found == [7, -signal.SIGKILL]
    assert (tmp_path / "said").read_text() == "words\n"


def test_the_end_of_the_block_ends_a_program_and_what_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_END", 20.0)
    with (
        guarded_groups() as groups,
        groups.running(work("tidy", DEAF), folder=tmp_path, output=2) as program,
    ):
        (job,) = pids_of_jobs(tmp_path)
    assert program.returncode == 1 and (tmp_path / "tidied").exists()
    assert wait_for(lambda: not is_at_work(job))


def test_what_a_program_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    command = ["/bin/sh", "-c", "sleep 100 & echo $! > job"]
    with (
        guarded_groups() as groups,
        groups.running(command, folder=tmp_path, output=2) as program,
    ):
        assert program.wait() == 0
    assert wait_for(lambda: not is_at_work(int((tmp_path / "job").read_text())))


def test_programs_of_a_killed_process_end_and_its_temporary_folders_go(tmp_path: Path) -> None:
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = os.pathsep.join([f"{FOLDER_OF_CODE}", f"{FOLDER_OF_CODE}/kernels"])
    with subprocess.Popen(
        [sys.executable, "-c", LEADER, *work("plain", DEAF)], cwd=tmp_path, env=environment
    ) as leader:
        pids_of_jobs(tmp_path)
        below = [process.pid for process in psutil.Process(leader.pid).children(recursive=True)]
        assert len(below) == 3  # the guard, the program, its job
        assert list(tmp_path.glob("pystamps-*"))
        leader.kill()
    assert wait_for(lambda: not any(map(is_at_work, below)))
    assert wait_for(lambda: not list(tmp_path.glob("pystamps-*")))


def test_a_program_that_the_guard_was_not_told_of_does_not_begin(tmp_path: Path) -> None:
    """The process that starts it is killed between its start and the word to the guard."""
    command = [*module._SHELL, "/bin/sh", "-c", "touch begun"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=tmp_path) as shell:
        assert shell.stdin is not None
        shell.stdin.close()
        assert shell.wait() == 1
    assert not (tmp_path / "begun").exists()


def test_groups_that_are_not_over_are_left() -> None:
    assert groups_left([b"+5\n", b"+6\n", b"-5\n", b"+71"]) == {6}
    assert groups_left([b"+5\n", b"end\n"]) == {5}
