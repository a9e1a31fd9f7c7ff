"""Signs of life of a process, for other hosts that see its files: a file whose time is renewed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pystamps.io.atomic import temporary_name

SILENT_S = 600.0
"""After so long without a sign of life a process is probably dead."""
_BEAT_S = 30.0


@contextmanager
def signs_of_life(path: Path, *, is_needed: bool) -> Iterator[None]:
    """Renew the time of a file while the block goes on."""
    if not is_needed:
        yield
        return
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(_BEAT_S):
            with suppress(OSError):  # a server that is away for a moment; the next one counts
                os.utime(path)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def seconds_since_sign_of_life(path: Path) -> float:
    """Give how long ago the time of a file was renewed, by the clock that gives files their time.

    That is the clock of the server; the clocks of two hosts may differ.
    """
    beside = temporary_name(path)
    beside.touch()
    try:
        return beside.stat().st_mtime - path.stat().st_mtime
    finally:
        beside.unlink()
