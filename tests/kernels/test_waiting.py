"""A process that waits for kernels that another one compiles says so, and leaves that time out."""

from __future__ import annotations

import fcntl
import logging
import threading
import time
from pathlib import Path

import pytest

from pystamps_kernels import seconds_waited, waiting
from pystamps_kernels.host import compile as compiling


def test_threads_that_wait_at_the_same_time_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_spans", [(1.0, 4.0), (2.0, 5.0), (7.0, 8.0), (7.5, 7.8)])
    assert seconds_waited(0.0) == 5.0
    assert seconds_waited(3.0) == 3.0
    assert seconds_waited(9.0) == 0.0


def test_who_waits_for_a_compilation_says_so_once_and_how_long(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling.say_waiting.cache_clear()
    monkeypatch.setattr(waiting, "_spans", [])
    found = []
    with (tmp_path / "kernel.lock").open("ab") as other, caplog.at_level(logging.INFO):
        fcntl.flock(other, fcntl.LOCK_EX)
        threads = [
            threading.Thread(target=lambda: found.append(compiling._locked(tmp_path, "kernel")))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        while not caplog.records:
            time.sleep(0.01)
        assert not found
        fcntl.flock(other, fcntl.LOCK_UN)
        while not found:
            time.sleep(0.01)
        found[0].close()
        for thread in threads:
            thread.join()
    found[1].close()
    assert [record.getMessage() for record in caplog.records] == [
        "another job compiles kernels that this one needs; it waits, and does not count that time"
    ]
    assert seconds_waited(0.0) > 0


def test_a_free_lock_is_taken_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "_spans", [])
    with caplog.at_level(logging.INFO):
        compiling._locked(tmp_path, "kernel").close()
    assert not caplog.records and seconds_waited(0.0) == 0
