"""A program between a process and its child: the child ends when the process does, however.

Started by :mod:`pystamps.pipeline.guarded_children` as a script, with the standard library only.
Its input is a pipe. A byte in it asks for the end; where the pipe ends without one, the process is
gone, and all is killed at once. A guard that leads a process group ends the whole group, any other
one kills its child.

    python -I -S child_guard.py SECONDS LOCKS COMMAND...

LOCKS is a folder whose ``*.lock`` files nobody can take away after such a kill, or empty.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_INPUT = 0
_GENTLE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end(
    child: subprocess.Popen[bytes], seconds: float, locks: str, is_over: threading.Event
) -> None:
    """Wait until the process that started all wants the end or is gone; then end the child."""
    is_asked = bool(os.read(_INPUT, 1))
    is_over.set()
    if os.getpgrp() != os.getpid():
        child.kill()
        return
    if is_asked:
        os.killpg(0, signal.SIGTERM)
        threading.Event().wait(seconds)  # the end of the child ends this program earlier
    for lock in Path(locks).glob("*.lock") if locks else ():
        lock.unlink(missing_ok=True)
    os.killpg(0, signal.SIGKILL)


def _end_likewise(status: int) -> None:
    """End as the child has ended: with its exit code, or by the signal that has ended it."""
    if status >= 0:
        os._exit(status)
    number = signal.Signals(-status)
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def run_guarded(seconds: float, locks: str, command: list[str]) -> None:
    """Run a command, watch over it, and end as it does."""
    for number in _GENTLE:  # a handler, unlike neglect, is not inherited
        signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # the group may always write to the terminal
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    is_over = threading.Event()
    threading.Thread(target=_end, args=(child, seconds, locks, is_over), daemon=True).start()
    status = child.wait()
    leads = os.getpgrp() == os.getpid()
    if leads and (is_over.is_set() or status < 0):
        os.killpg(0, signal.SIGKILL)  # what the child has left behind, and this program
    _end_likewise(status)


if __name__ == "__main__":
    run_guarded(float(sys.argv[1]), sys.argv[2], sys.argv[3:])
