"""Many programs, one after the other or beside each other, that all end with this process.

A guard for each, as :mod:`pystamps.pipeline.guarded_children` has it, would start an interpreter
per interferogram. Here one guard (:mod:`pystamps.pipeline.child_guard`) is told of every program.
A program waits until the guard has been told: a shell reads a line before it turns into the
program, and ends where the line never comes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pystamps.pipeline.guarded_children import (
    GUARD,
    SECONDS_TO_END,
    ended_with_this_process,
    kill_group,
)
from pystamps.pipeline.scratch import scratch_beginning

_SHELL = ("/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "sh")


class GuardedGroups:
    """Starts programs under one guard; made by :func:`guarded_groups`."""

    def __init__(self, told: int) -> None:
        """Tell the guard through the pipe ``told``."""
        self._told = told

    @contextmanager
    def running(
        self, command: Sequence[str], *, folder: Path, output: int
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a program while the block goes on; it and all that it has started end with it.

        Parameters
        ----------
        command : sequence of str
        folder : Path
            Working directory.
        output : int
            Where its output and its errors go.

        Yields
        ------
        Popen
            The program, which leads a process group that signals of the terminal do not reach.
        """
        process = subprocess.Popen(
            [*_SHELL, *command],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=folder,
            process_group=0,
        )
        with ended_with_this_process(process, _end_gently):
            self._tell(f"+{process.pid}\n")
            try:
                _let_go(process)
                yield process
            finally:
                _end(process)
                self._tell(f"-{process.pid}\n")

    def _tell(self, line: str) -> None:
        os.write(self._told, line.encode())


@contextmanager
def guarded_groups() -> Iterator[GuardedGroups]:
    """Start a guard for the programs of the block."""
    guard = [sys.executable, "-I", "-S", str(GUARD), str(SECONDS_TO_END), "", scratch_beginning()]
    with subprocess.Popen(guard, bufsize=0, stdin=subprocess.PIPE, process_group=0) as process:
        assert process.stdin is not None
        groups = GuardedGroups(process.stdin.fileno())
        try:
            yield groups
        finally:
            with suppress(OSError):  # someone has killed the guard
                process.stdin.write(b"end\n")


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Let the shell turn into the program, now that the guard knows of it."""
    assert process.stdin is not None
    with suppress(OSError):  # it has been killed; its status says so
        process.stdin.write(b"go\n")
    process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, gently, then by force; and all that it has started."""
    if process.poll() is None:
        _end_gently(process)
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)
    kill_group(process)
    process.wait()


def _end_gently(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
