"""Snakemake as a child process that is never left alone: an interrupt ends it and its jobs."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

_STDERR = 2
_SECONDS_TO_END = 15.0
"""After an interrupt, for the jobs to end by themselves; and for Snakemake after its jobs."""


def exit_code_of(command: Sequence[str], environment: Mapping[str, str], said: Path | None) -> int:
    """Run a command to its end; what it says goes to the terminal, or to the file ``said``.

    Raises
    ------
    KeyboardInterrupt
        This process was interrupted or terminated; the command and all that it has started ended
        before.
    """
    with ExitStack() as stack:
        stack.enter_context(_termination_as_interrupt())
        output = stack.enter_context(said.open("w")) if said is not None else _STDERR
        process = stack.enter_context(
            subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        )
        try:
            return process.wait()
        except BaseException:
            _end_gently(process)
            raise


def _end_gently(process: subprocess.Popen[bytes]) -> None:
    """End a Snakemake that has got the interrupt of the terminal too.

    It waits for its jobs and takes its lock away. A job within a compiled loop does not hear the
    interrupt; it is terminated then, and the last means is to kill all.
    """
    process.send_signal(signal.SIGINT)  # again, where only this process was interrupted
    if _has_ended(process):
        return
    _tell(process, psutil.Process.terminate)
    if not _has_ended(process):
        _tell(process, psutil.Process.kill)
        process.kill()
        process.wait()


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait for a while; another interrupt says that nobody wants to wait."""
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        process.wait(_SECONDS_TO_END)
    return process.poll() is not None


def _tell(process: subprocess.Popen[bytes], order: Callable[[psutil.Process], None]) -> None:
    """Give an order to all that a process has started."""
    with suppress(psutil.NoSuchProcess):
        for job in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                order(job)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM, which batch systems send, do what the interrupt of a terminal does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what a signal does
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
