"""How a process ends at once, when all that it has to say and to tidy up is done."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn


def run_and_end(command: Callable[[], object]) -> None:
    """Run a command, and let the process end with it, at once where nothing speaks against it.

    Parameters
    ----------
    command : callable
        Ends with ``SystemExit``. A text as its code, threads that Python waits for, and an output
        that takes no more are left to the ordinary end.
    """
    try:
        command()
    except SystemExit as error:
        code = error.code or 0
        if not isinstance(code, int) or _has_threads_to_wait_for() or not _is_said():
            raise
        end_at_once(code)


def end_at_once(code: int = 0) -> NoReturn:
    """End the process without taking the interpreter down piece by piece.

    What is registered for the end of a process is done, temporary folders and log files; modules
    and compiled kernels are left to the system: freeing them takes longer than many jobs compute.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _has_threads_to_wait_for() -> bool:
    main = threading.main_thread()
    return any(not thread.daemon and thread is not main for thread in threading.enumerate())


def _is_said() -> bool:
    """Write out what is said; False where that cannot be."""
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (OSError, ValueError, AttributeError):  # nobody reads it, it is closed, or there is none
        return False
    return True
