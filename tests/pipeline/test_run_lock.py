"""The lock that lets one run at a time change a data set."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pystamps.errors import DatasetError
from pystamps.pipeline.run_lock import LOCK_FILE, holder_of_lock, run_lock
from pystamps.stage_table import is_bookkeeping

HOLD = """
import sys, time
from pathlib import Path
from pystamps.pipeline.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process_that_holds(root: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_refused_and_told_who_runs_since_when(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path) as process:
        words = f"running since 20.*, pid {process.pid} on "
        with pytest.raises(DatasetError, match=words), run_lock(tmp_path):
            pytest.fail("two runs at a time")
        holder = holder_of_lock(tmp_path)
        assert holder is not None and holder.pid == process.pid


def test_the_lock_dies_with_its_holder_however_it_dies(tmp_path: Path) -> None:
    with another_process_that_holds(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (tmp_path / LOCK_FILE).read_text()  # the dead one's words are still there
        assert holder_of_lock(tmp_path) is None
        with run_lock(tmp_path) as holder:
            assert holder.pid == os.getpid()


def test_the_lock_is_free_after_the_run_and_after_an_error_in_it(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
            assert holder_of_lock(tmp_path) is not None
            raise ZeroDivisionError
        assert holder_of_lock(tmp_path) is None


def test_a_child_of_the_holder_does_not_hold_it(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(30)"], close_fds=False
        )
    try:
        with run_lock(tmp_path):
            assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_who_asks_for_the_holder_all_the_time_keeps_nobody_out(tmp_path: Path) -> None:
    with run_lock(tmp_path):
        pass
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            holder_of_lock(tmp_path)

    readers = [threading.Thread(target=ask) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            with run_lock(tmp_path):
                pass
    finally:
        stop.set()
        for reader in readers:
            reader.join()


def test_asking_for_the_holder_makes_no_file_and_the_file_is_bookkeeping(tmp_path: Path) -> None:
    assert holder_of_lock(tmp_path) is None
    assert not list(tmp_path.iterdir())
    assert is_bookkeeping(LOCK_FILE.as_posix())
