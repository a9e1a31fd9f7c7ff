"""A program between a process and its child: the child ends when the process does, however.

Started by :mod:`pystamps.pipeline.guarded_children` as a script, with the standard library only.
Its input is a pipe. A byte in it asks for the end; where the pipe ends without one, the process is
gone, and all is killed at once. A guard that leads a process group ends the whole group, any other
one kills its child.

    python -I -S child_guard.py SECONDS LOCKS SCRATCH COMMAND...

LOCKS is a folder whose ``*.lock`` files nobody can take away after such a kill, or empty; SCRATCH
is how the paths of the temporary folders of the process begin.

Without a command one guard stands for many programs, each of which leads a process group and is
named in the pipe (:mod:`pystamps.pipeline.guarded_groups`): a line ``+N`` when group N begins,
``-N`` when it is over, ``end`` when all are. What has begun and is not over is killed.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_INPUT = 0
_GIVEN_BEFORE_COMMAND = 4
_ALL_OVER = b"end\n"
_GENTLE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end(
    child: subprocess.Popen[bytes],
    seconds: float,
    locks: str,
    scratch: str,
    has_ended: threading.Event,
) -> None:
    """Wait until the process that started all wants the end or is gone; then end the child.

    A guard that leads a group ends with it, here.
    """
    group = os.getpgrp()
    is_asked = bool(os.read(_INPUT, 1))
    if group != os.getpid():
        child.kill()
        return
    if is_asked:
        os.killpg(group, signal.SIGTERM)
        has_ended.wait(seconds)
    else:
        child.kill()
        _remove_scratch(Path(scratch))
    for lock in Path(locks).glob("*.lock") if locks else ():
        lock.unlink(missing_ok=True)
    os.killpg(group, signal.SIGKILL)


def _remove_scratch(beginning: Path) -> None:
    """Remove the temporary folders of the process that is gone; the next command sees the rest."""
    for folder in beginning.parent.glob(f"{beginning.name}*"):
        if not folder.is_symlink():
            shutil.rmtree(folder, ignore_errors=True)


def _end_likewise(status: int) -> None:
    """End as the child has ended: with its exit code, or by the signal that has ended it."""
    if status >= 0:
        os._exit(status)
    number = signal.Signals(-status)
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _kill_what_is_left() -> None:
    """Kill what the child has left behind; this program leaves the group and goes on, if it can."""
    group = os.getpid()
    with suppress(PermissionError, ProcessLookupError):  # the process that started all is gone
        os.setpgid(0, os.getpgid(os.getppid()))
    with suppress(ProcessLookupError):  # nothing is left
        os.killpg(group, signal.SIGKILL)


def run_guarded(seconds: float, locks: str, scratch: str, command: list[str]) -> None:
    """Run a command, watch over it, and end as it does."""
    for number in _GENTLE:  # a handler, unlike neglect, is not inherited
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # the group may always write to the terminal
    if select.select([_INPUT], [], [], 0)[0]:  # the end is wanted before the beginning
        sys.exit(1)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    has_ended = threading.Event()
    arguments = (child, seconds, locks, scratch, has_ended)
    ending = threading.Thread(target=_end, args=arguments, daemon=True)
    ending.start()
    status = child.wait()
    has_ended.set()
    if os.getpgrp() == os.getpid():
        if select.select([_INPUT], [], [], 0)[0]:
            ending.join()  # it kills what the child has left behind, and this program
        _kill_what_is_left()
    _end_likewise(status)


def groups_left(lines: list[bytes]) -> set[int]:
    """Give the groups that have begun and are not over; a line that was cut off says nothing."""
    left: set[int] = set()
    for line in lines:
        if line.endswith(b"\n") and line != _ALL_OVER:
            (left.add if line.startswith(b"+") else left.discard)(int(line[1:]))
    return left


def watch_groups(scratch: str) -> None:
    """Read what groups there are until the process is gone; kill what is left of them."""
    for number in _GENTLE:  # whoever sends them ends the process, or does not
        signal.signal(number, lambda *_: None)
    with open(_INPUT, "rb") as told:
        lines = told.readlines()
    if lines[-1:] == [_ALL_OVER]:
        return
    for group in groups_left(lines):
        with suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(group, signal.SIGKILL)
    _remove_scratch(Path(scratch))


if __name__ == "__main__":
    if len(sys.argv) > _GIVEN_BEFORE_COMMAND:
        run_guarded(float(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        watch_groups(sys.argv[3])
