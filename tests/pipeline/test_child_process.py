"""A command and its jobs end with the process that has started them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from pystamps.pipeline import child_process
from pystamps.pipeline.child_process import exit_code_of

JOB = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(100)"
SNAKEMAKE = f"""
import pathlib, subprocess, sys, time
job = subprocess.Popen([sys.executable, "-c", {JOB!r}])
pathlib.Path("job").write_text(str(job.pid))
try:
    job.wait()
except KeyboardInterrupt:
    if sys.argv[1] == "waits":
        job.wait()
        pathlib.Path("lock removed").touch()
    else:
        time.sleep(100)
"""
"""Waits for its job, which does not hear the interrupt, as one within a compiled loop."""


def interrupt_when_at_work(folder: Path, number: int) -> threading.Thread:
    """Send a signal to this process when the job has begun."""

    def send() -> None:
        while not (folder / "job").is_file() or not (folder / "job").read_text():
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def is_at_work(pid: int) -> bool:
    """Tell whether a process lives; one that only its parent has not heard of does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", ["waits", "hangs"])
def test_an_interrupt_ends_the_command_and_jobs_that_do_not_hear_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, how: str
) -> None:
    monkeypatch.setattr(child_process, "_SECONDS_TO_END", 1.5)
    monkeypatch.chdir(tmp_path)
    thread = interrupt_when_at_work(tmp_path, number)
    with pytest.raises(KeyboardInterrupt):
        exit_code_of([sys.executable, "-c", SNAKEMAKE, how], os.environ, tmp_path / "said")
    thread.join()
    assert not is_at_work(int((tmp_path / "job").read_text()))
    assert (tmp_path / "lock removed").exists() == (how == "waits")
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_command_gives_its_exit_code_in_any_thread(tmp_path: Path) -> None:
    found: list[int] = []
    command = [sys.executable, "-c", "print('words'); raise SystemExit(7)"]

    def run() -> None:
        found.append(exit_code_of(command, os.environ, tmp_path / "said"))

    run()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [7, 7] and (tmp_path / "said").read_text() == "words\n"
