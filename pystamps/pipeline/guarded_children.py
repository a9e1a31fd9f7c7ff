"""Programs that end with this process, however it ends: after a signal, an error, or a kill -9.

Each runs under a guard (:mod:`pystamps.pipeline.child_guard`) that holds the other end of a pipe,
which the operating system closes with this process. That works on every POSIX system.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SECONDS_TO_END = 8.0
"""What a group of programs is given to end by itself; then it is killed."""

GUARD = Path(__file__).with_name("child_guard.py")
_MORE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Child:
    """A guard, or a program that one guard for many knows of."""

    leads_group: bool
    ask: Callable[[subprocess.Popen[bytes]], None]


_running: dict[subprocess.Popen[bytes], _Child] = {}
_changing = threading.Lock()


@contextmanager
def guarded_child(
    command: Sequence[str],
    *,
    is_group: bool,
    environment: Mapping[str, str] | None = None,
    locks: Path | None = None,
    output: IO[Any] | int,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command under a guard while the block goes on; it is ended with the block.

    Parameters
    ----------
    command : sequence of str
    is_group : bool
        Run it in a process group of its own, which signals of the terminal do not reach; all that
        it starts ends with it.
    environment : mapping, optional
    locks : Path, optional
        Folder of ``*.lock`` files of the command; they go where it has to be killed.
    output : file or int
        Where its output and its errors go.

    Yields
    ------
    Popen
        Its guard, which ends as the command does.
    """
    # Every command can end such programs; most start none.
    from pystamps.pipeline.scratch import scratch_beginning

    guard = [sys.executable, "-I", "-S", str(GUARD)]
    process = subprocess.Popen(
        [*guard, str(SECONDS_TO_END), str(locks or ""), scratch_beginning(), *command],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=environment,
        process_group=0 if is_group else None,
    )
    with ended_with_this_process(process, _ask, leads_group=is_group):
        try:
            yield process
        finally:
            _end(process, is_group=is_group)


@contextmanager
def ended_with_this_process(
    process: subprocess.Popen[bytes],
    ask: Callable[[subprocess.Popen[bytes]], None],
    *,
    leads_group: bool = True,
) -> Iterator[None]:
    """Let an interrupt of this process end another one while the block goes on.

    Parameters
    ----------
    process : Popen
    ask : callable
        Asks it for a gentle end; given the process.
    leads_group : bool
        It leads a process group, all of which ends.
    """
    with _changing:
        _running[process] = _Child(leads_group, ask)
    try:
        yield
    finally:
        with _changing:
            _running.pop(process)


def end_guarded_children() -> None:
    """Ask all guards of this process to end what they watch over; do not wait for it."""
    with _changing:
        for process, child in _running.items():
            child.ask(process)


def kill_guarded_children() -> None:
    """Kill at once what the guards of this process watch over."""
    for process, child in tuple(_running.items()):  # also where a signal has stopped a change
        if child.leads_group:
            kill_group(process)
        else:
            _close(process)


def _end(process: subprocess.Popen[bytes], *, is_group: bool) -> None:
    """End a command that still runs: gently, then by force."""
    _ask(process)
    try:
        process.wait(SECONDS_TO_END + _MORE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    if is_group and process.poll() not in (0, 1):
        kill_group(process)  # a guard that was killed itself has left its group
    process.wait()


def _ask(process: subprocess.Popen[bytes]) -> None:
    """Ask a guard for the end."""
    assert process.stdin is not None
    with suppress(OSError, ValueError):  # it has ended, or has been asked before
        process.stdin.write(b"e")
    _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    """Leave a guard alone: it kills."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process group that a process leads, or what is left of it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
