"""Programs that work until they are ended, with jobs of their own, and whether they still do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

FOLDER_OF_CODE = Path(__file__).resolve().parents[2]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(100)"
WORK = """
import pathlib, signal, subprocess, sys, time
jobs = [subprocess.Popen([sys.executable, "-c", code]) for code in sys.argv[2:]]
pathlib.Path("jobs").write_text(" ".join(str(job.pid) for job in jobs))
if sys.argv[1] == "tidy":
    def leave(*_):
        pathlib.Path("tidied").touch()
        sys.exit(1)
    signal.signal(signal.SIGTERM, leave)
pathlib.Path("ready").touch()
time.sleep(100)
"""
"""Starts jobs as Snakemake does; "tidy" does something before it ends."""


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def is_at_work(pid: int) -> bool:
    """Tell whether a process lives; one that only its parent has not heard of does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def pids_of_jobs(folder: Path) -> list[int]:
    assert wait_for((folder / "ready").is_file)
    return [int(word) for word in (folder / "jobs").read_text().split()]


def work(*arguments: str) -> list[str]:
    return [sys.executable, "-c", WORK, *arguments]
