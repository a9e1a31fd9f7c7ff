"""Signals end a command: the first one cleanly, the second one at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pystamps.pipeline.interruption import (
    Interrupted,
    exit_code_of_interruption,
    interruption_in_words,
    signals_that_interrupt,
)

DEAF = """
import hashlib, sys
from pystamps.pipeline import interruption
from pystamps.pipeline.interruption import signals_that_interrupt
interruption._PATIENCE_S = float(sys.argv[1])
with signals_that_interrupt(lambda: "interrupted, and more"):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)
"""
"""A loop in C that other threads can run beside, as compiled kernels are."""


@pytest.mark.usefixtures("heeded_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_and_handlers_are_as_before_afterwards(number: int) -> None:
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with pytest.raises(Interrupted) as caught, signals_that_interrupt(lambda: ""):
        os.kill(os.getpid(), number)
        time.sleep(10)
    assert exit_code_of_interruption(caught.value) == 128 + number
    assert interruption_in_words(caught.value) == f"interrupted by {signal.Signals(number).name}"
    after = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert after == before and signal.set_wakeup_fd(-1) == -1


def test_a_signal_that_comes_in_a_destructor_interrupts_too() -> None:
    class Dies:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    report = sys.unraisablehook
    with pytest.raises(Interrupted) as caught, signals_that_interrupt(lambda: "ended"):
        dies = Dies()
        del dies
        time.sleep(30)
    assert caught.value.signal is signal.SIGTERM
    assert sys.unraisablehook is report
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_plain_interrupt_of_python_counts_as_that_of_the_terminal() -> None:
    assert exit_code_of_interruption(KeyboardInterrupt()) == 130


def test_a_signal_that_is_ignored_from_outside_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with signals_that_interrupt(lambda: ""):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.1)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_outside_the_main_thread_signals_are_left_alone() -> None:
    found = []

    def look() -> None:
        with signals_that_interrupt(lambda: ""):
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


@pytest.mark.parametrize(("patience", "signals"), [("3600", 2), ("0.3", 1)])
def test_within_a_compiled_loop_the_second_signal_ends_at_once_and_the_first_after_a_while(
    tmp_path: Path, patience: str, signals: int
) -> None:
    command = [sys.executable, "-c", DEAF, patience]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for _ in range(signals):
            time.sleep(0.3)
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (143, "interrupted, and more\n")
